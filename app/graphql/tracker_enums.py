"""The tracker's enums, described."""

from app.domain.issue_filter import IssueOrder
from app.domain.tracker import IssueField, IssueStatus, IssueType, Priority, Resolution
from app.graphql.enums import describe_enum

describe_enum(
    IssueStatus,
    "Where the work on an issue stands.",
    {
        "OPEN": "Nobody is at work on it.",
        "IN_PROGRESS": "Somebody is at work on it.",
        "NEED_INFO": "It waits for an answer.",
        "RESOLVED": "It is done with, and has a resolution.",
        "CLOSED": "It is done with for good, and has a resolution.",
    },
)
describe_enum(
    Resolution,
    "How an issue ended.",
    {
        "FIXED": "Done.",
        "WONT_FIX": "It will not be done.",
        "DUPLICATE": "Another issue is the same.",
        "CANNOT_REPRODUCE": "It could not be found.",
    },
)
describe_enum(
    IssueType,
    "What an issue is.",
    {
        "TASK": "Something to do.",
        "BUG": "Something is wrong.",
        "IMPROVEMENT": "Something could be better.",
        "QUESTION": "Somebody wants to know something.",
    },
)
describe_enum(
    Priority,
    "How pressing an issue is.",
    {
        "TRIVIAL": "Whenever there is time.",
        "MINOR": "Less than others.",
        "NORMAL": "As others.",
        "CRITICAL": "Before others.",
        "BLOCKER": "Nothing goes on without it.",
    },
)
describe_enum(
    IssueField,
    "What about an issue changed.",
    {
        "SUMMARY": "The summary.",
        "DESCRIPTION": "The description.",
        "TYPE": "The type.",
        "PRIORITY": "The priority.",
        "ASSIGNEE": "Who is to do it; values are ids of members.",
        "TAGS": "The tags, separated by commas.",
        "DUE_ON": "The due date.",
        "STATUS": "The status.",
        "RESOLUTION": "The resolution.",
        "ATTACHMENT": "A file came or went; values are its name.",
    },
)
describe_enum(
    IssueOrder,
    "By what issues are ordered.",
    {
        "CREATED_ASC": "Oldest first.",
        "CREATED_DESC": "Newest first.",
        "UPDATED_ASC": "Longest unchanged first.",
        "UPDATED_DESC": "Last changed first.",
        "KEY_ASC": "By queue, then number.",
        "KEY_DESC": "By queue, then number, from the end.",
        "DUE_ASC": "Due soonest first, without a due date last.",
        "DUE_DESC": "Without a due date first, due soonest last.",
        "PRIORITY_ASC": "Least pressing first.",
        "PRIORITY_DESC": "Most pressing first.",
    },
)

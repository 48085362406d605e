"""Changing issues."""

from datetime import date
from typing import Annotated, Any

import strawberry

from app.domain.tracker import IssueStatus, IssueType, Priority, Resolution
from app.graphql.context import FreshLoaders, Info
from app.graphql.errors import UserError
from app.graphql.ids import row_id
from app.graphql.issues import Comment, Issue, comment_from, load_issue
from app.tracker.service import comment_issue, create_issue, transition_issue, update_issue, watch_issue


@strawberry.input(description="What `issueCreate` takes.")
class IssueCreateInput:
    queue_id: strawberry.ID = strawberry.field(description="The queue it goes into.")
    summary: str = strawberry.field(description="What it is about, in a line; up to 255 characters.")
    description: str | None = strawberry.field(default=None, description="At length; up to 50 000 characters.")
    type: IssueType = strawberry.field(default=IssueType.TASK, description="What it is.")
    priority: Priority = strawberry.field(default=Priority.NORMAL, description="How pressing it is.")
    assignee_id: strawberry.ID | None = strawberry.field(default=None, description="The active member who is to do it.")
    tags: list[str] | None = strawberry.field(
        default=None, description="Up to 20 words to mark it with, each of at most 50 characters."
    )
    due_on: date | None = strawberry.field(default=None, description="The day by which it is to be done.")

    def given(self) -> dict[str, Any]:
        names = ("summary", "description", "type", "priority", "tags", "due_on")
        return {name: getattr(self, name) for name in names} | {"assignee_id": member_id(self.assignee_id)}


@strawberry.input(description="What `issueUpdate` takes. What is left out stays as it is; null empties a field.")
class IssueUpdateInput:
    issue_id: strawberry.ID = strawberry.field(description="The issue.")
    summary: str | None = strawberry.field(default=strawberry.UNSET, description="The summary; cannot be emptied.")
    description: str | None = strawberry.field(default=strawberry.UNSET, description="The description.")
    type: IssueType | None = strawberry.field(default=strawberry.UNSET, description="The type; cannot be emptied.")
    priority: Priority | None = strawberry.field(
        default=strawberry.UNSET, description="The priority; cannot be emptied."
    )
    assignee_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The active member who is to do it; null for nobody."
    )
    tags: list[str] | None = strawberry.field(default=strawberry.UNSET, description="All its tags.")
    due_on: date | None = strawberry.field(default=strawberry.UNSET, description="The due date; null for none.")

    def given(self) -> dict[str, Any]:
        names = ("summary", "description", "type", "priority", "assignee_id", "tags", "due_on")
        given = {name: value for name in names if (value := getattr(self, name)) is not strawberry.UNSET}
        return given | ({"assignee_id": member_id(given["assignee_id"])} if "assignee_id" in given else {})


@strawberry.input(description="What `issueTransition` takes.")
class IssueTransitionInput:
    issue_id: strawberry.ID = strawberry.field(description="The issue.")
    status: IssueStatus = strawberry.field(description="Where the work on it is to stand.")
    resolution: Resolution | None = strawberry.field(
        default=None,
        description="How it ended: needed for RESOLVED and CLOSED, unless it has one; taken away by all others.",
    )


@strawberry.input(description="What `issueComment` takes.")
class IssueCommentInput:
    issue_id: strawberry.ID = strawberry.field(description="The issue.")
    text: str = strawberry.field(description="What to say; up to 20 000 characters.")


@strawberry.input(description="What `issueWatch` takes.")
class IssueWatchInput:
    issue_id: strawberry.ID = strawberry.field(description="The issue.")
    watch: bool = strawberry.field(description="Whether to watch it; to stop is allowed with read-only access too.")


@strawberry.type(description="What `issueCreate` answers.")
class IssueCreatePayload:
    issue: Issue = strawberry.field(description="The new issue.")


@strawberry.type(description="What `issueUpdate` answers.")
class IssueUpdatePayload:
    issue: Issue = strawberry.field(description="The issue as it is now.")


@strawberry.type(description="What `issueTransition` answers.")
class IssueTransitionPayload:
    issue: Issue = strawberry.field(description="The issue as it is now.")


@strawberry.type(description="What `issueComment` answers.")
class IssueCommentPayload:
    comment: Comment = strawberry.field(description="The new comment.")


@strawberry.type(description="What `issueWatch` answers.")
class IssueWatchPayload:
    issue: Issue = strawberry.field(description="The issue as it is now.")


IssueCreateResult = Annotated[
    IssueCreatePayload | UserError,
    strawberry.union("IssueCreateResult", description="The issue, or why there is none."),
]
IssueUpdateResult = Annotated[
    IssueUpdatePayload | UserError,
    strawberry.union("IssueUpdateResult", description="The issue, or why nothing was changed."),
]
IssueTransitionResult = Annotated[
    IssueTransitionPayload | UserError,
    strawberry.union("IssueTransitionResult", description="The issue, or why its status is as it was."),
]
IssueCommentResult = Annotated[
    IssueCommentPayload | UserError,
    strawberry.union("IssueCommentResult", description="The comment, or why there is none."),
]
IssueWatchResult = Annotated[
    IssueWatchPayload | UserError,
    strawberry.union("IssueWatchResult", description="The issue, or why nothing was changed."),
]


@strawberry.type
class IssueMutation:
    @strawberry.mutation(extensions=[FreshLoaders()], description="Create an issue with its queue's next number.")
    async def issue_create(
        self, info: Info, input: Annotated[IssueCreateInput, strawberry.argument(description="What it is.")]
    ) -> IssueCreateResult:
        queue_id = row_id("Queue", input.queue_id, "input", "queueId")
        issue_id = await create_issue(info.context.actor, queue_id, input.given())
        return IssueCreatePayload(issue=await load_issue(info, issue_id))

    @strawberry.mutation(extensions=[FreshLoaders()], description="Change fields of an issue.")
    async def issue_update(
        self, info: Info, input: Annotated[IssueUpdateInput, strawberry.argument(description="Which, and to what.")]
    ) -> IssueUpdateResult:
        issue_id = row_id("Issue", input.issue_id, "input", "issueId")
        await update_issue(info.context.actor, issue_id, input.given())
        return IssueUpdatePayload(issue=await load_issue(info, issue_id))

    @strawberry.mutation(extensions=[FreshLoaders()], description="Give an issue another status.")
    async def issue_transition(
        self, info: Info, input: Annotated[IssueTransitionInput, strawberry.argument(description="Which status.")]
    ) -> IssueTransitionResult:
        issue_id = row_id("Issue", input.issue_id, "input", "issueId")
        await transition_issue(info.context.actor, issue_id, input.status, input.resolution)
        return IssueTransitionPayload(issue=await load_issue(info, issue_id))

    @strawberry.mutation(extensions=[FreshLoaders()], description="Say something about an issue.")
    async def issue_comment(
        self, info: Info, input: Annotated[IssueCommentInput, strawberry.argument(description="What.")]
    ) -> IssueCommentResult:
        issue_id = row_id("Issue", input.issue_id, "input", "issueId")
        comment_id = await comment_issue(info.context.actor, issue_id, input.text)
        row = await info.context.loaders.tracker.comments.load(comment_id)
        assert row is not None, "it was written just now"
        return IssueCommentPayload(comment=comment_from(row))

    @strawberry.mutation(extensions=[FreshLoaders()], description="Watch an issue, or stop watching it.")
    async def issue_watch(
        self, info: Info, input: Annotated[IssueWatchInput, strawberry.argument(description="Which issue.")]
    ) -> IssueWatchResult:
        issue_id = row_id("Issue", input.issue_id, "input", "issueId")
        await watch_issue(info.context.actor, issue_id, watch=input.watch)
        return IssueWatchPayload(issue=await load_issue(info, issue_id))


def member_id(given: str | None) -> Any:
    """Raises: DomainError INVALID_INPUT."""
    return row_id("Member", given, "input", "assigneeId") if given is not None else None

"""Writing issues: create, update, transition, comment, watch (R7.1, R7.2)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from app import db
from app.domain.actor import Actor, Permission
from app.domain.errors import ErrorCode, Problem, check_all, refuse_for
from app.domain.text import check_text
from app.domain.tracker import (
    LONGEST_COMMENT,
    IssueFields,
    IssueStatus,
    Resolution,
    changes_between,
    check_fields,
    check_queue_key,
    check_resolution,
    transition_changes,
)
from app.tracker.writing import (
    Write,
    add_watchers,
    begin_issue_write,
    begin_write,
    organization_of,
    tell_watchers,
    write_history,
)

SEARCHED_CHARACTERS = 250_000
"""Of an issue's comments so much is searched: a vector has at most a megabyte, and a comment is never refused."""


async def create_queue(actor: Actor, organization_id: UUID, key: str, name: str) -> UUID:
    """Raises: DomainError INVALID_INPUT, ALREADY_EXISTS (the key), and what `begin_write` raises."""
    key, name = check_all(
        lambda: check_queue_key(key, "input", "key"), lambda: check_text(name, "The name", 200, "input", "name")
    )
    async with db.in_transaction():
        write = await begin_write(actor, organization_id, Permission.QUEUE_MANAGE)
        row = await db.fetch_one(
            """
            INSERT INTO queues (id, organization_id, key, name, last_number, created_at, author_id)
            VALUES ($1, $2, $3, $4, 0, $5, $6) ON CONFLICT (organization_id, key) DO NOTHING RETURNING id
            """,
            uuid4(),
            organization_id,
            key,
            name,
            write.at,
            write.member_id,
        )
        if row is None:
            problem = Problem(ErrorCode.ALREADY_EXISTS, f"There is a queue {key} already.", ("input", "key"))
            raise refuse_for([problem])
        await write.record("queue.created", queueId=row["id"])
    queue_id: UUID = row["id"]
    return queue_id


async def create_issue(actor: Actor, queue_id: UUID, given: Mapping[str, Any]) -> UUID:
    """A new issue with the queue's next number; `given` holds every field of `IssueFields`. Author and assignee watch.

    Raises: DomainError INVALID_INPUT and NOT_FOUND with every problem found, and what `begin_write` raises.
    """
    checked, problems = check_fields(given)
    async with db.in_transaction():
        organization_id = await organization_of(actor, "queues", queue_id, "queueId")
        write = await begin_write(actor, organization_id, Permission.ISSUE_CREATE)
        await _refuse_bad(write, checked, problems)
        fields = IssueFields(**checked)
        issue_id = await _insert_issue(write, queue_id, fields)
        await add_watchers(write, issue_id, [one for one in (write.member_id, fields.assignee_id) if one])
        told = await tell_watchers(write, issue_id, "issue.created")
        await write.record("issue.created", issueId=issue_id, queueId=queue_id, watcherIds=told)
    return issue_id


async def update_issue(actor: Actor, issue_id: UUID, given: Mapping[str, Any]) -> UUID:
    """Change the fields given, and leave all others as they are; a new assignee watches. If nothing differs,
    nothing is written.

    Raises: DomainError INVALID_INPUT and NOT_FOUND with every problem found, and what `begin_issue_write` raises.
    """
    checked, problems = check_fields(given)
    async with db.in_transaction():
        write, issue = await begin_issue_write(actor, issue_id, Permission.ISSUE_UPDATE)
        await _refuse_bad(write, checked, problems)
        fields = replace(issue.fields, **checked)
        changes = changes_between(issue.fields, fields)
        if not changes:
            return issue_id
        await _store_fields(write, issue_id, fields)
        await write_history(write, issue_id, changes)
        if fields.assignee_id is not None and fields.assignee_id != issue.fields.assignee_id:
            await add_watchers(write, issue_id, [fields.assignee_id])
        told = await tell_watchers(write, issue_id, "issue.updated")
        changed = [change.field.value for change in changes]
        await write.record("issue.updated", issueId=issue_id, fields=changed, watcherIds=told)
    return issue_id


async def transition_issue(actor: Actor, issue_id: UUID, status: IssueStatus, resolution: Resolution | None) -> UUID:
    """Give an issue another status, and the resolution that goes with it.

    Raises: DomainError INVALID_INPUT, and what `begin_issue_write` raises.
    """
    async with db.in_transaction():
        write, issue = await begin_issue_write(actor, issue_id, Permission.ISSUE_TRANSITION)
        after = check_resolution(issue.status, issue.resolution, status, resolution, "input")
        await db.fetch(
            "UPDATE issues SET status = $2, resolution = $3, updated_at = $4 WHERE id = $1",
            issue_id,
            status.value,
            after.value if after is not None else None,
            write.at,
        )
        changes = transition_changes((issue.status, issue.resolution), (status, after))
        await write_history(write, issue_id, changes)
        told = await tell_watchers(write, issue_id, "issue.transitioned")
        await write.record("issue.transitioned", issueId=issue_id, status=status.value, watcherIds=told)
    return issue_id


async def comment_issue(actor: Actor, issue_id: UUID, text: str) -> UUID:
    """Say something about an issue; it can be searched from then on.

    Raises: DomainError INVALID_INPUT, and what `begin_issue_write` raises.
    """
    text = check_text(text, "The comment", LONGEST_COMMENT, "input", "text")
    async with db.in_transaction():
        write, _ = await begin_issue_write(actor, issue_id, Permission.ISSUE_COMMENT)
        comment_id = uuid4()
        await _insert_comment(write, issue_id, comment_id, text)
        told = await tell_watchers(write, issue_id, "issue.commented")
        await write.record("issue.commented", issueId=issue_id, commentId=comment_id, watcherIds=told)
    return comment_id


async def watch_issue(actor: Actor, issue_id: UUID, *, watch: bool) -> UUID:
    """Watch an issue, or stop watching it, which is allowed with read-only access too (R2.2). Doing it twice is
    doing it once.

    Raises: DomainError what `begin_issue_write` raises.
    """
    permission = Permission.ISSUE_WATCH if watch else Permission.ISSUE_VIEW
    async with db.in_transaction():
        write, _ = await begin_issue_write(actor, issue_id, permission)
        if await _is_watching(write, issue_id) is watch:
            return issue_id
        if watch:
            await add_watchers(write, issue_id, [write.member_id])
        else:
            await db.fetch(
                "DELETE FROM issue_watchers WHERE issue_id = $1 AND member_id = $2", issue_id, write.member_id
            )
        await write.record("issue.watched" if watch else "issue.unwatched", issueId=issue_id)
    return issue_id


async def _refuse_bad(write: Write, checked: Mapping[str, Any], problems: list[Problem]) -> None:
    """Raises: DomainError with every problem, an assignee who is not an active member here among them."""
    assignee_id = checked.get("assignee_id")
    if assignee_id is not None and not await _is_active_member(write.organization_id, assignee_id):
        message = "There is no such active member."
        problems.append(Problem(ErrorCode.NOT_FOUND, message, ("input", "assigneeId")))
    if problems:
        raise refuse_for(problems)


async def _is_active_member(organization_id: UUID, member_id: UUID) -> bool:
    row = await db.fetch_one(
        "SELECT 1 FROM members WHERE organization_id = $1 AND id = $2 AND status = 'ACTIVE'",
        organization_id,
        member_id,
    )
    return row is not None


async def _insert_issue(write: Write, queue_id: UUID, fields: IssueFields) -> UUID:
    """The number is taken from the queue's row, locked by taking it, so that keys have no gap (R7.1)."""
    row = await db.fetch_one(
        """
        WITH queue AS (UPDATE queues SET last_number = last_number + 1 WHERE id = $3 RETURNING last_number)
        INSERT INTO issues (id, organization_id, queue_id, number, summary, description, type, priority, status,
                            author_id, assignee_id, tags, due_on, created_at, updated_at, comment_count)
        SELECT $1, $2, $3, queue.last_number, $4, $5, $6, $7, 'OPEN', $8, $9, $10, $11, $12, $12, 0 FROM queue
        RETURNING id
        """,
        uuid4(),
        write.organization_id,
        queue_id,
        fields.summary,
        fields.description,
        fields.type.value,
        fields.priority.value,
        write.member_id,
        fields.assignee_id,
        list(fields.tags),
        fields.due_on,
        write.at,
    )
    assert row is not None, "the queue was found before"
    issue_id: UUID = row["id"]
    return issue_id


async def _store_fields(write: Write, issue_id: UUID, fields: IssueFields) -> None:
    await db.fetch(
        """
        UPDATE issues SET summary = $2, description = $3, type = $4, priority = $5, assignee_id = $6, tags = $7,
                          due_on = $8, updated_at = $9
        WHERE id = $1
        """,
        issue_id,
        fields.summary,
        fields.description,
        fields.type.value,
        fields.priority.value,
        fields.assignee_id,
        list(fields.tags),
        fields.due_on,
        write.at,
    )


async def _insert_comment(write: Write, issue_id: UUID, comment_id: UUID, text: str) -> None:
    await db.fetch(
        """
        WITH said AS (
            INSERT INTO issue_comments (id, organization_id, issue_id, author_id, text, created_at)
            VALUES ($1, $2, $3, $4, $5, $6)
        ), before AS (
            SELECT coalesce(sum(length(text)), 0) AS characters FROM issue_comments WHERE issue_id = $3
        )
        UPDATE issues SET comment_count = comment_count + 1, updated_at = $6,
            comments_search = CASE WHEN before.characters + length($5) <= $7
                                   THEN comments_search || to_tsvector('pg_catalog.russian', $5)
                                   ELSE comments_search END
        FROM before WHERE issues.id = $3
        """,
        comment_id,
        write.organization_id,
        issue_id,
        write.member_id,
        text,
        write.at,
        SEARCHED_CHARACTERS,
    )


async def _is_watching(write: Write, issue_id: UUID) -> bool:
    row = await db.fetch_one(
        "SELECT 1 FROM issue_watchers WHERE issue_id = $1 AND member_id = $2", issue_id, write.member_id
    )
    return row is not None

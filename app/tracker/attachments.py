"""Attachments: announced by a member, uploaded to an address that works once, downloaded, deleted (R7.1)."""

import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from app import db
from app.domain.actor import Actor, Permission, Role
from app.domain.attachments import (
    MOST_ATTACHMENTS,
    UPLOAD_LENGTH,
    check_content_type,
    check_file_name,
    check_size,
    upload_over,
)
from app.domain.errors import check_all, invalid
from app.domain.roles import member
from app.domain.tokens import hash_secret
from app.domain.tracker import FieldChange, IssueField
from app.settings import load_settings
from app.tracker.files import ReceivedFile, delete_file, delete_leftovers, list_leftovers, path_of, receive
from app.tracker.writing import (
    begin_issue_write,
    begin_write,
    not_found,
    organization_of,
    tell_watchers,
    write_history,
)


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """`uploaded_at` None: it is only awaited. `size` in bytes."""

    id: UUID
    organization_id: UUID
    issue_id: UUID
    author_id: UUID
    file_name: str
    content_type: str
    size: int
    sha256: str | None
    created_at: datetime
    uploaded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Upload:
    """An attachment that is awaited; the token is shown once, and works once until `expires_at` of real time."""

    attachment_id: UUID
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Awaited:
    attachment: AttachmentRow
    author: Actor
    token_hash: str


_NEVER_CAME = "uploaded_at IS NULL AND expires_at < clock_timestamp() - $1::interval"
_FIELD = IssueField.ATTACHMENT
_COLUMNS = """
    attachment.id, attachment.organization_id, attachment.issue_id, attachment.author_id, attachment.file_name,
    attachment.content_type, attachment.size, attachment.sha256, attachment.created_at, attachment.uploaded_at
"""


async def find_attachments(attachment_ids: Sequence[UUID]) -> list[AttachmentRow]:
    """By id, in no order; those only awaited included."""
    rows = await db.fetch(f"SELECT {_COLUMNS} FROM attachments AS attachment WHERE id = ANY($1)", list(attachment_ids))
    return [AttachmentRow(**row) for row in rows]


async def list_attachments(issue_ids: Sequence[UUID]) -> list[AttachmentRow]:
    """Those of the issues that are uploaded, oldest first, at most MOST_ATTACHMENTS each."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM attachments AS attachment
        WHERE issue_id = ANY($1) AND uploaded_at IS NOT NULL ORDER BY uploaded_at, id
        """,
        list(issue_ids),
    )
    return [AttachmentRow(**row) for row in rows]


async def create_attachment(actor: Actor, issue_id: UUID, file_name: str, content_type: str, size: int) -> Upload:
    """Announce a file. It is nobody's to see until it is uploaded.

    Raises: DomainError INVALID_INPUT with every problem found, and what `begin_issue_write` raises.
    """
    most = load_settings().attachment_megabytes * 1024 * 1024
    file_name, content_type, size = check_all(
        lambda: check_file_name(file_name, "input", "fileName"),
        lambda: check_content_type(content_type, "input", "contentType"),
        lambda: check_size(size, most, "input", "size"),
    )
    async with db.in_transaction():
        write, _ = await begin_issue_write(actor, issue_id, Permission.ISSUE_UPDATE)
        if await db.count("SELECT 1 FROM attachments WHERE issue_id = $1", issue_id) >= MOST_ATTACHMENTS:
            raise invalid(f"An issue has at most {MOST_ATTACHMENTS} files.", "input", "issueId")
        attachment_id, token = uuid4(), secrets.token_urlsafe(32)
        row = await db.fetch_one(
            """
            INSERT INTO attachments (id, organization_id, issue_id, author_id, file_name, content_type, size,
                                     created_at, token_hash, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp() + $10::interval) RETURNING expires_at
            """,
            attachment_id,
            write.organization_id,
            issue_id,
            write.member_id,
            file_name,
            content_type,
            size,
            write.at,
            hash_secret(token),
            UPLOAD_LENGTH,
        )
        assert row is not None, "INSERT … RETURNING answers"
        await write.record("attachment.announced", issueId=issue_id, attachmentId=attachment_id)
    return Upload(attachment_id, token, row["expires_at"])


async def find_upload_organization(attachment_id: UUID, token: str) -> UUID:
    """Where the address of an upload leads. Raises: DomainError NOT_FOUND."""
    (row,) = await db.fetch("SELECT find_upload($1, $2) AS organization_id", attachment_id, hash_secret(token))
    if row["organization_id"] is None:
        raise upload_over()
    organization_id: UUID = row["organization_id"]
    return organization_id


async def upload(attachment_id: UUID, token: str, chunks: AsyncIterator[bytes], request_id: str) -> AttachmentRow:
    """Take in the bytes of an attachment that is awaited, for the member who announced it: who lost access since,
    and whose organization is gone, is refused, and nothing is kept.

    The file has its name before the commit: after a crash between them the attachment is still awaited.

    Raises: DomainError NOT_FOUND for an address that does not work (any more), INVALID_INPUT for another size than
    announced, and what `begin_issue_write` raises.
    """
    awaited = await _find_awaited(attachment_id, token, request_id)
    attachment = awaited.attachment
    async with receive(attachment.organization_id, attachment.id, chunks, attachment.size) as received:
        await _store(awaited, received)
    (stored,) = await find_attachments([attachment.id])
    return stored


async def delete_attachment(actor: Actor, attachment_id: UUID) -> UUID:
    """Delete a file, or stop awaiting it; returns the issue's id. The history keeps that it was there.

    Raises: DomainError NOT_FOUND, and what `begin_write` raises.
    """
    async with db.in_transaction():
        organization_id = await organization_of(actor, "attachments", attachment_id, "attachmentId")
        write = await begin_write(actor, organization_id, Permission.ISSUE_UPDATE)
        found = await find_attachments([attachment_id])
        if not found:
            raise not_found("attachment", "attachmentId")
        attachment = found[0]
        await db.fetch("DELETE FROM attachments WHERE id = $1", attachment_id)
        told: list[UUID] = []
        if attachment.uploaded_at is not None:
            await write_history(write, attachment.issue_id, [FieldChange(_FIELD, attachment.file_name, None)])
            await db.fetch("UPDATE issues SET updated_at = $2 WHERE id = $1", attachment.issue_id, write.at)
            told = await tell_watchers(write, attachment.issue_id, "attachment.deleted")
        await write.record(
            "attachment.deleted", issueId=attachment.issue_id, attachmentId=attachment_id, watcherIds=told
        )
    # A crash before it leaves a file for the sweep.
    await db.after_commit(lambda: delete_file(organization_id, attachment_id))
    return attachment.issue_id


async def list_never_came(limit: int) -> list[UUID]:
    """Attachments that were announced long ago and never came. Files that nothing refers to are not among them: they
    are where the data directory is, and are found by looking there."""
    rows = await db.fetch(f"SELECT id FROM attachments WHERE {_NEVER_CAME} LIMIT $2", UPLOAD_LENGTH, limit)
    return [row["id"] for row in rows]


async def sweep_leftovers() -> int:
    """Forget attachments that never came, and delete files that nothing refers to. Returns how many there were."""
    rows = await db.fetch(f"DELETE FROM attachments WHERE {_NEVER_CAME} RETURNING id", UPLOAD_LENGTH)
    old = await list_leftovers()
    found = await find_attachments([attachment_id for attachment_id, _ in old])
    wanted = {path_of(one.organization_id, one.id) for one in found if one.uploaded_at is not None}
    gone = [path for _, path in old if path not in wanted]
    await delete_leftovers(gone)
    return len(rows) + len(gone)


async def _find_awaited(attachment_id: UUID, token: str, request_id: str) -> _Awaited:
    token_hash = hash_secret(token)
    row = await db.fetch_one(
        f"""
        SELECT {_COLUMNS}, author.role FROM attachments AS attachment
        JOIN members AS author ON author.id = attachment.author_id
        WHERE attachment.id = $1 AND attachment.token_hash = $2 AND attachment.expires_at > clock_timestamp()
        """,
        attachment_id,
        token_hash,
    )
    if row is None:
        raise upload_over()
    role = Role(row.pop("role"))
    attachment = AttachmentRow(**row)
    return _Awaited(attachment, member(attachment.author_id, attachment.organization_id, role, request_id), token_hash)


async def _store(awaited: _Awaited, received: ReceivedFile) -> None:
    attachment = awaited.attachment
    async with db.in_transaction():
        write, issue = await begin_issue_write(awaited.author, attachment.issue_id, Permission.ISSUE_UPDATE)
        row = await db.fetch_one(
            """
            UPDATE attachments SET uploaded_at = $3, sha256 = $4, token_hash = NULL
            WHERE id = $1 AND token_hash = $2 RETURNING id
            """,
            attachment.id,
            awaited.token_hash,
            write.at,
            received.sha256,
        )
        if row is None:  # the same address was used at the same time, or the attachment deleted
            raise upload_over()
        await write_history(write, issue.id, [FieldChange(_FIELD, None, attachment.file_name)])
        await db.fetch("UPDATE issues SET updated_at = $2 WHERE id = $1", issue.id, write.at)
        told = await tell_watchers(write, issue.id, "attachment.created")
        await write.record("attachment.created", issueId=issue.id, attachmentId=attachment.id, watcherIds=told)
        await received.keep()

"""Files beside issues. Their bytes go by plain HTTP, see app/rest."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.graphql.context import FreshLoaders, Info, ShownOnce
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id
from app.graphql.issues import Issue, load_issue
from app.graphql.member import Member, load_members
from app.graphql.node import Node
from app.tracker.attachments import AttachmentRow, Upload, create_attachment, delete_attachment


@strawberry.type(description="A file beside an issue.")
class Attachment(Node):
    file_name: str = strawberry.field(description="Its name, as whoever uploaded it said.")
    content_type: str = strawberry.field(description="Its media type, as whoever uploaded it said.")
    size: int = strawberry.field(description="Its size in bytes.")
    sha256: str | None = strawberry.field(
        name="sha256", description="SHA-256 of its bytes, in hex; null until it is uploaded."
    )
    created_at: datetime = strawberry.field(description="When it was announced.")
    uploaded_at: datetime | None = strawberry.field(description="When it came; null while it is awaited.")
    url: str | None = strawberry.field(
        description="Where to get it, with the same bearer token: a path to be resolved against the "
        "address of this API; null until it is uploaded."
    )
    row: strawberry.Private[AttachmentRow]

    @strawberry.field(description="Who uploaded it.")
    async def author(self, info: Info) -> Member:
        return (await load_members(info, [self.row.author_id]))[0]

    @strawberry.field(description="The issue it is beside.")
    async def issue(self, info: Info) -> Issue:
        return await load_issue(info, self.row.issue_id)


@strawberry.input(description="What `attachmentCreate` takes.")
class AttachmentCreateInput:
    issue_id: strawberry.ID = strawberry.field(description="The issue.")
    file_name: str = strawberry.field(description="The file's name, without folders; up to 200 characters.")
    content_type: str = strawberry.field(description='Its media type, as in "image/png"; nothing that a browser runs.')
    size: int = strawberry.field(description="Its size in bytes, exactly.")


@strawberry.input(description="What `attachmentDelete` takes.")
class AttachmentDeleteInput:
    attachment_id: strawberry.ID = strawberry.field(description="The file.")


@strawberry.type(description="What `attachmentCreate` answers.")
class AttachmentCreatePayload:
    attachment: Attachment = strawberry.field(description="The file, awaited.")
    upload_url: str = strawberry.field(
        extensions=[ShownOnce()],
        description="Where to PUT its bytes: a path to be resolved against the address of this API. "
        "No other authorization is asked for, and it works once.",
    )
    expires_at: datetime = strawberry.field(description="Until when it works, in real time.")


@strawberry.type(description="What `attachmentDelete` answers.")
class AttachmentDeletePayload:
    issue: Issue = strawberry.field(description="The issue as it is now.")


AttachmentCreateResult = Annotated[
    AttachmentCreatePayload | UserError,
    strawberry.union("AttachmentCreateResult", description="Where to upload the file, or why nowhere."),
]
AttachmentDeleteResult = Annotated[
    AttachmentDeletePayload | UserError,
    strawberry.union("AttachmentDeleteResult", description="The issue, or why nothing was deleted."),
]


@strawberry.type
class AttachmentMutation:
    @strawberry.mutation(extensions=[FreshLoaders()], description="Announce a file, and learn where to upload it.")
    async def attachment_create(
        self, info: Info, input: Annotated[AttachmentCreateInput, strawberry.argument(description="Which file.")]
    ) -> AttachmentCreateResult:
        issue_id = row_id("Issue", input.issue_id, "input", "issueId")
        upload = await create_attachment(info.context.actor, issue_id, input.file_name, input.content_type, input.size)
        row = await info.context.loaders.tracker.attachments.load(upload.attachment_id)
        assert row is not None, "it was written just now"
        return created_from(row, upload)

    @strawberry.mutation(extensions=[FreshLoaders()], description="Delete a file.")
    async def attachment_delete(
        self, info: Info, input: Annotated[AttachmentDeleteInput, strawberry.argument(description="Which file.")]
    ) -> AttachmentDeleteResult:
        attachment_id = row_id("Attachment", input.attachment_id, "input", "attachmentId")
        issue_id = await delete_attachment(info.context.actor, attachment_id)
        return AttachmentDeletePayload(issue=await load_issue(info, issue_id))


def created_from(row: AttachmentRow, upload: Upload) -> AttachmentCreatePayload:
    return AttachmentCreatePayload(
        attachment=attachment_from(row),
        upload_url=f"{_path(row)}?token={upload.token}",
        expires_at=upload.expires_at,
    )


def attachment_from(row: AttachmentRow) -> Attachment:
    return Attachment(
        id=global_id("Attachment", row.id),
        file_name=row.file_name,
        content_type=row.content_type,
        size=row.size,
        sha256=row.sha256,
        created_at=row.created_at,
        uploaded_at=row.uploaded_at,
        url=_path(row) if row.uploaded_at is not None else None,
        row=row,
    )


def _path(row: AttachmentRow) -> str:
    return f"/attachments/{global_id('Attachment', row.id)}"

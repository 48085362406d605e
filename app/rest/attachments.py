"""The bytes of attachments: up by a token of their own that works once, down for whoever may see the issue.

Nothing is ever served to be shown: browsers save it, do not guess what it is, and run nothing of it.
"""

import asyncio
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response

from app import db
from app.access.service import require_reading
from app.domain.actor import Actor, Permission
from app.domain.attachments import UPLOAD_LENGTH, upload_over
from app.domain.errors import DomainError, ErrorCode, invalid
from app.graphql.ids import global_id, row_id
from app.http.guard import Visitor
from app.http.plain import error
from app.organizations.queries import find_organization
from app.rest.answers import answered, for_callers, guard_of
from app.tracker.attachments import AttachmentRow, find_attachments, find_upload_organization, upload
from app.tracker.files import path_of

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


async def put_attachment(request: Request) -> Response:
    """Take in the bytes. The address is the authorization: whoever was given it may use it, once."""
    request_id = request.state.request_id
    try:
        async with asyncio.timeout(UPLOAD_LENGTH.total_seconds()):
            return await answered(_take_in(request, request_id), request_id)
    except TimeoutError:
        return error(408, ErrorCode.INVALID_INPUT.value, "The upload took too long.", request_id)


@for_callers(points=10)
async def get_attachment(request: Request, actor: Actor) -> Response:
    """The bytes, to be saved. What the actor may not see does not exist."""
    attachment = await _find_visible(request, actor)
    path = path_of(attachment.organization_id, attachment.id)
    if not await asyncio.to_thread(path.is_file):
        raise DomainError(ErrorCode.NOT_FOUND, "This file is lost.")
    return FileResponse(
        path,
        headers=_HEADERS,
        media_type=attachment.content_type,
        filename=attachment.file_name,
        content_disposition_type="attachment",
    )


async def _take_in(request: Request, request_id: str) -> Response:
    try:
        attachment_id = row_id("Attachment", request.path_params["id"])
    except DomainError:
        raise upload_over() from None
    token = request.query_params.get("token", "")
    organization_id = await _find_upload(request, attachment_id, token)
    try:
        with db.acting_for(frozenset({organization_id})):
            stored = await upload(attachment_id, token, request.stream(), request_id)
    except ClientDisconnect:
        raise invalid("The upload was broken off.") from None
    return JSONResponse(
        {"id": global_id("Attachment", stored.id), "size": stored.size, "sha256": stored.sha256}, status_code=201
    )


async def _find_upload(request: Request, attachment_id: UUID, token: str) -> UUID:
    """Raises: DomainError NOT_FOUND, RequestRefused 429 for an address that has guessed too often."""
    visitor, strangers = Visitor.of(request, token), guard_of(request).strangers
    strangers.check(visitor.address, visitor.secret)
    try:
        return await find_upload_organization(attachment_id, token)
    except DomainError:
        await strangers.note_failure(visitor.address, visitor.secret)
        raise


async def _find_visible(request: Request, actor: Actor) -> AttachmentRow:
    """Raises: DomainError NOT_FOUND, and what `require_reading` raises."""
    found = await find_attachments([row_id("Attachment", request.path_params["id"])])
    organization = await find_organization(actor, found[0].organization_id) if found else None
    if organization is None or found[0].uploaded_at is None:
        raise DomainError(ErrorCode.NOT_FOUND, "There is no such attachment.")
    await require_reading(actor, organization, Permission.ISSUE_VIEW)
    return found[0]

"""What is taken along as files: the issues of a filter as CSV, and everything an organization has as a ZIP."""

from typing import Any

import orjson
from graphql import GraphQLError, GraphQLInputType
from graphql.utilities import coerce_input_value, validate_input_value
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from strawberry.types.arguments import convert_argument

from app.access.service import require_reading
from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, ErrorCode, invalid
from app.domain.issue_filter import EVERY_ISSUE, IssueFilter, IssueOrder
from app.graphql import issue_filter
from app.graphql.ids import row_id
from app.graphql.schema import schema
from app.organizations.queries import find_organization
from app.rest.answers import for_callers
from app.retention.exports import find_file
from app.tracker.export import export_issues

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "Content-Disposition": 'attachment; filename="issues.csv"',
}


@for_callers(points=100)
async def get_issues_csv(request: Request, actor: Actor) -> Response:
    """The issues of a filter, read and sent page by page; allowed to read-only members too (R2.2)."""
    organization = await find_organization(actor, row_id("Organization", request.path_params["id"]))
    if organization is None:
        raise DomainError(ErrorCode.NOT_FOUND, "There is no such organization.")
    await require_reading(actor, organization, Permission.DATA_EXPORT)
    wanted, order = _wanted(request.query_params.get("filter")), _order(request.query_params.get("orderBy"))
    lines = export_issues(organization, wanted, order)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=_HEADERS)


@for_callers(points=10)
async def get_organization_export(request: Request, actor: Actor) -> Response:
    """The file of everything an organization has, for those who may ask for one."""
    path = await find_file(actor, row_id("OrganizationExport", request.path_params["id"]))
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
    return FileResponse(path, media_type="application/zip", filename=f"export-{path.name}", headers=headers)


def _wanted(text: str | None) -> IssueFilter:
    """From JSON as the GraphQL variable of type IssueFilter has it. Raises: DomainError INVALID_INPUT."""
    if text is None:
        return EVERY_ISSUE
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise invalid("The filter is no JSON.") from None
    kind = _input_type("IssueFilter")
    validate_input_value(given, kind, _refuse)
    coerced = coerce_input_value(given, kind)
    found: Any = convert_argument(
        coerced, issue_filter.IssueFilter, schema.schema_converter.scalar_registry, schema.config
    )
    if found is None:
        return EVERY_ISSUE
    wanted: IssueFilter = found.wanted("filter")
    return wanted


def _order(text: str | None) -> IssueOrder:
    """Raises: DomainError INVALID_INPUT."""
    try:
        return IssueOrder(text) if text is not None else IssueOrder.CREATED_DESC
    except ValueError:
        raise invalid("That is not an order of issues.") from None


def _input_type(name: str) -> GraphQLInputType:
    found: GraphQLInputType = schema.core.type_map[name]  # type: ignore[assignment]
    return found


def _refuse(error: GraphQLError, path: list[str | int]) -> None:
    where = ".".join(str(one) for one in ("filter", *path))
    raise invalid(f"{where}: {error.message}")

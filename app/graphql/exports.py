"""Exports of everything an organization has."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from app.domain.export import ExportState, percent_done
from app.graphql.context import FreshLoaders, Info
from app.graphql.enums import describe_enum
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id
from app.graphql.node import Node
from app.retention.exports import ExportRow, request_export

if TYPE_CHECKING:
    from app.graphql.organization import Organization

describe_enum(
    ExportState,
    "Where an export stands.",
    {
        "PENDING": "It has not begun.",
        "RUNNING": "The file is being made.",
        "READY": "The file can be downloaded.",
        "EXPIRED": "The file is not kept any more.",
        "FAILED": "The file could not be made.",
    },
)


@strawberry.type(description="Everything an organization has, as a ZIP of JSON Lines with a manifest.")
class OrganizationExport(Node):
    state: ExportState = strawberry.field(description="Where it stands.")
    progress: int = strawberry.field(description="How much is done, in percent.")
    requested_at: datetime = strawberry.field(description="When it was asked for, in real time.")
    rows: int | None = strawberry.field(description="How many rows it has; null until they are counted.")
    bytes: float | None = strawberry.field(description="The bytes of the file, a whole number; null until it is made.")
    sha256: str | None = strawberry.field(description="SHA-256 of the file, hex; null until it is made.")
    expires_at: datetime | None = strawberry.field(
        description="Until when the file is kept, in real time; null until it is made."
    )
    download_url: str | None = strawberry.field(
        description="Where to fetch it, with the same bearer token: a path to be resolved against the address of "
        "this API; null unless it is ready."
    )
    row: strawberry.Private[ExportRow]

    @strawberry.field(description="The organization.")
    async def organization(self, info: Info) -> Annotated["Organization", strawberry.lazy("app.graphql.organization")]:
        from app.graphql.organization import organization_from

        return organization_from(await info.context.loaders.organization_of(self.row))


@strawberry.input(description="What `organizationExport` takes.")
class OrganizationExportInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")


@strawberry.type(description="What `organizationExport` answers.")
class OrganizationExportPayload:
    export: OrganizationExport = strawberry.field(description="The export: ask for it by its id until it is ready.")


OrganizationExportResult = Annotated[
    OrganizationExportPayload | UserError,
    strawberry.union("OrganizationExportResult", description="The export, or why there is none."),
]


@strawberry.type
class ExportMutation:
    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Prepare a file of everything an organization has, also when it is closed, until its data are "
        "deleted. One that is being made already is answered instead of another. Needs MEMBER_MANAGE and BILLING_VIEW.",
    )
    async def organization_export(
        self, info: Info, input: Annotated[OrganizationExportInput, strawberry.argument(description="Which.")]
    ) -> OrganizationExportResult:
        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        export_id = await request_export(info.context.actor, organization_id)
        return OrganizationExportPayload(export=await load_export(info, export_id))


async def load_export(info: Info, export_id: UUID) -> OrganizationExport:
    """An export that exists."""
    row = await info.context.loaders.exports.load(export_id)
    assert row is not None, "the export was made, or found, by whoever may see it"
    return export_from(row)


def export_from(row: ExportRow) -> OrganizationExport:
    return OrganizationExport(
        id=global_id("OrganizationExport", row.id),
        state=row.state,
        progress=percent_done(row.facts),
        requested_at=row.requested_at,
        rows=row.facts.rows_total,
        bytes=row.size,
        sha256=row.sha256,
        expires_at=row.facts.expires_at,
        download_url=f"/exports/{global_id('OrganizationExport', row.id)}" if row.state is ExportState.READY else None,
        row=row,
    )

"""Changing an organization's name, zone and limits."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.graphql.context import FreshLoaders, Info
from app.graphql.errors import UserError
from app.graphql.ids import row_id
from app.graphql.scalars import TimeZone
from app.graphql.unset import or_unset
from app.seats.limits import OrganizationUpdate, update_organization

if TYPE_CHECKING:
    from app.graphql.organization import Organization


@strawberry.input(description="What `organizationUpdate` takes; what is left out stays as it is.")
class OrganizationUpdateInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="The name, at most 200 characters; it cannot be null."
    )
    time_zone: TimeZone | None = strawberry.field(
        default=strawberry.UNSET,
        description="The IANA time zone that its months are counted in; the running period ends by the old one.",
    )
    seat_cap: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="At most so many seats at once; null takes the cap away. Lowering it revokes nobody.",
    )
    budget: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="At most this amount for a month, in the organization's currency; null takes the budget away.",
    )

    def update(self) -> OrganizationUpdate:
        return OrganizationUpdate(
            or_unset(self.name), or_unset(self.time_zone), or_unset(self.seat_cap), or_unset(self.budget)
        )


@strawberry.type(description="What `organizationUpdate` answers.")
class OrganizationUpdatePayload:
    organization: Annotated["Organization", strawberry.lazy("app.graphql.organization")] = strawberry.field(
        description="The organization as it is now."
    )


OrganizationUpdateResult = Annotated[
    OrganizationUpdatePayload | UserError,
    strawberry.union("OrganizationUpdateResult", description="The organization, or why nothing was changed."),
]


@strawberry.type
class LimitsMutation:
    @strawberry.mutation(extensions=[FreshLoaders()], description="Change the name, the time zone and the own limits.")
    async def organization_update(
        self, info: Info, input: Annotated[OrganizationUpdateInput, strawberry.argument(description="What to change.")]
    ) -> OrganizationUpdateResult:
        from app.graphql.organization import load_organization

        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        await update_organization(info.context.actor, organization_id, input.update(), info.context.policies)
        return OrganizationUpdatePayload(organization=await load_organization(info, organization_id))

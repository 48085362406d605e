"""Lists of organizations."""

from typing import Annotated

import strawberry

from app.domain.lifecycle import OrganizationState
from app.graphql.connections import After, Before, Connection, First, Last, Paging, connect
from app.graphql.context import Info
from app.graphql.enums import describe_enum
from app.graphql.ids import row_id
from app.graphql.listings import organizations_of
from app.graphql.organization import Organization, organization_from
from app.organizations.listing import EVERY_ORGANIZATION, OrganizationFilter, OrganizationOrder

describe_enum(
    OrganizationOrder,
    "How organizations are listed.",
    {
        "CREATED_AT_ASC": "By when they were created.",
        "CREATED_AT_DESC": "By when they were created, the newest first.",
        "NAME_ASC": "By name.",
        "NAME_DESC": "By name, the last first.",
    },
)


@strawberry.input(
    name="OrganizationFilter",
    description="Which organizations to list: those that all of it is true of. What is left out or null asks nothing.",
)
class OrganizationFilterInput:
    text: str | None = strawberry.field(default=None, description="Is part of the name or the slug, whatever the case.")
    state: OrganizationState | None = strawberry.field(default=None, description="Where they stand now.")
    currency: str | None = strawberry.field(default=None, description="The currency that they pay in, ISO 4217.")
    suspended: bool | None = strawberry.field(default=None, description="Whether they are suspended until they pay.")
    on_test_clock: bool | None = strawberry.field(
        default=None, description="Whether they live by a test clock, and not in real life."
    )
    test_clock_id: strawberry.ID | None = strawberry.field(default=None, description="The test clock they live by.")

    def wanted(self) -> OrganizationFilter:
        """Raises: DomainError INVALID_INPUT for what is no id of a test clock."""
        clock = self.test_clock_id
        return OrganizationFilter(
            text=self.text,
            state=self.state,
            currency=self.currency,
            is_suspended=self.suspended,
            is_on_test_clock=self.on_test_clock,
            test_clock_id=row_id("TestClock", clock, "filter", "testClockId") if clock is not None else None,
        )


@strawberry.type
class OrganizationsQuery:
    @strawberry.field(
        description="Operators: every organization. Others: their own. Oldest first unless another order is asked for."
    )
    async def organizations(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[OrganizationFilterInput | None, strawberry.argument(description="Only these.")] = None,
        order_by: Annotated[
            OrganizationOrder | None, strawberry.argument(description="The order.")
        ] = OrganizationOrder.CREATED_AT_ASC,
    ) -> Connection[Organization]:
        wanted = filter.wanted() if filter is not None else EVERY_ORGANIZATION
        listing = organizations_of(info.context.actor, wanted, order_by or OrganizationOrder.CREATED_AT_ASC)
        return await connect(listing, Paging(first, after, last, before), organization_from)

"""What is agreed with one organization: contracts and legacy baselines."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.domain import agreements
from app.domain.period import Month
from app.graphql.context import FreshLoaders, Info
from app.graphql.errors import UserError
from app.graphql.ids import row_id
from app.graphql.terms import PriceList, find_price_list
from app.seats.baselines import set_legacy_baseline
from app.seats.limits import set_contract
from app.seats.requests import request_contract

if TYPE_CHECKING:
    from app.graphql.organization import Organization

TheOrganization = Annotated["Organization", strawberry.lazy("app.graphql.organization")]


@strawberry.type(description="Individual terms of an organization.")
class Contract:
    seat_limit: int = strawberry.field(description="How many seats it may have at once.")
    from_month: Month = strawberry.field(description="The first month that it holds for.")
    to_month: Month | None = strawberry.field(description="The last month; null for without end.")
    recorded_at: datetime = strawberry.field(description="When it was recorded; of several the last one holds.")
    agreed: strawberry.Private[agreements.Contract]

    @strawberry.field(description="The list that it prices by; null for the public one.")
    async def price_list(self, info: Info) -> PriceList | None:
        return await find_price_list(info, self.agreed.price_list_id)


@strawberry.type(description="A price list that an organization pays no more than, instead of its list's own.")
class LegacyBaseline:
    recorded_at: datetime = strawberry.field(
        description="When it was recorded; of several the last one holds, and lowers the month that had begun by then."
    )
    agreed: strawberry.Private[agreements.Baseline]

    @strawberry.field(description="The list.")
    async def price_list(self, info: Info) -> PriceList:
        found = await find_price_list(info, self.agreed.price_list_id)
        assert found is not None, "a list in use stays, and whoever sees the account sees what serves it"
        return found


@strawberry.input(description="What `contractSet` takes.")
class ContractSetInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    seat_limit: int = strawberry.field(description="How many seats it may have at once, from 1.")
    from_month: Month = strawberry.field(description="The first month that it holds for; one that is not closed.")
    to_month: Month | None = strawberry.field(default=None, description="The last month; without end when left out.")
    price_list_id: strawberry.ID | None = strawberry.field(
        default=None,
        description=(
            "A private list of the organization's currency to price by; the public one when left out. "
            "A month that has begun is lowered by it, never raised."
        ),
    )


@strawberry.type(description="What `contractSet` answers.")
class ContractSetPayload:
    organization: TheOrganization = strawberry.field(description="The organization under its contract.")


@strawberry.input(description="What `legacyBaselineSet` takes.")
class LegacyBaselineSetInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    price_list_id: strawberry.ID = strawberry.field(
        description="The list that it pays no more than while a newer list's legacy months last; of its currency."
    )


@strawberry.type(description="What `legacyBaselineSet` answers.")
class LegacyBaselineSetPayload:
    organization: TheOrganization = strawberry.field(description="The organization with its baseline.")


@strawberry.input(description="What `contractRequest` takes.")
class ContractRequestInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    seats: int = strawberry.field(description="How many seats it is to be for.")
    message: str = strawberry.field(description="What to tell us, at most 1000 characters.")


@strawberry.type(description="What `contractRequest` answers.")
class ContractRequestPayload:
    organization: TheOrganization = strawberry.field(description="The organization; the request is among its own.")


ContractSetResult = Annotated[
    ContractSetPayload | UserError,
    strawberry.union("ContractSetResult", description="The organization, or why there is no contract."),
]
LegacyBaselineSetResult = Annotated[
    LegacyBaselineSetPayload | UserError,
    strawberry.union("LegacyBaselineSetResult", description="The organization, or why nothing was recorded."),
]
ContractRequestResult = Annotated[
    ContractRequestPayload | UserError,
    strawberry.union("ContractRequestResult", description="The organization, or why nothing was asked for."),
]


@strawberry.type
class ContractMutation:
    @strawberry.mutation(extensions=[FreshLoaders()], description="Operators: record individual terms.")
    async def contract_set(
        self, info: Info, input: Annotated[ContractSetInput, strawberry.argument(description="The terms.")]
    ) -> ContractSetResult:
        from app.graphql.organization import load_organization

        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        list_id = row_id("PriceList", input.price_list_id, "input", "priceListId") if input.price_list_id else None
        given = (input.seat_limit, input.from_month, input.to_month, info.context.policies)
        await set_contract(info.context.actor, organization_id, *given, price_list_id=list_id)
        return ContractSetPayload(organization=await load_organization(info, organization_id))

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Operators: record the list that an organization pays no more than, instead of its list's own.",
    )
    async def legacy_baseline_set(
        self, info: Info, input: Annotated[LegacyBaselineSetInput, strawberry.argument(description="Which.")]
    ) -> LegacyBaselineSetResult:
        from app.graphql.organization import load_organization

        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        price_list_id = row_id("PriceList", input.price_list_id, "input", "priceListId")
        await set_legacy_baseline(info.context.actor, organization_id, price_list_id, info.context.policies)
        return LegacyBaselineSetPayload(organization=await load_organization(info, organization_id))

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Ask for a contract; for those who manage seats, and those who manage billing.",
    )
    async def contract_request(
        self, info: Info, input: Annotated[ContractRequestInput, strawberry.argument(description="What for.")]
    ) -> ContractRequestResult:
        from app.graphql.organization import load_organization

        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        await request_contract(info.context.actor, organization_id, input.seats, input.message)
        return ContractRequestPayload(organization=await load_organization(info, organization_id))


def baseline_from(found: agreements.Baseline) -> LegacyBaseline:
    return LegacyBaseline(recorded_at=found.recorded_at, agreed=found)


def contract_from(found: agreements.Contract) -> Contract:
    return Contract(
        seat_limit=found.seat_limit,
        from_month=found.from_month,
        to_month=found.to_month,
        recorded_at=found.recorded_at,
        agreed=found,
    )

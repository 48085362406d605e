"""Making and removing price lists, and VAT rates."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import uuid4

import strawberry

from app.domain import pricing
from app.domain.period import Month
from app.graphql.context import FreshLoaders, Info
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id
from app.graphql.terms import PriceList, price_list_from
from app.terms.price_lists import create_price_list, delete_price_list
from app.terms.vat_rates import VatRateRow, create_vat_rate, delete_vat_rate, list_vat_rates


@strawberry.input(description="Seats up to a number, at one price each.")
class TierInput:
    up_to: int | None = strawberry.field(
        default=None, description="The last seat of the tier; left out for the last tier, which has no end."
    )
    unit_price: Decimal = strawberry.field(description="What a seat costs a month, with at most 6 decimals.")
    flat_amount: Decimal = strawberry.field(
        default=Decimal(0), description="What is charged once when the tier is reached, with at most 6 decimals."
    )


@strawberry.input(description="What `priceListCreate` takes.")
class PriceListCreateInput:
    name: str = strawberry.field(description="The name, at most 200 characters.")
    currency: str = strawberry.field(description="The currency of the prices, ISO 4217.")
    is_public: bool = strawberry.field(
        description="Whether it holds for everyone; private ones serve contracts, baselines and promo codes."
    )
    effective_from: Month = strawberry.field(description="The first month; of a public list one that has not begun.")
    free_threshold: int = strawberry.field(
        default=0, description="A month with no more seats than this costs nothing; with more, every seat is charged."
    )
    tiers: list[TierInput] = strawberry.field(description="The graduated tiers, lowest first, at most 100.")
    vat_included: bool = strawberry.field(description="Whether VAT is inside the prices, or comes on top.")
    legacy_periods: int = strawberry.field(
        default=0, description="For how many months older organizations pay no more than under the baseline; up to 120."
    )
    baseline_id: strawberry.ID | None = strawberry.field(
        default=None, description="The list that older organizations pay no more than, of the same currency."
    )

    def prices(self) -> pricing.PriceList:
        baseline_id = self.baseline_id
        return pricing.PriceList(
            id=uuid4(),
            name=self.name,
            currency=self.currency,
            is_public=self.is_public,
            effective_from=self.effective_from,
            free_threshold=self.free_threshold,
            tiers=tuple(pricing.Tier(one.up_to, one.unit_price, one.flat_amount) for one in self.tiers),
            vat_included=self.vat_included,
            legacy_periods=self.legacy_periods,
            baseline_id=row_id("PriceList", baseline_id, "input", "baselineId") if baseline_id is not None else None,
        )


@strawberry.type(description="What `priceListCreate` answers.")
class PriceListCreatePayload:
    price_list: PriceList = strawberry.field(description="The new list.")


@strawberry.input(description="What `priceListDelete` takes.")
class PriceListDeleteInput:
    price_list_id: strawberry.ID = strawberry.field(description="The list.")


@strawberry.type(description="What `priceListDelete` answers.")
class PriceListDeletePayload:
    price_list_id: strawberry.ID = strawberry.field(description="The list that is no more.")


@strawberry.type(description="A rate of value added tax.")
class VatRate:
    since: date = strawberry.field(description="The first day, by the issuer's calendar.")
    percent: Decimal = strawberry.field(description="The rate in percent.")


@strawberry.input(description="What `vatRateCreate` takes.")
class VatRateCreateInput:
    since: date = strawberry.field(description="The first day; one that has not begun by the issuer's calendar.")
    percent: Decimal = strawberry.field(description="The rate in percent, from 0 to 100 with at most 2 decimals.")


@strawberry.type(description="What `vatRateCreate` answers.")
class VatRateCreatePayload:
    vat_rate: VatRate = strawberry.field(description="The new rate.")


@strawberry.input(description="What `vatRateDelete` takes.")
class VatRateDeleteInput:
    since: date = strawberry.field(description="The first day of the rate; one that has not begun.")


@strawberry.type(description="What `vatRateDelete` answers.")
class VatRateDeletePayload:
    since: date = strawberry.field(description="The first day of the rate that is no more.")


PriceListCreateResult = Annotated[
    PriceListCreatePayload | UserError,
    strawberry.union("PriceListCreateResult", description="The list, or why there is none."),
]
PriceListDeleteResult = Annotated[
    PriceListDeletePayload | UserError,
    strawberry.union("PriceListDeleteResult", description="The list that was, or why it still is."),
]
VatRateCreateResult = Annotated[
    VatRateCreatePayload | UserError,
    strawberry.union("VatRateCreateResult", description="The rate, or why there is none."),
]
VatRateDeleteResult = Annotated[
    VatRateDeletePayload | UserError,
    strawberry.union("VatRateDeleteResult", description="The rate that was, or why it still is."),
]


@strawberry.type
class PriceListQuery:
    @strawberry.field(description="The rates of value added tax, oldest first: a month has that of its last day.")
    async def vat_rates(self) -> list[VatRate]:
        return [vat_rate_from(row) for row in await list_vat_rates()]


@strawberry.type
class PriceListMutation:
    @strawberry.mutation(
        extensions=[FreshLoaders()], description="Operators: make a price list; it is never changed afterwards."
    )
    async def price_list_create(
        self, info: Info, input: Annotated[PriceListCreateInput, strawberry.argument(description="The list.")]
    ) -> PriceListCreateResult:
        price_list_id = await create_price_list(info.context.actor, input.prices())
        prices = await info.context.loaders.price_lists.load(price_list_id)
        assert prices is not None, "it was made just now"
        return PriceListCreatePayload(price_list=price_list_from(prices))

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Operators: remove a price list that is not in force, that nothing names and that billed nothing.",
    )
    async def price_list_delete(
        self, info: Info, input: Annotated[PriceListDeleteInput, strawberry.argument(description="Which.")]
    ) -> PriceListDeleteResult:
        price_list_id = row_id("PriceList", input.price_list_id, "input", "priceListId")
        await delete_price_list(info.context.actor, price_list_id)
        return PriceListDeletePayload(price_list_id=global_id("PriceList", price_list_id))

    @strawberry.mutation(
        extensions=[FreshLoaders()], description="Operators: record the rate of value added tax from a day on."
    )
    async def vat_rate_create(
        self, info: Info, input: Annotated[VatRateCreateInput, strawberry.argument(description="The rate.")]
    ) -> VatRateCreateResult:
        row = await create_vat_rate(info.context.actor, input.since, input.percent)
        return VatRateCreatePayload(vat_rate=vat_rate_from(row))

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Operators: take back a rate of value added tax whose first day has not begun.",
    )
    async def vat_rate_delete(
        self, info: Info, input: Annotated[VatRateDeleteInput, strawberry.argument(description="Which.")]
    ) -> VatRateDeleteResult:
        await delete_vat_rate(info.context.actor, input.since)
        return VatRateDeletePayload(since=input.since)


def vat_rate_from(row: VatRateRow) -> VatRate:
    return VatRate(since=row.since, percent=row.percent)

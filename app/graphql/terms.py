"""Price lists, quotes and billing profiles."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from app.billing.profile import BillingProfileInput, PayerKind, set_billing_profile
from app.domain import pricing
from app.domain.invoice import InvoiceDraft
from app.domain.period import Month
from app.graphql.context import FreshLoaders, Info
from app.graphql.enums import describe_enum
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id
from app.graphql.money import Money, money
from app.graphql.node import Node
from app.graphql.scalars import Email
from app.graphql.together import together
from app.terms.price_lists import list_visible_price_lists
from app.terms.queries import BillingProfile as BillingProfileRow
from app.terms.quotes import PriceQuote as QuotedPrice
from app.terms.quotes import quote_price

if TYPE_CHECKING:
    from app.graphql.organization import Organization

describe_enum(
    PayerKind,
    "What kind of payer it is.",
    {
        "LEGAL_ENTITY": "A company or another legal entity.",
        "SOLE_TRADER": "A sole trader.",
        "INDIVIDUAL": "A private person.",
    },
)


@strawberry.type(description="Seats up to a number, at one price each.")
class Tier:
    up_to: int | None = strawberry.field(description="The last seat of the tier; null for all further ones.")
    unit_price: Decimal = strawberry.field(description="What a seat costs a month, in the list's currency.")
    flat_amount: Decimal = strawberry.field(description="What is charged once when the tier is reached.")


@strawberry.type(description="What seats cost a month.")
class PriceList(Node):
    name: str = strawberry.field(description="The name.")
    currency: str = strawberry.field(description="The currency, ISO 4217.")
    is_public: bool = strawberry.field(
        description="Whether it holds for everyone; private ones serve contracts and promo codes."
    )
    effective_from: Month = strawberry.field(description="The first month it prices.")
    free_threshold: int = strawberry.field(
        description="A month with no more seats than this costs nothing; with more, every seat is charged."
    )
    tiers: list[Tier] = strawberry.field(description="The graduated tiers, lowest first.")
    vat_included: bool = strawberry.field(description="Whether VAT is inside the prices, or comes on top.")
    legacy_periods: int = strawberry.field(
        description="For how many months an older organization pays no more than under the baseline."
    )
    prices: strawberry.Private[pricing.PriceList]

    is_deletable: bool = together(
        lambda loaders: loaders.deletable_price_lists,
        lambda price_list: price_list.prices.id,
        description="Whether whoever asks can delete it now: an operator, one that is not in force, that nothing names "
        "and that billed nothing.",
    )

    @strawberry.field(description="The list that older organizations pay no more than; null without one.")
    async def baseline(self, info: Info) -> "PriceList | None":
        return await find_price_list(info, self.prices.baseline_id)


@strawberry.type(description="So many seats of one tier.")
class InvoiceLine:
    description: str = strawberry.field(description="Which seats.")
    quantity: int = strawberry.field(description="How many seats.")
    unit_price: Decimal = strawberry.field(description="What each costs a month.")
    flat_amount: Decimal = strawberry.field(description="What is charged once for the tier.")
    amount: Money = strawberry.field(description="What the line costs.")


@strawberry.type(description="The value added tax of an amount.")
class Vat:
    rate: Decimal = strawberry.field(description="The rate in percent.")
    included: bool = strawberry.field(description="Whether it was inside the prices, or came on top.")
    net: Money = strawberry.field(description="The total without it.")
    amount: Money = strawberry.field(description="The tax.")


@strawberry.type(description="What so many seats cost a month.")
class PriceQuote:
    price_list: PriceList = strawberry.field(description="The list that it is priced by.")
    seats: int = strawberry.field(description="How many seats.")
    lines: list[InvoiceLine] = strawberry.field(description="A line for each tier reached.")
    total: Money = strawberry.field(description="What the month costs, VAT included.")
    vat: Vat = strawberry.field(description="The VAT in the total.")


@strawberry.type(description="Who pays for an organization.")
class BillingProfile:
    legal_name: str = strawberry.field(description="The payer's legal name.")
    kind: PayerKind = strawberry.field(description="What kind of payer it is.")
    tax_number: str = strawberry.field(description="The tax number.")
    address: str = strawberry.field(description="The postal address.")
    bank_details: str = strawberry.field(description="The bank details.")
    contact_email: Email = strawberry.field(description="Where invoices are sent.")
    agreement_version: str = strawberry.field(description="The version of the agreement that was accepted.")
    accepted_by: str = strawberry.field(description="Who accepted it: an actor, as in `member:<id>`.")
    accepted_at: datetime = strawberry.field(description="When it was accepted.")


@strawberry.input(description="What `billingProfileSet` takes.")
class BillingProfileSetInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    legal_name: str = strawberry.field(description="The payer's legal name, at most 300 characters.")
    kind: PayerKind = strawberry.field(description="What kind of payer it is.")
    tax_number: str = strawberry.field(description="The tax number, at most 64 characters.")
    address: str = strawberry.field(description="The postal address, at most 500 characters.")
    bank_details: str = strawberry.field(description="The bank details, at most 500 characters.")
    contact_email: Email = strawberry.field(description="Where invoices are sent.")
    accept_agreement: bool = strawberry.field(description="Whether the agreement is accepted; it has to be.")

    def profile(self) -> BillingProfileInput:
        return BillingProfileInput(
            legal_name=self.legal_name,
            kind=self.kind,
            tax_number=self.tax_number,
            address=self.address,
            bank_details=self.bank_details,
            contact_email=self.contact_email,
            accept_agreement=self.accept_agreement,
        )


@strawberry.type(description="What `billingProfileSet` answers.")
class BillingProfileSetPayload:
    organization: Annotated["Organization", strawberry.lazy("app.graphql.organization")] = strawberry.field(
        description="The organization."
    )
    organization_id: strawberry.Private[UUID]

    @strawberry.field(description="The profile as it is now.")
    async def billing_profile(self, info: Info) -> BillingProfile:
        row = await info.context.loaders.billing_profiles.load(self.organization_id)
        assert row is not None, "it was set just now"
        return profile_from(row)


BillingProfileSetResult = Annotated[
    BillingProfileSetPayload | UserError,
    strawberry.union("BillingProfileSetResult", description="The profile, or why it was not set."),
]


@strawberry.type
class TermsQuery:
    @strawberry.field(description="Every price list that whoever asks may see.")
    async def price_lists(self, info: Info) -> list[PriceList]:
        return [price_list_from(prices) for prices in await list_visible_price_lists(info.context.actor)]

    @strawberry.field(description="What so many seats cost a month. Nothing is stored.")
    async def price_quote(
        self,
        info: Info,
        seats: Annotated[int, strawberry.argument(description="How many seats, at most 10 million.")],
        price_list_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="A list; the public list in force without one.")
        ] = None,
        month: Annotated[
            Month | None, strawberry.argument(description="The month to be priced; the current one without it.")
        ] = None,
        currency: Annotated[
            str | None,
            strawberry.argument(description="The currency, ISO 4217; without it that of the list, or else RUB."),
        ] = None,
    ) -> PriceQuote:
        list_id = row_id("PriceList", price_list_id, "priceListId") if price_list_id is not None else None
        return quote_from(await quote_price(info.context.actor, seats, list_id, month, currency))


@strawberry.type
class TermsMutation:
    @strawberry.mutation(extensions=[FreshLoaders()], description="Say who pays, and accept the agreement.")
    async def billing_profile_set(
        self, info: Info, input: Annotated[BillingProfileSetInput, strawberry.argument(description="Who pays.")]
    ) -> BillingProfileSetResult:
        from app.graphql.organization import load_organization

        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        await set_billing_profile(info.context.actor, organization_id, input.profile(), info.context.policies)
        organization = await load_organization(info, organization_id)
        return BillingProfileSetPayload(organization=organization, organization_id=organization_id)


def price_list_from(prices: pricing.PriceList) -> PriceList:
    return PriceList(
        id=global_id("PriceList", prices.id),
        name=prices.name,
        currency=prices.currency,
        is_public=prices.is_public,
        effective_from=prices.effective_from,
        free_threshold=prices.free_threshold,
        tiers=[Tier(up_to=one.up_to, unit_price=one.unit_price, flat_amount=one.flat_amount) for one in prices.tiers],
        vat_included=prices.vat_included,
        legacy_periods=prices.legacy_periods,
        prices=prices,
    )


async def find_price_list(info: Info, price_list_id: UUID | None) -> PriceList | None:
    """A list by its id, if it is one that whoever asks may see."""
    prices = await info.context.loaders.price_lists.load(price_list_id) if price_list_id is not None else None
    return price_list_from(prices) if prices is not None else None


def quote_from(quote: QuotedPrice) -> PriceQuote:
    return PriceQuote(
        price_list=price_list_from(quote.prices),
        seats=quote.draft.seats,
        lines=lines_from(quote.draft),
        total=money(quote.draft.total),
        vat=vat_from(quote.draft),
    )


def lines_from(draft: InvoiceDraft) -> list[InvoiceLine]:
    return [
        InvoiceLine(
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price,
            flat_amount=line.flat_amount,
            amount=money(line.amount),
        )
        for line in draft.lines
    ]


def vat_from(draft: InvoiceDraft) -> Vat:
    vat = draft.vat
    return Vat(rate=vat.rate, included=vat.included, net=money(vat.net), amount=money(vat.amount))


def profile_from(row: BillingProfileRow) -> BillingProfile:
    return BillingProfile(
        legal_name=row.legal_name,
        kind=PayerKind(row.kind),
        tax_number=row.tax_number,
        address=row.address,
        bank_details=row.bank_details,
        contact_email=Email(row.contact_email),
        agreement_version=row.agreement_version,
        accepted_by=row.accepted_by,
        accepted_at=row.accepted_at,
    )

"""Promo codes, and redeeming them."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from app.billing.promo import redeem_promo_code
from app.domain import agreements, promo_codes
from app.domain.period import Month
from app.graphql.connections import After, Before, Connection, First, Last, Paging, connect
from app.graphql.context import FreshLoaders, Info
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id
from app.graphql.listings import promo_codes_made
from app.graphql.node import Node
from app.graphql.terms import PriceList, find_price_list
from app.terms.promo_codes import create_promo_code, disable_promo_code

if TYPE_CHECKING:
    from app.graphql.organization import Organization


@strawberry.type(description="A promo code, as operators see it.")
class PromoCode(Node):
    code: str = strawberry.field(description="The code; upper and lower case are alike.")
    percent: Decimal | None = strawberry.field(description="What it takes off, in percent; null for one with a list.")
    periods: int = strawberry.field(description="For how many months with something due.")
    redeem_by: datetime | None = strawberry.field(description="The last instant to redeem it; null for any.")
    most_uses: int | None = strawberry.field(description="How many organizations may redeem it; null for any number.")
    uses: int = strawberry.field(description="How many organizations have redeemed it.")
    created_at: datetime = strawberry.field(description="When it was made.")
    disabled_at: datetime | None = strawberry.field(description="When it was disabled; null while it is not.")
    row: strawberry.Private[promo_codes.PromoCode]

    @strawberry.field(description="The private list that a month costs no more than; null for a percentage.")
    async def price_list(self, info: Info) -> PriceList | None:
        return await find_price_list(info, self.row.price_list_id)


@strawberry.type(description="A promo code that an organization has redeemed.")
class PromoCodeRedemption:
    code: str = strawberry.field(description="The code.")
    percent: Decimal | None = strawberry.field(description="What it takes off, in percent; null for one with a list.")
    from_month: Month = strawberry.field(description="The first month that it holds for.")
    periods: int = strawberry.field(description="For how many months with something due.")
    months_left: int = strawberry.field(
        description="How many of them are left: closed months with something due are used up."
    )
    redeemed_at: datetime = strawberry.field(description="When it was redeemed.")
    agreed: strawberry.Private[agreements.Redemption]

    @strawberry.field(description="The private list that a month costs no more than; null for a percentage.")
    async def price_list(self, info: Info) -> PriceList | None:
        return await find_price_list(info, self.agreed.price_list_id)


@strawberry.input(description="What `promoCodeCreate` takes: a percentage or a private list.")
class PromoCodeCreateInput:
    code: str = strawberry.field(description="The code: 1 to 40 letters a–z, digits, hyphens or underscores inside.")
    percent: Decimal | None = strawberry.field(
        default=None, description="What it takes off: more than 0 and at most 100, with at most 2 decimals."
    )
    price_list_id: strawberry.ID | None = strawberry.field(
        default=None, description="The private list that a month costs no more than."
    )
    periods: int = strawberry.field(description="For how many months with something due, from 1 to 120.")
    redeem_by: datetime | None = strawberry.field(default=None, description="The last instant to redeem it.")
    most_uses: int | None = strawberry.field(default=None, description="How many organizations may redeem it.")

    def wanted(self) -> promo_codes.NewPromoCode:
        list_id = self.price_list_id
        return promo_codes.NewPromoCode(
            code=self.code,
            percent=self.percent,
            price_list_id=row_id("PriceList", list_id, "input", "priceListId") if list_id is not None else None,
            periods=self.periods,
            redeem_by=self.redeem_by,
            most_uses=self.most_uses,
        )


@strawberry.type(description="What `promoCodeCreate` answers.")
class PromoCodeCreatePayload:
    promo_code: PromoCode = strawberry.field(description="The new code.")


@strawberry.input(description="What `promoCodeDisable` takes.")
class PromoCodeDisableInput:
    promo_code_id: strawberry.ID = strawberry.field(description="The code.")


@strawberry.type(description="What `promoCodeDisable` answers.")
class PromoCodeDisablePayload:
    promo_code: PromoCode = strawberry.field(description="The code; who has redeemed it keeps it.")


@strawberry.input(description="What `promoCodeRedeem` takes.")
class PromoCodeRedeemInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    code: str = strawberry.field(description="The code, in upper or lower case.")


@strawberry.type(description="What `promoCodeRedeem` answers.")
class PromoCodeRedeemPayload:
    organization: Annotated["Organization", strawberry.lazy("app.graphql.organization")] = strawberry.field(
        description="The organization with its code."
    )


PromoCodeCreateResult = Annotated[
    PromoCodeCreatePayload | UserError,
    strawberry.union("PromoCodeCreateResult", description="The code, or why there is none."),
]
PromoCodeDisableResult = Annotated[
    PromoCodeDisablePayload | UserError,
    strawberry.union("PromoCodeDisableResult", description="The code, or why it was not disabled."),
]
PromoCodeRedeemResult = Annotated[
    PromoCodeRedeemPayload | UserError,
    strawberry.union("PromoCodeRedeemResult", description="The organization, or why the code does not hold for it."),
]


@strawberry.type
class PromoCodeQuery:
    @strawberry.field(description="Operators: every promo code, oldest first.")
    async def promo_codes(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[PromoCode] | None:
        return await connect(promo_codes_made(info.context.actor), Paging(first, after, last, before), promo_code_from)


@strawberry.type
class PromoCodeMutation:
    @strawberry.mutation(extensions=[FreshLoaders()], description="Operators: make a promo code.")
    async def promo_code_create(
        self, info: Info, input: Annotated[PromoCodeCreateInput, strawberry.argument(description="The code.")]
    ) -> PromoCodeCreateResult:
        promo_code_id = await create_promo_code(info.context.actor, input.wanted())
        return PromoCodeCreatePayload(promo_code=await _load_promo_code(info, promo_code_id))

    @strawberry.mutation(extensions=[FreshLoaders()], description="Operators: let nobody redeem a promo code any more.")
    async def promo_code_disable(
        self, info: Info, input: Annotated[PromoCodeDisableInput, strawberry.argument(description="Which.")]
    ) -> PromoCodeDisableResult:
        promo_code_id = row_id("PromoCode", input.promo_code_id, "input", "promoCodeId")
        await disable_promo_code(info.context.actor, promo_code_id)
        return PromoCodeDisablePayload(promo_code=await _load_promo_code(info, promo_code_id))

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Redeem a promo code, from the current month on or, in the trial, from that in which it ends.",
    )
    async def promo_code_redeem(
        self,
        info: Info,
        input: Annotated[PromoCodeRedeemInput, strawberry.argument(description="Which, for whom.")],
    ) -> PromoCodeRedeemResult:
        from app.graphql.organization import load_organization

        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        await redeem_promo_code(info.context.actor, organization_id, input.code, info.context.policies)
        return PromoCodeRedeemPayload(organization=await load_organization(info, organization_id))


async def _load_promo_code(info: Info, promo_code_id: UUID) -> PromoCode:
    row = await info.context.loaders.promo_codes.load(promo_code_id)
    assert row is not None, "an operator found it just now"
    return promo_code_from(row)


def promo_code_from(row: promo_codes.PromoCode) -> PromoCode:
    return PromoCode(
        id=global_id("PromoCode", row.id),
        code=row.code,
        percent=row.percent,
        periods=row.periods,
        redeem_by=row.redeem_by,
        most_uses=row.most_uses,
        uses=row.uses,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        row=row,
    )


def redemption_from(found: agreements.Redemption) -> PromoCodeRedemption:
    return PromoCodeRedemption(
        code=found.code,
        percent=found.percent,
        from_month=found.from_month,
        periods=found.periods,
        months_left=found.periods_left,
        redeemed_at=found.redeemed_at,
        agreed=found,
    )

"""What so many seats cost, without an organization."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.actor import Actor
from app.domain.errors import DomainError, ErrorCode, invalid
from app.domain.invoice import InvoiceDraft, Terms, draft_invoice
from app.domain.money import DEFAULT_CURRENCY, check_currency
from app.domain.period import Month, month_at, period_of
from app.domain.pricing import PriceList, check_seats
from app.terms.price_lists import list_visible_price_lists
from app.terms.queries import database_clock, load_tariff


@dataclass(frozen=True, slots=True)
class PriceQuote:
    prices: PriceList
    draft: InvoiceDraft


async def quote_price(
    actor: Actor, seats: int, price_list_id: UUID | None, month: Month | None, currency: str | None
) -> PriceQuote:
    """Price the seats for a month of the issuer's calendar; nothing is stored. Without a currency it is the named
    list's, and without a list either that of the default.

    Raises: DomainError INVALID_INPUT for a number that cannot be priced, for a currency that cannot be billed or is not
    the list's, NOT_FOUND without a rate or a list that the actor may see.
    """
    check_seats(seats)
    if currency is not None:
        check_currency(currency, "currency")
    tariff = await load_tariff()
    asked = month if month is not None else month_at(await database_clock(), tariff.issuer.time_zone)
    if price_list_id is not None:
        prices = await _named(actor, price_list_id, currency)
    else:
        prices = tariff.prices(currency or DEFAULT_CURRENCY, asked)
    vat_percent = tariff.vat_percent(period_of(asked, tariff.issuer.time_zone).ends_at)
    return PriceQuote(prices, draft_invoice(seats, Terms(prices, vat_percent)))


async def _named(actor: Actor, price_list_id: UUID, currency: str | None) -> PriceList:
    visible = {prices.id: prices for prices in await list_visible_price_lists(actor)}
    if price_list_id not in visible:
        raise DomainError(ErrorCode.NOT_FOUND, "There is no such price list.")
    prices = visible[price_list_id]
    if currency is not None and currency != prices.currency:
        raise invalid(f"This list is in {prices.currency}, not in {currency}.", "currency")
    return prices

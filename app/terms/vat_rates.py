"""Recording a change of VAT, from a day to come (R4.1)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from app import db
from app.domain.actor import Actor
from app.domain.discounts import WHOLE
from app.domain.errors import ErrorCode, check_all, invalid, refuse
from app.domain.money import shortest
from app.events.service import Change, record_platform_change
from app.terms.queries import database_clock, load_tariff

_LAST_YEAR = 2199


@dataclass(frozen=True, slots=True)
class VatRateRow:
    """A rate in percent, from a day of the issuer's calendar on."""

    id: UUID
    since: date
    percent: Decimal


async def create_vat_rate(actor: Actor, since: date, percent: Decimal) -> VatRateRow:
    """Record the rate from a day on that has not begun by the issuer's calendar. For operators.

    Raises: DomainError FORBIDDEN, INVALID_INPUT with every problem, ALREADY_EXISTS (a rate from that day on).
    """
    actor.require_operator()
    issuer = (await load_tariff()).issuer
    today = (await database_clock()).astimezone(ZoneInfo(issuer.time_zone)).date()
    check_all(lambda: _check_day(since, today), lambda: _check_percent(percent))
    async with db.in_transaction():
        inserted = await db.fetch_one(
            """
            INSERT INTO vat_rates (id, issuer_id, since, percent) VALUES ($1, $2, $3, $4)
            ON CONFLICT (issuer_id, since) DO NOTHING RETURNING id
            """,
            uuid4(),
            issuer.id,
            since,
            percent,
        )
        if inserted is None:
            raise refuse(ErrorCode.ALREADY_EXISTS, f"There is a rate from {since} on.", "input", "since")
        await record_platform_change(actor, Change("vat_rate.created", {"since": str(since), "percent": percent}))
    return VatRateRow(inserted["id"], since, shortest(percent))


async def list_vat_rates() -> list[VatRateRow]:
    """The issuer's rates, by day."""
    issuer = (await load_tariff()).issuer
    rows = await db.fetch("SELECT id, since, percent FROM vat_rates WHERE issuer_id = $1 ORDER BY since", issuer.id)
    return [VatRateRow(row["id"], row["since"], shortest(row["percent"])) for row in rows]


def _check_day(since: date, today: date) -> None:
    if not today < since or since.year > _LAST_YEAR:
        raise invalid(f"A rate begins on a day after {today}, in {_LAST_YEAR} at the latest.", "input", "since")


def _check_percent(percent: Decimal) -> None:
    if not percent.is_finite() or not 0 <= percent <= WHOLE or percent != round(percent, 2):
        raise invalid("A rate is from 0 to 100 percent, with at most 2 decimals.", "input", "percent")

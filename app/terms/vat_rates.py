"""Recording a change of VAT, from a day to come, and taking it back until then (R4.1)."""

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
from app.organizations.service import wait_for_lock
from app.terms.queries import Issuer, database_clock, find_issuer

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
    issuer = await find_issuer()
    today = await _today(issuer)
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


async def delete_vat_rate(actor: Actor, since: date) -> None:
    """Take back the rate from a day on that has not begun by the issuer's calendar; the rate before it holds on. What
    a test clock ahead of us was billed at by then keeps it. For operators.

    Raises: DomainError FORBIDDEN, NOT_FOUND, CONFLICT (the rate is in force, or was).
    """
    actor.require_operator()
    issuer = await find_issuer()
    today = await _today(issuer)
    async with db.in_transaction():
        rows = await db.fetch("SELECT 1 FROM vat_rates WHERE issuer_id = $1 AND since = $2", issuer.id, since)
        if rows and since <= today:
            message = f"The rate from {since} on has come into force; only one of a day after {today} is taken back."
            raise refuse(ErrorCode.CONFLICT, message, "input", "since")
        deleted = await wait_for_lock(
            "DELETE FROM vat_rates WHERE issuer_id = $1 AND since = $2 RETURNING percent", issuer.id, since
        )
        if not deleted:
            raise refuse(ErrorCode.NOT_FOUND, f"There is no rate from {since} on.", "input", "since")
        before = {"since": str(since), "percent": shortest(deleted[0]["percent"])}
        await record_platform_change(actor, Change("vat_rate.deleted", {"since": str(since)}, before))


async def list_vat_rates() -> list[VatRateRow]:
    """The issuer's rates, by day."""
    issuer = await find_issuer()
    rows = await db.fetch("SELECT id, since, percent FROM vat_rates WHERE issuer_id = $1 ORDER BY since", issuer.id)
    return [VatRateRow(row["id"], row["since"], shortest(row["percent"])) for row in rows]


async def _today(issuer: Issuer) -> date:
    """The day that the issuer's calendar shows."""
    return (await database_clock()).astimezone(ZoneInfo(issuer.time_zone)).date()


def _check_day(since: date, today: date) -> None:
    if not today < since or since.year > _LAST_YEAR:
        raise invalid(f"A rate begins on a day after {today}, in {_LAST_YEAR} at the latest.", "input", "since")


def _check_percent(percent: Decimal) -> None:
    if not percent.is_finite() or not 0 <= percent <= WHOLE or percent != round(percent, 2):
        raise invalid("A rate is from 0 to 100 percent, with at most 2 decimals.", "input", "percent")

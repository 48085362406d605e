"""Retrying a parked month: once, with everything that a close would have done (R5.4)."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from app import db
from app.billing.close import close_periods
from app.billing.queries import (
    count_parked_statements,
    list_due_closings,
    list_invoices,
    list_parked_statements,
    list_statements,
)
from app.billing.retry import retry_statement
from app.billing.verification import verify_invoices
from app.domain.actor import system
from app.domain.errors import DomainError, ErrorCode
from app.domain.invoice import Outcome
from app.domain.paging import EVERYTHING
from app.domain.verification import Verification
from app.memberships.teams import TeamUpdate, create_team, update_team
from app.seats.waiting import count_waits, list_due_waits, settle_waiting
from tests.factories import (
    GRACE,
    NOVEMBER,
    OPERATOR,
    POLICIES,
    Company,
    advance,
    as_superuser,
    change,
    change_groups,
    found_at,
    jump,
    moscow,
    refused,
    someone_in,
    utc,
)

pytestmark = pytest.mark.usefixtures("clean_database")


async def park(seats: int) -> tuple[Company, UUID]:
    """A company whose January 2021 is parked, for want of a price list, by 10 April; and the statement."""
    company = await found_at(NOVEMBER, seats)
    await advance(company.clock_id, utc("2020-12-09 12:00"))
    await change(company, subscribe=company.members[:1])
    await advance(company.clock_id, moscow("2021-01-05 12:00"))
    await change(company, subscribe=company.members[1:])
    await shift_list("2021-02")
    await jump(company.clock_id, moscow("2021-04-10 12:00"))
    await close(company)
    (parked,) = [one for one in await list_statements(company.id, EVERYTHING) if one.outcome is Outcome.PARKED]
    return company, parked.id


async def shift_list(month: str) -> None:
    """A list never changes by itself."""
    async with as_superuser():
        await db.fetch("UPDATE price_lists SET effective_from = $1", month)


async def mend() -> None:
    await shift_list("2020-10")


async def close(company: Company) -> int:
    return await close_periods(system("close"), [company.id], POLICIES, during_advance=False)


async def retry(statement_id: UUID) -> UUID:
    return await retry_statement(OPERATOR, statement_id, POLICIES)


async def outcomes(company: Company) -> list[tuple[str, str, int | None]]:
    return [(one.month, one.outcome.value, one.peak_seats) for one in await list_statements(company.id, EVERYTHING)]


async def last_events(company: Company, number: int) -> list[tuple[str, Any]]:
    rows = await db.fetch(
        "SELECT type, payload FROM events WHERE organization_id = $1 ORDER BY sequence DESC LIMIT $2",
        company.id,
        number,
    )
    return [(row["type"], orjson.loads(row["payload"])) for row in reversed(rows)]


async def test_a_parked_month_is_billed_once_it_can_be_and_the_months_behind_it_follow() -> None:
    company, statement_id = await park(6)
    await mend()

    await retry(statement_id)

    assert (await outcomes(company))[2:] == [("2021-01", "BILLED", 6)]
    (invoice,) = await list_invoices(company.id, EVERYTHING)
    assert invoice.statement_id == statement_id
    assert await verify_invoices([invoice]) == {invoice.id: Verification(())}
    (closed_type, closed), (issued_type, issued) = await last_events(company, 2)
    assert (closed_type, issued_type) == ("period.closed", "invoice.issued")
    assert closed == {"statementId": str(statement_id), "month": "2021-01", "outcome": "BILLED"}
    assert issued["invoiceId"] == str(invoice.id)
    while await list_due_closings(GRACE, 10, None):
        assert await close(company) == 1
    assert (await outcomes(company))[3:] == [("2021-02", "BILLED", 6), ("2021-03", "BILLED", 6)]


async def test_months_are_listed_while_they_are_parked() -> None:
    company, statement_id = await park(6)
    assert [(one.id, one.organization_id) for one in await list_parked_statements(10)] == [(statement_id, company.id)]
    assert await count_parked_statements() == 1
    await mend()
    await retry(statement_id)
    assert (await list_parked_statements(10), await count_parked_statements()) == ([], 0)


async def test_a_parked_month_of_five_seats_turns_out_free() -> None:
    company, statement_id = await park(5)
    await mend()
    await retry(statement_id)
    assert (await outcomes(company))[2:] == [("2021-01", "FREE", 5)]
    assert [kind for kind, _ in await last_events(company, 1)] == ["period.closed"]


async def test_a_month_that_still_cannot_be_closed_says_why_and_nothing_changes() -> None:
    company, statement_id = await park(6)
    async with refused(ErrorCode.CONFLICT) as refusal:
        await retry(statement_id)
    assert refusal.value.message == (
        "The month still cannot be closed: No public price list in RUB is in force in 2021-01."
    )
    await mend()
    await db.fetch("DELETE FROM billing_profiles WHERE organization_id = $1", company.id)
    async with refused(ErrorCode.CONFLICT) as refusal:
        await retry(statement_id)
    assert refusal.value.message == "The month still cannot be closed: There is no billing profile to bill."


async def test_what_is_not_parked_or_not_there_or_not_an_operators_is_refused() -> None:
    company, statement_id = await park(6)
    trial = (await list_statements(company.id, EVERYTHING))[0]
    async with refused(ErrorCode.CONFLICT) as refusal:
        await retry(trial.id)
    assert refusal.value.message == "This month is not parked, but TRIAL."
    async with refused(ErrorCode.NOT_FOUND):
        await retry(uuid4())
    owner = someone_in([company.id])
    async with refused(ErrorCode.FORBIDDEN):
        await retry_statement(owner, statement_id, POLICIES)


async def test_fifty_retries_at_once_are_one() -> None:
    company, statement_id = await park(6)
    await mend()

    results = await asyncio.gather(*(retry(statement_id) for _ in range(50)), return_exceptions=True)

    assert sum(one == statement_id for one in results) == 1
    assert {one.code for one in results if isinstance(one, DomainError)} == {ErrorCode.CONFLICT}
    assert len(await list_invoices(company.id, EVERYTHING)) == 1
    row = await db.fetch_one(
        "SELECT count(*) FILTER (WHERE closed_at IS NULL) AS open, count(*) AS periods FROM billing_periods "
        "WHERE organization_id = $1",
        company.id,
    )
    assert row == {"open": 1, "periods": 4}


async def test_who_waited_behind_a_parked_month_is_looked_at_once_it_is_not_parked_any_more() -> None:
    company = await found_at(NOVEMBER, 2)
    await advance(company.clock_id, utc("2020-12-09 12:00"))
    busy, other = company.members
    crew = await create_team(OPERATOR, company.id, "Crew", [other], POLICIES)
    await change_groups(company, teams=[crew])
    await advance(company.clock_id, moscow("2021-01-05 12:00"))
    for _ in range(10):
        await change(company, subscribe=[busy])
        await change(company, unsubscribe=[busy])
    await update_team(OPERATOR, crew, TeamUpdate(add=(busy,)), POLICIES)
    await shift_list("2021-02")
    await jump(company.clock_id, moscow("2021-02-10 12:00"))
    await close(company)
    assert (await count_waits(company.id), await list_due_waits(10, None)) == (1, [])
    await mend()

    await retry((await list_statements(company.id, EVERYTHING))[-1].id)

    assert await list_due_waits(10, None) == [company.id]
    await settle_waiting(system("waiting"), [company.id], POLICIES, during_advance=False)
    assert await count_waits(company.id) == 0

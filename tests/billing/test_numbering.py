"""Invoice numbers: 1…n in order of issue, for each series and year (R5.5, R9.2), and closes of many at once."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from app import db
from app.billing.close import close_periods
from app.billing.credit_notes import issue_credit_note
from app.billing.queries import list_invoices
from app.clocks.service import create_test_clock
from app.domain.actor import system
from app.domain.errors import DomainError, ErrorCode
from app.domain.paging import EVERYTHING
from app.domain.period import month_at
from tests.factories import NOVEMBER, OPERATOR, POLICIES, advance, change, count_of, found, found_in_bulk, moscow, utc

pytestmark = pytest.mark.usefixtures("clean_database")


async def close(ids: list[UUID]) -> int:
    return await close_periods(system("close"), ids, POLICIES, during_advance=False)


async def last_month() -> tuple[datetime, str]:
    """An activation long ago, and the month before this one by the database's clock, which cannot be set."""
    (row,) = await db.fetch("SELECT clock_timestamp() AS now")
    return row["now"] - timedelta(days=200), str(month_at(row["now"] - timedelta(hours=1), "Europe/Moscow").previous())


async def test_parallel_closes_number_the_invoices_of_the_issuer_without_a_gap_in_order_of_issue() -> None:
    activated_at, month = await last_month()
    ids = await found_in_bulk(40, 6, None, activated_at, month)

    closed = await asyncio.gather(*(close(ids[start : start + 5]) for start in range(0, 40, 5)))

    assert closed == [5] * 8
    rows = await db.fetch("SELECT year, number_in_year, number, issued_at FROM invoices ORDER BY number_in_year")
    year = rows[0]["issued_at"].astimezone(UTC).year
    assert [row["number"] for row in rows] == [f"{year}-{number:06d}" for number in range(1, 41)]
    instants = [row["issued_at"] for row in rows]
    assert instants == sorted(instants)
    assert await db.count("SELECT 1 FROM statements") == 40


async def test_the_numbers_of_overlapping_chunks_have_no_gap_either() -> None:
    clock = await create_test_clock(OPERATOR, moscow("2021-02-01 12:00"))
    ids = await found_in_bulk(30, 6, clock, NOVEMBER, "2021-01")

    closed = await asyncio.gather(*(close(ids[start : start + 15]) for start in range(0, 30, 3)))

    assert sum(closed) <= 30
    await close(ids)
    rows = await db.fetch("SELECT number_in_year, issued_at FROM invoices ORDER BY 1")
    assert [row["number_in_year"] for row in rows] == list(range(1, 31))
    assert [row["issued_at"] for row in rows] == sorted(row["issued_at"] for row in rows)


async def test_of_very_many_seats_as_many_months_are_closed_at_once_as_memory_holds() -> None:
    clock = await create_test_clock(OPERATOR, moscow("2021-02-01 12:00"))
    ids = await found_in_bulk(30, 330, clock, NOVEMBER, "2021-01")

    assert [await close(ids) for _ in range(3)] == [25, 5, 0]
    assert await db.count("SELECT 1 FROM invoices") == 30


async def test_the_year_of_a_number_turns_with_the_issuers_year_in_moscow() -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    # In Auckland December 2020 is over at 11:00 UTC of the 31st: still 2020 in Moscow, where it is not until 21:00.
    auckland, moscow_company = await found(clock, 6, time_zone="Pacific/Auckland"), await found(clock, 7)
    for company in (auckland, moscow_company):
        await change(company, subscribe=company.members)

    await advance(clock, moscow("2021-02-02 00:00"))

    rows = await db.fetch("SELECT organization_id, number, issued_at FROM invoices ORDER BY issued_at")
    assert [(row["organization_id"], row["number"], row["issued_at"]) for row in rows] == [
        (auckland.id, "2020-000001", utc("2020-12-31 11:30")),
        (moscow_company.id, "2021-000001", utc("2020-12-31 21:30")),
        (auckland.id, "2021-000002", utc("2021-01-31 11:30")),
        (moscow_company.id, "2021-000003", utc("2021-01-31 21:30")),
    ]


async def test_a_test_clock_has_a_series_of_its_own_and_leaves_the_issuers_alone() -> None:
    first, second = await create_test_clock(OPERATOR, NOVEMBER), await create_test_clock(OPERATOR, NOVEMBER)
    for clock in (first, second):
        company = await found(clock, 6)
        await change(company, subscribe=company.members)
        await advance(clock, moscow("2021-01-01 12:00"))

    rows = await db.fetch(
        """
        SELECT series.test_clock_id, invoice.number FROM invoices AS invoice
        JOIN invoice_series AS series ON series.id = invoice.series_id
        """
    )
    assert {(row["test_clock_id"], row["number"]) for row in rows} == {(first, "2021-000001"), (second, "2021-000001")}
    (own,) = await db.fetch("SELECT last_issued_at FROM invoice_series WHERE test_clock_id IS NULL")
    assert own["last_issued_at"] is None


async def test_a_close_that_fails_at_its_end_uses_up_no_number() -> None:
    clock = await create_test_clock(OPERATOR, moscow("2021-02-01 12:00"))
    (failing,) = await found_in_bulk(1, 6, clock, NOVEMBER, "2021-01")
    (other,) = await found_in_bulk(1, 6, clock, NOVEMBER, "2021-01")
    # An event with the next sequence number is there already, so that recording the close breaks on it.
    await db.fetch(
        """
        INSERT INTO events (id, organization_id, sequence, at, type, payload)
        VALUES (gen_random_uuid(), $1, 1, clock_timestamp(), 'planted', '{}')
        """,
        failing,
    )
    with pytest.raises(Exception, match="events_sequence"):
        await close([failing])
    assert await close([other]) == 1
    rows = await db.fetch("SELECT organization_id, number FROM invoices")
    assert [(row["organization_id"], row["number"]) for row in rows] == [(other, "2021-000001")]


async def test_a_close_is_the_same_number_of_statements_for_30_organizations_and_for_150() -> None:
    clock = await create_test_clock(OPERATOR, moscow("2021-02-01 12:00"))
    few = await found_in_bulk(30, 50, clock, NOVEMBER, "2021-01")
    many = await found_in_bulk(150, 50, clock, NOVEMBER, "2021-01")
    counts = []
    for ids in (few, many):
        with db.counted_statements() as statements:
            assert await close(ids) == len(ids)
        counts.append(len(statements))
    assert counts == [24, 24]


@pytest.mark.slow
async def test_1000_organizations_of_50_seats_are_closed_in_chunks(capsys: pytest.CaptureFixture[str]) -> None:
    clock = await create_test_clock(OPERATOR, moscow("2021-02-01 12:00"))
    ids = await found_in_bulk(1000, 50, clock, NOVEMBER, "2021-01")
    await db.fetch("ANALYZE seat_grants")
    started = time.perf_counter()
    while await close(ids):
        pass
    seconds = time.perf_counter() - started
    with capsys.disabled():
        print(f"\n1000 organizations of 50 seats closed in {seconds:.1f} s")  # noqa: T201 - the figure is asked for
    (row,) = await db.fetch(
        "SELECT count(*) AS invoices, sum(total) AS total, max(number_in_year) AS last FROM invoices"
    )
    assert (row["invoices"], row["total"], row["last"]) == (1000, 1000 * 50 * 258, 1000)
    assert seconds < 60


async def test_a_series_that_others_hold_for_too_long_is_a_conflict(database: str) -> None:
    company = await found(await create_test_clock(OPERATOR, NOVEMBER), 6)
    await change(company, subscribe=company.members)
    await advance(company.clock_id, moscow("2021-01-02 12:00"))
    (invoice,) = await list_invoices(company.id, EVERYTHING)
    holder = await asyncpg.connect(database)
    try:
        await holder.execute("BEGIN")
        await holder.execute("LOCK invoice_series IN ACCESS EXCLUSIVE MODE")
        async with db.in_transaction():
            await db.fetch("SET LOCAL lock_timeout = '200ms'")
            with pytest.raises(DomainError) as refusal:
                await issue_credit_note(OPERATOR, invoice.id, None, "A mistake", POLICIES)
    finally:
        await holder.close()
    assert refusal.value.code is ErrorCode.CONFLICT
    assert await count_of("credit_notes", company.id) == 0

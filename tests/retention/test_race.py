"""Subscribing while the purge is decided: a thousand times, and exactly one wins every time (F14, R1.7)."""

import asyncio
from uuid import UUID

import pytest

from app import db
from app.clocks.service import create_test_clock
from app.domain.actor import system
from app.domain.errors import DomainError, ErrorCode
from app.domain.lifecycle import NOTICE_OFFSETS, RETENTION_LENGTH, Notice
from app.retention.purge import PURGED_TABLES, decide_purges, list_due_purges, purge_batch
from tests.factories import DAY, OPERATOR, Company, as_superuser, change, found_in_bulk, utc

pytestmark = [pytest.mark.usefixtures("clean_database"), pytest.mark.slow]

ROUNDS = 1000
AT_ONCE = 8
ACTIVATED = utc("2020-11-03 10:00")
DUE = ACTIVATED + 60 * DAY


async def due_in_bulk() -> list[Company]:
    """Organizations with one member and no subscription, warned two days ago, whose purge is due."""
    clock_id = await create_test_clock(OPERATOR, DUE + DAY)
    ids = await found_in_bulk(ROUNDS, 1, clock_id, ACTIVATED, "2021-01")
    async with as_superuser():
        for table in ("seat_grants", "seat_subscriptions", "seat_changes"):
            await db.fetch(f"DELETE FROM {table}")
        await db.fetch(
            """
            INSERT INTO notices (id, organization_id, kind, due_at, written_at)
            SELECT gen_random_uuid(), id, $2, $3, $3 FROM unnest($1::uuid[]) AS id
            """,
            ids,
            Notice.PURGE_IN_1_DAY.value,
            ACTIVATED + 30 * DAY + RETENTION_LENGTH + NOTICE_OFFSETS[Notice.PURGE_IN_1_DAY],
        )
    members: dict[UUID, UUID] = {
        row["organization_id"]: row["id"] for row in await db.fetch("SELECT id, organization_id FROM members")
    }
    return [Company(one, clock_id, [members[one]]) for one in ids]


async def rows_of(company: Company) -> int:
    counts = " UNION ALL ".join(f"SELECT 1 FROM {table} WHERE organization_id = $1" for table in PURGED_TABLES)
    return await db.count(counts, company.id)


refusals: set[ErrorCode] = set()


async def race(company: Company, number: int) -> bool:
    """Whether the subscription won. Who begins changes from one to the next."""
    purger = system("purge")

    async def subscribe() -> bool:
        try:
            await change(company, subscribe=company.members)
        except DomainError as error:
            refusals.add(error.code)
            return False
        return True

    async def purge() -> int:
        decided = await decide_purges(purger, [company.id], during_advance=False)
        await purge_batch(purger, company.id, 100, during_advance=False)
        return decided

    if number % 2:
        decided, subscribed = await asyncio.gather(purge(), subscribe())
    else:
        subscribed, decided = await asyncio.gather(subscribe(), purge())
    assert decided == (0 if subscribed else 1)
    return subscribed


@pytest.mark.fault(
    "F14", "subscribing racing with the purge", ROUNDS, "exactly one wins; nothing deleted of who subscribed"
)
async def test_in_a_thousand_races_exactly_one_wins_and_if_the_subscription_nothing_was_deleted() -> None:
    companies = await due_in_bulk()
    assert len(await list_due_purges(ROUNDS + 1, None)) == ROUNDS
    before = {company.id: await rows_of(company) for company in companies[:1]}
    rows = next(iter(before.values()))
    turns = asyncio.Semaphore(AT_ONCE)

    async def turn(number: int, company: Company) -> bool:
        async with turns:
            return await race(company, number)

    won = await asyncio.gather(*(turn(number, company) for number, company in enumerate(companies)))

    for company, subscribed in zip(companies, won, strict=True):
        if subscribed:  # a change, a subscription, a grant, an event and an audit entry more
            assert await rows_of(company) == rows + 5
    states = await db.fetch(
        """
        SELECT facts.id, facts.purge_decided_at IS NOT NULL AS decided, stone.id IS NOT NULL AS has_stone,
               facts.subscribed_from IS NOT NULL AS subscribed
        FROM organization_facts AS facts LEFT JOIN tombstones AS stone ON stone.organization_id = facts.id
        """
    )
    found = {row["id"]: (row["decided"], row["has_stone"], row["subscribed"]) for row in states}
    for company, subscribed in zip(companies, won, strict=True):
        assert found[company.id] == ((False, False, True) if subscribed else (True, True, False))
    assert refusals == {ErrorCode.ORGANIZATION_PURGED}
    # A race that one side always wins would be none.
    assert 0 < sum(won) < ROUNDS
    assert await list_due_purges(ROUNDS + 1, None) == []

"""The sweeps' SQL and the domain say the same of every life (R1.5, R1.7, R1.9, R1.10)."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app import db
from app.billing.queries import list_unbilled_periods
from app.clocks.service import create_test_clock
from app.domain.lifecycle import (
    LifecycleFacts,
    Notice,
    due_warning,
    is_purge_due,
    is_trial_end_due,
    notice_due_at,
    purge_at,
    state_at,
)
from app.organizations.queries import find_organizations
from app.retention.notices import find_final_warnings, find_next_notice, list_due_notices
from app.retention.purge import list_due_purges
from app.retention.schedule import PURGES
from tests.factories import DAY, OPERATOR, TICK, as_superuser, utc

pytestmark = pytest.mark.usefixtures("clean_database")

NOW = utc("2021-06-15 12:00")
LIVES = 1000


@dataclass(frozen=True, slots=True)
class Life:
    id: UUID
    facts: LifecycleFacts
    written: frozenset[Notice]
    warned_at: datetime
    month_ends_at: datetime | None
    is_parked: bool


def ago(dice: random.Random, *days: int) -> datetime:
    """One of so many days ago, often at the very instant, else a little off."""
    return NOW - dice.choice(days) * DAY + dice.choice([timedelta(0), timedelta(0), TICK, -TICK, timedelta(hours=5)])


def draw(dice: random.Random) -> Life:
    """Something that may be recorded; days are such that bounds are met often."""
    facts = LifecycleFacts()
    if dice.random() < 0.9:
        trial_ends_at = ago(dice, -20, -7, -3, -1, 0, 5, 16, 23, 29, 30, 31, 60)
        facts = replace(facts, activated_at=trial_ends_at - 30 * DAY, trial_ends_at=trial_ends_at)
        if dice.random() < 0.3:
            facts = replace(facts, subscribed_from=max(trial_ends_at, ago(dice, 40, 10, 1)))
    if dice.random() < 0.4:
        facts = replace(facts, closed_at=ago(dice, 0, 1, 15, 16, 23, 29, 30, 40) - timedelta(hours=6))
    if dice.random() < 0.4:
        facts = replace(facts, spared_until=ago(dice, 0, 1, 2, 10, 30) - timedelta(hours=6))
    if dice.random() < 0.15:
        facts = replace(facts, is_on_legal_hold=True)
    if dice.random() < 0.1:
        facts = replace(facts, purge_decided_at=NOW - DAY)
    if dice.random() < 0.15:
        facts = replace(facts, is_balanced=False)
    written = frozenset(notice for notice in Notice if dice.random() < 0.5)
    month_ends_at = dice.choice([None, None, NOW - DAY, NOW, NOW + TICK, NOW + 10 * DAY])
    return Life(uuid4(), facts, written, ago(dice, 0, 1, 2, 9), month_ends_at, dice.random() < 0.2)


async def store(lives: list[Life], clock_id: UUID) -> None:
    async with as_superuser():
        await db.fetch(
            """
            INSERT INTO organizations (id, slug, name, time_zone, currency, created_at, test_clock_id, activated_at,
                trial_ends_at, closed_at, spared_until, legal_hold, purge_decided_at, last_change_at, sequence)
            SELECT id, id::text, 'Drawn', 'UTC', 'RUB', $2, $3, activated_at, trial_ends_at, closed_at, spared_until,
                   legal_hold, purge_decided_at, $2, 0
            FROM jsonb_to_recordset($1::jsonb) AS life (id uuid, activated_at timestamptz, trial_ends_at timestamptz,
                closed_at timestamptz, spared_until timestamptz, legal_hold text, purge_decided_at timestamptz)
            """,
            db.to_json([organization_row(life) for life in lives]),
            NOW - 500 * DAY,
            clock_id,
        )
        await db.fetch(
            """
            INSERT INTO seat_subscriptions (id, organization_id, joins, created_at, created_by)
            SELECT gen_random_uuid(), id, 'ALWAYS', at, 'drawn' FROM unnest($1::uuid[], $2::timestamptz[]) AS s (id, at)
            """,
            [life.id for life in lives if life.facts.subscribed_from],
            [life.facts.subscribed_from for life in lives if life.facts.subscribed_from],
        )
        await store_bills(lives)
        await db.fetch(
            """
            INSERT INTO notices (id, organization_id, kind, due_at, written_at)
            SELECT gen_random_uuid(), id, kind, due_at, written_at
            FROM jsonb_to_recordset($1::jsonb)
                AS notice (id uuid, kind text, due_at timestamptz, written_at timestamptz)
            """,
            db.to_json([row for life in lives for row in notice_rows(life)]),
        )


async def store_bills(lives: list[Life]) -> None:
    await db.fetch(
        """
        INSERT INTO invoices (id, organization_id, statement_id, series_id, year, number_in_year, number, issued_at,
            due_at, currency, subtotal, total, vat_net, vat_amount, document, ledger_digest, digest)
        SELECT gen_random_uuid(), id, id, id, 2021, 1, '1', $2, $2, 'RUB', 10, 10, 10, 0, '{}', '', ''
        FROM unnest($1::uuid[]) AS id
        """,
        [life.id for life in lives if not life.facts.is_balanced],
        NOW - DAY,
    )
    with_month = [life for life in lives if life.month_ends_at]
    await db.fetch(
        """
        INSERT INTO billing_periods (id, organization_id, month, starts_at, ends_at, time_zone, closed_at)
        SELECT gen_random_uuid(), id, '2021-06', ends_at - interval '20 days', ends_at, 'UTC',
               CASE WHEN is_parked THEN ends_at END
        FROM unnest($1::uuid[], $2::timestamptz[], $3::bool[]) AS month (id, ends_at, is_parked)
        """,
        [life.id for life in with_month],
        [life.month_ends_at for life in with_month],
        [life.is_parked for life in with_month],
    )
    await db.fetch(
        """
        INSERT INTO statements (id, organization_id, month, starts_at, ends_at, time_zone, outcome, parked_reason,
                                closed_at)
        SELECT gen_random_uuid(), id, '2021-06', $2, $3, 'UTC', 'PARKED', 'drawn', $3 FROM unnest($1::uuid[]) AS id
        """,
        [life.id for life in with_month if life.is_parked],
        NOW - 20 * DAY,
        NOW,
    )


def organization_row(life: Life) -> dict[str, object]:
    facts = life.facts
    return {
        "id": life.id,
        "activated_at": facts.activated_at,
        "trial_ends_at": facts.trial_ends_at,
        "closed_at": facts.closed_at,
        "spared_until": facts.spared_until,
        "legal_hold": "drawn" if facts.is_on_legal_hold else None,
        "purge_decided_at": facts.purge_decided_at,
    }


def notice_rows(life: Life) -> Iterator[dict[str, object]]:
    """What was written, for the instants as they stand; and all of it for another instant too, which says nothing."""
    for notice in Notice:
        due_at = notice_due_at(life.facts, notice)
        if due_at is not None:
            yield {"id": life.id, "kind": notice.value, "due_at": due_at - TICK, "written_at": life.warned_at - 9 * DAY}
            if notice in life.written:
                yield {"id": life.id, "kind": notice.value, "due_at": due_at, "written_at": life.warned_at}


@pytest.mark.parametrize("seed", range(3))
async def test_sweeps_find_what_the_domain_says_is_due(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same lives in every run
    clock_id = await create_test_clock(OPERATOR, NOW)
    lives = {life.id: life for life in (draw(dice) for _ in range(LIVES))}
    await store(list(lives.values()), clock_id)

    found = {one.id: one for one in await find_organizations(OPERATOR, list(lives))}
    assert {one.id: one.lifecycle for one in found.values()} == {one.id: one.facts for one in lives.values()}
    assert len({state_at(life.facts, NOW) for life in lives.values()}) == 6  # all but PURGED

    planned = {row["id"]: row["purge_at"] for row in await db.fetch(f"SELECT id, purge_at FROM ({PURGES}) AS purge")}
    expected = {life.id: purge_at(life.facts) for life in lives.values() if life.facts.purge_decided_at is None}
    assert planned == {one: at for one, at in expected.items() if at is not None}

    to_tell = {
        life.id
        for life in lives.values()
        if is_trial_end_due(life.facts, NOW, life.written) or due_warning(life.facts, NOW, life.written)
    }
    assert set(await list_due_notices(LIVES, None)) == to_tell
    assert 20 < len(to_tell) < LIVES - 20

    warned = await find_final_warnings(list(lives))
    unbilled = await list_unbilled_periods(list(lives))
    to_purge = {
        life.id for life in lives.values() if is_purge_due(life.facts, NOW, warned.get(life.id), unbilled[life.id])
    }
    assert set(await list_due_purges(LIVES, None)) == to_purge
    assert len(to_purge) > 5
    assert all(warned[one] == lives[one].warned_at for one in warned)


async def test_the_clock_goes_to_the_next_instant_at_which_something_is_due() -> None:
    dice = random.Random(7)  # noqa: S311 - likewise
    clock_id = await create_test_clock(OPERATOR, NOW)
    lives = [draw(dice) for _ in range(LIVES)]
    await store(lives, clock_id)
    alive = [life for life in lives if life.facts.purge_decided_at is None]
    ahead = [
        due_at
        for life in alive
        for notice in Notice
        if (due_at := notice_due_at(life.facts, notice)) is not None and due_at > NOW and tells(life, notice)
    ]
    assert await find_next_notice(clock_id, NOW) == min(ahead)


def tells(life: Life, notice: Notice) -> bool:
    """Warnings of a trial's end are for those in a trial."""
    return notice is Notice.TRIAL_ENDED or life.facts.closed_at is None or not notice.value.startswith("TRIAL")

"""The outbox and the audit chain: no gap, no name, and no entry that can be changed unseen (R8.1, R8.2)."""

from uuid import UUID

import pytest

from app import db
from app.checks.catalog import find_violations
from app.events.audit import verify_audit
from app.memberships.founding import create_organization
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    Company,
    advance,
    as_superuser,
    change,
    found_at,
    founding,
    hire,
    moscow,
    utc,
)

pytestmark = pytest.mark.usefixtures("clean_database")


@pytest.fixture
async def company(clean_database: None) -> Company:
    """A life with some of everything: people, seats, notices, closed months, an invoice."""
    company = await found_at(NOVEMBER, 7)
    await change(company, subscribe=company.members[:6])
    await change(company, unsubscribe=company.members[:1], subscribe=company.members[6:])
    await hire(company, 2)
    await advance(company.clock_id, moscow("2021-02-03 12:00"))
    return company


async def entries_of(organization_id: UUID | None) -> list[db.Row]:
    return await db.fetch(
        "SELECT * FROM audit_entries WHERE organization_id IS NOT DISTINCT FROM $1 ORDER BY sequence", organization_id
    )


async def broken_at(organization_id: UUID | None) -> int | None:
    """The number of the first entry that is not what was written, as `seatmark check` finds it."""
    found = [row["row"] for row in await find_violations([17]) if row["invariant"].endswith("to the last entry")]
    (own,) = [row for row in found if row["organization_id"] == organization_id] or [None]
    if organization_id is not None:
        verification = await verify_audit(organization_id)
        assert (verification.broken.sequence if verification.broken else None) == (own["sequence"] if own else None)
    return own["sequence"] if own else None


async def test_the_chains_of_an_organization_and_of_the_platform_verify_from_stored_rows_alone(
    company: Company,
) -> None:
    assert await broken_at(company.id) is None
    assert await broken_at(None) is None
    assert len(await entries_of(company.id)) >= 14
    assert [entry["action"] for entry in await entries_of(None)] == [
        "operator_key.created",
        "test_clock.created",
        "test_clock.advanced",
    ]


@pytest.mark.fault(
    "F18", "audit entries edited, deleted and reordered by a superuser", 1, "the first bad entry is named"
)
@pytest.mark.parametrize(
    ("tampering", "expected"),
    [
        ("UPDATE audit_entries SET actor = 'operator:x' WHERE organization_id = $1 AND sequence = 3", 3),
        ("UPDATE audit_entries SET request_id = 'x' WHERE organization_id = $1 AND sequence = 2", 2),
        ("UPDATE audit_entries SET action = 'x' WHERE organization_id = $1 AND sequence = 5", 5),
        ("UPDATE audit_entries SET at = at + interval '1 us' WHERE organization_id = $1 AND sequence = 4", 4),
        ("UPDATE audit_entries SET after = after || '{\"x\": 1}' WHERE organization_id = $1 AND sequence = 6", 6),
        ("UPDATE audit_entries SET before = '{\"x\": 1}' WHERE organization_id = $1 AND sequence = 6", 6),
        ("UPDATE audit_entries SET hash = sha256(hash) WHERE organization_id = $1 AND sequence = 6", 6),
        ("DELETE FROM audit_entries WHERE organization_id = $1 AND sequence = 1", 1),
        ("DELETE FROM audit_entries WHERE organization_id = $1 AND sequence = 7", 7),
        ("DELETE FROM audit_entries WHERE organization_id = $1", 1),
        (
            """
            UPDATE audit_entries AS one SET actor = other.actor, action = other.action, after = other.after,
                   hash = other.hash, previous_hash = other.previous_hash
            FROM audit_entries AS other
            WHERE one.organization_id = $1 AND other.organization_id = $1
              AND (one.sequence, other.sequence) IN ((4, 5), (5, 4))
            """,
            4,
        ),
    ],
)
async def test_an_entry_that_a_superuser_edits_deletes_or_reorders_is_found(
    company: Company, tampering: str, expected: int
) -> None:
    async with as_superuser():
        await db.fetch(tampering, company.id)
    assert await broken_at(company.id) == expected


@pytest.mark.fault("F18", "the last audit entry deleted by a superuser", 1, "named")
async def test_the_last_entry_cannot_be_cut_off_unseen(company: Company) -> None:
    last = len(await entries_of(company.id))
    async with as_superuser():
        await db.fetch("DELETE FROM audit_entries WHERE organization_id = $1 AND sequence = $2", company.id, last)
    assert await broken_at(company.id) == last


async def test_every_audit_entry_has_its_event_and_both_count_on_without_a_gap(company: Company) -> None:
    for organization_id in (company.id, None):
        events = await db.fetch(
            """
            SELECT sequence, at, type, payload FROM events WHERE organization_id IS NOT DISTINCT FROM $1
            ORDER BY sequence
            """,
            organization_id,
        )
        entries = await entries_of(organization_id)
        assert [one["sequence"] for one in events] == list(range(1, len(events) + 1))
        assert [(one["sequence"], one["at"], one["type"], one["payload"]) for one in events] == [
            (one["sequence"], one["at"], one["action"], one["after"]) for one in entries
        ]
        instants = [one["at"] for one in entries]
        assert instants == sorted(instants)


async def test_events_and_audit_entries_hold_no_name_and_no_address() -> None:
    clock = (await found_at(NOVEMBER)).clock_id
    secret = founding(
        "secret-slug", clock, name="SecretName", owner_email="secret.owner@x.example", owner_name="SecretOwner"
    )
    organization_id = await create_organization(OPERATOR, secret)
    company = Company(organization_id, clock)
    await hire(company, 3)
    await advance(clock, utc("2021-03-01 00:00"))
    rows = await db.fetch(
        """
        SELECT payload::text AS text FROM events UNION ALL
        SELECT concat_ws(' ', actor, request_id, before, after) FROM audit_entries
        """
    )
    assert len(rows) >= 10
    assert [row["text"] for row in rows if "secret" in row["text"].lower() or "@" in row["text"]] == []


async def test_an_entry_says_who_did_it_in_which_request(company: Company) -> None:
    entries = await entries_of(company.id)
    assert {(one["actor"], one["request_id"]) for one in entries} == {(OPERATOR.name, OPERATOR.request_id)}


async def test_a_change_that_is_refused_leaves_no_entry(company: Company) -> None:
    before = len(await entries_of(company.id))
    with pytest.raises(Exception, match="subscribed already"):
        await change(company, subscribe=company.members[1:2])
    assert len(await entries_of(company.id)) == before

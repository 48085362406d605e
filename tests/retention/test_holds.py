"""Legal holds (R1.7)."""

from datetime import datetime

import pytest

from app import db
from app.domain.actor import Role
from app.domain.errors import ErrorCode
from app.domain.lifecycle import OrganizationState, purge_at
from app.domain.roles import member
from app.retention.holds import set_legal_hold
from app.retention.life import close_organization
from tests.factories import DAY, OPERATOR, TICK, Company, advance, found_at, refused, snapshot, utc

pytestmark = pytest.mark.usefixtures("clean_database")

ACTIVATED = utc("2020-11-03 10:00")
DUE = utc("2021-01-02 10:00") + TICK


async def warnings(company: Company) -> list[tuple[str, datetime]]:
    rows = await db.fetch(
        "SELECT kind, written_at FROM notices WHERE organization_id = $1 AND kind LIKE 'PURGE%' ORDER BY written_at",
        company.id,
    )
    return [(row["kind"], row["written_at"]) for row in rows]


async def test_nothing_is_warned_of_nor_purged_under_a_hold() -> None:
    company = await found_at(ACTIVATED, 1)
    await set_legal_hold(OPERATOR, company.id, "  case 17/2021 ")
    await advance(company.clock_id, DUE + 300 * DAY)
    facts = await company.facts()
    assert (facts.state, facts.legal_hold, purge_at(facts.lifecycle)) == (
        OrganizationState.RETENTION,
        "case 17/2021",
        None,
    )
    assert await warnings(company) == []


async def test_lifted_after_the_due_date_it_is_warned_once_and_purged_a_day_later() -> None:
    company = await found_at(ACTIVATED, 1)
    await advance(company.clock_id, DUE - DAY)  # the last warning is written
    await set_legal_hold(OPERATOR, company.id, "case 17/2021")
    await advance(company.clock_id, DUE + 40 * DAY)
    await set_legal_hold(OPERATOR, company.id, None)
    lifted = (await company.facts()).lifecycle.spared_until
    assert lifted is not None
    assert purge_at((await company.facts()).lifecycle) == lifted + DAY
    await advance(company.clock_id, lifted + DAY - TICK)
    assert (await company.facts()).state is OrganizationState.RETENTION
    assert [kind for kind, _ in await warnings(company)] == [
        "PURGE_IN_14_DAYS",
        "PURGE_IN_7_DAYS",
        "PURGE_IN_1_DAY",
        "PURGE_IN_1_DAY",
    ]
    told = (await warnings(company))[-1][1]
    await advance(company.clock_id, told + DAY)
    assert (await company.facts()).state is OrganizationState.PURGED
    (stone,) = await db.fetch("SELECT decided_at FROM tombstones WHERE organization_id = $1", company.id)
    assert stone["decided_at"] >= told + DAY


async def test_lifted_in_time_the_purge_is_due_when_it_always_was() -> None:
    company = await found_at(ACTIVATED, 1)
    await set_legal_hold(OPERATOR, company.id, "case 17/2021")
    await advance(company.clock_id, DUE - 3 * DAY)
    await set_legal_hold(OPERATOR, company.id, None)
    assert purge_at((await company.facts()).lifecycle) == DUE
    await advance(company.clock_id, DUE + TICK * 5)
    assert (await company.facts()).state is OrganizationState.PURGED


async def test_a_closed_organization_can_be_held_too() -> None:
    company = await found_at(ACTIVATED, 1)
    await close_organization(OPERATOR, company.id)
    await set_legal_hold(OPERATOR, company.id, "case 17/2021")
    await advance(company.clock_id, DUE + 100 * DAY)
    assert (await company.facts()).state is OrganizationState.CLOSED


async def test_only_operators_hold_and_lift() -> None:
    company = await found_at(ACTIVATED)
    (row,) = await db.fetch("SELECT id FROM members WHERE organization_id = $1", company.id)
    async with refused(ErrorCode.FORBIDDEN):
        await set_legal_hold(member(row["id"], company.id, Role.OWNER, "request"), company.id, "mine")
    async with refused(ErrorCode.INVALID_INPUT):
        await set_legal_hold(OPERATOR, company.id, "  ")


async def test_what_holds_already_is_no_change() -> None:
    company = await found_at(ACTIVATED)
    before = await snapshot()
    await set_legal_hold(OPERATOR, company.id, None)
    assert await snapshot() == before
    await set_legal_hold(OPERATOR, company.id, "case 17/2021")
    before = await snapshot()
    await set_legal_hold(OPERATOR, company.id, "case 17/2021")
    assert await snapshot() == before


async def test_the_reason_is_in_no_event_nor_audit_entry() -> None:
    company = await found_at(ACTIVATED)
    await set_legal_hold(OPERATOR, company.id, "case of Ivanov")
    told = [name for name, rows in (await snapshot()).items() if any("Ivanov" in row for row in rows)]
    assert told == ["organizations"]


async def test_once_the_purge_is_decided_it_is_too_late() -> None:
    company = await found_at(ACTIVATED)
    await advance(company.clock_id, DUE + DAY)
    async with refused(ErrorCode.ORGANIZATION_PURGED):
        await set_legal_hold(OPERATOR, company.id, "too late")

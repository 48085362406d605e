"""One trial in 12 months for whoever owned an organization that began one, and longer trials (R1.2)."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from app import db
from app.clocks.service import create_test_clock
from app.domain.actor import Actor, Role
from app.domain.errors import ErrorCode
from app.domain.lifecycle import OrganizationState
from app.domain.roles import member
from app.memberships.founding import create_organization
from app.memberships.invitations import invite_members
from app.memberships.invitees import Invitee
from app.organizations.service import activate_tracker
from app.organizations.trials import forget_trials
from app.retention.life import extend_trial
from tests.factories import (
    DAY,
    OPERATOR,
    POLICIES,
    TICK,
    Company,
    advance,
    change,
    found_at,
    founding,
    jump,
    refused,
    someone_in,
    utc,
)

pytestmark = pytest.mark.usefixtures("clean_database")

BEGAN = utc("2020-11-10 09:00")
slugs = iter(range(10_000))


async def founded(clock_id: UUID | None, email: str) -> tuple[UUID, Actor]:
    """An organization that is not activated, and its owner."""
    organization_id = await create_organization(OPERATOR, founding(f"trial-{next(slugs)}", clock_id, owner_email=email))
    (row,) = await db.fetch("SELECT id FROM members WHERE organization_id = $1", organization_id)
    return organization_id, member(row["id"], organization_id, Role.OWNER, "request-of-a-test")


async def used_at(began: datetime, email: str = "ann@people.example") -> UUID:
    """A clock on which somebody's trial began then."""
    clock_id = await create_test_clock(OPERATOR, began)
    organization_id, owner = await founded(clock_id, email)
    await activate_tracker(owner, organization_id)
    return clock_id


async def test_who_had_a_trial_cannot_begin_another_under_any_spelling_of_their_address() -> None:
    clock_id = await used_at(BEGAN)
    second, owner = await founded(clock_id, "ANN@People.Example")
    async with refused(ErrorCode.TRIAL_ALREADY_USED) as refusal:
        await activate_tracker(owner, second)
    assert refusal.value.message == "You had a trial that began on 2020-11-10; another is to be had 12 months later."


async def test_an_operator_may_begin_another_for_them() -> None:
    clock_id = await used_at(BEGAN)
    second, _ = await founded(clock_id, "ann@people.example")
    await activate_tracker(OPERATOR, second)
    assert (await Company(second, clock_id).facts()).state is OrganizationState.TRIAL


async def test_a_partner_begins_no_second_trial_for_an_owner_who_had_one() -> None:
    clock_id = await used_at(BEGAN)
    second, _ = await founded(clock_id, "ann@people.example")
    other, _ = await founded(clock_id, "bob@people.example")
    async with refused(ErrorCode.TRIAL_ALREADY_USED) as refusal:
        await activate_tracker(someone_in([second]), second)
    expected = "An owner of this organization had a trial in the last 12 months; an operator can begin another."
    assert refusal.value.message == expected
    await activate_tracker(someone_in([other]), other)
    assert (await Company(other, clock_id).facts()).state is OrganizationState.TRIAL


async def test_it_is_to_be_had_again_twelve_months_later_and_not_a_microsecond_before() -> None:
    clock_id = await used_at(BEGAN)
    began = BEGAN + TICK
    second, owner = await founded(clock_id, "ann@people.example")
    await jump(clock_id, utc("2021-11-10 09:00"))
    async with refused(ErrorCode.TRIAL_ALREADY_USED):
        await activate_tracker(owner, second)
    assert await forget_trials() == 0
    await jump(clock_id, began.replace(year=2021))
    assert await forget_trials() == 1
    await activate_tracker(owner, second)


async def test_somebody_else_and_somebody_on_another_clock_may() -> None:
    clock_id = await used_at(BEGAN)
    for other_clock, email in (
        (clock_id, "bob@people.example"),
        (await create_test_clock(OPERATOR, BEGAN), "ann@people.example"),
        (None, "ann@people.example"),
    ):
        organization_id, owner = await founded(other_clock, email)
        await activate_tracker(owner, organization_id)


@pytest.mark.parametrize(
    "how",
    [
        "UPDATE members SET role = 'OWNER' WHERE email = 'ann@people.example'",
        "UPDATE members SET role = 'OWNER', status = 'DEACTIVATED' WHERE email = 'ann@people.example'",
    ],
)
async def test_who_becomes_an_owner_after_the_trial_began_has_had_it_too(how: str) -> None:
    company = await found_at(BEGAN)
    ann = Invitee("ann@people.example", "Ann", None, Role.MEMBER, True)
    await invite_members(OPERATOR, company.id, [ann], POLICIES)
    await db.fetch(how)
    await db.fetch("UPDATE members SET role = 'MEMBER' WHERE email = 'ann@people.example'")
    second, owner = await founded(company.clock_id, "ann@people.example")
    if "DEACTIVATED" in how:  # never an owner who could do anything
        await activate_tracker(owner, second)
        return
    async with refused(ErrorCode.TRIAL_ALREADY_USED):
        await activate_tracker(owner, second)


async def test_it_holds_after_the_other_organization_was_purged_and_nothing_tells_the_address() -> None:
    clock_id = await used_at(BEGAN)
    await advance(clock_id, BEGAN + 70 * DAY)
    assert await db.count("SELECT 1 FROM organizations WHERE purged_at IS NOT NULL") == 1
    second, owner = await founded(clock_id, "ann@people.example")
    async with refused(ErrorCode.TRIAL_ALREADY_USED):
        await activate_tracker(owner, second)
    (row,) = await db.fetch("SELECT email_hash, sha256('ann@people.example') AS plain FROM trial_owners")
    assert row["email_hash"] != row["plain"]  # no table of hashes of addresses finds it
    columns = "SELECT column_name::text AS name FROM information_schema.columns WHERE table_name = 'trial_owners'"
    assert {one["name"] for one in await db.fetch(columns)} == {"id", "test_clock_id", "email_hash", "began_at"}


# Extending


async def notices(company: Company) -> list[tuple[str, datetime]]:
    rows = await db.fetch(
        "SELECT kind, written_at FROM notices WHERE organization_id = $1 ORDER BY written_at", company.id
    )
    return [(row["kind"], row["written_at"]) for row in rows]


async def test_a_longer_trial_is_warned_of_anew_and_charged_from_its_new_end() -> None:
    company = await found_at(BEGAN, 6)
    first_end = BEGAN + 30 * DAY + TICK
    await change(company, subscribe=company.members)
    await advance(company.clock_id, first_end - DAY)
    new_end = utc("2021-01-15 09:00")
    await extend_trial(OPERATOR, company.id, new_end, POLICIES)
    await advance(company.clock_id, utc("2021-02-01 12:00"))

    assert await notices(company) == [
        ("TRIAL_ENDS_IN_7_DAYS", first_end - 7 * DAY),
        ("TRIAL_ENDS_IN_1_DAY", first_end - DAY),
        ("TRIAL_ENDS_IN_7_DAYS", new_end - 7 * DAY),
        ("TRIAL_ENDS_IN_1_DAY", new_end - DAY),
        ("TRIAL_ENDED", new_end),
    ]
    rows = await db.fetch(
        "SELECT month, outcome, peak_seats FROM statements WHERE organization_id = $1 ORDER BY month", company.id
    )
    assert [(row["month"], row["outcome"], row["peak_seats"]) for row in rows] == [
        ("2020-11", "TRIAL", 0),
        ("2020-12", "TRIAL", 0),
        ("2021-01", "BILLED", 6),
    ]
    assert (await company.facts()).state is OrganizationState.SUBSCRIBED


async def test_only_an_operator_extends_a_trial() -> None:
    company = await found_at(BEGAN)
    (row,) = await db.fetch("SELECT id FROM members WHERE organization_id = $1", company.id)
    owner = member(row["id"], company.id, Role.OWNER, "request-of-a-test")
    async with refused(ErrorCode.FORBIDDEN):
        await extend_trial(owner, company.id, BEGAN + 40 * DAY, POLICIES)


async def test_a_trial_that_is_over_or_would_not_end_later_is_not_extended() -> None:
    company = await found_at(BEGAN)
    async with refused(ErrorCode.INVALID_INPUT):
        await extend_trial(OPERATOR, company.id, BEGAN + 30 * DAY, POLICIES)
    async with refused(ErrorCode.INVALID_INPUT):
        await extend_trial(OPERATOR, company.id, BEGAN + 181 * DAY, POLICIES)
    await jump(company.clock_id, BEGAN + 30 * DAY + timedelta(seconds=1))
    async with refused(ErrorCode.INVALID_INPUT):
        await extend_trial(OPERATOR, company.id, BEGAN + 40 * DAY, POLICIES)

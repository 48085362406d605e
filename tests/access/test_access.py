"""What members may do as the calendar goes on, with no worker running (R1.1, R1.3–R1.4, R2.1)."""

import pytest

from app import db
from app.access.queries import list_access
from app.directory.queries import find_members
from app.domain.access import MemberStatus
from app.domain.actor import Role
from app.domain.policy import Access
from app.memberships.invitations import invite_members
from app.memberships.invitees import Invitee
from tests.factories import DAY, NOVEMBER, OPERATOR, POLICIES, TICK, Company, change, found, found_at, jump

pytestmark = pytest.mark.usefixtures("clean_database")

ENDS = NOVEMBER + 30 * DAY + TICK


async def access(company: Company) -> list[str]:
    """Of each member, in the order they were hired."""
    found = await list_access(await company.facts(), await find_members(company.members))
    return [found[one].value for one in company.members]


async def test_everyone_has_full_access_in_the_trial_and_from_its_end_on_those_with_a_seat() -> None:
    company = await found_at(NOVEMBER, 3)
    await change(company, subscribe=company.members[:1])
    await jump(company.clock_id, ENDS - TICK)
    assert await access(company) == ["FULL", "FULL", "FULL"]
    await jump(company.clock_id, ENDS)
    assert await access(company) == ["FULL", "READ_ONLY", "READ_ONLY"]
    await change(company, unsubscribe=company.members[:1], subscribe=company.members[2:])
    assert await access(company) == ["READ_ONLY", "READ_ONLY", "FULL"]


async def test_read_only_lasts_through_the_retention_and_nothing_is_left_once_the_purge_is_decided() -> None:
    company = await found_at(NOVEMBER, 1)
    await jump(company.clock_id, ENDS + 90 * DAY)
    assert await access(company) == ["READ_ONLY"]
    await db.fetch("UPDATE organizations SET purge_decided_at = $1", ENDS + 90 * DAY)
    assert await access(company) == ["NONE"]


async def test_nobody_has_access_before_the_activation_nor_an_invited_or_deactivated_person_ever() -> None:
    clock = (await found_at(NOVEMBER)).clock_id
    company = await found(clock, 1, is_active=False)
    assert await access(company) == ["NONE"]
    active = await found(clock, 2)
    ivan = Invitee("i@x.example", "I", None, Role.MEMBER, False)
    active.members.extend((await invite_members(OPERATOR, active.id, [ivan], POLICIES)).member_ids)
    await db.fetch("UPDATE members SET status = $2 WHERE id = $1", active.members[0], MemberStatus.DEACTIVATED.value)
    assert await access(active) == ["NONE", Access.FULL.value, "NONE"]


async def test_a_suspension_makes_everyone_read_only_for_as_long_as_it_lasts() -> None:
    company = await found_at(NOVEMBER, 2)
    await change(company, subscribe=company.members[:1])
    await db.fetch(
        "INSERT INTO suspensions (id, organization_id, since, until) VALUES (gen_random_uuid(), $1, $2, $3)",
        company.id,
        ENDS + DAY,
        ENDS + 2 * DAY,
    )
    found = []
    for at in (ENDS + DAY - TICK, ENDS + DAY, ENDS + 2 * DAY - TICK, ENDS + 2 * DAY):
        await jump(company.clock_id, at)
        found.append(await access(company))
    assert found == [["FULL", "READ_ONLY"], ["READ_ONLY"] * 2, ["READ_ONLY"] * 2, ["FULL", "READ_ONLY"]]

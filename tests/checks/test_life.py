"""Each invariant finds what breaks it: a check that cannot fail says nothing."""

import pytest

from app import db
from app.checks.catalog import SEATS_AND_LIFE, find_violations
from app.memberships.teams import create_team
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, as_owner, change, change_groups, found_at
from tests.seats.test_settling import cap, join

pytestmark = pytest.mark.usefixtures("clean_database")


async def company_with_a_crew() -> Company:
    """Two sit through a team at a cap of two, and a third waits."""
    company = await found_at(NOVEMBER, 3)
    crew = await create_team(OPERATOR, company.id, "Crew", company.members[:2], POLICIES)
    await change_groups(company, teams=[crew])
    await cap(company, 2)
    await join(crew, company.members[2])
    await change(company, subscribe=company.members[:1])
    return company


BREAKING = {
    "8: an open grant is of an active member, through a subscription in force that covers them": """
        UPDATE members SET status = 'DEACTIVATED'
        WHERE id IN (SELECT member_id FROM seat_grants) AND id NOT IN (SELECT member_id FROM seat_waits)
    """,
    "8: a grant lies within the time its subscription was in force": """
        UPDATE seat_subscriptions SET created_at = created_at + interval '1 day'
    """,
    "8: grants begin and end at the instants of the changes that they name": """
        UPDATE seat_changes SET at = at + interval '1 second'
    """,
    "9: whoever is covered has an open grant or waits": "DELETE FROM seat_waits",
    "9: whoever waits is covered, and holds no seat": """
        DELETE FROM team_memberships WHERE member_id IN (SELECT member_id FROM seat_waits)
    """,
    "9: no seat was granted past the cap or the seat limit then in force": """
        INSERT INTO contracts (id, organization_id, seat_limit, from_month, recorded_at, recorded_by)
        SELECT gen_random_uuid(), id, 1, '2020-11', created_at, 'a test' FROM organizations
    """,
    "9: nobody waits for a limit or for the amount where there is room at no cost": """
        UPDATE organizations SET seat_cap = 3
    """,
    "10: periods tile: each begins where the one before ended, a month later": """
        INSERT INTO billing_periods (id, organization_id, month, starts_at, ends_at, time_zone, closed_at)
        SELECT gen_random_uuid(), id, '2020-10', '2020-10-01Z', '2020-10-30Z', 'UTC', '2020-11-01Z' FROM organizations
    """,
    "10: the first period is that of the activation": "UPDATE billing_periods SET starts_at = '2020-11-20Z'",
    "10: the last period alone is open, and none is behind a parked one": """
        UPDATE billing_periods SET closed_at = ends_at
    """,
    "11: a trial lasts as long as it may, and a period is there from the activation on": """
        UPDATE organizations SET trial_ends_at = trial_ends_at - interval '1 second'
    """,
    "11: no purge was decided early, unwarned, of someone who subscribed, or under a legal hold": """
        UPDATE organizations SET purge_decided_at = trial_ends_at
    """,
    "11: what is purged was decided to be, and left a tombstone": """
        UPDATE organizations SET purge_decided_at = trial_ends_at, purged_at = trial_ends_at
    """,
    "11: nothing was decided before what came after it: no seat begins after the decision": """
        UPDATE organizations SET purge_decided_at = created_at
    """,
    "12: a purge leaves only what is kept": """
        UPDATE organizations SET purge_decided_at = trial_ends_at, purged_at = trial_ends_at
    """,
}


@pytest.mark.parametrize("name", BREAKING)
async def test_an_invariant_finds_what_breaks_it(name: str) -> None:
    await company_with_a_crew()
    assert await find_violations() == []
    async with as_owner():
        await db.fetch(BREAKING[name])
    assert name in {row["invariant"] for row in await find_violations(SEATS_AND_LIFE)}

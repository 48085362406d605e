"""Organizations to measure with, each on a test clock of its own that stands late in January 2021, past the trial.

They are founded by the services; their many people and seats are planted by SQL, as the services would have made them,
and alike in every run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app import db
from app.clocks.service import create_test_clock
from app.domain.actor import Permission
from app.domain.period import Month
from app.identity.partner_keys import PartnerKeyToBe, create_partner_key
from app.seats.limits import set_contract
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, advance, as_superuser, change, found, hire, jump, utc

NEW_YEAR, BEGINNING, TODAY = utc("2021-01-05 09:00"), utc("2021-01-06 09:00"), utc("2021-01-27 09:00")
"""When the clock was last advanced, when what is planted begins, and where the clock stands."""
_PERMISSIONS = (
    Permission.MEMBER_VIEW,
    Permission.MEMBER_MANAGE,
    Permission.SEAT_VIEW,
    Permission.SEAT_MANAGE,
    Permission.BILLING_VIEW,
)


@dataclass(frozen=True, slots=True)
class Office:
    """An organization, a partner's key that manages it alone, and its people by name."""

    company: Company
    token: str
    people: list[UUID]

    @property
    def id(self) -> UUID:
        return self.company.id


async def open_office(people: int) -> Office:
    """With so many members, none of whom holds a seat, and a founder who does since the trial."""
    clock_id = await create_test_clock(OPERATOR, NOVEMBER)
    company = await found(clock_id)
    await set_contract(OPERATOR, company.id, 100_000, Month(2020, 11), None, POLICIES)
    await change(company, subscribe=await hire(company, 1))
    await advance(clock_id, NEW_YEAR)
    await jump(clock_id, TODAY)
    planted = await _plant_people(company.id, people)
    return Office(company, await _make_key([company.id]), planted)


async def share(offices: Sequence[Office]) -> str:
    """A key that manages all of these."""
    return await _make_key([office.id for office in offices])


async def _make_key(organization_ids: Sequence[UUID]) -> str:
    return (await create_partner_key(OPERATOR, PartnerKeyToBe("bench", organization_ids, _PERMISSIONS, None))).text


async def _plant_people(organization_id: UUID, number: int) -> list[UUID]:
    rows = await db.fetch(
        """
        INSERT INTO members (id, organization_id, email, login, name, role, status, is_robot, created_at)
        SELECT md5($1::uuid::text || number)::uuid, $1::uuid, 'p' || number || '@bench.example', 'p' || number,
               'Person ' || lpad(number::text, 6, '0'), 'MEMBER', 'ACTIVE', false, $3
        FROM generate_series(1, $2::int) AS number RETURNING id, name
        """,
        organization_id,
        number,
        BEGINNING,
    )
    return [row["id"] for row in sorted(rows, key=lambda row: str(row["name"]))]


async def seat(office: Office, people: Sequence[UUID], spans: int = 1) -> None:
    """Each by a subscription of their own, so often, three days apart for two days; the last one lasts."""
    async with as_superuser():
        await db.fetch(
            """
            WITH change AS (
                INSERT INTO seat_changes (id, organization_id, at, actor, description)
                SELECT gen_random_uuid(), $1, $3, 'bench', 'bench'
                FROM generate_series(1, 1) RETURNING id
            ), span AS MATERIALIZED (
                SELECT gen_random_uuid() AS id, member_id, $3::timestamptz + number * interval '3 days' AS since,
                       CASE WHEN number < $4 - 1 THEN $3 + number * interval '3 days' + interval '2 days' END AS until
                FROM unnest($2::uuid[]) AS member_id, generate_series(0, $4::int - 1) AS number
            ), subscription AS (
                INSERT INTO seat_subscriptions
                    (id, organization_id, member_id, joins, created_at, created_by, ended_at, ended_by)
                SELECT id, $1, member_id, 'ALWAYS', since, 'bench', until, CASE WHEN until IS NOT NULL THEN 'bench' END
                FROM span
            )
            INSERT INTO seat_grants
                (id, organization_id, subscription_id, member_id, granted_by_id, revoked_by_id, during)
            SELECT gen_random_uuid(), $1, span.id, span.member_id, change.id,
                   CASE WHEN until IS NOT NULL THEN change.id END, tstzrange(since, until)
            FROM span, change
            """,
            office.id,
            list(people),
            BEGINNING,
            spans,
        )


async def gather(office: Office, name: str, people: Sequence[UUID], *, is_seated: bool = False) -> UUID:
    """A team; with `is_seated` one that is subscribed."""
    async with as_superuser():
        row = await db.fetch_one(
            """
            WITH team AS (
                INSERT INTO teams (id, organization_id, name, created_at) VALUES (gen_random_uuid(), $1, $2, $4)
                RETURNING id
            ), joined AS (
                INSERT INTO team_memberships (id, organization_id, team_id, member_id, joined_at)
                SELECT gen_random_uuid(), $1, team.id, member_id, $4 FROM team, unnest($3::uuid[]) AS member_id
            ), change AS (
                INSERT INTO seat_changes (id, organization_id, at, actor, description)
                SELECT gen_random_uuid(), $1, $4, 'bench', 'bench' WHERE $5 RETURNING id
            ), subscription AS (
                INSERT INTO seat_subscriptions (id, organization_id, team_id, joins, created_at, created_by)
                SELECT gen_random_uuid(), $1, team.id, 'ALWAYS', $4, 'bench' FROM team WHERE $5 RETURNING id
            ), seated AS (
                INSERT INTO seat_grants (id, organization_id, subscription_id, member_id, granted_by_id, during)
                SELECT gen_random_uuid(), $1, subscription.id, member_id, change.id, tstzrange($4, NULL)
                FROM subscription, change, unnest($3::uuid[]) AS member_id
            )
            SELECT id FROM team
            """,
            office.id,
            name,
            list(people),
            BEGINNING,
            is_seated,
        )
    assert row is not None, "it was inserted"
    team_id: UUID = row["id"]
    return team_id


async def plant_organizations(office: Office, number: int) -> None:
    """So many like this one, with ten people each, half of whom hold a seat."""
    row = await db.fetch_one("SELECT to_jsonb(one) AS row FROM organizations AS one WHERE id = $1", office.id)
    assert row is not None, "it was founded"
    async with as_superuser():
        await db.fetch(
            """
            WITH planted AS (
                INSERT INTO organizations SELECT (jsonb_populate_record(
                    NULL::organizations,
                    $1::jsonb
                        || jsonb_build_object('id', id, 'slug', 'planted-' || id, 'sequence', 0, 'audit_hash', NULL)
                )).* FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $2::int)) AS new RETURNING id
            ), person AS (
                INSERT INTO members (id, organization_id, email, name, role, status, is_robot, created_at)
                SELECT gen_random_uuid(), planted.id, number || '@planted.example', 'Planted ' || number, 'MEMBER',
                       'ACTIVE', false, $3
                FROM planted, generate_series(1, 10) AS number RETURNING id, organization_id, email
            ), change AS (
                INSERT INTO seat_changes (id, organization_id, at, actor, description)
                SELECT gen_random_uuid(), id, $3, 'bench', 'bench' FROM planted RETURNING id, organization_id
            ), subscription AS (
                INSERT INTO seat_subscriptions (id, organization_id, member_id, joins, created_at, created_by)
                SELECT gen_random_uuid(), organization_id, id, 'ALWAYS', $3, 'bench' FROM person WHERE email < '6'
                RETURNING id, organization_id, member_id
            )
            INSERT INTO seat_grants (id, organization_id, subscription_id, member_id, granted_by_id, during)
            SELECT gen_random_uuid(), one.organization_id, one.id, one.member_id, change.id, tstzrange($3, NULL)
            FROM subscription AS one JOIN change ON change.organization_id = one.organization_id
            """,
            row["row"],
            number,
            BEGINNING,
        )


async def settle_down() -> None:
    """What is planted has statistics, as tables have that grew slowly."""
    async with as_superuser():
        await db.fetch("ANALYZE")

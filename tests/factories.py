"""What tests arrange: organizations on clocks of their own through the services, many at once by SQL."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from app import db
from app.billing.profile import BillingProfileInput, PayerKind, set_billing_profile
from app.clocks.service import advance_test_clock, create_test_clock
from app.domain.actor import Actor, ActorKind, Permission, Role, Standing, operator
from app.domain.errors import DomainError, ErrorCode
from app.domain.policies import Policies
from app.domain.roles import member
from app.domain.seat_change import JoinsPolicy
from app.memberships.founding import Founding, create_organization
from app.memberships.invitations import invite_members
from app.memberships.invitees import Invitee
from app.organizations.queries import OrganizationFacts, find_organization
from app.organizations.service import activate_tracker
from app.seats.changing import change_seats
from app.seats.service import RequestedChange, SeatsChanged
from app.seats.subjects import SubjectReference

OPERATOR = operator("0a000000-0000-4000-8000-000000000001", "request-of-a-test")
POLICIES = Policies()
TICK = timedelta(microseconds=1)
GRACE = timedelta(minutes=30)
DAY = timedelta(days=1)
NOVEMBER = datetime(2020, 11, 10, 9, tzinfo=UTC)
"""Activated then, a trial ends on 10 December 2020, and in Moscow January 2021 is the first whole month after it."""

PROFILE = BillingProfileInput(
    legal_name="Romashka LLC",
    kind=PayerKind.LEGAL_ENTITY,
    tax_number="7707083893",
    address="1 Arbat, Moscow",
    bank_details="40702810900000000001, BIC 044525225",
    contact_email="accounts@romashka.example",
    accept_agreement=True,
)

_names = count(1)


@dataclass(frozen=True, slots=True)
class Company:
    """An organization, its clock (None: the database's) and the members besides its owner, in order."""

    id: UUID
    clock_id: UUID | None
    members: list[UUID] = field(default_factory=list)

    async def facts(self) -> OrganizationFacts:
        found = await find_organization(OPERATOR, self.id)
        assert found is not None
        return found


def someone_in(organization_ids: Sequence[UUID], permissions: Collection[Permission] = frozenset(Permission)) -> Actor:
    """An actor that is no member, with the same permissions in each of the organizations and nothing elsewhere."""
    standing = Standing(None, None, frozenset(permissions))
    return Actor(ActorKind.PARTNER, "nobody", "request-of-a-test", None, dict.fromkeys(organization_ids, standing))


async def appoint(company: "Company", role: Role) -> Actor:
    """A new member of the organization with the role, as an actor."""
    invitee = Invitee(f"person-{next(_names)}@people.example", "A Person", None, role, True)
    invited = await invite_members(OPERATOR, company.id, [invitee], POLICIES)
    return member(invited.member_ids[0], company.id, role, "request-of-a-test")


def utc(text: str) -> datetime:
    """An instant such as "2021-01-31 20:50", in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def moscow(text: str) -> datetime:
    """An instant by Moscow's clocks, three hours ahead of UTC since 2014, in UTC."""
    return utc(text) - timedelta(hours=3)


def founding(
    slug: str,
    clock_id: UUID | None,
    *,
    name: str = "Romashka",
    time_zone: str = "Europe/Moscow",
    currency: str = "RUB",
    owner_email: str = "owner@romashka.example",
    owner_name: str = "Olga Owner",
) -> Founding:
    owner = Invitee(owner_email, owner_name, None, Role.OWNER, is_active=True)
    return Founding(name, slug, time_zone, currency, owner, clock_id)


async def found(
    clock_id: UUID | None,
    members: int = 0,
    *,
    time_zone: str = "Europe/Moscow",
    is_active: bool = True,
    has_profile: bool = True,
) -> Company:
    """An organization with so many active members, its tracker activated and its billing profile set unless told."""
    name = f"company-{next(_names)}"
    organization_id = await create_organization(OPERATOR, founding(name, clock_id, time_zone=time_zone))
    if is_active:
        await activate_tracker(OPERATOR, organization_id)
    company = Company(organization_id, clock_id)
    if members:
        company.members.extend(await hire(company, members))
    if has_profile:
        await set_billing_profile(OPERATOR, organization_id, PROFILE, POLICIES)
    return company


async def found_at(now: datetime, members: int = 0, *, is_active: bool = True, has_profile: bool = True) -> Company:
    """An organization on a new clock of its own."""
    clock_id = await create_test_clock(OPERATOR, now)
    return await found(clock_id, members, is_active=is_active, has_profile=has_profile)


async def hire(company: Company, number: int) -> list[UUID]:
    """More active members, at most 1000; gives their ids."""
    people = [
        Invitee(f"person-{next(_names)}@people.example", "A Person", None, Role.MEMBER, True) for _ in range(number)
    ]
    return (await invite_members(OPERATOR, company.id, people, POLICIES)).member_ids


async def change(
    company: Company,
    *,
    subscribe: Sequence[UUID] = (),
    unsubscribe: Sequence[UUID] = (),
    joins: JoinsPolicy = JoinsPolicy.ALWAYS,
    skip_already_subscribed: bool = False,
    expected_total: str | None = None,
) -> SeatsChanged:
    """One change of seats through the service."""
    requested = RequestedChange(
        [_subject("subscribe", place, one) for place, one in enumerate(subscribe)],
        [_subject("unsubscribe", place, one) for place, one in enumerate(unsubscribe)],
        joins,
        skip_already_subscribed,
        Decimal(expected_total) if expected_total is not None else None,
    )
    return await change_seats(OPERATOR, company.id, requested, POLICIES)


async def change_groups(
    company: Company,
    *,
    members: Sequence[UUID] = (),
    teams: Sequence[UUID] = (),
    departments: Sequence[UUID] = (),
    everyone: bool = False,
    unsubscribe: Sequence[UUID] = (),
    joins: JoinsPolicy = JoinsPolicy.ALWAYS,
) -> SeatsChanged:
    """One change of seats that subscribes subjects of any kind, and unsubscribes members."""
    wanted: list[dict[str, Any]] = [{"member_id": one} for one in members]
    wanted += [{"team_id": one} for one in teams]
    wanted += [{"department_id": one} for one in departments]
    wanted += [{"is_everyone": True}] if everyone else []
    requested = RequestedChange(
        [SubjectReference(("input", "subscribe", str(place)), **one) for place, one in enumerate(wanted)],
        [_subject("unsubscribe", place, one) for place, one in enumerate(unsubscribe)],
        joins,
        skip_already_subscribed=False,
        expected_total=None,
    )
    return await change_seats(OPERATOR, company.id, requested, POLICIES)


async def advance(clock_id: UUID | None, to: datetime) -> None:
    """Advance a clock through everything that falls due."""
    assert clock_id is not None
    await advance_test_clock(OPERATOR, clock_id, to, POLICIES)


async def jump(clock_id: UUID | None, to: datetime) -> None:
    """Set a clock with nothing done on the way, as if every worker had been dead."""
    assert clock_id is not None
    await db.fetch("UPDATE test_clocks SET now = $2 WHERE id = $1", clock_id, to)


def _subject(where: str, place: int, member_id: UUID) -> SubjectReference:
    return SubjectReference(("input", where, str(place)), member_id=member_id)


async def snapshot() -> dict[str, list[str]]:
    """Every row of every table as text, ordered, by table; but not when it was last looked for work."""
    tables = await db.fetch(
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'job_looks' ORDER BY 1"
    )
    union = " UNION ALL ".join(
        f"SELECT '{one['name']}' AS name, t::text AS content FROM {one['name']} AS t" for one in tables
    )
    rows: dict[str, list[str]] = {table["name"]: [] for table in tables}
    for row in await db.fetch(f"SELECT * FROM ({union}) AS everything ORDER BY name, content"):
        rows[row["name"]].append(row["content"])
    return rows


REQUEST_TABLES = ("seat_requests", "events", "audit_entries", "organizations")
"""What a refusal by a limit writes: the request, its record, and the organization's place in its chain."""


@asynccontextmanager
async def refused_by_limit(code: ErrorCode, seats: int) -> AsyncIterator[None]:
    """What is inside is refused by a limit: that so many seats were asked for is recorded, nothing else is changed."""
    before = await snapshot()
    with pytest.raises(DomainError) as refusal:
        yield
    assert refusal.value.code is code, refusal.value.message
    after = await snapshot()
    assert {table for table in after if after[table] != before[table]} == set(REQUEST_TABLES)
    for table in REQUEST_TABLES[:3]:
        assert len(after[table]) == len(before[table]) + 1
    row = await db.fetch_one("SELECT seats, code FROM seat_requests ORDER BY at DESC LIMIT 1")
    assert row == {"seats": seats, "code": code.value}


@asynccontextmanager
async def refused(code: ErrorCode) -> AsyncIterator[pytest.ExceptionInfo[DomainError]]:
    """What is inside is refused with the code, and nothing in the whole database is changed by it."""
    before = await snapshot()
    with pytest.raises(DomainError) as refusal:
        yield refusal
    assert refusal.value.code is code, refusal.value.message
    assert await snapshot() == before


@asynccontextmanager
async def as_owner() -> AsyncIterator[None]:
    """A transaction with every permission, in which only constraints and triggers refuse anything."""
    async with db.in_transaction():
        await db.fetch("SET LOCAL ROLE NONE")
        yield


@asynccontextmanager
async def as_superuser() -> AsyncIterator[None]:
    """A transaction in which nothing refuses anything: for planting what the product cannot do, and for filling tables
    with what is right by itself."""
    async with as_owner():
        await db.fetch("SET LOCAL session_replication_role = replica")
        yield


async def count_of(table: str, organization_id: UUID) -> int:
    return await db.count(f"SELECT 1 FROM {table} WHERE organization_id = $1", organization_id)


async def found_in_bulk(
    organizations: int, seats: int, clock_id: UUID | None, activated_at: datetime, month: str
) -> list[UUID]:
    """Organizations that were activated then, every one of their `seats` members seated ever since, with a billing
    profile and `month` (of Moscow's calendar, after the trial) as the period now open: a few statements for all."""
    async with as_superuser():
        ids = await _found_in_bulk(organizations, clock_id, activated_at, month)
        await _seat_in_bulk(ids, seats, activated_at)
    return ids


async def _found_in_bulk(organizations: int, clock_id: UUID | None, activated_at: datetime, month: str) -> list[UUID]:
    rows = await db.fetch(
        """
        WITH bounds AS (
            SELECT ($4::text || '-01')::timestamp AT TIME ZONE 'Europe/Moscow' AS starts_at,
                   (($4 || '-01')::timestamp + interval '1 month') AT TIME ZONE 'Europe/Moscow' AS ends_at
        ), company AS (
            INSERT INTO organizations (id, slug, name, time_zone, currency, created_at, test_clock_id, activated_at,
                                       trial_ends_at, last_change_at, sequence)
            SELECT gen_random_uuid(), 'bulk-' || $5::text || '-' || number, 'Bulk', 'Europe/Moscow', 'RUB',
                   $3::timestamptz, $2::uuid, $3, $3 + interval '720 hours', $3, 0
            FROM generate_series(1, $1::int) AS number RETURNING id
        ), profile AS (
            INSERT INTO billing_profiles
                (id, organization_id, legal_name, kind, tax_number, address, bank_details, contact_email,
                 agreement_version, accepted_by, accepted_at)
            SELECT gen_random_uuid(), id, 'Bulk LLC', 'LEGAL_ENTITY', '77', 'Moscow', '407', 'bulk@bulk.example',
                   '2020-10', 'operator:bulk', $3 FROM company
        ), notice AS (
            INSERT INTO notices (id, organization_id, kind, due_at, written_at)
            SELECT gen_random_uuid(), id, 'TRIAL_ENDED', $3 + interval '720 hours', $3 + interval '720 hours'
            FROM company
        ), period AS (
            INSERT INTO billing_periods (id, organization_id, month, starts_at, ends_at, time_zone)
            SELECT gen_random_uuid(), company.id, $4, starts_at, ends_at, 'Europe/Moscow' FROM company, bounds
        )
        SELECT id FROM company ORDER BY id
        """,
        organizations,
        clock_id,
        activated_at,
        month,
        str(next(_names)),
    )
    return [row["id"] for row in rows]


async def _seat_in_bulk(organization_ids: list[UUID], seats: int, at: datetime) -> None:
    await db.fetch(
        """
        WITH change AS (
            INSERT INTO seat_changes (id, organization_id, at, actor, description)
            SELECT gen_random_uuid(), id, $3::timestamptz, 'operator:bulk', 'bulk' FROM unnest($1::uuid[]) AS id
            RETURNING id, organization_id
        ), member AS (
            INSERT INTO members (id, organization_id, email, name, role, status, is_robot, created_at)
            SELECT gen_random_uuid(), id, number || '@bulk.example', 'Bulk', 'MEMBER', 'ACTIVE', false, $3
            FROM unnest($1::uuid[]) AS id, generate_series(1, $2::int) AS number
            RETURNING id, organization_id
        ), subscription AS (
            INSERT INTO seat_subscriptions (id, organization_id, member_id, joins, created_at, created_by)
            SELECT gen_random_uuid(), organization_id, id, 'ALWAYS', $3, 'operator:bulk' FROM member
            RETURNING id, organization_id, member_id
        )
        INSERT INTO seat_grants (id, organization_id, subscription_id, member_id, granted_by_id, during)
        SELECT gen_random_uuid(), organization_id, subscription.id, member_id, change.id, tstzrange($3, NULL)
        FROM subscription JOIN change USING (organization_id)
        """,
        organization_ids,
        seats,
        at,
    )

"""The organization's lock and instant, its beginning and its activation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from app import db
from app.domain.actor import Actor, ActorKind, Permission, Standing
from app.domain.errors import DomainError, ErrorCode, refuse
from app.domain.instants import instant_of_change
from app.domain.lifecycle import OrganizationState, require_kept, require_open, trial_end
from app.domain.money import check_currency
from app.domain.period import BillingPeriod, check_time_zone, period_at
from app.domain.policy import require_state
from app.domain.roles import partner_standing
from app.domain.text import check_slug, check_text
from app.events.service import Batch, Chained, ChainHead, Change, Written, chain_changes, write_chained
from app.organizations.partners import give_to_founder, partner_key_id, refuse_when_over
from app.organizations.queries import FACT_COLUMNS, OrganizationFacts, facts_of
from app.organizations.trials import refuse_second_trial, remember_owners
from app.telemetry.records import touch


@dataclass(frozen=True, slots=True)
class LockedOrganization:
    """An organization under its lock, for the rest of the transaction, at its one instant (R0.1)."""

    facts: OrganizationFacts
    at: datetime
    head: ChainHead

    @property
    def id(self) -> UUID:
        return self.facts.id


_LOCK = """
    WITH clock AS MATERIALIZED (
        SELECT coalesce(clock.expires_at <= clock_timestamp(), false) AS is_over FROM test_clocks AS clock
        JOIN organizations AS organization ON organization.test_clock_id = clock.id
        WHERE organization.id = $1 FOR SHARE OF clock
    )
    SELECT coalesce((SELECT is_over FROM clock), false) AS is_over FROM organizations
    WHERE id = $1 AND (SELECT count(*) FROM clock) <= 1  -- asked before a row is read: the clock is locked first
    FOR NO KEY UPDATE
"""
_LOCK_CLOCKS = """
    SELECT id FROM test_clocks
    WHERE id IN (SELECT test_clock_id FROM organizations WHERE id = ANY($1))
    ORDER BY id FOR SHARE SKIP LOCKED
"""
_LOCK_MANY = """
    SELECT id FROM organizations
    WHERE id = ANY($1) AND (test_clock_id IS NULL OR test_clock_id = ANY($2))
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
"""
_LOCKED_COLUMNS = f"{FACT_COLUMNS}, last_change_at, sequence, audit_hash"
_LOCKED_FACTS = f"SELECT {_LOCKED_COLUMNS} FROM organization_facts WHERE id = ANY($1) ORDER BY id"


@dataclass(frozen=True, slots=True)
class Along:
    """What else is read of an organization, by the statement that reads it under its lock: SELECTs of one row each, in
    which $1 is its id and $2 and those that follow are the `values`. No column is named as one of the organization's,
    unless it is the same."""

    selects: Sequence[str]
    values: Sequence[Any]


_NOTHING = Along((), ())


async def lock_organization(
    actor: Actor, organization_id: UUID, *permissions: Permission, even_closed: bool = False
) -> LockedOrganization:
    """Lock an organization for a change by `actor` with one of the permissions, and take its instant under the lock.

    A test clock's row is locked before the organization's, so that an advance and a change wait for each
    other in one order; `FOR NO KEY UPDATE` lets rows that refer to the organization be inserted meanwhile.

    Whatever the permissions, a change needs an open organization unless it is meant for a closed one too; the policy
    says in which states a permission can be used at all.

    Raises: DomainError NOT_FOUND (also for what the actor cannot reach), FORBIDDEN, ORGANIZATION_PURGED,
    ORGANIZATION_CLOSED unless `even_closed`, TRACKER_NOT_ACTIVATED for seats, CONFLICT while its test clock is on its
    way, when the lock is not to be had in time, or when the actor's role is not what it was as they asked;
    TEST_CLOCK_EXPIRED.
    """
    organization, _ = await lock_and_read(actor, organization_id, *permissions, even_closed=even_closed)
    return organization


async def lock_and_read(
    actor: Actor,
    organization_id: UUID,
    *permissions: Permission,
    along: Along = _NOTHING,
    even_closed: bool = False,
) -> tuple[LockedOrganization, db.Row]:
    """`lock_organization`, and a row with what is read along, under the lock too. Raises: what that raises."""
    not_found = refuse(ErrorCode.NOT_FOUND, "There is no such organization.", "input", "organizationId")
    if not actor.can_reach(organization_id):
        raise not_found
    actor.require(organization_id, *permissions)
    await take_turn(organization_id)
    locked = await wait_for_lock(_LOCK, organization_id)
    if not locked:
        raise not_found
    touch(organization_id)
    row = await _read_for(actor, organization_id, along)
    organization = _locked(row)
    require = require_kept if even_closed else require_open
    require(organization.facts.lifecycle, organization.at)
    require_state(organization.facts.lifecycle, organization.at, permissions)
    _require_same_standing(actor, organization_id, row)
    if organization.facts.advancing_to is not None:
        raise DomainError(ErrorCode.CONFLICT, "This organization's test clock is being advanced; try again after it.")
    refuse_when_over(locked[0]["is_over"])
    return organization, row


async def _read_for(actor: Actor, organization_id: UUID, along: Along) -> db.Row:
    """The organization as it is under the lock, what the actor is in it, and what is read along. Operators and our own
    workers are believed to be who they were as they asked."""
    asked: tuple[Any, ...] = ()
    if actor.everywhere is None:
        asked = (actor.kind.value, actor.credential, actor.expires_at, actor.member_in(organization_id))
    sql = _locked_sql(tuple(along.selects), len(along.values) + 2 if asked else None)
    (row,) = await db.fetch(sql, organization_id, *along.values, *asked)
    return row


@cache
def _locked_sql(selects: tuple[str, ...], standing_at: int | None) -> str:
    """`standing_at` is the first parameter of whom the standing is asked of, if it is."""
    joined = {f"along_{place}": select for place, select in enumerate(selects)}
    if standing_at is not None:
        kind, credential, expires_at, member_id = (f"${standing_at + place}" for place in range(4))
        joined["standing"] = f"""
            SELECT true AS has_standing, found.role, found.status, found.permissions
            FROM find_standing({kind}, {credential}, {expires_at}, $1, {member_id}) AS found
        """
    own = ", ".join(f"organization.{name.strip()}" for name in _LOCKED_COLUMNS.split(","))
    columns = "".join(f", {name}.*" for name in joined)
    joins = " ".join(f"LEFT JOIN LATERAL ({select}) AS {name} ON true" for name, select in joined.items())
    return f"SELECT {own}{columns} FROM organization_facts AS organization {joins} WHERE organization.id = $1"


def _require_same_standing(actor: Actor, organization_id: UUID, found: db.Row) -> None:
    """Who lost their key, their session, their role or their place until the lock was had may ask again with what they
    are now.

    Raises: DomainError FORBIDDEN, CONFLICT.
    """
    if actor.everywhere is not None:
        return
    standing = actor.standing_in(organization_id)
    if not found["has_standing"]:
        raise DomainError(ErrorCode.FORBIDDEN, "What you came in with has ended, or does not lead here any more.")
    if standing.member_id is not None and found["status"] in (None, "DEACTIVATED"):
        raise DomainError(ErrorCode.FORBIDDEN, "The membership has ended.")
    if found["role"] != standing.role_name or not _is_as_given(actor, standing, found["permissions"]):
        raise DomainError(ErrorCode.CONFLICT, "What you may do here was changed just now; try again.")


def _is_as_given(actor: Actor, standing: Standing, names: Sequence[str] | None) -> bool:
    """Whether a partner's key allows what it did; what another may do hangs on the role, and is as old as that."""
    if actor.kind is not ActorKind.PARTNER or names is None:
        return True
    return partner_standing(frozenset(Permission(name) for name in names)) == standing


async def take_turn(locked_id: UUID) -> None:
    """Before a lock that many may wait for: few of a process do so in the database. Raises: DomainError CONFLICT."""
    try:
        await db.take_turn(locked_id)
    except db.NoTurn:
        raise db.busy() from None


async def wait_for_lock(sql: str, *values: Any) -> list[db.Row]:
    """Fetch rows and lock them. Raises: DomainError CONFLICT when others hold them for too long."""
    return await db.fetch(sql, *values)


async def lock_organizations(organization_ids: Sequence[UUID], *, during_advance: bool) -> list[LockedOrganization]:
    """Claim organizations for work that is due, leaving out those that another transaction works on.

    Organizations whose clock is on its way are left to that advance: it alone passes `during_advance`.
    """
    clocks = [row["id"] for row in await db.fetch(_LOCK_CLOCKS, list(organization_ids))]
    locked = [row["id"] for row in await db.fetch(_LOCK_MANY, list(organization_ids), clocks)]
    for one in locked:
        touch(one)
    found = await _read_locked(locked)
    return [one for one in found if during_advance or one.facts.advancing_to is None]


async def record(
    actor: Actor, organization: LockedOrganization, *changes: Change, along: Written | None = None
) -> None:
    """Write what happened to one organization, and move its clock and chain on (R0.1, R8.1)."""
    await write_chained(chain_changes(actor, [Batch(organization.head, organization.at, changes)]), along)


async def record_all(actor: Actor, happened: Sequence[tuple[LockedOrganization, Sequence[Change]]]) -> None:
    """`record` for many organizations: one statement, however many, and one for mails."""
    await write_chained(chain_all(actor, happened))


def chain_all(actor: Actor, happened: Sequence[tuple[LockedOrganization, Sequence[Change]]]) -> Chained:
    """What `record_all` writes, computed before it is written."""
    return chain_changes(actor, [Batch(one.head, one.at, changes) for one, changes in happened])


async def insert_organization(
    actor: Actor, name: str, slug: str, time_zone: str, currency: str, test_clock_id: UUID | None
) -> LockedOrganization:
    """Insert an organization; it is its creator's until the transaction ends.

    A partner manages it from now on.

    Raises: DomainError INVALID_INPUT, ALREADY_EXISTS (the slug), NOT_FOUND (the test clock, also another's for a
    partner), CONFLICT, TEST_CLOCK_EXPIRED, FORBIDDEN.
    """
    actor.require_own(Permission.ORGANIZATION_CREATE)
    name = check_text(name, "The name", 200, "input", "name")
    check_slug(slug, "input", "slug")
    check_time_zone(time_zone, "input", "timeZone")
    check_currency(currency, "input", "currency")
    at = await _clock_reading(actor, test_clock_id)
    organization_id = uuid4()
    await db.widen(organization_id, lasting=True)
    inserted = await db.fetch_one(
        """
        INSERT INTO organizations
            (id, slug, name, time_zone, currency, created_at, test_clock_id, last_change_at, sequence)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $6, 0) ON CONFLICT (slug) DO NOTHING RETURNING id
        """,
        organization_id,
        slug,
        name,
        time_zone,
        currency,
        at,
        test_clock_id,
    )
    if inserted is None:
        raise refuse(ErrorCode.ALREADY_EXISTS, f"The slug {slug!r} is taken.", "input", "slug")
    await give_to_founder(actor, organization_id)
    (organization,) = await _read_locked([inserted["id"]])
    return replace(organization, at=at)  # its creation is its first change


async def activate_tracker(actor: Actor, organization_id: UUID) -> UUID:
    """Start the trial, and with it the organization's first billing period (R1.2).

    Raises: DomainError TRACKER_ALREADY_ACTIVATED, TRIAL_ALREADY_USED, and what `lock_organization` raises.
    """
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.ORGANIZATION_MANAGE)
        if organization.facts.state is not OrganizationState.NOT_ACTIVATED:
            raise DomainError(ErrorCode.TRACKER_ALREADY_ACTIVATED, "The tracker is active already.")
        await refuse_second_trial(actor, organization_id, organization.facts.test_clock_id, organization.at)
        ends_at = trial_end(organization.at)
        await db.fetch(
            "UPDATE organizations SET activated_at = $2, trial_ends_at = $3 WHERE id = $1",
            organization_id,
            organization.at,
            ends_at,
        )
        await remember_owners(organization_id)
        await insert_periods({organization_id: period_at(organization.at, organization.facts.time_zone)})
        facts = {"activatedAt": organization.at, "trialEndsAt": ends_at}
        await record(actor, organization, Change("tracker.activated", facts))
    return organization_id


async def insert_periods(periods: dict[UUID, BillingPeriod]) -> None:
    """Record the next period of each organization: one statement."""
    rows = [
        {
            "organization_id": organization_id,
            "month": str(period.month),
            "starts_at": period.starts_at,
            "ends_at": period.ends_at,
            "time_zone": period.time_zone,
        }
        for organization_id, period in periods.items()
    ]
    await db.fetch(
        """
        INSERT INTO billing_periods (id, organization_id, month, starts_at, ends_at, time_zone)
        SELECT gen_random_uuid(), organization_id, month, starts_at, ends_at, time_zone
        FROM jsonb_to_recordset($1::jsonb) AS period (
            organization_id uuid, month text, starts_at timestamptz, ends_at timestamptz, time_zone text
        )
        """,
        db.to_json(rows),
    )


async def _clock_reading(actor: Actor, test_clock_id: UUID | None) -> datetime:
    if test_clock_id is None:
        row = await db.fetch_one("SELECT clock_timestamp() AS now, NULL AS advancing_to, false AS is_over")
    else:
        row = await _lock_clock(actor, test_clock_id)
    if row is None:
        raise refuse(ErrorCode.NOT_FOUND, "There is no such test clock.", "input", "testClockId")
    if row["advancing_to"] is not None:
        raise DomainError(ErrorCode.CONFLICT, "The test clock is being advanced; try again after it.")
    refuse_when_over(row["is_over"])
    now: datetime = row["now"]
    return now


async def _lock_clock(actor: Actor, test_clock_id: UUID) -> db.Row | None:
    """A partner founds organizations on its own clocks only."""
    columns = "now, advancing_to, coalesce(expires_at <= clock_timestamp(), false) AS is_over"
    key_id = partner_key_id(actor)
    if key_id is not None:
        own = f"SELECT {columns} FROM find_partner_clocks(ARRAY[$1]::uuid[], $2, true)"
        return await db.fetch_one(own, test_clock_id, key_id)
    return await db.fetch_one(f"SELECT {columns} FROM test_clocks WHERE id = $1 FOR SHARE", test_clock_id)


async def _read_locked(organization_ids: Sequence[UUID]) -> list[LockedOrganization]:
    """Facts, instant and chain of organizations whose rows are locked: read after the lock, so none is stale."""
    return [_locked(row) for row in await db.fetch(_LOCKED_FACTS, list(organization_ids))]


def _locked(row: db.Row) -> LockedOrganization:
    return LockedOrganization(
        facts_of(row),
        instant_of_change(row["now"], row["last_change_at"]),
        ChainHead(row["id"], row["sequence"], row["audit_hash"]),
    )

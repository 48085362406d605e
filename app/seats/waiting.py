"""People who wait for a seat: seated by an admin, or by themselves (R3.11)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from app import db
from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, ErrorCode, Problem, refuse_for
from app.domain.paging import PageRequest
from app.domain.policies import Policies
from app.domain.seat_change import NamedMember, Path
from app.events.service import Change
from app.organizations.service import lock_organization, lock_organizations, record
from app.seats.applying import Choice, apply_change
from app.seats.ledger import Place, insert_change
from app.seats.requests import recording_refusal
from app.seats.service import SeatsChanged, changed_from, facts_from, refuse_other_total
from app.seats.settling import settle_seats

MOST_SEATED = 1000
"""The most people seated by one request."""
PATH: Path = ("input", "memberIds")


@dataclass(frozen=True, slots=True)
class WaitRow:
    """Someone whom a subscription covers, and why they have no seat yet."""

    id: UUID
    organization_id: UUID
    subscription_id: UUID
    member_id: UUID
    since: datetime
    reason: ErrorCode


async def list_waiting(organization_id: UUID, page: PageRequest) -> list[WaitRow]:
    """The longest waiting first."""
    rows = await db.fetch_page(
        """
        SELECT id, organization_id, subscription_id, member_id, since, reason FROM seat_waits
        WHERE organization_id = $1
        """,
        "true",
        ("since", "id"),
        page,
        organization_id,
    )
    return [WaitRow(**{**row, "reason": ErrorCode(row["reason"])}) for row in rows]


async def list_waits_of(member_ids: Sequence[UUID]) -> dict[UUID, list[WaitRow]]:
    """By member, the longest first: one statement."""
    rows = await db.fetch(
        """
        SELECT id, organization_id, subscription_id, member_id, since, reason FROM seat_waits
        WHERE member_id = ANY($1) ORDER BY since, id
        """,
        list(member_ids),
    )
    waits: dict[UUID, list[WaitRow]] = defaultdict(list)
    for row in rows:
        waits[row["member_id"]].append(WaitRow(**{**row, "reason": ErrorCode(row["reason"])}))
    return waits


async def count_waits(organization_id: UUID) -> int:
    return await db.count("SELECT 1 FROM seat_waits WHERE organization_id = $1", organization_id)


async def seat_waiting(
    actor: Actor,
    organization_id: UUID,
    member_ids: Sequence[UUID | Problem],
    policies: Policies,
    *,
    expected_total: Decimal | None,
) -> SeatsChanged:
    """Seat people who wait, all or none, also where that raises the month's amount. In the place of an id that is
    none stands what is wrong with it.

    Raises: DomainError INVALID_INPUT for each who does not wait, SEAT_CHURN, a limit passed, PREVIEW_STALE, and what
    `lock_organization` raises.
    """
    if not 1 <= len(member_ids) <= MOST_SEATED:
        raise DomainError(ErrorCode.INVALID_INPUT, f"Seat between 1 and {MOST_SEATED} people at once.")
    async with recording_refusal(actor, organization_id), db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.SEAT_MANAGE)
        named = [(one, (*PATH, str(number))) for number, one in enumerate(member_ids) if isinstance(one, UUID)]
        problems = [one for one in member_ids if isinstance(one, Problem)]
        problems += await find_waiting_problems(organization_id, named)
        if problems:
            raise refuse_for(sorted(problems, key=lambda problem: int(problem.path[-1])))
        paths = dict(named)
        place = Place(organization_id, organization.at, uuid4())
        await insert_change(place, actor.name_in(organization_id), f"{len(paths)} seated who waited", is_explicit=True)
        choice = Choice(list(paths), PATH, paths, insisted=list(paths))
        settlement = await apply_change(organization, place, policies, choice)
        await refuse_other_total(organization, expected_total, policies)
        facts = {"memberIds": list(paths), **facts_from(settlement)}
        await record(actor, organization, Change("seats.waiting_seated", facts))
    return changed_from(place, settlement)


async def list_due_waits(limit: int, test_clock_id: UUID | None) -> list[UUID]:
    """Organizations with people who wait since before the open period began: it may have room for them."""
    rows = await db.fetch(
        """
        SELECT facts.id FROM organization_facts AS facts
        JOIN billing_periods AS period
          ON period.organization_id = facts.id AND period.closed_at IS NULL AND period.starts_at <= facts.now
        WHERE facts.purge_decided_at IS NULL AND facts.closed_at IS NULL
          AND CASE WHEN $2::uuid IS NULL THEN facts.advancing_to IS NULL ELSE facts.test_clock_id = $2 END
          AND EXISTS (SELECT FROM seat_waits AS wait
                      WHERE wait.organization_id = facts.id AND wait.checked_at < period.starts_at)
        ORDER BY facts.id LIMIT $1
        """,
        limit,
        test_clock_id,
    )
    return [row["id"] for row in rows]


async def settle_waiting(
    actor: Actor, organization_ids: Sequence[UUID], policies: Policies, *, during_advance: bool
) -> int:
    """Look again at those who wait, now that a period has begun. Returns for how many organizations."""
    async with db.in_transaction():
        organizations = await lock_organizations(organization_ids, during_advance=during_advance)
        lives = [(one, one.facts.lifecycle) for one in organizations]
        alive = [one for one, life in lives if life.purge_decided_at is None and life.closed_at is None]
        for organization in alive:
            settlement = await settle_seats(actor, organization, "a new month began", policies, member_ids=[])
            if settlement.changes:
                await record(actor, organization, *settlement.changes)
    return len(alive)


async def find_waiting_problems(organization_id: UUID, named: Sequence[NamedMember]) -> list[Problem]:
    """A problem for each who does not wait, or is named twice."""
    if not named:
        return []
    rows = await db.fetch(
        "SELECT DISTINCT member_id FROM seat_waits WHERE organization_id = $1 AND member_id = ANY($2)",
        organization_id,
        [member_id for member_id, _ in named],
    )
    waiting = {row["member_id"] for row in rows}
    seen: set[UUID] = set()
    problems: list[Problem] = []
    for member_id, path in named:
        if member_id not in waiting:
            problems.append(Problem(ErrorCode.INVALID_INPUT, "This member does not wait for a seat.", path))
        elif member_id in seen:
            problems.append(Problem(ErrorCode.INVALID_INPUT, "This member is named twice.", path))
        seen.add(member_id)
    return problems

"""Bringing an organization's people in line with a roster, at one instant, all of it or nothing (R3.2, R3.10)."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from app import db
from app.directory.roster import LoadedDirectory, fold_names, load_directory
from app.domain.actor import Actor, Permission
from app.domain.errors import invalid, refuse_for
from app.domain.impact import Impact, compare
from app.domain.period import Month
from app.domain.policies import Policies
from app.domain.roster import DepartmentKey, Difference, Person, RosterLine, RosterPlan
from app.domain.roster_plan import group_names, plan_roster
from app.memberships.departments import DEEPEST
from app.memberships.roster_store import store_roster, tell
from app.organizations.partners import require_room_on_clock
from app.organizations.service import LockedOrganization, lock_organization, record
from app.seats.picture import Pricing, Shown, load_in_grace, load_moved, load_pricing, load_shown, take_picture
from app.seats.service import refuse_other_total
from app.seats.settling import settle_seats
from app.seats.subscriptions import end_subscriptions

MOST_PEOPLE = 20_000
"""The most people in one roster."""


@dataclass(frozen=True, slots=True)
class Roster:
    """The people as they should be, and how far the caller goes along. `most_deactivated`: None is a fifth of those
    who take part; `expected_total`: what the month is to cost so far after it, or nothing is changed."""

    lines: Sequence[RosterLine]
    is_dry_run: bool
    most_deactivated: int | None
    expected_total: Decimal | None


@dataclass(frozen=True, slots=True)
class RosterReport:
    """What the roster changes, or changed: `applied_at` is None when nothing was changed, for want of differences
    or because it was a dry run. Everyone who is new has an id, in a dry run the one that they would get."""

    organization_id: UUID
    applied_at: datetime | None
    month: Month
    differences: tuple[Difference, ...]
    kept: tuple[Person, ...]
    new_departments: tuple[DepartmentKey, ...]
    new_teams: tuple[str, ...]
    department_names: Mapping[DepartmentKey, str]
    team_names: Mapping[str, str]
    people: Mapping[UUID, Person]
    impact: Impact
    shown: Shown

    def path_of(self, department: DepartmentKey) -> str:
        """The department as people write it: "Sales/North"; blank for none."""
        return "/".join(self.department_names[department[:depth]] for depth in range(1, len(department) + 1))

    def people_of(self, member_ids: Collection[UUID]) -> list[Person]:
        """By name."""
        return sorted((self.people[one] for one in member_ids), key=lambda person: (person.name, person.email))


async def apply_roster(actor: Actor, organization_id: UUID, roster: Roster, policies: Policies) -> RosterReport:
    """Make the organization's people those of the roster; a dry run does the same and takes it back.

    The number of statements does not depend on the number of people.

    Raises: DomainError with a problem for each line refused: INVALID_INPUT, ALREADY_EXISTS, NOT_FOUND, FORBIDDEN,
    LAST_OWNER; INVALID_INPUT when more would be deactivated than allowed; PREVIEW_STALE when the total is another
    than expected; and what `lock_organization` raises.
    """
    if not 1 <= len(roster.lines) <= MOST_PEOPLE:
        raise invalid(f"A roster has between 1 and {MOST_PEOPLE} people.", "input", "members")
    async with db.in_dry_run() if roster.is_dry_run else db.in_transaction():
        report = await _apply(actor, organization_id, roster, policies)
    return replace(report, applied_at=None) if roster.is_dry_run else report


async def _apply(actor: Actor, organization_id: UUID, roster: Roster, policies: Policies) -> RosterReport:
    organization = await lock_organization(actor, organization_id, Permission.MEMBER_MANAGE)
    loaded = await load_directory(organization_id)
    folded = await fold_names(group_names(roster.lines))
    standing = actor.standing_in(organization_id)
    # In a thread, for it is half a second of Python for 10 000 people, and others wait for answers meanwhile.
    plan = await asyncio.to_thread(
        plan_roster, loaded.directory, roster.lines, standing, roster.most_deactivated, folded.__getitem__, DEEPEST
    )
    if plan.problems:
        raise refuse_for(plan.problems)
    if any(one.is_added or one.is_admitted for one in plan.differences):
        actor.require(organization_id, Permission.MEMBER_PROVISION)
    pricing = await load_pricing(organization, policies)
    before, in_grace = await take_picture(organization, pricing), await load_in_grace(organization, pricing)
    plan = _with_ids(plan, organization)
    if not plan.is_empty:
        await _store(actor, organization, loaded, plan, policies)
    await refuse_other_total(organization, roster.expected_total, policies)
    after = before if plan.is_empty else await take_picture(organization, pricing)
    impact = compare(before, after, await load_moved(organization), in_grace)
    shown = await load_shown(organization, pricing, impact)
    return _report(organization, loaded, plan, pricing, impact, shown)


def _with_ids(plan: RosterPlan, organization: LockedOrganization) -> RosterPlan:
    """Give ids to those who are new: in the order of the roster, for seats go by it; and the same in a dry run as in
    the run that follows, which then seats and lets wait the same people."""
    count = sum(one.is_added for one in plan.differences)
    made = iter(sorted(uuid5(organization.id, f"{organization.head.sequence}:{place}") for place in range(count)))
    return replace(plan, differences=tuple(_with_id(one, made) for one in plan.differences))


def _with_id(one: Difference, made: Iterator[UUID]) -> Difference:
    return replace(one, after=replace(one.after, member_id=next(made))) if one.is_added else one


async def _store(
    actor: Actor, organization: LockedOrganization, loaded: LoadedDirectory, plan: RosterPlan, policies: Policies
) -> None:
    """Rows first, then what they mean for seats, settled once (R3.2)."""
    groups = await store_roster(organization, loaded, plan)
    await require_room_on_clock(organization.id, organization.facts.test_clock_id)
    leaving = [one.after.id for one in plan.differences if one.is_deactivated]
    await end_subscriptions(actor, organization, member_ids=leaving)
    touched = [one.after.id for one in plan.differences if one.touches_seats]
    settlement = await settle_seats(actor, organization, "a roster was applied", policies, member_ids=touched)
    await record(actor, organization, *tell(plan, groups), *settlement.changes)


def _report(
    organization: LockedOrganization,
    loaded: LoadedDirectory,
    plan: RosterPlan,
    pricing: Pricing,
    impact: Impact,
    shown: Shown,
) -> RosterReport:
    people = {one.id: one for one in loaded.directory.people}
    people |= {one.after.id: one.after for one in plan.differences}
    return RosterReport(
        organization_id=organization.id,
        applied_at=None if plan.is_empty else organization.at,
        month=pricing.month.period.month,
        differences=plan.differences,
        kept=plan.kept,
        new_departments=tuple(plan.new_departments),
        new_teams=tuple(plan.new_teams),
        department_names={**loaded.department_names, **plan.new_departments},
        team_names={**loaded.team_names, **plan.new_teams},
        people=people,
        impact=impact,
        shown=shown,
    )

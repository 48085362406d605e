"""Many questions of the form "may this person do this, and why?" at once, now or in the past (R2.1-R2.5)."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog

from app import db
from app.access.history import Then, Was, load_closings, load_standings_then
from app.access.now import Found, Name, Person, Wanted, find_now
from app.domain.access import (
    UNDECIDED,
    UNKNOWN_ORGANIZATION,
    AccessDecision,
    MemberStanding,
    MemberStatus,
    OrganizationStanding,
    decide_access,
)
from app.domain.actor import Actor, Permission, Role
from app.domain.errors import invalid
from app.domain.policy import ACCESS_OF_PEOPLE, OWN_SEATS
from app.domain.text import is_storable
from app.organizations.queries import FACT_COLUMNS, facts_of
from app.seats.queries import SubscriptionRow, list_sources_at

MOST_CHECKS = 100
_UNCHANGED = Was(None, None)
_PEOPLE_THEN = """
    SELECT asked.place, member.id, member.organization_id, member.role, member.status
    FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::text[], $5::text[])
        AS asked (place, organization_id, member_id, email, login)
    CROSS JOIN LATERAL (
        SELECT * FROM members WHERE id = asked.member_id AND organization_id = asked.organization_id
        UNION ALL
        SELECT * FROM members WHERE organization_id = asked.organization_id AND lower(email) = asked.email
        UNION ALL
        SELECT * FROM members WHERE organization_id = asked.organization_id AND lower(login) = asked.login
    ) AS member
    WHERE member.created_at <= $6
"""
"""SQL: whom the questions are about, by their places, of those who were there at the instant."""
_log = structlog.get_logger()


class AccessQuestion(NamedTuple):
    """May the person do it there? They are named by exactly one of id, e-mail address and login."""

    organization_id: UUID
    permission: Permission
    member_id: UUID | None = None
    email: str | None = None
    login: str | None = None


class AccessAnswer(NamedTuple):
    """`sources` are what seats the person, as far as whoever asks may see it. It may be the answer to many."""

    decision: AccessDecision
    sources: tuple[SubscriptionRow, ...] = ()


_UNKNOWN, _DENIED = AccessAnswer(UNKNOWN_ORGANIZATION), AccessAnswer(UNDECIDED)


@dataclass(frozen=True, slots=True)
class _Now:
    found: Found

    @property
    def sources(self) -> Mapping[UUID, list[SubscriptionRow]]:
        return self.found.sources

    def organization(self, organization_id: UUID) -> OrganizationStanding | None:
        return self.found.standings.get(organization_id)

    def people(self, questions: Sequence[AccessQuestion]) -> list[Person | None]:
        members, named = self.found.members, self.found.named
        return [
            named.get(place) if one.member_id is None else members.get(one.member_id)
            for place, one in enumerate(questions)
        ]

    def alike(self, person: Person, permission: Permission) -> Hashable:
        """The same for all in an organization of whom this is decided alike."""
        return person.role, person.status, person.id in self.found.seated, permission

    def member(self, person: Person) -> MemberStanding:
        return MemberStanding(MemberStatus(person.status), Role(person.role), person.id in self.found.seated)


@dataclass(frozen=True, slots=True)
class _Past:
    then: Then
    organizations: Mapping[UUID, db.Row]
    found: Mapping[int, Person]
    sources: Mapping[UUID, list[SubscriptionRow]]

    def organization(self, organization_id: UUID) -> OrganizationStanding | None:
        """None also for one that was not there yet."""
        row = self.organizations.get(organization_id)
        facts = facts_of(row) if row is not None else None
        return self.then.standing_of(facts) if facts is not None and facts.created_at <= self.then.at else None

    def people(self, questions: Sequence[AccessQuestion]) -> list[Person | None]:
        return [self.found.get(place) for place in range(len(questions))]

    def alike(self, person: Person, permission: Permission) -> Hashable:
        return person.id, permission

    def member(self, person: Person) -> MemberStanding:
        was = self.then.members.get(person.id, _UNCHANGED)
        status, role = MemberStatus(was.status or person.status), Role(was.role or person.role)
        return MemberStanding(status, role, person.id in self.sources)


@dataclass(frozen=True, slots=True)
class _Organization:
    """What the answers about one organization rest on. `sees_people` and `sees_seats` are of everyone there: without
    them the actor may see it of themselves. What many ask alike is answered once."""

    standing: OrganizationStanding
    sees_people: bool
    sees_seats: bool
    answers: dict[Hashable, AccessAnswer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Known:
    """All that the answers rest on: rows as they are stored, for one that cannot be read denies no other question."""

    actor: Actor
    facts: _Now | _Past
    organizations: dict[UUID, _Organization | None] = field(default_factory=dict)

    def organization(self, organization_id: UUID) -> _Organization | None:
        """None for one that is unknown; made once for all questions about it."""
        known = self.organizations.get(organization_id)
        if known is None and organization_id not in self.organizations:
            standing = self.facts.organization(organization_id)
            known = self._seen(organization_id, standing) if standing is not None else None
            self.organizations[organization_id] = known
        return known

    def _seen(self, organization_id: UUID, standing: OrganizationStanding) -> _Organization:
        return _Organization(
            standing,
            sees_people=ACCESS_OF_PEOPLE.is_met(self.actor, organization_id),
            sees_seats=OWN_SEATS.is_met(self.actor, organization_id),
        )

    def decide(self, organization: _Organization, person: Person | None, permission: Permission) -> AccessAnswer:
        """None is nobody."""
        alike = self.facts.alike(person, permission) if person is not None else permission
        answer = organization.answers.get(alike)
        if answer is None:
            member = self.facts.member(person) if person is not None else None
            answer = AccessAnswer(decide_access(member, organization.standing, permission))
            organization.answers[alike] = answer
        return answer


async def check_access(
    actor: Actor, questions: Sequence[AccessQuestion], at: datetime | None, *, with_sources: bool = True
) -> list[AccessAnswer]:
    """An answer to each, in order: in one statement now, and in five about the past, however many they are.
    Without `with_sources` the answers about now have none: it is only found out whether there is one.

    An organization that the actor does not reach is unknown; whoever may not see its people and seats is told of
    themselves, and of others as of nobody (R2.3, R2.6). What goes wrong in deciding one question denies it, and no
    other.

    Raises: DomainError INVALID_INPUT for an instant that is still to come by an organization's clock.
    """
    reached = {one for one in {one.organization_id for one in questions} if actor.can_reach(one)}
    if at is None:
        facts: _Now | _Past = _Now(await find_now(_wanted(questions, reached), with_sources=with_sources))
    else:
        facts = await _load_then(questions, reached, at)
    organizations, permissions = [one.organization_id for one in questions], [one.permission for one in questions]
    return _answer(_Known(actor, facts), organizations, facts.people(questions), permissions)


async def check_members(
    actor: Actor,
    organizations: Sequence[UUID],
    members: Sequence[UUID],
    permissions: Sequence[Permission],
    *,
    with_sources: bool,
) -> list[AccessAnswer]:
    """`check_access` now, of people by id, column by column: a hundred at once are asked all day."""
    wanted = Wanted([one for one in set(organizations) if actor.can_reach(one)], members, ())
    facts = _Now(await find_now(wanted, with_sources=with_sources))
    return _answer(_Known(actor, facts), organizations, map(facts.found.members.get, members), permissions)


async def _load_then(questions: Sequence[AccessQuestion], reached: set[UUID], at: datetime) -> _Past:
    """Raises: DomainError INVALID_INPUT."""
    rows = await db.fetch(f"SELECT {FACT_COLUMNS} FROM organization_facts WHERE id = ANY($1)", reached)
    people = await db.fetch(_PEOPLE_THEN, *_columns(questions, reached), at)
    member_ids = sorted({row["id"] for row in people})
    sources = await list_sources_at(member_ids, at)
    closings = await load_closings(sorted(reached), at)
    then = Then(at, closings, await load_standings_then(sorted(reached), member_ids, at))
    if any(row["now"] < at for row in rows):
        raise invalid("That instant is still to come by the clock of an organization asked about.", "at")
    return _Past(then, {row["id"]: row for row in rows}, {row.pop("place"): Person(**row) for row in people}, sources)


def _answer(
    known: _Known, organizations: Sequence[UUID], people: Iterable[Person | None], permissions: Sequence[Permission]
) -> list[AccessAnswer]:
    """To whether each of the people may do it there, None for nobody."""
    answers = []
    for organization_id, person, permission in zip(organizations, people, permissions, strict=True):
        try:
            answer = _answer_one(known, organization_id, person, permission)
        except Exception:  # noqa: BLE001 - whatever it is, it denies (R2.6), and is logged with its trace
            request_id = known.actor.request_id
            _log.exception("access_undecided", request_id=request_id, organization_id=str(organization_id))
            answer = _DENIED
        answers.append(answer)
    return answers


def _answer_one(known: _Known, organization_id: UUID, person: Person | None, permission: Permission) -> AccessAnswer:
    organization = known.organization(organization_id)
    if organization is None:
        return _UNKNOWN
    if person is not None and person.organization_id != organization_id:
        person = None
    if person is None or not organization.sees_people:
        person = _seen(known.actor, organization_id, person)
    answer = known.decide(organization, person, permission)
    return _with_sources(known, organization, person, answer) if known.facts.sources and person else answer


def _seen(actor: Actor, organization_id: UUID, person: Person | None) -> Person | None:
    """By who does not see everybody."""
    is_own = person is not None and ACCESS_OF_PEOPLE.is_met(actor, organization_id, person.id)
    return person if is_own else None


def _with_sources(known: _Known, organization: _Organization, person: Person, answer: AccessAnswer) -> AccessAnswer:
    sources = known.facts.sources.get(person.id)
    if sources is None or not (
        organization.sees_seats or OWN_SEATS.is_met(known.actor, person.organization_id, person.id)
    ):
        return answer
    return AccessAnswer(answer.decision, tuple(sources))


def _wanted(questions: Sequence[AccessQuestion], reached: set[UUID]) -> Wanted:
    """Of the questions that can be about somebody."""
    names = [
        Name(place, one.organization_id, _folded(one.email), _folded(one.login))
        for place, one in enumerate(questions)
        if one.member_id is None and one.organization_id in reached and is_storable(one.email or one.login or "")
    ]
    return Wanted(list(reached), [one.member_id for one in questions if one.member_id is not None], names)


def _columns(questions: Sequence[AccessQuestion], reached: set[UUID]) -> Sequence[Sequence[object]]:
    """The questions that can be about somebody, column by column: what `_PEOPLE_THEN` takes."""
    asked = [
        (place, one.organization_id, one.member_id, _folded(one.email), _folded(one.login))
        for place, one in enumerate(questions)
        if one.organization_id in reached and is_storable(one.email or one.login or "")
    ]
    return list(zip(*asked, strict=True)) or [()] * 5


def _folded(name: str | None) -> str | None:
    return name.strip().lower() if name is not None else None

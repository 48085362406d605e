"""Many questions of the form "may this person do this, and why?" at once, now or in the past (R2.1-R2.5)."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import chain
from typing import cast
from uuid import UUID

import structlog

from app import db
from app.access.history import Then, Was, load_closings, load_standings_then
from app.access.queries import standing_of
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
from app.organizations.queries import FACT_COLUMNS, OrganizationFacts, facts_of
from app.seats.queries import SubscriptionRow, list_sources_at, open_sources_sql, sources_by_holder
from app.together import Together

MOST_CHECKS = 100
_LITTLE = 10
"""People that a check is about, at most, for it to be looked up with others: one that is long would hold them up."""
_UNCHANGED = Was(None, None)
_PERSON = ("place", "id", "role", "status", "has_seat")
_FACTS = tuple(name.strip() for name in FACT_COLUMNS.split(","))
_PEOPLE = """
    WITH asked AS (
        SELECT * FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::text[], $5::text[])
            AS asked (place, organization_id, member_id, email, login)
    ), named AS (
        SELECT asked.place, member.id FROM asked
        JOIN members AS member ON member.id = asked.member_id AND member.organization_id = asked.organization_id
        UNION ALL
        SELECT asked.place, member.id FROM asked
        JOIN members AS member
          ON member.organization_id = asked.organization_id AND lower(member.email) = asked.email
        UNION ALL
        SELECT asked.place, member.id FROM asked
        JOIN members AS member
          ON member.organization_id = asked.organization_id AND lower(member.login) = asked.login
    ), person AS MATERIALIZED (
        SELECT named.place, member.id, member.role, member.status, member.created_at
        FROM named JOIN members AS member ON member.id = named.id
    )
"""
"""SQL: whom the questions are about, by their places."""
_SEATED = """
    SELECT person.place, person.id, person.role, person.status,
           EXISTS (SELECT FROM seat_grants AS seat WHERE seat.member_id = person.id AND upper_inf(seat.during))
    FROM person
"""


def _now(sources: str) -> str:
    """SQL: all that answers about now rest on, as records in arrays. `sources` are rows."""
    return f"""
        {_PEOPLE}, organization AS (SELECT {FACT_COLUMNS} FROM organization_facts WHERE id = ANY($6)),
        seated AS ({_SEATED}), source AS ({sources})
        SELECT ARRAY(SELECT organization FROM organization) AS organizations,
               ARRAY(SELECT seated FROM seated) AS people, ARRAY(SELECT source FROM source) AS sources
    """


_NOW = _now("SELECT WHERE false")
_NOW_WITH_SOURCES = _now(open_sources_sql("ARRAY(SELECT id FROM person)"))
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AccessQuestion:
    """May the person do it there? They are named by exactly one of id, e-mail address and login."""

    organization_id: UUID
    permission: Permission
    member_id: UUID | None = None
    email: str | None = None
    login: str | None = None


@dataclass(frozen=True, slots=True)
class AccessAnswer:
    """`sources` are what seats the person, as far as whoever asks may see it."""

    decision: AccessDecision
    sources: tuple[SubscriptionRow, ...] = ()


@dataclass(frozen=True, slots=True)
class _Organization:
    """What the answers about one organization rest on. `sees_people` and `sees_seats` are of everyone there: without
    them the actor may see it of themselves. What many ask alike is decided once."""

    standing: OrganizationStanding
    sees_people: bool
    sees_seats: bool
    decisions: dict[Hashable, AccessDecision] = field(default_factory=dict)

    def decide(self, found: db.Row | None, then: Then | None, permission: Permission) -> AccessDecision:
        """Of the member in the row; None is nobody."""
        if then is not None:
            return self._decide(found, then, permission)
        alike = (found["status"], found["role"], found["has_seat"], permission) if found is not None else permission
        if alike not in self.decisions:
            self.decisions[alike] = self._decide(found, None, permission)
        return self.decisions[alike]

    def _decide(self, found: db.Row | None, then: Then | None, permission: Permission) -> AccessDecision:
        member = _member_standing(found, then) if found is not None else None
        return decide_access(member, self.standing, permission)


@dataclass(frozen=True, slots=True)
class _Known:
    """All that the answers rest on: rows as they are stored, for one that cannot be read denies no other question."""

    actor: Actor
    organizations: Mapping[UUID, db.Row]
    members: Mapping[int, db.Row]
    sources: Mapping[UUID, list[SubscriptionRow]]
    then: Then | None
    found: dict[UUID, _Organization | None] = field(default_factory=dict)

    def organization(self, organization_id: UUID) -> _Organization | None:
        """None for one that is unknown, or was not there yet; made once for all questions about it."""
        if organization_id not in self.found:
            row = self.organizations.get(organization_id)
            standing = _organization_standing(facts_of(row), self.then) if row is not None else None
            self.found[organization_id] = self._seen(organization_id, standing) if standing is not None else None
        return self.found[organization_id]

    def _seen(self, organization_id: UUID, standing: OrganizationStanding) -> _Organization:
        return _Organization(
            standing,
            sees_people=ACCESS_OF_PEOPLE.is_met(self.actor, organization_id),
            sees_seats=OWN_SEATS.is_met(self.actor, organization_id),
        )


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
    reached = sorted({one for one in {one.organization_id for one in questions} if actor.can_reach(one)})
    asked = _columns(questions, reached)
    if at is None:
        known = await _load_now(actor, reached, asked, with_sources=with_sources)
    else:
        known = await _load_then(actor, reached, asked, at)
        _refuse_future(known, at)
    return [_answer(known, place, question) for place, question in enumerate(questions)]


async def _load_then(actor: Actor, reached: Sequence[UUID], asked: Sequence[list[object]], at: datetime) -> _Known:
    rows = await db.fetch(f"SELECT {FACT_COLUMNS} FROM organization_facts WHERE id = ANY($1)", reached)
    people = await db.fetch(f"{_PEOPLE} SELECT * FROM person", *asked)
    member_ids = sorted({row["id"] for row in people})
    sources = await list_sources_at(member_ids, at)
    members = {row["place"]: {**row, "has_seat": row["id"] in sources} for row in people}
    closings = await load_closings(reached, at)
    then = Then(at, closings, await load_standings_then(reached, member_ids, at))
    return _Known(actor, {row["id"]: row for row in rows}, members, sources, then)


async def _load_now(
    actor: Actor, reached: Sequence[UUID], asked: Sequence[list[object]], *, with_sources: bool
) -> _Known:
    """By one statement, which others who ask little at the same time share."""
    wanted, (find, find_together) = _Wanted(reached, asked), _FINDERS[with_sources]
    is_little = len(asked[0]) <= _LITTLE
    found = await find_together.ask(wanted) if is_little else (await find([wanted]))[0]
    return _Known(actor, found.organizations, found.members, found.sources, None)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is looked up for one check: organizations, and people by the columns that `_PEOPLE` takes."""

    reached: Sequence[UUID]
    asked: Sequence[list[object]]


@dataclass(frozen=True, slots=True)
class _Found:
    organizations: Mapping[UUID, db.Row]
    members: Mapping[int, db.Row]
    sources: Mapping[UUID, list[SubscriptionRow]]


async def _find_all(sql: str, wanted: Sequence[_Wanted]) -> list[_Found]:
    """For each, by one statement for all."""
    columns = [list(chain.from_iterable(one)) for one in zip(*(one.asked for one in wanted), strict=True)]
    whose = [(number, place) for number, one in enumerate(wanted) for place in one.asked[0]]
    columns[0] = list(range(len(whose)))  # places are of all
    found = await db.fetch_one(sql, *columns, list({one for each in wanted for one in each.reached}))
    assert found is not None, "it has no table to be empty"
    organizations = {one[0]: dict(zip(_FACTS, one, strict=True)) for one in found["organizations"]}
    members: list[dict[int, db.Row]] = [{} for _ in wanted]
    for one in found["people"]:
        number, place = whose[one[0]]
        members[number][cast(int, place)] = dict(zip(_PERSON, one, strict=True))
    sources = sources_by_holder(found["sources"])
    return [
        _Found({id_: organizations[id_] for id_ in each.reached if id_ in organizations}, own, sources)
        for each, own in zip(wanted, members, strict=True)
    ]


_find, _find_with_sources = partial(_find_all, _NOW), partial(_find_all, _NOW_WITH_SOURCES)
_FINDERS = {
    False: (_find, Together(_find, most=16)),
    True: (_find_with_sources, Together(_find_with_sources, most=16)),
}


def _refuse_future(known: _Known, at: datetime) -> None:
    if any(row["now"] < at for row in known.organizations.values()):
        raise invalid("That instant is still to come by the clock of an organization asked about.", "at")


def _answer(known: _Known, place: int, question: AccessQuestion) -> AccessAnswer:
    try:
        return _decide(known, place, question)
    except Exception:  # noqa: BLE001 - whatever it is, it denies (R2.6), and is logged with its trace
        request_id, organization_id = known.actor.request_id, str(question.organization_id)
        _log.exception("access_undecided", request_id=request_id, organization_id=organization_id)
        return AccessAnswer(UNDECIDED)


def _decide(known: _Known, place: int, question: AccessQuestion) -> AccessAnswer:
    organization = known.organization(question.organization_id)
    if organization is None:
        return AccessAnswer(UNKNOWN_ORGANIZATION)
    found = known.members.get(place)
    if found is None:
        return AccessAnswer(organization.decide(None, known.then, question.permission))
    whose = (known.actor, question.organization_id, found["id"])
    if not (organization.sees_people or ACCESS_OF_PEOPLE.is_met(*whose)):
        return AccessAnswer(organization.decide(None, known.then, question.permission))
    decision = organization.decide(found, known.then, question.permission)
    sources = known.sources.get(found["id"]) if known.sources else None
    if sources is None or not (organization.sees_seats or OWN_SEATS.is_met(*whose)):
        return AccessAnswer(decision)
    return AccessAnswer(decision, tuple(sources))


def _organization_standing(facts: OrganizationFacts, then: Then | None) -> OrganizationStanding | None:
    """None for one that was not there yet."""
    if then is None:
        return standing_of(facts)
    return then.standing_of(facts) if facts.created_at <= then.at else None


def _member_standing(row: db.Row, then: Then | None) -> MemberStanding | None:
    """None for who was not there yet."""
    if then is not None and row["created_at"] > then.at:
        return None
    was = then.members.get(row["id"], _UNCHANGED) if then is not None else _UNCHANGED
    return MemberStanding(MemberStatus(was.status or row["status"]), Role(was.role or row["role"]), row["has_seat"])


def _columns(questions: Sequence[AccessQuestion], reached: Sequence[UUID]) -> Sequence[list[object]]:
    """The questions that can be about somebody, column by column: what `_PEOPLE` takes."""
    within = set(reached)
    places = [
        place
        for place, one in enumerate(questions)
        if one.organization_id in within and is_storable(one.email or one.login or "")
    ]
    asked = [questions[place] for place in places]
    return [
        list(places),
        [one.organization_id for one in asked],
        [one.member_id for one in asked],
        [one.email.strip().lower() if one.email is not None else None for one in asked],
        [one.login.strip().lower() if one.login is not None else None for one in asked],
    ]

"""What answers about now rest on: for many checks one statement, which tells for itself for whom it is, and so is one
round trip (decisions 0083, 0089)."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from app import db
from app.domain.access import OrganizationStanding
from app.domain.lifecycle import LifecycleFacts
from app.seats.queries import SubscriptionRow, open_sources_sql, sources_by_holder
from app.together import Together

_LITTLE = 10
"""People that a check is about, at most, for it to be looked up with others: one that is long would hold them up."""
_STANDING = """
    id, activated_at, trial_ends_at, subscribed_from, closed_at, purge_decided_at, purged_at,
    legal_hold IS NOT NULL, spared_until, is_suspended, now
"""
_COLUMNS = "member.id, member.organization_id, member.role, member.status"
_BY_ID = f"SELECT NULL::int AS place, {_COLUMNS} FROM members AS member WHERE member.id = ANY(given.members)"
_BY_NAME = """
    UNION ALL
    SELECT asked.place, {columns}
    FROM unnest(given.places, given.owners, given.{name}s) AS asked (place, owner, name)
    JOIN members AS member ON member.organization_id = asked.owner AND lower(member.{name}) = asked.name
"""
_BY_NAMES = _BY_ID + "".join(_BY_NAME.format(columns=_COLUMNS, name=name) for name in ("email", "login"))
_SOURCES = f"ARRAY(SELECT source FROM ({open_sources_sql('found.people')}) AS source)"


def _now(people: str, names: str, sources: str) -> str:
    """SQL: one row of arrays. What is read depends on `given`, and so is read after it was told for whom."""
    return f"""
        SELECT ARRAY(SELECT standing FROM (
                   SELECT {_STANDING} FROM organization_facts WHERE id = ANY(given.organizations)
               ) AS standing) AS standings,
               found.*,
               ARRAY(SELECT seat.member_id FROM seat_grants AS seat  -- by `seat_grants_held`, and not by GiST
                     WHERE seat.member_id = ANY(found.people) AND upper_inf(seat.during)) AS seated,
               {sources} AS sources
        FROM (SELECT {db.SCOPE} AS scope, $2::uuid[] AS organizations, $3::uuid[] AS members{names} OFFSET 0) AS given
        CROSS JOIN LATERAL (
            SELECT array_agg(person.place) AS places, array_agg(person.id) AS people,
                   array_agg(person.organization_id) AS owners, array_agg(person.role) AS roles,
                   array_agg(person.status) AS statuses
            FROM ({people}) AS person
        ) AS found
        WHERE given.scope IS NOT NULL
    """


_NAMES = ", $4::int[] AS places, $5::uuid[] AS owners, $6::text[] AS emails, $7::text[] AS logins"
_SQL = {
    (has_names, with_sources): _now(
        _BY_NAMES if has_names else _BY_ID, _NAMES if has_names else "", _SOURCES if with_sources else "'{}'::int[]"
    )
    for has_names in (False, True)
    for with_sources in (False, True)
}


class Name(NamedTuple):
    """Somebody in an organization by an e-mail address or a login, in lower case, and the place of who asks."""

    place: int
    organization_id: UUID
    email: str | None
    login: str | None


class Wanted(NamedTuple):
    """What is looked up for one check."""

    organizations: Sequence[UUID]
    members: Sequence[UUID]
    names: Sequence[Name]


class Person(NamedTuple):
    """As stored, which may be what we do not know."""

    id: UUID
    organization_id: UUID
    role: str
    status: str


class Found(NamedTuple):
    """`named` are those of the names, by their places; `members` may have others than were wanted."""

    standings: Mapping[UUID, OrganizationStanding]
    members: Mapping[UUID, Person]
    named: Mapping[int, Person]
    seated: Collection[UUID]
    sources: Mapping[UUID, list[SubscriptionRow]]


async def find_now(wanted: Wanted, *, with_sources: bool) -> Found:
    """By one statement, which others who ask little at the same time share."""
    find, find_together = _FINDERS[with_sources]
    if len(wanted.members) + len(wanted.names) <= _LITTLE:
        return await find_together.ask(wanted)
    return (await find([wanted]))[0]


async def _find_all(with_sources: bool, wanted: Sequence[Wanted]) -> list[Found]:
    """For each, by one statement for all."""
    if len(wanted) == 1:
        organizations, members = wanted[0].organizations, wanted[0].members
    else:
        organizations = list({id_ for one in wanted for id_ in one.organizations})
        members = list({id_ for one in wanted for id_ in one.members})
    names = [name for one in wanted for name in one.names]
    columns = _columns(names) if names else ()
    (row,) = await db.fetch_scoped(_SQL[bool(names), with_sources], organizations, members, *columns)
    people = list(map(Person, *(row[name] or () for name in ("people", "owners", "roles", "statuses"))))
    by_id = {one.id: one for one in people}
    named = {place: one for place, one in zip(row["places"] or (), people, strict=True) if place is not None}
    standings = {one[0]: _standing_from(one) for one in row["standings"]}
    seated, sources = frozenset(row["seated"]), sources_by_holder(row["sources"])
    found, before = [], 0
    for one in wanted:
        own = {name.place: named[before + at] for at, name in enumerate(one.names) if before + at in named}
        reached = {id_: standings[id_] for id_ in one.organizations if id_ in standings}
        found.append(Found(reached, by_id, own, seated, sources))
        before += len(one.names)
    return found


def _columns(names: Sequence[Name]) -> Sequence[Sequence[Any]]:
    """By places of their own."""
    _, owners, emails, logins = zip(*names, strict=True)
    return range(len(names)), owners, emails, logins


def _standing_from(row: Sequence[Any]) -> OrganizationStanding:
    _, *recorded, is_suspended, now = row
    return OrganizationStanding(LifecycleFacts(*recorded), is_suspended, now)


_find, _find_with_sources = partial(_find_all, False), partial(_find_all, True)
_FINDERS = {
    False: (_find, Together(_find, most=16)),
    True: (_find_with_sources, Together(_find_with_sources, most=16)),
}

"""Founding an organization and inviting people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app import db
from app.domain.access import MemberStatus
from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, ErrorCode, Problem, invalid, refuse_for
from app.domain.period import Month, month_at
from app.domain.pricing import list_in_force
from app.domain.roles import Role
from app.domain.text import check_email, check_login, check_text
from app.events.service import Change
from app.organizations.service import insert_organization, lock_organization, record
from app.terms.queries import Tariff, load_tariff

MOST_INVITED = 1000
"""The most people in one invitation."""


@dataclass(frozen=True, slots=True)
class Invitee:
    """Someone to become a member; `is_active` makes them one at once, without their acceptance."""

    email: str
    name: str
    login: str | None
    role: Role
    is_active: bool


@dataclass(frozen=True, slots=True)
class Founding:
    """An organization to be, with its first owner; `time_zone` IANA, `currency` ISO 4217."""

    name: str
    slug: str
    time_zone: str
    currency: str
    owner: Invitee
    test_clock_id: UUID | None


async def create_organization(actor: Actor, founding: Founding) -> UUID:
    """Found an organization with its first owner. Its currency must have a public price list by then (R4.1).

    Raises: DomainError INVALID_INPUT, ALREADY_EXISTS, NOT_FOUND, CONFLICT, FORBIDDEN.
    """
    owner, problems = _check(founding.owner, ("input", "owner"))
    if problems:
        raise refuse_for(problems)
    tariff = await load_tariff()
    async with db.in_transaction():
        organization = await insert_organization(
            actor, founding.name, founding.slug, founding.time_zone, founding.currency, founding.test_clock_id
        )
        _check_currency(tariff, founding.currency, month_at(organization.at, founding.time_zone))
        (owner_id,) = await _insert_members(organization.id, [owner], organization.at)
        created = {
            "timeZone": founding.time_zone,
            "currency": founding.currency,
            "ownerId": owner_id,
            "testClockId": founding.test_clock_id,
        }
        await record(actor, organization, Change("organization.created", created))
    return organization.id


async def invite_members(actor: Actor, organization_id: UUID, invitees: Sequence[Invitee]) -> list[UUID]:
    """Add people, all or none: three statements besides the lock's, however many. Ids in the order given.

    Raises: DomainError INVALID_INPUT, ALREADY_EXISTS with one problem for each invitee refused, FORBIDDEN
    when someone is to be active without the right to provision, and what `lock_organization` raises.
    """
    if not 1 <= len(invitees) <= MOST_INVITED:
        raise DomainError(ErrorCode.INVALID_INPUT, f"Invite between 1 and {MOST_INVITED} people at once.")
    good, problems = _check_all(invitees)
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.MEMBER_MANAGE)
        if any(invitee.is_active for invitee in invitees):
            actor.require(Permission.MEMBER_PROVISION)
        problems += await _find_known(organization_id, good)
        if problems:
            raise refuse_for(sorted(problems, key=lambda problem: int(problem.path[2])))
        member_ids = await _insert_members(organization_id, [invitee for _, invitee in good], organization.at)
        await record(actor, organization, Change("members.invited", {"memberIds": member_ids}))
    return member_ids


def _check_currency(tariff: Tariff, currency: str, month: Month) -> None:
    """What is founded can be priced. Raises: DomainError INVALID_INPUT."""
    if list_in_force(tariff.price_lists, currency, month) is None:
        raise invalid(f"No public price list in {currency} is in force in {month}.", "input", "currency")


def _check_all(invitees: Sequence[Invitee]) -> tuple[list[tuple[int, Invitee]], list[Problem]]:
    """The invitees that can be added as they stand, with their places, and what is wrong with the others."""
    good: list[tuple[int, Invitee]] = []
    problems: list[Problem] = []
    taken: set[str] = set()
    for place, invitee in enumerate(invitees):
        path = ("input", "members", str(place))
        checked, flaws = _check(invitee, path)
        names = {name for name in (_email_key(checked.email), _login_key(checked.login)) if name}
        if not flaws and names & taken:
            flaws = [Problem(ErrorCode.INVALID_INPUT, f"{checked.email} is in the list twice.", path)]
        taken |= names
        problems += flaws
        good += [] if flaws else [(place, checked)]
    return good, problems


def _check(invitee: Invitee, path: tuple[str, ...]) -> tuple[Invitee, list[Problem]]:
    """The invitee with trimmed texts, and everything that is wrong with them."""
    checks: dict[str, Callable[[], str | None]] = {
        "email": lambda: check_email(invitee.email, *path, "email"),
        "name": lambda: check_text(invitee.name, "The name", 200, *path, "name"),
        "login": lambda: check_login(invitee.login, *path, "login") if invitee.login is not None else None,
    }
    texts: dict[str, Any] = {}
    problems: list[Problem] = []
    for field, check in checks.items():
        try:
            texts[field] = check()
        except DomainError as error:
            problems += error.problems
    return replace(invitee, **texts), problems


def _email_key(email: str) -> str:
    return f"email:{email.strip().lower()}"


def _login_key(login: str | None) -> str | None:
    return f"login:{login.lower()}" if login is not None else None


async def _find_known(organization_id: UUID, invitees: Sequence[tuple[int, Invitee]]) -> list[Problem]:
    """A problem for each invitee whose e-mail address or login somebody has already."""
    rows = await db.fetch(
        """
        SELECT lower(email) AS email, lower(login) AS login FROM members
        WHERE organization_id = $1 AND (lower(email) = ANY($2) OR lower(login) = ANY($3))
        """,
        organization_id,
        [invitee.email.lower() for _, invitee in invitees],
        [invitee.login.lower() for _, invitee in invitees if invitee.login is not None],
    )
    known = {_email_key(row["email"]) for row in rows} | {_login_key(row["login"]) for row in rows if row["login"]}
    return [
        Problem(ErrorCode.ALREADY_EXISTS, f"{invitee.email} or their login is taken.", ("input", "members", str(place)))
        for place, invitee in invitees
        if _email_key(invitee.email) in known or _login_key(invitee.login) in known
    ]


async def _insert_members(organization_id: UUID, invitees: Sequence[Invitee], at: datetime) -> list[UUID]:
    rows = await db.fetch(
        """
        WITH invitee AS (
            SELECT gen_random_uuid() AS id, email, login, name, role, status, place
            FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
                AS given (email, login, name, role, status, place)
        ), inserted AS (
            INSERT INTO members (id, organization_id, email, login, name, role, status, is_robot, created_at)
            SELECT id, $1, email, login, name, role, status, false, $7 FROM invitee
        )
        SELECT id FROM invitee ORDER BY place
        """,
        organization_id,
        [invitee.email for invitee in invitees],
        [invitee.login for invitee in invitees],
        [invitee.name for invitee in invitees],
        [invitee.role.value for invitee in invitees],
        [(MemberStatus.ACTIVE if invitee.is_active else MemberStatus.INVITED).value for invitee in invitees],
        at,
    )
    return [row["id"] for row in rows]

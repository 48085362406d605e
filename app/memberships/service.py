"""Founding an organization and inviting people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app import db
from app.domain.access import MemberStatus, Role
from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, ErrorCode, Problem, invalid, refuse_for
from app.domain.period import Month, month_at
from app.domain.pricing import list_in_force
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


async def create_organization(
    actor: Actor,
    *,
    name: str,
    slug: str,
    time_zone: str,
    currency: str,
    owner_email: str,
    owner_name: str,
    test_clock_id: UUID | None,
) -> UUID:
    """Found an organization with its first owner. Its currency must have a public price list by then (R4.1).

    Raises: DomainError INVALID_INPUT, ALREADY_EXISTS, NOT_FOUND, CONFLICT, FORBIDDEN.
    """
    owner = _check(Invitee(owner_email, owner_name, None, Role.OWNER, True), ("input", "owner"))
    tariff = await load_tariff()
    async with db.in_transaction():
        organization = await insert_organization(actor, name, slug, time_zone, currency, test_clock_id)
        _check_currency(tariff, currency, month_at(organization.at, time_zone))
        (owner_id,) = await _insert_members(organization.id, [owner], organization.at)
        created = {"timeZone": time_zone, "currency": currency, "ownerId": owner_id, "testClockId": test_clock_id}
        await record(actor, organization, Change("organization.created", created))
    return organization.id


async def invite_members(actor: Actor, organization_id: UUID, invitees: Sequence[Invitee]) -> list[UUID]:
    """Add people, all or none: three statements besides the lock's, however many. Ids in the order given.

    Raises: DomainError INVALID_INPUT, ALREADY_EXISTS with one problem for each invitee refused, FORBIDDEN
    when someone is to be active without the right to provision, and what `lock_organization` raises.
    """
    if not 1 <= len(invitees) <= MOST_INVITED:
        raise DomainError(ErrorCode.INVALID_INPUT, f"Invite between 1 and {MOST_INVITED} people at once.")
    checked = _check_all(invitees)
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.MEMBER_MANAGE)
        if any(invitee.is_active for invitee in invitees):
            actor.require(Permission.MEMBER_PROVISION)
        await _refuse_known(organization_id, checked)
        member_ids = await _insert_members(organization_id, checked, organization.at)
        await record(actor, organization, Change("members.invited", {"memberIds": member_ids}))
    return member_ids


def _check_currency(tariff: Tariff, currency: str, month: Month) -> None:
    """What is founded can be priced. Raises: DomainError INVALID_INPUT."""
    if list_in_force(tariff.price_lists, currency, month) is None:
        raise invalid(f"No public price list in {currency} is in force in {month}.", "input", "currency")


def _check_all(invitees: Sequence[Invitee]) -> list[Invitee]:
    checked: list[Invitee] = []
    problems: list[Problem] = []
    taken: set[str] = set()
    for position, invitee in enumerate(invitees):
        path = ("input", "members", str(position))
        try:
            checked.append(_check(invitee, path))
        except DomainError as error:
            problems += error.problems
            continue
        names = {name for name in (_email_key(invitee.email), _login_key(invitee.login)) if name}
        if names & taken:
            problems.append(Problem(ErrorCode.INVALID_INPUT, f"{invitee.email} is in the list twice.", path))
        taken |= names
    if problems:
        raise refuse_for(problems)
    return checked


def _check(invitee: Invitee, path: tuple[str, ...]) -> Invitee:
    return Invitee(
        check_email(invitee.email, *path, "email"),
        check_text(invitee.name, "The name", 200, *path, "name"),
        check_login(invitee.login, *path, "login") if invitee.login is not None else None,
        invitee.role,
        invitee.is_active,
    )


def _email_key(email: str) -> str:
    return f"email:{email.strip().lower()}"


def _login_key(login: str | None) -> str | None:
    return f"login:{login.lower()}" if login is not None else None


async def _refuse_known(organization_id: UUID, invitees: Sequence[Invitee]) -> None:
    rows = await db.fetch(
        """
        SELECT lower(email) AS email, lower(login) AS login FROM members
        WHERE organization_id = $1 AND (lower(email) = ANY($2) OR lower(login) = ANY($3))
        """,
        organization_id,
        [invitee.email.lower() for invitee in invitees],
        [invitee.login.lower() for invitee in invitees if invitee.login is not None],
    )
    known = {_email_key(row["email"]) for row in rows} | {_login_key(row["login"]) for row in rows if row["login"]}
    problems = [
        Problem(ErrorCode.ALREADY_EXISTS, f"{invitee.email} or their login is taken.", ("input", "members", str(place)))
        for place, invitee in enumerate(invitees)
        if _email_key(invitee.email) in known or _login_key(invitee.login) in known
    ]
    if problems:
        raise refuse_for(problems)


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

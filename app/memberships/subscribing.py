"""Changing seats, and inviting whom nobody knows yet in the same step (R3.9)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app import db
from app.directory.queries import find_member_ids
from app.domain.actor import Actor, Permission, Role
from app.domain.errors import DomainError, Problem
from app.domain.policies import Policies
from app.domain.text import check_email
from app.events.service import Change
from app.memberships.invitations import IssuedInvitation, insert_invited
from app.memberships.invitees import Invitee
from app.organizations.service import LockedOrganization, record
from app.seats.changing import lock_and_change_few
from app.seats.requests import recording_refusal
from app.seats.service import ALONE, Beside, RequestedChange, SeatsChanged, change_locked_seats
from app.seats.subjects import SubjectReference


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What a change did, and the invitations and addresses of those it made members of."""

    changed: SeatsChanged
    invitations: list[IssuedInvitation]
    emails: tuple[str, ...]


async def change_seats_and_invite(
    actor: Actor, organization_id: UUID, requested: RequestedChange, policies: Policies
) -> Subscribed:
    """`change_seats`, inviting whoever is to be subscribed by an e-mail address that nobody has (no seat until then).

    Raises: what `change_seats` raises, FORBIDDEN for an unknown address without the right to invite.
    """
    async with recording_refusal(actor, organization_id), db.in_transaction(is_planned_once=True):
        organization, changed = await lock_and_change_few(actor, organization_id, requested, policies)
        if changed is not None:
            return Subscribed(changed, [], ())
        subscribed, changes = await change_and_invite_locked(actor, organization, requested, policies)
        await record(actor, organization, *changes)
    return subscribed


async def change_and_invite_locked(
    actor: Actor,
    organization: LockedOrganization,
    requested: RequestedChange,
    policies: Policies,
    beside: Beside = ALONE,
) -> tuple[Subscribed, tuple[Change, ...]]:
    """`change_seats_and_invite` within a transaction that holds the lock, and that records the changes given back."""
    invitees, flaws = await _find_new(organization.id, requested.subscribe)
    requested = replace(requested, flaws=(*requested.flaws, *flaws))
    invitations: list[IssuedInvitation] = []
    changes: tuple[Change, ...] = ()
    if invitees:
        actor.require(organization.id, Permission.MEMBER_MANAGE)
        invited, change = await insert_invited(actor, organization, invitees)
        invitations = invited.invitations
        changes = (change,)
    changed, more = await change_locked_seats(actor, organization, requested, policies, beside)
    return Subscribed(changed, invitations, tuple(one.email for one in invitees)), (*changes, *more)


async def _find_new(
    organization_id: UUID, references: Sequence[SubjectReference]
) -> tuple[list[Invitee], list[Problem]]:
    """Those of the addresses that nobody has, once each, and a problem for each that is no address.

    Their name is the address until they say another.
    """
    named = [one for one in references if one.email is not None]
    known = await find_member_ids(organization_id, [], [], [one.email for one in named if one.email is not None])
    invitees: dict[str, Invitee] = {}
    problems: list[Problem] = []
    for one in named:
        if one.member_key in known:
            continue
        try:
            email = check_email(one.email or "", *one.path)
        except DomainError as error:
            problems += error.problems
        else:
            invitees[one.member_key] = Invitee(email, email, None, Role.MEMBER, is_active=False)
    return list(invitees.values()), problems

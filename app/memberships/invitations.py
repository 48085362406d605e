"""Inviting people; accepting, resending and revoking an invitation."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app import db
from app.domain.access import MemberStatus
from app.domain.actor import Actor, Permission, Role
from app.domain.errors import DomainError, ErrorCode, invalid, refuse, refuse_for
from app.domain.policies import Policies
from app.domain.roles import member
from app.domain.text import is_storable
from app.domain.tokens import hash_secret
from app.events.mails import write_invitation_mails
from app.events.service import Change
from app.memberships.changes import MOST_AT_ONCE, lock_home, settle_and_record
from app.memberships.erasures import write_erasure
from app.memberships.forgetting import forget_person
from app.memberships.invitees import (
    Invitee,
    check_invitees,
    find_taken,
    find_too_high,
    find_unknown_groups,
    insert_members,
)
from app.memberships.members import load_for_change
from app.memberships.placements import insert_memberships
from app.organizations.service import LockedOrganization, lock_organization, record

PREFIX = "smin_"
INVITATION_LENGTH = timedelta(days=14)
"""By the organization's clock."""
MOST_SENT = 5
"""Invitations of one person in 24 hours, the first included: nobody's mailbox is filled by us."""
MOST_RESENT = 1000
"""Invitations that an organization sends again in 24 hours."""


@dataclass(frozen=True, slots=True)
class IssuedInvitation:
    """A new way in, its token to be shown once."""

    member_id: UUID
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """The new members in the order given, and the invitations of those who have to accept."""

    member_ids: list[UUID]
    invitations: list[IssuedInvitation]


async def invite_members(
    actor: Actor, organization_id: UUID, invitees: Sequence[Invitee], policies: Policies
) -> Invited:
    """Add people with their departments and teams, all or none: a fixed number of statements, however many.

    Raises: DomainError INVALID_INPUT, ALREADY_EXISTS, NOT_FOUND, FORBIDDEN (a role above the inviter's own) with
    every problem of every invitee; FORBIDDEN when someone is to be active without the right to provision; and
    what `lock_organization` raises.
    """
    if not 1 <= len(invitees) <= MOST_AT_ONCE:
        raise DomainError(ErrorCode.INVALID_INPUT, f"Invite between 1 and {MOST_AT_ONCE} people at once.")
    good, problems = check_invitees(invitees)
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.MEMBER_MANAGE)
        if any(invitee.status is MemberStatus.ACTIVE for invitee in invitees):
            actor.require(organization_id, Permission.MEMBER_PROVISION)
        problems += find_too_high(actor.standing_in(organization_id), invitees)
        problems += await find_taken(organization_id, good)
        problems += await find_unknown_groups(organization_id, good)
        if problems:
            raise refuse_for(sorted(problems, key=lambda problem: int(problem.path[2])))
        invited, change = await insert_invited(actor, organization, [invitee for _, invitee in good])
        active = [
            one
            for one, (_, invitee) in zip(invited.member_ids, good, strict=True)
            if invitee.status is MemberStatus.ACTIVE
        ]
        await settle_and_record(
            actor, organization, policies, change, cause="joined the organization", member_ids=active
        )
    return invited


async def accept_invitation(
    presenter: Actor | None, token: str, policies: Policies, request_id: str = "invitation"
) -> UUID:
    """Make the invited person an active member: whoever holds the token acts as them, and needs no permission. For
    nobody who is known, `request_id` is that of the request.

    A token that never was, is used, revoked or expired answers the same. Gives the member's id.

    Raises: DomainError NOT_FOUND, ORGANIZATION_PURGED, ORGANIZATION_CLOSED, CONFLICT.
    """
    async with db.in_transaction():
        await _reach_organization(token)
        invitation = await _find_open(token)
        request_id = presenter.request_id if presenter is not None else request_id
        member_id: UUID = invitation["member_id"]
        organization_id: UUID = invitation["organization_id"]
        invitee = member(member_id, organization_id, Role(invitation["role"]), request_id)
        organization = await lock_organization(invitee, organization_id, Permission.MEMBER_VIEW)
        if (await _find_open(token))["expires_at"] <= organization.at:
            raise _not_valid()
        await db.fetch("UPDATE invitations SET accepted_at = $2 WHERE id = $1", invitation["id"], organization.at)
        await db.fetch("UPDATE members SET status = 'ACTIVE' WHERE id = $1", member_id)
        facts = {
            "memberId": member_id,
            "invitationId": invitation["id"],
            "presentedBy": presenter.name_in(organization_id) if presenter is not None else None,
        }
        change = Change("invitation.accepted", {**facts, "status": "ACTIVE"}, {"status": "INVITED"})
        await settle_and_record(
            invitee, organization, policies, change, cause="accepted an invitation", member_ids=[member_id]
        )
    return member_id


async def resend_invitation(actor: Actor, member_id: UUID) -> IssuedInvitation:
    """A new token for someone who has not accepted; the old one dies.

    Raises: DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT for someone who is not invited, CONFLICT where it was done
    too often in the last 24 hours, and what `lock_organization` raises.
    """
    async with db.in_transaction():
        organization = await lock_home(actor, "member", member_id)
        await _require_invited(actor, member_id)
        await _require_seldom(organization, member_id)
        await db.fetch(
            """
            UPDATE invitations SET revoked_at = $2
            WHERE member_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL
            """,
            member_id,
            organization.at,
        )
        (issued,) = await _issue(actor, organization, [member_id])
        facts = {"memberId": member_id, "expiresAt": issued.expires_at}
        await record(actor, organization, Change("invitation.resent", facts))
    return issued


async def revoke_invitation(actor: Actor, member_id: UUID, policies: Policies) -> UUID:
    """Take back an invitation: who never came is forgotten, and their address can be invited again.

    Raises: DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT for someone who is not invited, and what
    `lock_organization` raises.
    """
    async with db.in_transaction():
        organization = await lock_home(actor, "member", member_id)
        await _require_invited(actor, member_id)
        await forget_person(actor, organization, member_id)
        change = Change("invitation.revoked", {"memberId": member_id, "status": "DEACTIVATED"}, {"status": "INVITED"})
        await settle_and_record(
            actor, organization, policies, change, cause="invitation was revoked", member_ids=[member_id]
        )
        await write_erasure(organization, member_id)
    return member_id


async def insert_invited(
    actor: Actor, organization: LockedOrganization, invitees: Sequence[Invitee]
) -> tuple[Invited, Change]:
    """Write people who were checked, with their groups and invitations; to be settled and recorded by the caller."""
    member_ids = await insert_members(organization.id, invitees, organization.at)
    pairs = list(zip(member_ids, invitees, strict=True))
    await insert_memberships(organization, [(team_id, one) for one, invitee in pairs for team_id in invitee.team_ids])
    waiting = [one for one, invitee in pairs if invitee.status is MemberStatus.INVITED]
    invitations = await _issue(actor, organization, waiting)
    change = Change("members.invited", {"memberIds": member_ids, "members": [_facts(*pair) for pair in pairs]})
    return Invited(member_ids, invitations), change


def _facts(member_id: UUID, invitee: Invitee) -> dict[str, Any]:
    return {
        "memberId": member_id,
        "role": invitee.role.value,
        "status": invitee.status.value,
        "isRobot": invitee.is_robot,
        "departmentId": invitee.department_id,
        "teamIds": invitee.team_ids,
    }


async def _issue(actor: Actor, organization: LockedOrganization, member_ids: Sequence[UUID]) -> list[IssuedInvitation]:
    """An invitation for each, and its mail: two statements, which keep only the hashes."""
    expires_at = organization.at + INVITATION_LENGTH
    issued = [IssuedInvitation(one, PREFIX + secrets.token_urlsafe(32), expires_at) for one in member_ids]
    if issued:
        rows = await db.fetch(
            """
            INSERT INTO invitations (id, organization_id, member_id, token_hash, created_at, created_by, expires_at)
            SELECT gen_random_uuid(), $1, member_id, token_hash, $4, $5, $6
            FROM unnest($2::uuid[], $3::text[]) AS issued (member_id, token_hash)
            RETURNING id
            """,
            organization.id,
            [one.member_id for one in issued],
            [hash_secret(one.token) for one in issued],
            organization.at,
            actor.name_in(organization.id),
            expires_at,
        )
        await write_invitation_mails([row["id"] for row in rows])
    return issued


async def _reach_organization(token: str) -> None:
    """Let the transaction reach the organization that the token leads to. Raises: DomainError NOT_FOUND."""
    if not is_storable(token):
        raise _not_valid()
    row = await db.fetch_one("SELECT organization_id FROM find_invitation($1)", hash_secret(token))
    if row is None:
        raise _not_valid()
    await db.widen(row["organization_id"])


async def _find_open(token: str) -> db.Row:
    """The invitation that a token opens, expired or not. Raises: DomainError NOT_FOUND."""
    row = await db.fetch_one(
        """
        SELECT invitation.id, invitation.organization_id, invitation.member_id, invitation.expires_at, member.role
        FROM find_invitation($1) AS found JOIN invitations AS invitation ON invitation.id = found.invitation_id
        JOIN members AS member ON member.id = invitation.member_id
        WHERE invitation.accepted_at IS NULL AND invitation.revoked_at IS NULL
          AND member.status = 'INVITED'
        """,
        hash_secret(token),
    )
    if row is None:
        raise _not_valid()
    return row


def _not_valid() -> DomainError:
    message = "This invitation is not valid: it may be used, revoked or expired. Ask for a new one."
    return refuse(ErrorCode.NOT_FOUND, message, "input", "token")


async def _require_invited(actor: Actor, member_id: UUID) -> None:
    found = await load_for_change(actor, member_id)
    if found.status is not MemberStatus.INVITED:
        raise invalid("This person is not waiting for an invitation.", "input", "memberId")


async def _require_seldom(organization: LockedOrganization, member_id: UUID) -> None:
    """Raises: DomainError CONFLICT, when the person, or the organization's people, were written to too often."""
    since = organization.at - timedelta(hours=24)
    sent = "SELECT 1 FROM invitations WHERE organization_id = $1 AND member_id = $2 AND created_at > $3"
    if await db.count(sent, organization.id, member_id, since) >= MOST_SENT:
        message = f"This person was sent {MOST_SENT} invitations in 24 hours; the last one is good. Try again later."
        raise refuse(ErrorCode.CONFLICT, message, "input", "memberId")
    resent = "SELECT 1 FROM invitations WHERE organization_id = $1 AND revoked_at > $2"
    if await db.count(resent, organization.id, since) >= MOST_RESENT:
        message = f"{MOST_RESENT} invitations were sent again in 24 hours. Try again later."
        raise refuse(ErrorCode.CONFLICT, message, "input", "memberId")

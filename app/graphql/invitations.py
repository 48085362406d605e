"""Inviting people, and what becomes of an invitation."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.directory.invitations import InvitationRow
from app.domain.actor import Role
from app.domain.errors import Problem
from app.graphql.context import FreshLoaders, Info, ShownOnce
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id, row_id_or_flaw
from app.graphql.member import Member, load_member, load_members, member_from
from app.graphql.scalars import Email
from app.memberships.invitations import (
    IssuedInvitation,
    accept_invitation,
    invite_members,
    resend_invitation,
    revoke_invitation,
)
from app.memberships.invitees import Invitee


@strawberry.type(description="A way in that waits for an answer.")
class Invitation:
    created_at: datetime = strawberry.field(description="When it was sent, or sent again.")
    expires_at: datetime = strawberry.field(description="When it expires, or expired.")


@strawberry.type(description="A new way in, with its secret.")
class IssuedInvitationToken:
    token: str = strawberry.field(
        extensions=[ShownOnce()], description="What `invitationAccept` takes; it is shown this once."
    )
    expires_at: datetime = strawberry.field(description="When it expires.")
    issued: strawberry.Private[IssuedInvitation]

    @strawberry.field(description="Whom it is for.")
    async def member(self, info: Info) -> Member:
        return await load_member(info, self.issued.member_id)


@strawberry.input(description="Someone to invite.")
class InviteeInput:
    email: Email = strawberry.field(description="The e-mail address, new to the organization.")
    name: str = strawberry.field(description="The name, at most 200 characters.")
    login: str | None = strawberry.field(
        default=None, description="A name to sign in with: letters, digits and . _ - inside, at most 64 characters."
    )
    role: Role = strawberry.field(
        default=Role.MEMBER, description="Administrative power, not above that of whoever invites."
    )
    active: bool = strawberry.field(
        default=False, description="Whether they take part at once, without accepting. Needs MEMBER_PROVISION."
    )
    department_id: strawberry.ID | None = strawberry.field(default=None, description="The department to be in.")
    team_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="The teams to be in.")
    robot: bool = strawberry.field(
        default=False,
        description="Whether it is a program: active at once, never an owner, in no department and no team. Needs "
        "MEMBER_PROVISION.",
    )

    def invitee(self, *path: str) -> Invitee:
        """An id that is none of a department or team is among the flaws."""
        department = [self.department_id] if self.department_id is not None else []
        departments = [row_id_or_flaw("Department", one, *path, "departmentId") for one in department]
        teams = [row_id_or_flaw("Team", one, *path, "teamIds", str(n)) for n, one in enumerate(self.team_ids)]
        return Invitee(
            email=self.email,
            name=self.name,
            login=self.login,
            role=self.role,
            is_active=self.active,
            department_id=next((one for one in departments if isinstance(one, UUID)), None),
            team_ids=[one for one in teams if isinstance(one, UUID)],
            is_robot=self.robot,
            flaws=[one for one in (*departments, *teams) if isinstance(one, Problem)],
        )


@strawberry.input(description="What `memberInvite` takes.")
class MemberInviteInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    members: list[InviteeInput] = strawberry.field(description="Whom to invite, 1 to 1000 people, all or none.")


@strawberry.type(description="What `memberInvite` answers.")
class MemberInvitePayload:
    members: list[Member] = strawberry.field(description="The new members, in the order given.")
    invitations: list[IssuedInvitationToken] = strawberry.field(
        description="The invitations of those who have to accept, in the order given."
    )


@strawberry.input(description="What `invitationAccept` takes.")
class InvitationAcceptInput:
    token: str = strawberry.field(description="The invitation's secret.")


@strawberry.type(description="What `invitationAccept` answers.")
class InvitationAcceptPayload:
    member_id: strawberry.ID = strawberry.field(description="The id of the member, who takes part now.")
    member: Member | None = strawberry.field(
        description="The member; null when whoever asks cannot see that organization."
    )


@strawberry.input(description="What `invitationResend` takes.")
class InvitationResendInput:
    member_id: strawberry.ID = strawberry.field(description="Someone who has not accepted.")


@strawberry.type(description="What `invitationResend` answers.")
class InvitationResendPayload:
    invitation: IssuedInvitationToken = strawberry.field(description="The new invitation; the one before is void.")


@strawberry.input(description="What `invitationRevoke` takes.")
class InvitationRevokeInput:
    member_id: strawberry.ID = strawberry.field(description="Someone who has not accepted.")


@strawberry.type(description="What `invitationRevoke` answers.")
class InvitationRevokePayload:
    member: Member = strawberry.field(description="What is left of whoever was invited.")


MemberInviteResult = Annotated[
    MemberInvitePayload | UserError,
    strawberry.union("MemberInviteResult", description="The new members, or why nobody was invited."),
]
InvitationAcceptResult = Annotated[
    InvitationAcceptPayload | UserError,
    strawberry.union("InvitationAcceptResult", description="The member, or why the invitation was not accepted."),
]
InvitationResendResult = Annotated[
    InvitationResendPayload | UserError,
    strawberry.union("InvitationResendResult", description="The new invitation, or why there is none."),
]
InvitationRevokeResult = Annotated[
    InvitationRevokePayload | UserError,
    strawberry.union("InvitationRevokeResult", description="Who was forgotten, or why nothing was revoked."),
]


@strawberry.type
class InvitationMutation:
    @strawberry.mutation(
        extensions=[FreshLoaders()], description="Invite people into departments and teams, all or none."
    )
    async def member_invite(
        self, info: Info, input: Annotated[MemberInviteInput, strawberry.argument(description="Who and where.")]
    ) -> MemberInviteResult:
        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        people = [one.invitee("input", "members", str(place)) for place, one in enumerate(input.members)]
        invited = await invite_members(info.context.actor, organization_id, people, info.context.policies)
        members = await load_members(info, invited.member_ids)
        return MemberInvitePayload(members=members, invitations=[issued_from(one) for one in invited.invitations])

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Accept an invitation: whoever holds its token may. A token that was never given out, or is used, "
        "revoked or expired answers the same NOT_FOUND.",
    )
    async def invitation_accept(
        self, info: Info, input: Annotated[InvitationAcceptInput, strawberry.argument(description="The token.")]
    ) -> InvitationAcceptResult:
        member_id = await accept_invitation(info.context.actor, input.token, info.context.policies)
        row = await info.context.loaders.members.load(member_id)
        member = member_from(row) if row is not None else None
        return InvitationAcceptPayload(member_id=global_id("Member", member_id), member=member)

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Invite someone anew who has not accepted, for another 14 days; the token before is void.",
    )
    async def invitation_resend(
        self, info: Info, input: Annotated[InvitationResendInput, strawberry.argument(description="Whom.")]
    ) -> InvitationResendResult:
        member_id = row_id("Member", input.member_id, "input", "memberId")
        issued = await resend_invitation(info.context.actor, member_id)
        return InvitationResendPayload(invitation=issued_from(issued))

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Take back an invitation: the person is forgotten, and their address can be invited again.",
    )
    async def invitation_revoke(
        self, info: Info, input: Annotated[InvitationRevokeInput, strawberry.argument(description="Whose.")]
    ) -> InvitationRevokeResult:
        member_id = row_id("Member", input.member_id, "input", "memberId")
        await revoke_invitation(info.context.actor, member_id, info.context.policies)
        return InvitationRevokePayload(member=await load_member(info, member_id))


def invitation_from(row: InvitationRow) -> Invitation:
    return Invitation(created_at=row.created_at, expires_at=row.expires_at)


def issued_from(issued: IssuedInvitation) -> IssuedInvitationToken:
    return IssuedInvitationToken(token=issued.token, expires_at=issued.expires_at, issued=issued)

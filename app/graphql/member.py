"""People in an organization."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from app.directory.departments import DepartmentRow
from app.directory.invitations import InvitationRow
from app.directory.queries import MemberRow
from app.directory.teams import TeamRow
from app.domain.access import MemberStatus
from app.domain.actor import Role
from app.domain.policy import Access
from app.graphql.context import FreshLoaders, Info
from app.graphql.enums import describe_enum
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id
from app.graphql.node import Node
from app.graphql.scalars import Email
from app.graphql.together import together
from app.graphql.unset import or_unset, row_id_or_unset
from app.memberships.members import (
    MemberUpdate,
    deactivate_member,
    erase_member,
    reactivate_member,
    update_member,
)
from app.seats.queries import SeatRow, SeatSpanRow
from app.seats.waiting import WaitRow

if TYPE_CHECKING:
    from app.graphql.access import AccessDecision
    from app.graphql.departments import Department
    from app.graphql.invitations import Invitation
    from app.graphql.organization import Organization
    from app.graphql.seats import Seat, SeatSpan, Waiting
    from app.graphql.teams import Team

describe_enum(
    Role,
    "Administrative power in an organization; it never gives access to the tracker.",
    {
        "OWNER": "May do everything.",
        "ADMIN": "Manages people, departments, teams and subscriptions, and reads billing.",
        "BILLING_MANAGER": "Manages the billing profile, promo codes, payments and invoices, and reads seats.",
        "MEMBER": "Uses the tracker.",
    },
)
describe_enum(
    MemberStatus,
    "Whether someone takes part.",
    {
        "INVITED": "Has not accepted yet; takes no seat.",
        "ACTIVE": "Takes part.",
        "DEACTIVATED": "Does not take part any more.",
    },
)
describe_enum(
    Access,
    "What someone may do in the tracker.",
    {"NONE": "Nothing.", "READ_ONLY": "See everything, change nothing.", "FULL": "Everything."},
)


def _department(row: DepartmentRow) -> "Department":
    from app.graphql.departments import department_from

    return department_from(row)


def _teams(rows: Sequence[TeamRow]) -> list["Team"]:
    from app.graphql.teams import team_from

    return [team_from(row) for row in rows]


def _invitation(row: InvitationRow) -> "Invitation":
    from app.graphql.invitations import invitation_from

    return invitation_from(row)


def _seat(row: SeatRow) -> "Seat":
    from app.graphql.seats import seat_from

    return seat_from(row)


def _waiting(rows: Sequence[WaitRow]) -> list["Waiting"]:
    from app.graphql.seats import waiting_from

    return [waiting_from(row) for row in rows]


def _span(row: SeatSpanRow) -> "SeatSpan":
    from app.graphql.seats import span_from

    return span_from(row)


@strawberry.type(description="Someone's membership of an organization.")
class Member(Node):
    email: Email | None = strawberry.field(
        description="The e-mail address; others' are seen by whoever manages people (MEMBER_MANAGE)."
    )
    login: str | None = strawberry.field(description="The name to sign in with.")
    name: str = strawberry.field(description="The name.")
    role: Role = strawberry.field(description="Administrative power.")
    status: MemberStatus = strawberry.field(description="Whether they take part.")
    is_robot: bool = strawberry.field(description="Whether it is a program, not a person.")
    external_id: str | None = strawberry.field(
        description="What another system calls them, as a roster said; seen like `email`."
    )
    erased_at: datetime | None = strawberry.field(
        description="When name, login and e-mail address were replaced for good; null for everyone else."
    )
    row: strawberry.Private[MemberRow]

    @strawberry.field(description="The organization they belong to.")
    async def organization(self, info: Info) -> Annotated["Organization", strawberry.lazy("app.graphql.organization")]:
        from app.graphql.organization import organization_from

        return organization_from(await info.context.loaders.organization_of(self.row))

    department: Annotated["Department", strawberry.lazy("app.graphql.departments")] | None = together(
        lambda loaders: loaders.departments,
        lambda member: member.row.department_id,
        _department,
        description="The department they are in; others' are seen by whoever may see people.",
    )
    teams: list[Annotated["Team", strawberry.lazy("app.graphql.teams")]] | None = together(
        lambda loaders: loaders.teams_of,
        lambda member: member.row.id,
        _teams,
        description="The teams they are in, by name; seen like `department`.",
    )
    invitation: Annotated["Invitation", strawberry.lazy("app.graphql.invitations")] | None = together(
        lambda loaders: loaders.invitations,
        lambda member: member.row.id,
        _invitation,
        description="The invitation that waits for their answer; null for who has answered.",
    )
    access: Access | None = together(
        lambda loaders: loaders.access,
        lambda member: member.row,
        is_late=True,
        description="What they may do in the tracker now. It tells who holds a seat, and is seen like `seat`.",
    )

    @strawberry.field(description="Why they may change things in the tracker, or may not; seen like `seat`.")
    async def access_reason(
        self, info: Info
    ) -> Annotated["AccessDecision", strawberry.lazy("app.graphql.access")] | None:
        from app.graphql.access import decision_from

        decision = await info.context.loaders.access_reasons.load(self.row)
        return decision_from(decision, await info.context.loaders.sources_seen(self.row))

    seat: Annotated["Seat", strawberry.lazy("app.graphql.seats")] | None = together(
        lambda loaders: loaders.seats,
        lambda member: member.row,
        _seat,
        description="The seat they hold now; others' can be seen by whoever may see seats.",
    )
    waiting: list[Annotated["Waiting", strawberry.lazy("app.graphql.seats")]] | None = together(
        lambda loaders: loaders.waits,
        lambda member: member.row.id,
        _waiting,
        description="What they wait for, one for each subscription that covers them; seen like `seat`.",
    )
    last_seat: Annotated["SeatSpan", strawberry.lazy("app.graphql.seats")] | None = together(
        lambda loaders: loaders.last_seats,
        lambda member: member.row,
        _span,
        description="The last seat that ended, by whom and why; seen like `seat`.",
    )


def member_from(row: MemberRow) -> Member:
    return Member(
        id=global_id("Member", row.id),
        email=Email(row.email),
        login=row.login,
        name=row.name,
        role=row.role,
        status=row.status,
        is_robot=row.is_robot,
        external_id=row.external_id,
        erased_at=row.erased_at,
        row=row,
    )


@strawberry.input(description="What `memberUpdate` takes; what is left out stays as it is.")
class MemberUpdateInput:
    member_id: strawberry.ID = strawberry.field(description="The member.")
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="A new name, at most 200 characters; it cannot be null."
    )
    login: str | None = strawberry.field(
        default=strawberry.UNSET, description="A new login, spelled as in `memberInvite`; null for none."
    )
    role: Role | None = strawberry.field(
        default=strawberry.UNSET, description="A new role, not above that of whoever asks; it cannot be null."
    )
    department_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The department to move to; null for none."
    )

    def update(self) -> MemberUpdate:
        return MemberUpdate(
            name=or_unset(self.name),
            login=or_unset(self.login),
            role=or_unset(self.role),
            department_id=row_id_or_unset("Department", self.department_id, "input", "departmentId"),
        )


@strawberry.type(description="What `memberUpdate` answers.")
class MemberUpdatePayload:
    member: Member = strawberry.field(description="The member as they are now.")


@strawberry.input(description="What `memberDeactivate` takes.")
class MemberDeactivateInput:
    member_id: strawberry.ID = strawberry.field(description="The member, who is active.")


@strawberry.type(description="What `memberDeactivate` answers.")
class MemberDeactivatePayload:
    member: Member = strawberry.field(description="The member, who does not take part any more.")


@strawberry.input(description="What `memberReactivate` takes.")
class MemberReactivateInput:
    member_id: strawberry.ID = strawberry.field(description="The member, who is deactivated.")


@strawberry.type(description="What `memberReactivate` answers.")
class MemberReactivatePayload:
    member: Member = strawberry.field(description="The member, who takes part again.")


@strawberry.input(description="What `memberErase` takes.")
class MemberEraseInput:
    member_id: strawberry.ID = strawberry.field(description="The member.")


@strawberry.type(description="What `memberErase` answers.")
class MemberErasePayload:
    member: Member = strawberry.field(description="What is left of the member.")


MemberUpdateResult = Annotated[
    MemberUpdatePayload | UserError,
    strawberry.union("MemberUpdateResult", description="The member, or why nothing was changed."),
]
MemberDeactivateResult = Annotated[
    MemberDeactivatePayload | UserError,
    strawberry.union("MemberDeactivateResult", description="The member, or why nothing was changed."),
]
MemberReactivateResult = Annotated[
    MemberReactivatePayload | UserError,
    strawberry.union("MemberReactivateResult", description="The member, or why nothing was changed."),
]
MemberEraseResult = Annotated[
    MemberErasePayload | UserError,
    strawberry.union("MemberEraseResult", description="What is left of the member, or why nothing was changed."),
]


@strawberry.type
class MemberMutation:
    @strawberry.mutation(
        extensions=[FreshLoaders()], description="Change someone's name, login, role and department, all or nothing."
    )
    async def member_update(
        self, info: Info, input: Annotated[MemberUpdateInput, strawberry.argument(description="Who, and what.")]
    ) -> MemberUpdateResult:
        member_id = row_id("Member", input.member_id, "input", "memberId")
        await update_member(info.context.actor, member_id, input.update(), info.context.policies)
        return MemberUpdatePayload(member=await load_member(info, member_id))

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Let someone take part no more: their own subscription and their sessions end. They stay in their "
        "department and teams, and what covers these covers them again once they are back.",
    )
    async def member_deactivate(
        self, info: Info, input: Annotated[MemberDeactivateInput, strawberry.argument(description="Who.")]
    ) -> MemberDeactivateResult:
        member_id = row_id("Member", input.member_id, "input", "memberId")
        await deactivate_member(info.context.actor, member_id, info.context.policies)
        return MemberDeactivatePayload(member=await load_member(info, member_id))

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Let someone take part again. A subscription of their own does not come back by itself.",
    )
    async def member_reactivate(
        self, info: Info, input: Annotated[MemberReactivateInput, strawberry.argument(description="Who.")]
    ) -> MemberReactivateResult:
        member_id = row_id("Member", input.member_id, "input", "memberId")
        await reactivate_member(info.context.actor, member_id, info.context.policies)
        return MemberReactivatePayload(member=await load_member(info, member_id))

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Erase a person for good: name, login and e-mail address are replaced, and they are deactivated. "
        "What refers to them by id stays.",
    )
    async def member_erase(
        self, info: Info, input: Annotated[MemberEraseInput, strawberry.argument(description="Who.")]
    ) -> MemberEraseResult:
        member_id = row_id("Member", input.member_id, "input", "memberId")
        await erase_member(info.context.actor, member_id, info.context.policies)
        return MemberErasePayload(member=await load_member(info, member_id))


async def load_member(info: Info, member_id: UUID) -> Member:
    """A member whom the actor has reached already."""
    (member,) = await load_members(info, [member_id])
    return member


async def load_members(info: Info, member_ids: Sequence[UUID]) -> list[Member]:
    rows = await info.context.loaders.members.load_many(member_ids)
    return [member_from(row) for row in rows if row is not None]

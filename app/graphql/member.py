"""People in an organization."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from app.directory.queries import MemberRow
from app.domain.access import Access, MemberStatus
from app.domain.roles import Role
from app.graphql.context import FreshLoaders, Info
from app.graphql.enums import describe_enum
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id
from app.graphql.node import Node
from app.memberships.service import Invitee, invite_members

if TYPE_CHECKING:
    from app.graphql.organization import Organization
    from app.graphql.seats import Seat

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


@strawberry.type(description="Someone's membership of an organization.")
class Member(Node):
    email: str = strawberry.field(description="The e-mail address.")
    login: str | None = strawberry.field(description="The name to sign in with.")
    name: str = strawberry.field(description="The name.")
    role: Role = strawberry.field(description="Administrative power.")
    status: MemberStatus = strawberry.field(description="Whether they take part.")
    is_robot: bool = strawberry.field(description="Whether it is a program, not a person.")
    row: strawberry.Private[MemberRow]

    @strawberry.field(description="The organization they belong to.")
    async def organization(self, info: Info) -> Annotated["Organization", strawberry.lazy("app.graphql.organization")]:
        from app.graphql.organization import organization_from

        return organization_from(await info.context.loaders.organization_of(self.row))

    @strawberry.field(description="What they may do in the tracker now.")
    async def access(self, info: Info) -> Access:
        return await info.context.loaders.access.load(self.row)

    @strawberry.field(description="The seat they hold now.")
    async def seat(self, info: Info) -> Annotated["Seat", strawberry.lazy("app.graphql.seats")] | None:
        from app.graphql.seats import seat_from

        seat = await info.context.loaders.seats.load(self.row)
        return seat_from(seat) if seat is not None else None


def member_from(row: MemberRow) -> Member:
    return Member(
        id=global_id("Member", row.id),
        email=row.email,
        login=row.login,
        name=row.name,
        role=row.role,
        status=row.status,
        is_robot=row.is_robot,
        row=row,
    )


@strawberry.input(description="Someone to invite.")
class InviteeInput:
    email: str = strawberry.field(description="The e-mail address, new to the organization.")
    name: str = strawberry.field(description="The name.")
    login: str | None = strawberry.field(default=None, description="A name to sign in with.")
    role: Role = strawberry.field(default=Role.MEMBER, description="Administrative power.")
    active: bool = strawberry.field(
        default=False, description="Whether they take part at once, without accepting. Needs MEMBER_PROVISION."
    )

    def invitee(self) -> Invitee:
        return Invitee(self.email, self.name, self.login, self.role, self.active)


@strawberry.input(description="What `memberInvite` takes.")
class MemberInviteInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    members: list[InviteeInput] = strawberry.field(description="Whom to invite, 1 to 1000 people, all or none.")


@strawberry.type(description="What `memberInvite` answers.")
class MemberInvitePayload:
    members: list[Member] = strawberry.field(description="The new members, in the order given.")


MemberInviteResult = Annotated[
    MemberInvitePayload | UserError,
    strawberry.union("MemberInviteResult", description="The new members, or why nobody was invited."),
]


@strawberry.type
class MemberMutation:
    @strawberry.mutation(extensions=[FreshLoaders()], description="Invite people, all or none.")
    async def member_invite(
        self, info: Info, input: Annotated[MemberInviteInput, strawberry.argument(description="Who and where.")]
    ) -> MemberInviteResult:
        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        invitees = [member.invitee() for member in input.members]
        member_ids = await invite_members(info.context.actor, organization_id, invitees)
        return MemberInvitePayload(members=await load_members(info, member_ids))


async def load_members(info: Info, member_ids: Sequence[UUID]) -> list[Member]:
    rows = await info.context.loaders.members.load_many(member_ids)
    return [member_from(row) for row in rows if row is not None]

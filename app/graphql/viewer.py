"""Who is asking."""

import strawberry

from app.domain.actor import Actor, ActorKind, Permission
from app.graphql.connections import After, Before, Connection, First, Last, Paging, connect
from app.graphql.context import Info
from app.graphql.enums import describe_enum
from app.graphql.listings import organizations_reached
from app.graphql.member import Member, load_member
from app.graphql.organization import Organization, organization_from

describe_enum(
    ActorKind,
    "On whose behalf something is asked.",
    {
        "OPERATOR": "One of us, with an operator key.",
        "SYSTEM": "Our own workers.",
        "MEMBER": "Someone in an organization.",
        "INVITED": "Someone with an invitation's token, who may accept it.",
    },
)


@strawberry.type(description="Who is asking.")
class Viewer:
    kind: ActorKind = strawberry.field(description="On whose behalf.")
    permissions: list[Permission] = strawberry.field(
        description="What they may do where they reach, as far as each organization's state and their access go."
    )
    actor: strawberry.Private[Actor]

    @strawberry.field(description="The member that is asking; null for operators.")
    async def member(self, info: Info) -> Member | None:
        return await load_member(info, self.actor.member_id) if self.actor.member_id is not None else None

    @strawberry.field(description="The organizations they reach, oldest first.")
    async def organizations(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Organization]:
        return await connect(organizations_reached(self.actor), Paging(first, after, last, before), organization_from)


@strawberry.type
class ViewerQuery:
    @strawberry.field(description="Who is asking: a member or an operator, with their organizations and permissions.")
    def viewer(self, info: Info) -> Viewer:
        actor = info.context.actor
        permissions = sorted(actor.permissions, key=lambda permission: permission.value)
        return Viewer(kind=actor.kind, permissions=permissions, actor=actor)

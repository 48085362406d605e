"""Who is asking."""

import strawberry

from app.delivery.webhook_rows import list_own_webhooks
from app.domain.actor import Actor, ActorKind, Permission
from app.graphql.connections import After, Before, Connection, First, Last, Paging, connect
from app.graphql.context import Info
from app.graphql.enums import describe_enum
from app.graphql.listings import organizations_reached
from app.graphql.member import Member, load_member
from app.graphql.organization import Organization, organization_from
from app.graphql.webhooks import Webhook, webhook_from

describe_enum(
    ActorKind,
    "On whose behalf something is asked.",
    {
        "OPERATOR": "One of us, with an operator key.",
        "SYSTEM": "Our own workers.",
        "PERSON": "Someone who signed in; a member in each of their organizations.",
        "MEMBER": "A member, in a session that an operator made.",
        "API_KEY": "An API key, which acts as a member.",
        "PARTNER": "A partner's key, for the organizations that it manages.",
        "INVITED": "Someone with an invitation's token, who may accept it.",
    },
)


@strawberry.type(description="Who is asking.")
class Viewer:
    kind: ActorKind = strawberry.field(description="On whose behalf.")
    actor: strawberry.Private[Actor]

    @strawberry.field(
        description="What they may do somewhere: in any of their organizations, as far as its state and their access "
        "go, or bound to none. `Organization.viewerPermissions` says what holds in one."
    )
    async def permissions(self, info: Info) -> list[Permission]:
        return sorted(await info.context.loaders.permissions_anywhere(), key=lambda one: one.value)

    @strawberry.field(
        description="The member that is asking, where it is one: null for operators and partners, and for a person "
        "who is a member of several organizations."
    )
    async def member(self, info: Info) -> Member | None:
        members = await self.members(info)
        return members[0] if len(members) == 1 else None

    @strawberry.field(description="The members that are asking: a person is one in each of their organizations.")
    async def members(self, info: Info) -> list[Member]:
        return [await load_member(info, one) for one in self.actor.member_ids]

    @strawberry.field(
        description="A partner's own webhooks, which are told of every organization that the key manages; the newest "
        "first, at most 20. Nobody else has any."
    )
    async def webhooks(self) -> list[Webhook]:
        return [webhook_from(row) for row in await list_own_webhooks(self.actor)]

    @strawberry.field(description="The organizations they reach, oldest first.")
    async def organizations(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Organization]:
        return await connect(organizations_reached(self.actor), Paging(first, after, last, before), organization_from)


@strawberry.type
class ViewerQuery:
    @strawberry.field(
        description="Who is asking: a person, a key or an operator, with the organizations and permissions they have."
    )
    def viewer(self, info: Info) -> Viewer:
        return Viewer(kind=info.context.actor.kind, actor=info.context.actor)

"""Teams, and who is in them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from app.directory.teams import TeamRow
from app.graphql.connections import After, Before, Connection, First, Last, Paging, connect
from app.graphql.context import FreshLoaders, Info
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id, row_ids
from app.graphql.listings import members_of_team
from app.graphql.member import Member, member_from
from app.graphql.node import Node
from app.graphql.unset import or_unset
from app.memberships.teams import TeamUpdate, create_team, delete_team, update_team

if TYPE_CHECKING:
    from app.graphql.organization import Organization


@strawberry.type(description="People who work together, from any department.")
class Team(Node):
    name: str = strawberry.field(description="The name, unlike that of any other team.")
    created_at: datetime = strawberry.field(description="When it was created.")
    deleted_at: datetime | None = strawberry.field(description="When it was deleted; null while it is there.")
    row: strawberry.Private[TeamRow]

    @strawberry.field(description="The organization it belongs to.")
    async def organization(self, info: Info) -> Annotated["Organization", strawberry.lazy("app.graphql.organization")]:
        from app.graphql.organization import organization_from

        return organization_from(await info.context.loaders.organization_of(self.row))

    @strawberry.field(description="How many people are in it, those invited and those deactivated included.")
    async def member_count(self, info: Info) -> int:
        return await info.context.loaders.team_people.load(self.row.id)

    @strawberry.field(description="Who is in it, by name, those invited and those deactivated included.")
    async def members(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Member] | None:
        return await connect(members_of_team(self.row), Paging(first, after, last, before), member_from)


@strawberry.input(description="What `teamCreate` takes.")
class TeamCreateInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    name: str = strawberry.field(description="The name, unlike that of any other team; at most 200 characters.")
    member_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Who is in it from the beginning, up to 1000 people."
    )


@strawberry.type(description="What `teamCreate` answers.")
class TeamCreatePayload:
    team: Team = strawberry.field(description="The new team.")


@strawberry.input(description="What `teamUpdate` takes; what is left out stays as it is.")
class TeamUpdateInput:
    team_id: strawberry.ID = strawberry.field(description="The team.")
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="A new name, at most 200 characters; it cannot be null."
    )
    add_member_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Who joins, up to 1000 people; nobody who is in it already."
    )
    remove_member_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Who leaves, first, up to 1000 people; nobody who is not in it."
    )

    def update(self) -> TeamUpdate:
        return TeamUpdate(
            name=or_unset(self.name),
            add=row_ids("Member", self.add_member_ids, "input", "addMemberIds"),
            remove=row_ids("Member", self.remove_member_ids, "input", "removeMemberIds"),
        )


@strawberry.type(description="What `teamUpdate` answers.")
class TeamUpdatePayload:
    team: Team = strawberry.field(description="The team as it is now.")


@strawberry.input(description="What `teamDelete` takes.")
class TeamDeleteInput:
    team_id: strawberry.ID = strawberry.field(description="The team.")


@strawberry.type(description="What `teamDelete` answers.")
class TeamDeletePayload:
    team: Team = strawberry.field(description="The team that was deleted; nobody is in it any more.")


TeamCreateResult = Annotated[
    TeamCreatePayload | UserError,
    strawberry.union("TeamCreateResult", description="The team, or why there is none."),
]
TeamUpdateResult = Annotated[
    TeamUpdatePayload | UserError,
    strawberry.union("TeamUpdateResult", description="The team, or why nothing was changed."),
]
TeamDeleteResult = Annotated[
    TeamDeletePayload | UserError,
    strawberry.union("TeamDeleteResult", description="The team, or why it was not deleted."),
]


@strawberry.type
class TeamMutation:
    @strawberry.mutation(extensions=[FreshLoaders()], description="Create a team.")
    async def team_create(
        self, info: Info, input: Annotated[TeamCreateInput, strawberry.argument(description="What and where.")]
    ) -> TeamCreateResult:
        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        member_ids = row_ids("Member", input.member_ids, "input", "memberIds")
        context = info.context
        team_id = await create_team(context.actor, organization_id, input.name, member_ids, context.policies)
        return TeamCreatePayload(team=await load_team(info, team_id))

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Rename a team, let people leave and join, all or nothing, at one instant, leaves first.",
    )
    async def team_update(
        self, info: Info, input: Annotated[TeamUpdateInput, strawberry.argument(description="Which, and what.")]
    ) -> TeamUpdateResult:
        team_id = row_id("Team", input.team_id, "input", "teamId")
        await update_team(info.context.actor, team_id, input.update(), info.context.policies)
        return TeamUpdatePayload(team=await load_team(info, team_id))

    @strawberry.mutation(
        extensions=[FreshLoaders()], description="Delete a team: everyone leaves it, and its subscription ends."
    )
    async def team_delete(
        self, info: Info, input: Annotated[TeamDeleteInput, strawberry.argument(description="Which.")]
    ) -> TeamDeleteResult:
        team_id = row_id("Team", input.team_id, "input", "teamId")
        await delete_team(info.context.actor, team_id, info.context.policies)
        return TeamDeletePayload(team=await load_team(info, team_id))


async def load_team(info: Info, team_id: UUID) -> Team:
    """A team of an organization that the actor has reached already."""
    row = await info.context.loaders.teams.load(team_id)
    assert row is not None, "a team that was reached is kept, also once it is deleted"
    return team_from(row)


def team_from(row: TeamRow) -> Team:
    return Team(
        id=global_id("Team", row.id), name=row.name, created_at=row.created_at, deleted_at=row.deleted_at, row=row
    )

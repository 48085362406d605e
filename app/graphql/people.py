"""The people and groups of an organization, as fields of it."""

from typing import Annotated

import strawberry

from app.directory.queries import EVERYONE, MemberFilter, MemberOrder
from app.domain.access import MemberStatus
from app.domain.actor import Role
from app.domain.policy import ADDRESSES
from app.graphql.connections import After, Before, Connection, First, Last, Paging, connect
from app.graphql.context import Info
from app.graphql.departments import Department, department_from
from app.graphql.enums import describe_enum
from app.graphql.ids import row_id
from app.graphql.listings import departments_of, members_of, teams_of
from app.graphql.member import Member, member_from
from app.graphql.teams import Team, team_from
from app.graphql.unset import row_id_or_unset
from app.organizations.queries import OrganizationFacts

describe_enum(
    MemberOrder,
    "How members are listed.",
    {
        "NAME_ASC": "By name.",
        "NAME_DESC": "By name, the last first.",
        "CREATED_AT_ASC": "By when they were invited.",
        "CREATED_AT_DESC": "By when they were invited, the newest first.",
    },
)


@strawberry.input(
    name="MemberFilter",
    description="Which members to list: those that all of it is true of. What is left out or null asks nothing.",
)
class MemberFilterInput:
    text: str | None = strawberry.field(
        default=None,
        description="Is part of the name or login, whatever the case; for whoever manages people, also of the e-mail "
        "address.",
    )
    status: MemberStatus | None = strawberry.field(default=None, description="Whether they take part.")
    role: Role | None = strawberry.field(default=None, description="Their role.")
    department_id: strawberry.ID | None = strawberry.field(default=None, description="The department they are in.")
    include_below: bool = strawberry.field(
        default=False, description="With `departmentId`: also those of every department below it."
    )
    team_id: strawberry.ID | None = strawberry.field(default=None, description="A team they are in.")
    has_seat: bool | None = strawberry.field(default=None, description="Whether they hold a seat now. Needs SEAT_VIEW.")
    is_robot: bool | None = strawberry.field(default=None, description="Whether it is a program, not a person.")
    is_erased: bool = strawberry.field(
        default=False, description="List those who were erased, who are left out otherwise."
    )

    def wanted(self, *, by_address: bool) -> MemberFilter:
        """`by_address`: the text is looked for in e-mail addresses too.

        Raises: DomainError INVALID_INPUT for what is no id of a department or team.
        """
        department_id, team_id = self.department_id, self.team_id
        return MemberFilter(
            text=self.text,
            by_address=by_address,
            status=self.status,
            role=self.role,
            department_id=row_id("Department", department_id, "filter", "departmentId") if department_id else None,
            with_those_below=self.include_below,
            team_id=row_id("Team", team_id, "filter", "teamId") if team_id else None,
            has_seat=self.has_seat,
            is_robot=self.is_robot,
            is_erased=self.is_erased,
        )


@strawberry.type
class PeopleOfOrganization:
    facts: strawberry.Private[OrganizationFacts]

    @strawberry.field(description="Its members, by name unless another order is asked for.")
    async def members(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[MemberFilterInput | None, strawberry.argument(description="Only these.")] = None,
        order_by: Annotated[MemberOrder | None, strawberry.argument(description="The order.")] = MemberOrder.NAME_ASC,
    ) -> Connection[Member] | None:
        by_address = ADDRESSES.is_met(info.context.actor, self.facts.id)
        wanted = filter.wanted(by_address=by_address) if filter is not None else EVERYONE
        listing = members_of(self.facts.id, wanted, order_by or MemberOrder.NAME_ASC)
        return await connect(listing, Paging(first, after, last, before), member_from)

    @strawberry.field(description="Its departments, by name.")
    async def departments(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        parent_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only those right below this one; null for those at the top alone."),
        ] = strawberry.UNSET,
    ) -> Connection[Department] | None:
        listing = departments_of(self.facts.id, row_id_or_unset("Department", parent_id, "parentId"))
        return await connect(listing, Paging(first, after, last, before), department_from)

    @strawberry.field(description="Its teams, by name.")
    async def teams(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Team] | None:
        return await connect(teams_of(self.facts.id), Paging(first, after, last, before), team_from)

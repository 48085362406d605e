"""Boards: filters under a name."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from app.domain.issue_filter import EVERY_ISSUE, IssueOrder
from app.graphql.connections import After, Before, Connection, First, Last, Paging, connect
from app.graphql.context import FreshLoaders, Info
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id
from app.graphql.issue_filter import BoardFilter, IssueFilter, board_filter_from
from app.graphql.issues import Issue, issue_from
from app.graphql.member import Member, load_members
from app.graphql.node import Node
from app.graphql.tracker_listings import issues_of
from app.tracker.boards import BoardRow, create_board, delete_board, update_board

if TYPE_CHECKING:
    from app.graphql.organization import Organization


@strawberry.type(description="A saved filter and order, for everyone in the organization.")
class Board(Node):
    name: str = strawberry.field(description="The name.")
    filter: BoardFilter = strawberry.field(description="Which issues it shows.")
    order: IssueOrder = strawberry.field(description="In which order.")
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When it was last changed.")
    row: strawberry.Private[BoardRow]

    @strawberry.field(description="Who created it.")
    async def author(self, info: Info) -> Member:
        return (await load_members(info, [self.row.author_id]))[0]

    @strawberry.field(description="The issues it shows.")
    async def issues(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Issue] | None:
        organization = await info.context.loaders.organizations.load(self.row.organization_id)
        assert organization is not None, "a board that was reached has an organization that is"
        listing = issues_of(organization, self.row.filter, self.row.order)
        return await connect(listing, Paging(first, after, last, before), issue_from)


@strawberry.input(description="What `boardCreate` takes.")
class BoardCreateInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    name: str = strawberry.field(description="The name, which no other board has; at most 200 characters.")
    filter: IssueFilter | None = strawberry.field(default=None, description="Which issues it shows; all if left out.")
    order_by: IssueOrder = strawberry.field(default=IssueOrder.CREATED_DESC, description="In which order.")


@strawberry.input(description="What `boardUpdate` takes. What is left out or null stays as it is.")
class BoardUpdateInput:
    board_id: strawberry.ID = strawberry.field(description="The board.")
    name: str | None = strawberry.field(default=None, description="The name, at most 200 characters.")
    filter: IssueFilter | None = strawberry.field(default=None, description="Which issues it shows, the whole of it.")
    order_by: IssueOrder | None = strawberry.field(default=None, description="In which order.")

    def given(self) -> dict[str, Any]:
        given = {
            "name": self.name,
            "filter": self.filter.wanted("input", "filter") if self.filter is not None else None,
            "order": self.order_by,
        }
        return {name: value for name, value in given.items() if value is not None}


@strawberry.input(description="What `boardDelete` takes.")
class BoardDeleteInput:
    board_id: strawberry.ID = strawberry.field(description="The board.")


@strawberry.type(description="What `boardCreate` answers.")
class BoardCreatePayload:
    board: Board = strawberry.field(description="The new board.")


@strawberry.type(description="What `boardUpdate` answers.")
class BoardUpdatePayload:
    board: Board = strawberry.field(description="The board as it is now.")


@strawberry.type(description="What `boardDelete` answers.")
class BoardDeletePayload:
    organization: Annotated["Organization", strawberry.lazy("app.graphql.organization")] = strawberry.field(
        description="The organization it was of."
    )


BoardCreateResult = Annotated[
    BoardCreatePayload | UserError,
    strawberry.union("BoardCreateResult", description="The board, or why there is none."),
]
BoardUpdateResult = Annotated[
    BoardUpdatePayload | UserError,
    strawberry.union("BoardUpdateResult", description="The board, or why nothing was changed."),
]
BoardDeleteResult = Annotated[
    BoardDeletePayload | UserError,
    strawberry.union("BoardDeleteResult", description="The organization, or why nothing was deleted."),
]


@strawberry.type
class BoardMutation:
    @strawberry.mutation(extensions=[FreshLoaders()], description="Save a filter under a name.")
    async def board_create(
        self, info: Info, input: Annotated[BoardCreateInput, strawberry.argument(description="What it shows.")]
    ) -> BoardCreateResult:
        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        wanted = input.filter.wanted("input", "filter") if input.filter is not None else EVERY_ISSUE
        board_id = await create_board(info.context.actor, organization_id, input.name, wanted, input.order_by)
        return BoardCreatePayload(board=await load_board(info, board_id))

    @strawberry.mutation(extensions=[FreshLoaders()], description="Change a board.")
    async def board_update(
        self, info: Info, input: Annotated[BoardUpdateInput, strawberry.argument(description="Which, and to what.")]
    ) -> BoardUpdateResult:
        board_id = row_id("Board", input.board_id, "input", "boardId")
        await update_board(info.context.actor, board_id, input.given())
        return BoardUpdatePayload(board=await load_board(info, board_id))

    @strawberry.mutation(extensions=[FreshLoaders()], description="Delete a board; the issues stay.")
    async def board_delete(
        self, info: Info, input: Annotated[BoardDeleteInput, strawberry.argument(description="Which board.")]
    ) -> BoardDeleteResult:
        from app.graphql.organization import load_organization

        board_id = row_id("Board", input.board_id, "input", "boardId")
        organization_id = await delete_board(info.context.actor, board_id)
        return BoardDeletePayload(organization=await load_organization(info, organization_id))


async def load_board(info: Info, board_id: UUID) -> Board:
    row = await info.context.loaders.tracker.boards.load(board_id)
    assert row is not None, "it was written just now"
    return board_from(row)


def board_from(row: BoardRow) -> Board:
    return Board(
        id=global_id("Board", row.id),
        name=row.name,
        filter=board_filter_from(row.filter),
        order=row.order,
        created_at=row.created_at,
        updated_at=row.updated_at,
        row=row,
    )

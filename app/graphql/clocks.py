"""Test clocks."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from app.clocks.service import create_test_clock, finish_advance, start_advance
from app.graphql.connections import After, Before, Connection, First, Last, Paging, connect
from app.graphql.context import FreshLoaders, Info
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id
from app.graphql.listings import organizations_on, test_clocks_made
from app.graphql.node import Node
from app.organizations.queries import TestClockFacts

if TYPE_CHECKING:
    from app.graphql.organization import Organization


@strawberry.type(description="A clock for tests: it stands still until it is advanced.")
class TestClock(Node):
    __test__ = False

    now: datetime = strawberry.field(description="What it shows.")
    advancing_to: datetime | None = strawberry.field(description="What it is on its way to; null while it stands.")
    expires_at: datetime | None = strawberry.field(
        description="When a partner's clock is over, in real time: what lives by it can then only be read. Null for "
        "others."
    )
    created_at: datetime = strawberry.field(description="When it was made, in real time.")
    row: strawberry.Private[TestClockFacts]

    @strawberry.field(
        description="The organizations that the last advance went on without, for their work failed. It is tried again "
        "by itself, and by the next advance; operators see why it fails in `jobs`."
    )
    async def left_out(
        self, info: Info
    ) -> list[Annotated["Organization", strawberry.lazy("app.graphql.organization")]]:
        from app.graphql.organization import load_organizations

        return await load_organizations(info, self.row.left_out)

    @strawberry.field(description="The organizations on it, oldest first.")
    async def organizations(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Annotated["Organization", strawberry.lazy("app.graphql.organization")]]:
        from app.graphql.organization import organization_from

        return await connect(
            organizations_on(info.context.actor, self.row.id), Paging(first, after, last, before), organization_from
        )


@strawberry.input(description="What `testClockCreate` takes.")
class TestClockCreateInput:
    __test__ = False

    now: datetime = strawberry.field(description="What the clock shows, from 2000 to 2099.")


@strawberry.type(description="What `testClockCreate` answers.")
class TestClockCreatePayload:
    __test__ = False

    test_clock: TestClock = strawberry.field(description="The new clock.")


@strawberry.input(description="What `testClockAdvance` takes.")
class TestClockAdvanceInput:
    __test__ = False

    test_clock_id: strawberry.ID = strawberry.field(description="The clock.")
    to: datetime = strawberry.field(description="What it is to show: later, by at most 400 days.")


@strawberry.type(description="What `testClockAdvance` answers.")
class TestClockAdvancePayload:
    __test__ = False

    test_clock: TestClock = strawberry.field(description="The clock, with everything due on its way done.")


TestClockCreateResult = Annotated[
    TestClockCreatePayload | UserError,
    strawberry.union("TestClockCreateResult", description="The clock, or why there is none."),
]
TestClockAdvanceResult = Annotated[
    TestClockAdvancePayload | UserError,
    strawberry.union("TestClockAdvanceResult", description="The clock, or why it was not advanced."),
]


@strawberry.type
class TestClockQuery:
    __test__ = False

    @strawberry.field(
        name="testClocks",
        description="Operators: every test clock, the oldest first, also those that nothing lives by; partners: their "
        "own.",
    )
    async def clocks(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[TestClock] | None:
        listing = test_clocks_made(info.context.actor)
        return await connect(listing, Paging(first, after, last, before), test_clock_from)


@strawberry.type
class TestClockMutation:
    __test__ = False

    @strawberry.mutation(extensions=[FreshLoaders()], description="Make a test clock.")
    async def test_clock_create(
        self, info: Info, input: Annotated[TestClockCreateInput, strawberry.argument(description="What it shows.")]
    ) -> TestClockCreateResult:
        test_clock_id = await create_test_clock(info.context.actor, input.now)
        return TestClockCreatePayload(test_clock=await load_test_clock(info, test_clock_id))

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Advance a test clock; answers when everything due on the way has been done.",
    )
    async def test_clock_advance(
        self,
        info: Info,
        input: Annotated[TestClockAdvanceInput, strawberry.argument(description="Which, and to when.")],
    ) -> TestClockAdvanceResult:
        test_clock_id = row_id("TestClock", input.test_clock_id, "input", "testClockId")
        await info.context.in_two(
            lambda: start_advance(info.context.actor, test_clock_id, input.to),
            lambda: finish_advance(info.context.actor, test_clock_id, info.context.policies, is_patient=True),
        )
        return TestClockAdvancePayload(test_clock=await load_test_clock(info, test_clock_id))


async def load_test_clock(info: Info, test_clock_id: UUID) -> TestClock:
    """A clock that exists."""
    row = await info.context.loaders.test_clocks.load(test_clock_id)
    assert row is not None, "the clock was found by its id before"
    return test_clock_from(row)


def test_clock_from(row: TestClockFacts) -> TestClock:
    return TestClock(
        id=global_id("TestClock", row.id),
        now=row.now,
        advancing_to=row.advancing_to,
        expires_at=row.expires_at,
        created_at=row.created_at,
        row=row,
    )

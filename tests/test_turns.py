"""Turns at a lock: who waits for one holds no connection, and loses nothing (decision 0058)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest

from app import db
from app.connections import pools

ONE = UUID("0a000000-0000-4000-8000-00000000000a")
OTHER = UUID("0a000000-0000-4000-8000-00000000000b")
BACKEND = "SELECT pg_backend_pid() AS pid"
REACHED = "SELECT acting_organizations() AS organizations"
# What a tenant may write without anything else: a key under which a request comes.
WRITE = "SELECT state FROM claim_idempotency_key($1, sha256('k'), sha256('r'))"

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
async def as_tenant(database: str) -> AsyncIterator[None]:
    pools.default = frozenset({ONE})
    yield
    pools.default = None


@pytest.fixture
def key() -> UUID:
    """Of a lock that nobody waits for."""
    return uuid4()


class Waiter:
    """Holds a turn until it is let go."""

    def __init__(self, key: UUID) -> None:
        self.key = key
        self.has_come, self.has_turn, self.may_end = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def wait(self) -> None:
        async with db.in_transaction():
            self.has_come.set()
            await db.take_turn(self.key)
            self.has_turn.set()
            await self.may_end.wait()


@asynccontextmanager
async def waiters(key: UUID, count: int) -> AsyncIterator[list[Waiter]]:
    """So many, of whom the first two come first and have their turn."""
    made = [Waiter(key) for _ in range(count)]
    async with asyncio.TaskGroup() as tasks:
        for one in made[:2]:
            tasks.create_task(one.wait())
            await one.has_turn.wait()
        for one in made[2:]:
            tasks.create_task(one.wait())
            await one.has_come.wait()
        yield made
        for one in made:
            one.may_end.set()


def connections_in_use() -> int:
    assert pools.tenants is not None
    return pools.tenants.get_size() - pools.tenants.get_idle_size()


async def until(connections: int) -> None:
    while connections_in_use() != connections:
        await asyncio.sleep(0.01)


async def test_two_have_a_turn_and_the_others_wait_without_a_connection(key: UUID) -> None:
    async with waiters(key, 30) as made:
        await until(2)
        assert [one.has_turn.is_set() for one in made] == [True, True, *[False] * 28]
        made[1].may_end.set()
        while sum(one.has_turn.is_set() for one in made) < 3:
            await asyncio.sleep(0.01)
        await until(2)
        assert sum(one.has_turn.is_set() for one in made) == 3
    assert connections_in_use() == 0


async def test_turns_at_one_lock_are_not_those_at_another(key: UUID) -> None:
    async with waiters(key, 3), waiters(uuid4(), 3):
        await until(4)


async def test_who_waited_too_long_has_changed_nothing_and_holds_nothing(
    key: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "lock_seconds", 0.05)
    async with waiters(key, 2):
        with pytest.raises(db.NoTurn):
            async with db.in_transaction(), db.in_transaction():
                await db.take_turn(key)
        assert connections_in_use() == 2
    async with db.in_transaction():
        await db.take_turn(key)


async def test_a_transaction_goes_on_after_its_wait_with_its_savepoints_and_what_it_reaches(key: UUID) -> None:
    async with waiters(key, 2) as made:
        async with asyncio.TaskGroup() as tasks:
            came = asyncio.Event()
            waiting = tasks.create_task(_wait_deeply(key, came))
            await came.wait()
            await until(2)
            made[0].may_end.set()
        assert waiting.result() == [{ONE, OTHER}, {ONE}]


async def _wait_deeply(key: UUID, came: asyncio.Event) -> list[set[UUID]]:
    """What is reached inside a savepoint that is taken back, and outside."""
    reached = []
    async with db.in_transaction():
        async with db.in_dry_run():
            await db.widen(OTHER)
            async with db.in_transaction():
                came.set()
                await db.take_turn(key)
            reached += await db.fetch(REACHED)
        reached += await db.fetch(REACHED)
    return [set(row["organizations"]) for row in reached]


async def test_what_a_transaction_began_with_is_done_anew_after_its_wait(key: UUID) -> None:
    async with waiters(key, 2) as made:
        async with asyncio.TaskGroup() as tasks:
            came = asyncio.Event()
            waiting = tasks.create_task(_claim_and_wait(key, came))
            await came.wait()
            await until(2)
            made[0].may_end.set()
        assert waiting.result() == ["CLAIMED", "CLAIMED"]
        assert await db.fetch(WRITE, key.hex) == [{"state": "FOUND"}]


async def _claim_and_wait(key: UUID, came: asyncio.Event) -> list[str]:
    states: list[str] = []

    async def claim() -> None:
        states.extend(row["state"] for row in await db.fetch(WRITE, key.hex))

    async with db.in_transaction():
        await claim()
        db.begin_again_with(claim)
        async with db.in_transaction():
            came.set()
            await db.take_turn(key)
    return states


async def test_who_has_written_something_keeps_it_and_waits_in_the_database(key: UUID) -> None:
    async with waiters(key, 2):
        async with db.in_transaction():
            await db.fetch(WRITE, key.hex)
            (before,) = await db.fetch(BACKEND)
            async with db.in_transaction():
                await db.take_turn(key)
            assert await db.fetch(BACKEND) == [before]
        assert await db.fetch(WRITE, key.hex) == [{"state": "FOUND"}]


async def test_who_has_a_turn_at_one_lock_waits_here_for_no_other(key: UUID) -> None:
    other = uuid4()
    async with waiters(key, 1) as made, waiters(other, 2):
        async with db.in_transaction():
            await db.take_turn(key)
            await db.take_turn(other)
            await db.take_turn(key)
        assert not made[0].may_end.is_set()


async def test_a_field_that_waits_for_its_turn_keeps_no_connection_for_what_others_of_its_operation_read(
    key: UUID,
) -> None:
    async with waiters(key, 2), db.reading():
        await db.fetch(BACKEND)
        field = Waiter(key)
        waiting = asyncio.create_task(field.wait())
        await field.has_come.wait()
        await until(2)
        await db.fetch(BACKEND)
        assert connections_in_use() == 2
        waiting.cancel()
        await asyncio.wait([waiting])
        await db.fetch(BACKEND)
        assert connections_in_use() == 3

"""Transactions, and for whom they act: round trips, what is shared, what is left behind."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app import db
from app.connections import pools
from app.logins import check_login, make_logins
from app.organizations.service import insert_organization
from app.processes import StartError
from tests import servers
from tests.factories import OPERATOR

ONE = UUID("0a000000-0000-4000-8000-00000000000a")
OTHER = UUID("0a000000-0000-4000-8000-00000000000b")
SCOPE = frozenset({ONE})
BEGUN = f"SET LOCAL seatmark.organizations = '{ONE.hex}'"
WHO = "SELECT acting_organizations() AS organizations, current_user::text AS role"

pytestmark = pytest.mark.usefixtures("database")


async def test_outside_of_any_scope_a_test_is_the_system_and_so_are_operators() -> None:
    assert await db.fetch(WHO) == [{"organizations": None, "role": "seatmark_app"}]
    with db.acting_for(None):
        assert await db.fetch(WHO) == [{"organizations": None, "role": "seatmark_app"}]


async def test_a_process_with_tenants_acts_for_nobody_unless_told(database: str) -> None:
    pools.default = frozenset()  # as the API has it; our own fixture says otherwise
    try:
        assert await db.fetch(WHO) == [{"organizations": None, "role": "seatmark_api"}]
    finally:
        pools.default = None


async def test_a_transaction_begins_and_says_for_whom_in_one_round_trip() -> None:
    async with logged() as queries:
        with db.acting_for(SCOPE):
            async with db.in_transaction():
                assert await db.fetch(WHO) == [{"organizations": [ONE], "role": "seatmark_api"}]
    assert queries == [f"BEGIN ; {BEGUN}", WHO, "COMMIT"]


async def test_a_statement_alone_has_a_transaction_of_its_own() -> None:
    async with logged() as queries:
        with db.acting_for(SCOPE):
            await db.fetch(WHO)
    assert queries == [f"BEGIN ; {BEGUN}", WHO, "COMMIT"]


async def test_a_statement_for_nobody_is_one_round_trip() -> None:
    async with logged() as queries:
        with db.acting_for(frozenset()):
            assert await db.fetch(WHO) == [{"organizations": None, "role": "seatmark_api"}]
    if pools.first:  # behind PgBouncer
        assert queries == ["BEGIN ; SET LOCAL seatmark.organizations = ''", WHO, "COMMIT"]
    else:
        assert queries == [WHO]


async def test_what_is_set_does_not_outlive_the_transaction_on_its_connection() -> None:
    async with logged():
        with db.acting_for(SCOPE):
            await db.fetch(WHO)
        assert pools.tenants is not None
        async with pools.tenants.acquire() as connection:
            assert await connection.fetchval("SELECT current_setting('seatmark.organizations')") == ""
            assert await connection.fetchval("SELECT acting_organizations()") is None


async def test_what_an_operation_reads_shares_one_transaction() -> None:
    async with logged() as queries:
        with db.acting_for(SCOPE):
            async with db.reading():
                await asyncio.gather(*(db.fetch(WHO) for _ in range(3)))
    assert queries == [f"BEGIN READ ONLY; {BEGUN}", WHO, WHO, WHO, "ROLLBACK"]


SCOPED = f"""
    SELECT (SELECT acting_organizations() WHERE scope IS NOT NULL) AS organizations
    FROM (SELECT {db.SCOPE} AS scope OFFSET 0) AS given
"""


async def test_a_statement_that_tells_for_whom_it_is_takes_no_transaction() -> None:
    async with logged() as queries:
        with db.acting_for(SCOPE):
            assert await db.fetch_scoped(SCOPED) == [{"organizations": [ONE]}]
            async with db.reading():
                assert await db.fetch_scoped(SCOPED) == [{"organizations": [ONE]}]
        with db.acting_for(frozenset()):
            assert await db.fetch_scoped(SCOPED) == [{"organizations": None}]
    if pools.first:  # behind PgBouncer
        reading, nobody = f"BEGIN READ ONLY; {BEGUN}", "BEGIN ; SET LOCAL seatmark.organizations = ''"
        assert queries == [
            *(f"BEGIN ; {BEGUN}", SCOPED, "COMMIT"),
            *(reading, SCOPED, "ROLLBACK"),
            *(nobody, SCOPED, "COMMIT"),
        ]
    else:
        assert queries == [SCOPED] * 3


async def test_a_statement_that_tells_for_whom_it_is_is_one_of_the_transaction_that_is_open() -> None:
    async with logged() as queries:
        with db.acting_for(SCOPE):
            async with db.in_transaction():
                await db.fetch_scoped(SCOPED)
            async with db.reading():
                await db.fetch(WHO)
                await db.fetch_scoped(SCOPED)
    assert queries == [
        *(f"BEGIN ; {BEGUN}", SCOPED, "COMMIT"),
        *(f"BEGIN READ ONLY; {BEGUN}", WHO, SCOPED, "ROLLBACK"),
    ]


async def test_who_is_told_in_a_statement_is_forgotten_with_it() -> None:
    with db.acting_for(SCOPE):
        await db.fetch_scoped(SCOPED)
    assert pools.tenants is not None
    async with pools.tenants.acquire() as connection:
        assert await connection.fetchval("SELECT acting_organizations()") is None


async def test_an_error_in_what_is_read_spares_its_siblings() -> None:
    with db.acting_for(SCOPE):
        async with db.reading():
            first, error, last = await asyncio.gather(
                db.fetch(WHO), db.fetch("SELECT 1 / 0"), db.fetch(WHO), return_exceptions=True
            )
    assert isinstance(error, asyncpg.DivisionByZeroError)
    assert first == last == [{"organizations": [ONE], "role": "seatmark_api"}]


async def test_a_transaction_ends_the_reading_before_it_begins() -> None:
    async with logged() as queries:
        with db.acting_for(SCOPE):
            async with db.reading():
                await db.fetch(WHO)
                async with db.in_dry_run():
                    await db.fetch(WHO)
                await db.fetch(WHO)
    reading, writing = f"BEGIN READ ONLY; {BEGUN}", f"BEGIN ; {BEGUN}"
    assert queries == [reading, WHO, "ROLLBACK", writing, WHO, "ROLLBACK", reading, WHO, "ROLLBACK"]


@pytest.mark.parametrize("open_connection", [db.read_snapshot, db.undone])
async def test_a_connection_of_ones_own_is_scoped_too(open_connection: Any) -> None:
    with db.acting_for(SCOPE):
        async with open_connection() as connection:
            assert await connection.fetchval("SELECT acting_organizations()") == [ONE]


async def test_a_transaction_is_widened_for_itself_alone() -> None:
    with db.acting_for(SCOPE):
        async with db.in_transaction():
            await db.widen(OTHER)
            (row,) = await db.fetch(WHO)
            assert set(row["organizations"]) == {ONE, OTHER}
        assert (await db.fetch(WHO))[0]["organizations"] == [ONE]


async def test_who_makes_an_organization_reaches_it_from_then_on(clean_database: None) -> None:
    with db.acting_for(frozenset()):
        async with db.in_transaction():
            made = await insert_organization(OPERATOR, "Romashka", "romashka", "Europe/Moscow", "RUB", None)
        assert await db.fetch("SELECT id FROM organizations") == [{"id": made.id}]
    with db.acting_for(frozenset()):
        assert await db.fetch("SELECT id FROM organizations WHERE slug = 'half-done'") == []


async def test_for_whom_a_transaction_acts_does_not_change_inside() -> None:
    async with db.in_transaction():
        with pytest.raises(RuntimeError, match="settled as it begins"), db.acting_for(SCOPE):
            pass


async def test_a_savepoint_takes_back_what_is_inside_and_no_more() -> None:
    with db.acting_for(SCOPE):
        async with db.in_transaction():
            with pytest.raises(asyncpg.DivisionByZeroError):
                async with db.in_transaction():
                    await db.fetch("SELECT 1 / 0")
            assert (await db.fetch(WHO))[0]["organizations"] == [ONE]


async def test_an_error_caught_without_a_savepoint_is_not_taken_for_a_commit() -> None:
    with pytest.raises(RuntimeError, match="was not committed"):
        await _catch_an_error()


@pytest.mark.parametrize("scope", [SCOPE, None])
async def test_a_connection_that_is_lost_poisons_nothing(database: str, scope: frozenset[UUID] | None) -> None:
    with db.acting_for(scope):
        with pytest.raises(Exception) as lost:  # noqa: PT011 - whatever asyncpg says of it
            await _lose_connection(database)
        assert db.is_outage(lost.value)
        async with db.in_transaction():
            assert len(await db.fetch(WHO)) == 1


async def test_only_ids_get_into_the_setting() -> None:
    forged: Any = frozenset({"0a'; SET ROLE postgres; --"})
    with db.acting_for(forged), pytest.raises(AttributeError):
        await db.fetch(WHO)


async def test_logins_that_would_be_no_wall_are_refused(database: str) -> None:
    own = await servers.variables(database)
    tenants, system = own["SEATMARK_API_DATABASE_URL"], own["SEATMARK_APP_DATABASE_URL"]
    await check_login(tenants, "seatmark_api", "SEATMARK_API_DATABASE_URL")
    await check_login(system, "seatmark_app", "SEATMARK_APP_DATABASE_URL")
    for url, role, reason in (
        (database, "seatmark_api", "X: this login owns the tables or stands above row security; take another"),
        (system, "seatmark_api", "X: this login is a member of seatmark_app too, to whom every organization exists"),
        (
            tenants,
            "seatmark_app",
            "X: this login is no member of seatmark_app; migrate, then `GRANT seatmark_app TO` it",
        ),
    ):
        with pytest.raises(StartError) as refusal:
            await check_login(url, role, "X")
        assert str(refusal.value) == reason


async def test_logins_have_new_passwords_at_every_start_and_the_server_keeps_no_password(
    database: str, tmp_path: Any
) -> None:
    first, second = await make_logins(database, tmp_path), await make_logins(database, tmp_path)
    login = db.parse_url(first.tenants_url)["user"]
    assert db.parse_url(second.tenants_url)["user"] == login
    password = db.parse_url(second.tenants_url)["password"]
    assert password != db.parse_url(first.tenants_url)["password"]
    connection = await asyncpg.connect(database)
    try:
        kept = await connection.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = $1", login)
        assert kept.startswith("SCRAM-SHA-256$4096:")
        assert password not in kept
        for name in (login, login.replace("_api_", "_app_")):
            await connection.execute(f"DROP ROLE {name}")
    finally:
        await connection.close()


async def _read_shared() -> None:
    with db.acting_for(SCOPE):
        async with db.reading():
            await db.fetch("SELECT pg_sleep(0.02)")


async def _read_alone() -> None:
    with db.acting_for(SCOPE):
        await db.fetch("SELECT pg_sleep(0.02)")


async def _read_snapshot() -> None:
    async with db.read_snapshot() as connection:
        await connection.fetch("SELECT pg_sleep(0.02)")


@pytest.mark.parametrize("work", [_read_shared, _read_alone, _read_snapshot])
async def test_what_is_cut_off_anywhere_takes_back_what_it_began(
    work: Callable[[], Awaitable[None]], caplog: pytest.LogCaptureFixture
) -> None:
    for turns in range(80):
        task = asyncio.ensure_future(work())
        for _ in range(turns % 40):
            await asyncio.sleep(0)
        await asyncio.sleep(0.0002 * (turns // 2))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert [message for message in caplog.messages if "active transaction" in message] == []  # asyncpg's, of a release


@asynccontextmanager
async def logged() -> AsyncIterator[list[str]]:
    """What is sent on the tenants' connection, without the settings that transactions have behind PgBouncer. The pool
    gives the one used last."""
    assert pools.tenants is not None
    queries: list[str] = []
    settings = pools.first.get(False, "")

    def note(record: Any) -> None:
        queries.append(record.query.replace(f" {settings}", "", 1) if settings else record.query)

    async with pools.tenants.acquire() as connection:
        await connection.fetch(WHO)  # a new one asks what the types are
        connection.add_query_logger(note)
    try:
        yield queries
    finally:
        async with pools.tenants.acquire() as connection:
            connection.remove_query_logger(note)


async def _catch_an_error() -> None:
    async with db.in_transaction():
        with suppress(asyncpg.DivisionByZeroError):
            await db.fetch("SELECT 1 / 0")


async def _lose_connection(database: str) -> None:
    """In the middle of a transaction."""
    connection = await asyncpg.connect(database)
    try:
        async with db.in_transaction():
            (row,) = await db.fetch("SELECT pg_backend_pid() AS pid")
            assert await connection.fetchval("SELECT pg_terminate_backend($1, 5000)", row["pid"])
            await db.fetch(WHO)
    finally:
        await connection.close()


async def test_what_is_computed_meanwhile_is_computed_while_the_database_is_at_a_statement() -> None:
    async with db.in_transaction():
        async with db.meanwhile(db.fetch("SELECT 1 AS one FROM pg_sleep(0.05)")) as found:
            assert not found.done()
        assert found.result() == [{"one": 1}]


async def test_an_error_of_either_is_told_once_both_have_ended_and_the_transaction_is_taken_back() -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        await _half_do("SELECT 1 / 0 FROM pg_sleep(0.05)", lambda: None)
    with pytest.raises(ZeroDivisionError):
        await _half_do("SELECT pg_sleep(0.05)", lambda: 1 // 0)
    assert await db.fetch("SELECT id FROM organizations WHERE slug = 'half-done'") == []


async def _half_do(statement: str, compute: Callable[[], object]) -> None:
    async with db.in_transaction():
        await insert_organization(OPERATOR, "Half", "half-done", "Europe/Moscow", "RUB", None)
        async with db.meanwhile(db.fetch(statement)):
            compute()

"""A key runs its request once: answered again, refused to another request, as good as new after what was taken back
(invariant 16)."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest

from app import db
from app.clocks.service import create_test_clock
from app.domain.actor import Actor, Role, operator
from app.domain.errors import ErrorCode
from app.domain.roles import member
from app.identity import idempotency
from app.identity.idempotency import Fate, Outcome, Part, forget_answers, forget_old_keys, run_once
from app.memberships.members import erase_member
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, found_at, refused, snapshot

pytestmark = pytest.mark.usefixtures("clean_database")

KEY, REQUEST = "a key of a client", b"make a clock"
OTHER = operator("0a000000-0000-4000-8000-000000000002", "request-of-a-test")

IN_USE = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type LIKE 'client%'
      AND xact_start IS NOT NULL
"""
"""Connections in a transaction, but for the one that asks."""


class Making:
    """A request that makes a test clock when it is started, and ends as it is told."""

    def __init__(self, fate: Fate = Fate.KEPT) -> None:
        self.fate = fate
        self.parts: list[Part] = []

    async def __call__(self, part: Part) -> Outcome:
        self.parts.append(part)
        if part is Part.START:
            await create_test_clock(OPERATOR, NOVEMBER)
        fate = Fate.KEPT if self.fate is Fate.BEGUN and part is Part.REST else self.fate
        return Outcome(f"answer {len(self.parts)}".encode(), fate)


async def made() -> int:
    return await db.count("SELECT 1 FROM test_clocks")


async def stored() -> list[bytes | None]:
    return [row["answer"] for row in await db.fetch("SELECT answer FROM idempotency_keys ORDER BY created_at")]


@asynccontextmanager
async def another_process(database: str) -> AsyncIterator[asyncpg.Connection]:
    """Someone who is at work under the key, and has not committed."""
    connection = await asyncpg.connect(database)
    transaction = connection.transaction()
    await transaction.start()
    sql = "SELECT state FROM claim_idempotency_key($1, $2, $3)"
    name = f"operator:{OPERATOR.reference}"
    assert await connection.fetchval(sql, name, digest(KEY.encode()), digest(REQUEST)) == "CLAIMED"
    try:
        yield connection
    finally:
        await transaction.rollback()
        await connection.close()


def digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


async def test_the_same_request_again_is_given_the_first_answer_and_nothing_is_made() -> None:
    making = Making()
    first = await run_once(OPERATOR, KEY, REQUEST, making)
    before = await snapshot()
    again = await run_once(OPERATOR, KEY, REQUEST, making)
    assert (first.body, first.is_replayed) == (b"answer 1", False)
    assert (again.body, again.is_replayed) == (b"answer 1", True)
    assert making.parts == [Part.START]
    assert await snapshot() == before
    assert await made() == 1


async def test_another_request_under_the_key_is_refused() -> None:
    await run_once(OPERATOR, KEY, REQUEST, Making())
    async with refused(ErrorCode.IDEMPOTENCY_KEY_REUSED):
        await run_once(OPERATOR, KEY, b"make two", Making())


async def test_a_key_is_its_actors_own() -> None:
    assert (await run_once(OPERATOR, KEY, REQUEST, Making())).is_replayed is False
    assert (await run_once(OTHER, KEY, b"something else", Making())).is_replayed is False
    assert await made() == 2


async def test_what_is_taken_back_leaves_no_trace_and_the_key_is_as_good_as_new() -> None:
    before = await snapshot()
    answer = await run_once(OPERATOR, KEY, REQUEST, Making(Fate.TAKEN_BACK))
    assert (answer.body, answer.is_replayed) == (b"answer 1", False)
    assert await snapshot() == before
    assert (await run_once(OPERATOR, KEY, b"make two", Making())).is_replayed is False
    assert await made() == 1


async def test_a_bug_in_the_middle_leaves_no_trace() -> None:
    async def fail(_: Part) -> Outcome:
        await create_test_clock(OPERATOR, NOVEMBER)
        raise ZeroDivisionError

    before = await snapshot()
    with pytest.raises(ZeroDivisionError):
        await run_once(OPERATOR, KEY, REQUEST, fail)
    assert await snapshot() == before


async def test_an_answer_with_a_secret_is_given_once_and_stored_nowhere() -> None:
    making = Making(Fate.UNTOLD)
    assert (await run_once(OPERATOR, KEY, REQUEST, making)).body == b"answer 1"
    assert await stored() == [None]
    async with refused(ErrorCode.IDEMPOTENCY_KEY_REUSED) as refusal:
        await run_once(OPERATOR, KEY, REQUEST, making)
    assert refusal.value.message.startswith("This was done under this idempotency key.")
    assert await made() == 1


async def test_neither_the_key_nor_a_hash_of_the_request_alone_is_stored() -> None:
    await run_once(OPERATOR, KEY, REQUEST, Making())
    (row,) = await db.fetch("SELECT actor, key_hash, request_hash FROM idempotency_keys")
    assert row["actor"] == "operator:0a000000-0000-4000-8000-000000000001"
    assert KEY.encode() not in row["key_hash"]
    assert row["request_hash"] != digest(REQUEST)


async def test_a_start_is_made_once_and_its_rest_is_done_without_a_transaction_around_it(
    database: str,
) -> None:
    seen: list[int] = []

    async def begin(part: Part) -> Outcome:
        if part is Part.START:
            await create_test_clock(OPERATOR, NOVEMBER)
            return Outcome(b"begun", Fate.BEGUN)
        connection = await asyncpg.connect(database)
        seen.append(await connection.fetchval("SELECT count(*) FROM test_clocks"))
        seen.append(await connection.fetchval("SELECT count(*) FROM idempotency_keys WHERE answered_at IS NULL"))
        await connection.close()
        return Outcome(b"done", Fate.KEPT)

    assert (await run_once(OPERATOR, KEY, REQUEST, begin)).body == b"done"
    assert seen == [1, 1]
    again = await run_once(OPERATOR, KEY, REQUEST, begin)
    assert (again.body, again.is_replayed) == (b"done", True)
    assert await made() == 1


async def test_a_rest_that_failed_is_done_again_and_its_start_is_not() -> None:
    parts: list[Part] = []

    async def begin(part: Part) -> Outcome:
        parts.append(part)
        if part is Part.START:
            await create_test_clock(OPERATOR, NOVEMBER)
            return Outcome(b"begun", Fate.BEGUN)
        return Outcome(b"a rest", Fate.TAKEN_BACK if len(parts) == 2 else Fate.KEPT)

    await run_once(OPERATOR, KEY, REQUEST, begin)
    assert await stored() == [None]
    async with refused(ErrorCode.IDEMPOTENCY_KEY_REUSED):
        await run_once(OPERATOR, KEY, b"another", begin)
    again = await run_once(OPERATOR, KEY, REQUEST, begin)
    assert (again.body, again.is_replayed) == (b"a rest", False)
    assert parts == [Part.START, Part.REST, Part.REST]
    assert await made() == 1


async def test_of_two_that_do_the_rest_at_once_the_first_answer_is_both_their_answer() -> None:
    making = Making(Fate.BEGUN)

    async def begin(part: Part) -> Outcome:
        if part is Part.REST:
            sql = "UPDATE idempotency_keys SET answer = 'another process was faster', answered_at = clock_timestamp()"
            await db.fetch(sql)
        return await making(part)

    answer = await run_once(OPERATOR, KEY, REQUEST, begin)
    assert (answer.body, answer.is_replayed) == (b"another process was faster", True)


async def test_twenty_at_once_in_one_process_make_one() -> None:
    making = Making()
    answers = await asyncio.gather(*(run_once(OPERATOR, KEY, REQUEST, making) for _ in range(20)))
    assert {one.body for one in answers} == {b"answer 1"}
    assert sorted(one.is_replayed for one in answers) == [False] + 19 * [True]
    assert await made() == 1


async def test_whoever_waits_for_another_process_holds_no_connection_and_goes_on_when_it_is_gone(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "PATIENCE", 30.0)
    async with another_process(database) as held:
        waiting = [asyncio.create_task(run_once(OPERATOR, KEY, REQUEST, Making())) for _ in range(20)]
        for _ in range(30):
            await asyncio.sleep(0.01)
            assert await held.fetchval(IN_USE) <= 1  # whoever looks again; the others wait for it
        assert not any(one.done() for one in waiting)
        assert await made() == 0
    answers = await asyncio.gather(*waiting)
    assert sorted(one.is_replayed for one in answers) == [False] + 19 * [True]
    assert await made() == 1


async def test_whoever_waits_for_too_long_is_told_to_try_again(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "PATIENCE", 0.3)
    async with another_process(database):
        async with refused(ErrorCode.CONFLICT) as refusal:
            await run_once(OPERATOR, KEY, REQUEST, Making())
        assert refusal.value.message == "A request with this idempotency key is still being worked on; try again."
    assert (await run_once(OPERATOR, KEY, REQUEST, Making())).is_replayed is False


async def test_a_key_is_forgotten_after_seven_days_by_the_sweep_and_without_it() -> None:
    await run_once(OPERATOR, "old", REQUEST, Making())
    await run_once(OPERATOR, "older", REQUEST, Making())
    await run_once(OPERATOR, "young", REQUEST, Making())
    age = "UPDATE idempotency_keys SET created_at = created_at - $1::interval WHERE key_hash = $2"
    for key, days in (("old", 7), ("older", 8), ("young", 6)):
        await db.fetch(age, timedelta(days=days), digest(key.encode()))
    assert (await run_once(OPERATOR, "old", b"another", Making())).is_replayed is False
    assert (await run_once(OPERATOR, "young", REQUEST, Making())).is_replayed is True
    assert await forget_old_keys() == 1
    assert (await run_once(OPERATOR, "older", REQUEST, Making())).is_replayed is False
    assert await made() == 5


async def test_an_erasure_forgets_answers_that_may_name_the_person_and_no_others_and_keeps_every_key() -> None:
    company, elsewhere = await found_at(NOVEMBER, 2), await found_at(NOVEMBER, 1)
    clocks = await made()
    for actor in (OPERATOR, of(company), of(elsewhere)):
        await run_once(actor, KEY, REQUEST, Making())
    await erase_member(OPERATOR, company.members[0], POLICIES)
    assert await stored() == [None, None, b"answer 1"]
    async with refused(ErrorCode.IDEMPOTENCY_KEY_REUSED):
        await run_once(of(company), KEY, REQUEST, Making())
    assert (await run_once(of(elsewhere), KEY, REQUEST, Making())).is_replayed is True
    assert await made() == clocks + 3


async def test_an_erasure_waits_for_no_other_organizations_and_what_it_could_not_delete_is_given_to_nobody() -> None:
    company, elsewhere = await found_at(NOVEMBER, 1), await found_at(NOVEMBER, 1)
    await run_once(OPERATOR, KEY, REQUEST, Making())
    async with db.in_dry_run():
        await erase_member(OPERATOR, company.members[0], POLICIES)
        with db.acting_apart():
            await erase_member(OPERATOR, elsewhere.members[0], POLICIES)
    assert await stored() == [b"answer 1"]
    async with refused(ErrorCode.IDEMPOTENCY_KEY_REUSED) as refusal:
        await run_once(OPERATOR, KEY, REQUEST, Making())
    assert refusal.value.message.startswith("This was done under this idempotency key.")
    await run_once(OPERATOR, "later", REQUEST, Making())
    assert await forget_answers() == 1
    assert await stored() == [None, b"answer 1"]
    assert (await run_once(OPERATOR, "later", REQUEST, Making())).is_replayed is True


async def test_an_erasure_deletes_a_thousand_answers_at_once_and_the_sweep_the_rest() -> None:
    company = await found_at(NOVEMBER, 1)
    await db.fetch(
        """
        INSERT INTO idempotency_keys (id, actor, key_hash, request_hash, created_at, answered_at, answer)
        SELECT gen_random_uuid(), 'operator:' || n, sha256('k'), sha256('r'), at, at, 'anna'
        FROM clock_timestamp() AS at, generate_series(1, 7000) AS n
        """
    )
    await erase_member(OPERATOR, company.members[0], POLICIES)
    assert await db.count("SELECT 1 FROM idempotency_keys WHERE answer IS NOT NULL") == 6000
    assert await forget_answers() == 6000
    assert await db.count("SELECT 1 FROM idempotency_keys") == 7000
    await db.fetch("UPDATE idempotency_keys SET created_at = created_at - interval '7 days'")
    await db.fetch("UPDATE answers_forgotten SET at = at - interval '7 days'")
    assert await forget_old_keys() == 7000
    assert await db.count("SELECT 1 FROM answers_forgotten") == 0


def of(company: Company) -> Actor:
    return member(company.members[-1], company.id, Role.OWNER, "request-of-a-test")

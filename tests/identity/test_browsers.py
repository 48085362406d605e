"""Sessions of browsers: what is kept, how long they last, how their tokens are renewed."""

import asyncio
from datetime import timedelta

import pytest

from app import db
from app.domain.tokens import hash_secret
from app.identity.bearer import Identity
from app.identity.browsers import (
    delete_ended_sessions,
    end_session,
    find_session,
    start_session,
    use_session,
)
from tests.factories import snapshot

pytestmark = pytest.mark.usefixtures("clean_database")

ANNA = Identity("https://id.test", "anna")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


async def let_pass(time: timedelta) -> None:
    """As if every session were so much older."""
    await db.fetch(
        """
        UPDATE browser_sessions SET created_at = created_at - $1::interval, renewed_at = renewed_at - $1::interval,
            seen_at = seen_at - $1::interval, expires_at = expires_at - $1::interval,
            previous_until = previous_until - $1::interval
        """,
        time,
    )


async def renewed(token: str) -> str | None:
    """The token that replaces one which must be good."""
    session = await use_session(token, renews=True)
    assert session is not None
    assert session.identity == ANNA
    return session.renewed_token


async def is_over(token: str) -> bool:
    return await use_session(token, renews=True) is None


async def test_only_a_hash_of_the_token_is_kept_and_signing_in_is_recorded_without_a_name() -> None:
    token = await start_session(ANNA, None, "request-1")
    assert len(token) == 43
    rows = [row for rows in (await snapshot()).values() for row in rows]
    assert not any(token in row for row in rows)
    assert any(hash_secret(token) in row for row in rows)
    (entry,) = await db.fetch("SELECT * FROM audit_entries WHERE action = 'browser_session.created'")
    assert (entry["actor"], entry["request_id"], "anna" in entry["after"]) == ("system:sign-in", "request-1", False)


async def test_using_a_young_token_writes_nothing() -> None:
    token = await start_session(ANNA, None, "r")
    before = await snapshot()
    assert await renewed(token) is None
    assert await snapshot() == before
    assert await is_over(token + "x")
    assert await is_over("")
    assert await snapshot() == before


async def test_a_session_unused_for_twelve_hours_is_over() -> None:
    token = await start_session(ANNA, None, "r")
    await let_pass(11 * HOUR)
    token = await renewed(token) or ""
    await let_pass(12 * HOUR)
    assert await is_over(token)
    assert await delete_ended_sessions() == 1


async def test_a_session_is_over_after_seven_days_however_busy() -> None:
    token = await start_session(ANNA, None, "r")
    for _ in range(16):
        await let_pass(10 * HOUR)
        token = await renewed(token) or token
        await renewed(token)
    await let_pass(8 * HOUR)
    assert await is_over(token)


async def test_a_token_is_replaced_after_an_hour_by_one_of_several_requests() -> None:
    token = await start_session(ANNA, None, "r")
    await let_pass(HOUR)
    answers = await asyncio.gather(*(renewed(token) for _ in range(10)))
    (fresh,) = [one for one in answers if one is not None]
    assert await renewed(fresh) is None
    assert await renewed(token) is None
    await let_pass(MINUTE)
    assert await renewed(fresh) is None


async def test_who_comes_with_a_token_long_replaced_ends_the_session_for_both() -> None:
    token = await start_session(ANNA, None, "r")
    await let_pass(HOUR)
    fresh = await renewed(token) or ""
    await renewed(fresh)
    await let_pass(MINUTE)
    assert await is_over(token)
    assert await is_over(fresh)


async def test_a_renewal_whose_answer_was_lost_is_made_again() -> None:
    token = await start_session(ANNA, None, "r")
    await let_pass(HOUR)
    lost = await renewed(token) or ""
    await let_pass(2 * MINUTE)
    fresh = await renewed(token) or ""
    assert await is_over(lost)
    assert await renewed(fresh) is None


async def test_without_an_answer_to_bring_it_nothing_is_renewed() -> None:
    token = await start_session(ANNA, None, "r")
    await let_pass(2 * HOUR)
    session = await use_session(token, renews=False)
    assert session is not None
    assert session.renewed_token is None
    assert await renewed(token) is not None


async def test_looking_at_a_session_by_its_id_is_no_use_of_it_and_no_theft() -> None:
    token = await start_session(ANNA, None, "r")
    session = await use_session(token, renews=True)
    assert session is not None
    await let_pass(HOUR)
    fresh = await renewed(token) or ""
    assert await renewed(fresh) is None
    await let_pass(HOUR)
    before = await snapshot()
    found = await find_session(session.id)
    assert found is not None
    assert (found.id, found.identity, found.renewed_token) == (session.id, ANNA, None)
    assert await snapshot() == before
    assert await renewed(fresh) is not None
    await let_pass(12 * HOUR)
    assert await find_session(session.id) is None


async def test_signing_in_again_ends_the_session_before_and_signing_out_the_last() -> None:
    first = await start_session(ANNA, None, "r")
    second = await start_session(ANNA, first, "r")
    assert await is_over(first)
    await end_session(second, "r")
    assert await is_over(second)
    before = await snapshot()
    await end_session(second, "r")
    assert await snapshot() == before
    rows = await db.fetch("SELECT action FROM audit_entries WHERE action LIKE 'browser%' ORDER BY sequence")
    assert [row["action"].rpartition(".")[2] for row in rows] == ["created", "ended", "created", "ended"]

"""Operator keys: shown once, kept as a hash, known again, taken back."""

import asyncio

import pytest

from app import db
from app.domain.actor import Permission
from app.identity.operators import create_operator_key, delete_operator_key, ensure_operator_key
from app.identity.service import find_actor
from tests.factories import snapshot

pytestmark = pytest.mark.usefixtures("clean_database")


@pytest.fixture(autouse=True)
async def no_key(clean_database: None) -> None:
    await db.fetch("DELETE FROM operator_keys")


async def test_a_first_key_is_made_once_also_by_processes_that_start_at_once() -> None:
    keys = await asyncio.gather(*(ensure_operator_key(None) for _ in range(8)))
    (key,) = [one for one in keys if one is not None]
    assert key.startswith("smop_")
    actor = await find_actor(key, "request-1")
    assert actor is not None
    assert (actor.request_id, actor.everywhere, actor.organizations) == ("request-1", frozenset(Permission), None)
    assert actor.name.startswith("operator:")
    assert await ensure_operator_key(None) is None


async def test_a_given_key_works_and_giving_it_again_changes_nothing() -> None:
    assert await ensure_operator_key("a key given by the operator") is None
    before = await snapshot()
    assert await ensure_operator_key("a key given by the operator") is None
    assert await snapshot() == before
    assert await find_actor("a key given by the operator", "r") is not None


async def test_no_secret_is_stored_anywhere() -> None:
    key = await create_operator_key()
    assert [row for rows in (await snapshot()).values() for row in rows if key in row or key[5:] in row] == []


async def test_an_unknown_key_is_nobody_and_a_key_taken_back_too() -> None:
    key = await create_operator_key()
    assert await find_actor(key + "x", "r") is None
    assert await find_actor("", "r") is None
    await delete_operator_key(key)
    assert await find_actor(key, "r") is None
    await delete_operator_key(key)
    rows = await db.fetch("SELECT action FROM audit_entries ORDER BY sequence DESC LIMIT 2")
    assert [row["action"] for row in rows] == ["operator_key.deleted", "operator_key.created"]

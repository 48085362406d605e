"""Listing test clocks (R9.1)."""

from typing import Any

from app import db
from app.domain.actor import Actor, Permission
from app.domain.paging import PageRequest
from app.organizations.partners import partner_key_id
from app.organizations.queries import CLOCK_COLUMNS, TestClockFacts


async def list_test_clocks(actor: Actor, page: PageRequest) -> list[TestClockFacts]:
    """Oldest first, also those that nothing lives by: a partner's own, and for operators everybody's.

    Raises: DomainError FORBIDDEN for who makes no test clocks.
    """
    actor.require_own(Permission.TEST_CLOCK_MANAGE)
    source, values = _source(actor)
    rows = await db.fetch_page(source, "true", ("created_at", "id"), page, *values)
    return [TestClockFacts(**row) for row in rows]


async def count_test_clocks(actor: Actor) -> int:
    """How many `list_test_clocks` pages through."""
    source, values = _source(actor)
    return await db.count(source, *values)


def _source(actor: Actor) -> tuple[str, tuple[Any, ...]]:
    key_id = partner_key_id(actor)
    if key_id is None:
        return f"SELECT {CLOCK_COLUMNS} FROM test_clocks", ()
    return f"SELECT {CLOCK_COLUMNS} FROM list_partner_clocks($1, NULL)", (key_id,)

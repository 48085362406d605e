"""Founding organizations, and whom they begin with (R2.7, R4.1)."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from app import db
from app.clocks.service import create_test_clock
from app.directory.queries import find_members
from app.domain.access import MemberStatus
from app.domain.actor import Role
from app.domain.errors import ErrorCode
from app.memberships.founding import create_organization
from tests.factories import OPERATOR, founding, refused, utc

pytestmark = pytest.mark.usefixtures("clean_database")


async def create(**other: Any) -> UUID:
    values: dict[str, Any] = {"slug": "romashka", "clock_id": None, "owner_email": "olga@romashka.example"}
    return await create_organization(OPERATOR, founding(**values | other))


async def test_a_new_organization_has_one_active_owner() -> None:
    organization_id = await create()
    (owner,) = await find_members([row["id"] for row in await db.fetch("SELECT id FROM members")])
    assert (owner.organization_id, owner.email, owner.role, owner.status) == (
        organization_id, "olga@romashka.example", Role.OWNER, MemberStatus.ACTIVE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"slug": "No Slug"}, ErrorCode.INVALID_INPUT),
        ({"slug": ""}, ErrorCode.INVALID_INPUT),
        ({"name": "  "}, ErrorCode.INVALID_INPUT),
        ({"name": "n" * 201}, ErrorCode.INVALID_INPUT),
        ({"time_zone": "Mars/Olympus"}, ErrorCode.INVALID_INPUT),
        ({"currency": "XXX"}, ErrorCode.INVALID_INPUT),
        ({"currency": "USD"}, ErrorCode.INVALID_INPUT),
        ({"owner_email": "nobody"}, ErrorCode.INVALID_INPUT),
        ({"owner_name": ""}, ErrorCode.INVALID_INPUT),
        ({"clock_id": "5ea70000-0000-4000-8000-00000000dead"}, ErrorCode.NOT_FOUND),
    ],
)
async def test_an_organization_that_cannot_be_is_refused(other: dict[str, Any], code: ErrorCode) -> None:
    async with refused(code):
        await create(**other)


async def test_an_organization_before_the_first_price_list_is_refused() -> None:
    clock = await create_test_clock(OPERATOR, utc("2020-09-15 12:00"))
    async with refused(ErrorCode.INVALID_INPUT):
        await create(clock_id=clock)


async def test_a_slug_is_taken_once_also_by_twenty_at_once() -> None:
    answers = await asyncio.gather(*(create() for _ in range(20)), return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in answers) == 1
    assert await db.count("SELECT 1 FROM organizations") == 1
    async with refused(ErrorCode.ALREADY_EXISTS):
        await create(owner_email="other@x.example")

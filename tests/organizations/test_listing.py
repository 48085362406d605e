"""Lists of organizations: whose, by state, name, currency and clock, in every order."""

from datetime import timedelta
from uuid import UUID

import pytest

from app import db
from app.domain.actor import Role
from app.domain.lifecycle import OrganizationState
from app.domain.paging import PageRequest
from app.domain.roles import person
from app.organizations.listing import (
    EVERY_ORGANIZATION,
    OrganizationFilter,
    OrganizationOrder,
    count_organizations,
    list_organizations,
)
from tests.factories import DAY, NOVEMBER, OPERATOR, as_superuser, found, found_at, jump, someone_in

pytestmark = pytest.mark.usefixtures("clean_database")

PAGE = PageRequest(limit=10)
OLDEST, NEWEST = OrganizationOrder.CREATED_AT_ASC, OrganizationOrder.CREATED_AT_DESC
BY_NAME, BY_NAME_DOWN = OrganizationOrder.NAME_ASC, OrganizationOrder.NAME_DESC


async def name(organization_id: UUID, called: str) -> None:
    await db.fetch("UPDATE organizations SET name = $2 WHERE id = $1", organization_id, called)


async def three() -> list[UUID]:
    """Beta, Alpha and Gamma, made in this order."""
    clock = None
    ids = []
    for called in ("Beta", "Alpha", "Gamma"):
        company = await found_at(NOVEMBER) if clock is None else await found(clock)
        clock = company.clock_id
        await name(company.id, called)
        ids.append(company.id)
        await jump(clock, NOVEMBER + timedelta(hours=len(ids)))
    return ids


@pytest.mark.parametrize(
    ("order", "places"),
    [(OLDEST, [0, 1, 2]), (NEWEST, [2, 1, 0]), (BY_NAME, [1, 0, 2]), (BY_NAME_DOWN, [2, 0, 1])],
)
async def test_every_order_goes_on_where_a_page_ends(order: OrganizationOrder, places: list[int]) -> None:
    ids = await three()
    rows = await list_organizations(OPERATOR, EVERY_ORGANIZATION, order, PAGE)
    assert [row.id for row in rows] == [ids[place] for place in places]
    key = (rows[0].name, rows[0].id) if order.is_by_name else (rows[0].created_at, rows[0].id)
    rest = await list_organizations(OPERATOR, EVERY_ORGANIZATION, order, PageRequest(limit=10, after=key))
    assert [row.id for row in rest] == [ids[place] for place in places[1:]]


async def test_others_than_operators_see_their_own_whatever_they_ask_for() -> None:
    first, second, third = await three()
    actor = person("sign-in", "request", {first: (first, Role.MEMBER), third: (third, Role.OWNER)}, None)
    for one, own in ((actor, [first, third]), (someone_in([second]), [second]), (someone_in([]), [])):
        rows = await list_organizations(one, EVERY_ORGANIZATION, OLDEST, PAGE)
        assert [row.id for row in rows] == own
        assert await count_organizations(one, EVERY_ORGANIZATION) == len(own)
    assert await count_organizations(OPERATOR, EVERY_ORGANIZATION) == 3
    assert await list_organizations(someone_in([second]), OrganizationFilter(text="alpha"), OLDEST, PAGE) != []
    assert await list_organizations(someone_in([second]), OrganizationFilter(text="beta"), OLDEST, PAGE) == []


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        (OrganizationFilter(text=" ALPH "), 1),
        (OrganizationFilter(text="company-"), 3),  # the slug
        (OrganizationFilter(text="%"), 0),
        (OrganizationFilter(text="a\x00"), 0),
        (OrganizationFilter(currency="RUB"), 3),
        (OrganizationFilter(currency="EUR"), 0),
        (OrganizationFilter(is_on_test_clock=True), 3),
        (OrganizationFilter(is_on_test_clock=False), 0),
        (OrganizationFilter(is_suspended=True), 0),
        (OrganizationFilter(is_suspended=False, text="mm"), 1),
        (OrganizationFilter(test_clock_id=UUID(int=1)), 0),
    ],
)
async def test_a_filter_lists_what_all_of_it_is_true_of(wanted: OrganizationFilter, number: int) -> None:
    await three()
    assert len(await list_organizations(OPERATOR, wanted, OLDEST, PAGE)) == number
    assert await count_organizations(OPERATOR, wanted) == number


async def test_a_state_is_found_as_it_is_derived() -> None:
    """The filter's SQL and `state_at` say the same of every state."""
    facts = {
        "NOT_ACTIVATED": "activated_at = NULL, trial_ends_at = NULL",
        "TRIAL": "name = 'Trial'",
        "RETENTION": "trial_ends_at = activated_at + interval '1 hour'",
        "CLOSED": "closed_at = created_at",
        "PURGING": "purge_decided_at = created_at",
        "PURGED": "purge_decided_at = created_at, purged_at = created_at",
        "SUBSCRIBED": "trial_ends_at = activated_at + interval '1 hour'",
    }
    clock = (await found_at(NOVEMBER, is_active=False)).clock_id
    ids = {}
    for state, change in facts.items():
        company = await found(clock, 1)
        ids[state] = company.id
        async with as_superuser():
            await db.fetch(f"UPDATE organizations SET {change} WHERE id = $1", company.id)
            if state == "SUBSCRIBED":
                await db.fetch(
                    "INSERT INTO seat_subscriptions (id, organization_id, joins, created_at, created_by) "
                    "VALUES (gen_random_uuid(), $1, 'ALWAYS', $2, 'nobody')",
                    company.id,
                    NOVEMBER,
                )
    await jump(clock, NOVEMBER + DAY)
    for wanted in OrganizationState:
        rows = await list_organizations(OPERATOR, OrganizationFilter(state=wanted), OLDEST, PAGE)
        assert {row.state for row in rows} == {wanted}
        assert ids[wanted.value] in [row.id for row in rows]

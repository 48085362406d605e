"""Live updates over both transports: every event once, in order, to whoever may see it."""


import httpx
import pytest

from tests.client import Client, Company, create_clock, found
from tests.http.live import live, stream, take
from tests.servers import Api

FOUNDED = ["organization.created"]


@pytest.fixture
async def company(client: Client) -> Company:
    return await found(client, await create_clock(client, "2021-01-04T09:00:00Z"))


async def test_events_come_in_order_and_go_on_from_a_number(api: Api, client: Client, company: Company) -> None:
    await company.activate()
    async with live(api) as one:
        await one.begin(api.operator_key)
        await one.subscribe(company.id, 0)
        assert await one.events(2) == [
            {"sequence": 1, "type": "organization.created"},
            {"sequence": 2, "type": "tracker.activated"},
        ]
        await company.invite(1)
        assert await one.events(1) == [{"sequence": 3, "type": "members.invited"}]
    async with live(api) as again:
        await again.begin(api.operator_key)
        await again.subscribe(company.id, 2)
        assert await again.events(1) == [{"sequence": 3, "type": "members.invited"}]


async def test_sse_tells_the_same_events_with_their_numbers_as_ids(
    api: Api, caller: httpx.AsyncClient, company: Company
) -> None:
    await company.activate()
    async with stream(caller, company.id, 0) as told:
        first, second = await take(told, 2)
        await company.invite(1)
        (third,) = await take(told, 1)
    assert [(one.kind, one.id) for one in (first, second, third)] == [("next", "1"), ("next", "2"), ("next", "3")]
    assert third.data == {"data": {"organizationEvents": {"sequence": 3, "type": "members.invited"}}}
    async with stream(caller, company.id, 0, **{"Last-Event-ID": "2"}) as told:
        assert await take(told, 1) == [third]

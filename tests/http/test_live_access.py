"""A member's own seat over both transports: told as it comes and goes, and again to whoever comes back."""

import httpx
import pytest

from tests.client import Client, Company, create_clock, found
from tests.http.live import live, stream, take
from tests.http.test_live_events import hire
from tests.servers import Api


@pytest.fixture
async def company(client: Client) -> Company:
    company = await found(client, await create_clock(client, "2021-01-04T09:00:00Z"))
    await company.activate()
    return company


async def test_a_member_is_told_that_a_seat_of_their_own_came_and_went_and_nothing_else_of_it(
    api: Api, company: Company
) -> None:
    query = """
        subscription($organizationId: ID!, $after: Int) {
            organizationEvents(organizationId: $organizationId, after: $after) {
                sequence type payload organization { viewerAccess }
            }
        }
    """
    member, token = await hire(company, "MEMBER")
    other, seated = await company.invite(2)
    await company.subscribe([seated])  # in the trial: what subscribes after it first is about everyone
    await company.advance("2021-03-01T09:00:00Z")
    before = (await company.read("auditLog(first: 1) { nodes { sequence } }"))["auditLog"]["nodes"][0]["sequence"]
    async with live(api) as one:
        await one.begin(token)
        await one.subscribe(company.id, before, query=query)
        await company.subscribe([other])
        await company.subscribe([member])
        (given,) = await one.events(1)
        await company.replace([member], [])
        await company.unsubscribe([other])
        (taken,) = await one.events(1)
    told = {"type": "access.changed", "payload": {}}
    assert given == {**told, "sequence": before + 2, "organization": {"viewerAccess": "FULL"}}
    assert taken == {**told, "sequence": before + 3, "organization": {"viewerAccess": "READ_ONLY"}}


async def test_a_member_who_comes_again_is_told_the_same_over_both_transports(api: Api, company: Company) -> None:
    member, token = await hire(company, "MEMBER")
    for _ in range(2):
        await company.subscribe([member])
        await company.unsubscribe([member])
    await company.invite(1)
    expected = [
        {"sequence": 4, "type": "access.changed"},
        {"sequence": 5, "type": "access.changed"},
        {"sequence": 6, "type": "access.changed"},
        {"sequence": 7, "type": "access.changed"},
        {"sequence": 8, "type": "members.invited"},
    ]
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=api.url, headers=headers, trust_env=False, timeout=60.0) as http:
        for place in range(len(expected)):
            after = place + 3
            async with live(api) as one:
                await one.begin(token)
                await one.subscribe(company.id, after)
                assert await one.events(len(expected) - place) == expected[place:]
            async with stream(http, company.id, 0, **{"Last-Event-ID": str(after)}) as told:
                again = await take(told, len(expected) - place)
            assert [one.data["data"]["organizationEvents"] for one in again] == expected[place:]
            assert [one.id for one in again] == [str(one["sequence"]) for one in expected[place:]]

"""Promo codes are guessed out of one small bucket of an organization, whoever guesses (decision 0045)."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from app.domain.actor import Permission, Role, operator
from app.domain.roles import api_key, member, partner
from app.http.rate import key_of, keys_of_guesses
from tests import servers
from tests.client import Client, Company, contents, start
from tests.http.test_graphql_api_keys import owner_of, with_key
from tests.http.test_guard import error_of, speaking


@pytest.fixture(scope="module")
async def http(
    client: Client, database: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """An API with the limits that hold unless others are set."""
    variables = await servers.variables(database, REDIS_URL=redis_url)
    async with speaking(variables, tmp_path_factory.mktemp("api") / "log") as opened:
        yield opened


async def guess(client: Client, company: Company, count: int) -> httpx.Response:
    """The answer to so many guesses at once, each of which is wrong."""
    field = 'promoCodeRedeem(input: {organizationId: $id, code: "WRONG"}) { ... on UserError { code } }'
    source = "mutation($id: ID!) { " + " ".join(f"a{number}: {field}" for number in range(count)) + " }"
    return await client.http.post(
        "/graphql", json={"query": source, "variables": {"id": company.id}}, headers=client.headers
    )


async def test_a_new_key_brings_no_new_guesses_and_neither_does_the_owner(
    http: httpx.AsyncClient, redis_url: str
) -> None:
    await servers.empty_redis(redis_url)
    company = await start(Client(http), "2026-01-01T00:00:00+00:00")
    other = await start(Client(http), "2026-01-01T00:00:00+00:00")
    owner = await company.client.as_member(await owner_of(company))
    first, second = [await with_key(owner, company, "BILLING_MANAGE") for _ in range(2)]
    plain = await with_key(owner, company, "MEMBER_VIEW")
    before = await contents()
    assert (await guess(plain, company, 20)).json()["data"]["a19"] == {"code": "FORBIDDEN"}
    answers = (await guess(first, company, 20)).json()["data"]
    assert list(answers.values()) == [{"code": "PROMO_CODE_INVALID"}] * 20
    for client in (first, second, owner):
        response = await guess(client, company, 1)
        assert response.status_code == 429
        assert error_of(response) == {"code": "RATE_LIMITED"}
    assert await contents() == before
    another = await other.client.as_member(await owner_of(other))
    assert (await guess(another, other, 1)).json()["data"] == {"a0": {"code": "PROMO_CODE_INVALID"}}
    assert (await guess(company.client, company, 1)).json()["data"] == {"a0": {"code": "PROMO_CODE_INVALID"}}


def test_keys_of_an_organization_share_a_bucket_and_members_and_partners_have_their_own() -> None:
    organization_id, member_id, key_id = uuid4(), uuid4(), uuid4()
    keys = [
        api_key(uuid4(), organization_id, (uuid4(), Role.OWNER), {Permission.BILLING_VIEW}, "r", None) for _ in range(2)
    ]
    assert {key_of(one) for one in keys} == {f"organization:{organization_id}"}
    assert keys_of_guesses(keys[0]) == [f"organization:{organization_id}"]
    owner = member(member_id, organization_id, Role.OWNER, "r")
    assert (key_of(owner), keys_of_guesses(owner)) == (f"member:{member_id}", [f"organization:{organization_id}"])
    plain = member(member_id, organization_id, Role.MEMBER, "r")
    assert keys_of_guesses(plain) == [f"member:{member_id}"]
    reading = api_key(key_id, organization_id, (member_id, Role.OWNER), {Permission.SEAT_VIEW}, "r", None)
    assert keys_of_guesses(reading) == [f"api_key:{key_id}"]
    managing = partner(key_id, [organization_id], frozenset({Permission.BILLING_MANAGE}), "r", None)
    assert (key_of(managing), keys_of_guesses(managing)) == (f"partner:{key_id}", [f"partner:{key_id}"])
    assert keys_of_guesses(operator("a", "r")) == ["operator:a"]

"""Who may ask at all: whoever brings a bearer key that we know."""

import httpx
import pytest

from tests.client import contents
from tests.servers import Api

ASKING = {"query": "{ priceLists { name } }"}
CREATING = {
    "query": 'mutation { testClockCreate(input: {now: "2021-01-01T00:00:00Z"}) { __typename } }',
}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no key"),
        pytest.param({"Authorization": "Bearer wrong"}, id="a wrong key"),
        pytest.param({"Authorization": "Bearer"}, id="only the scheme"),
        pytest.param({"Authorization": "Basic {key}"}, id="another scheme"),
        pytest.param({"Authorization": "{key}"}, id="no scheme"),
        pytest.param({"Authorization": "Bearer {key}x"}, id="a key with something after it"),
    ],
)
@pytest.mark.parametrize("body", [ASKING, CREATING], ids=["query", "mutation"])
async def test_without_a_key_that_we_know_nothing_is_answered_or_done(
    api: Api, headers: dict[str, str], body: dict[str, str]
) -> None:
    sent = {name: value.format(key=api.operator_key) for name, value in headers.items()}
    before = await contents()
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as http:
        response = await http.post("/graphql", json=body, headers=sent)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == ('Bearer error="invalid_token"' if headers else "Bearer")
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert "data" not in response.json()
    assert await contents() == before


async def test_a_key_that_we_know_is_let_in_whatever_the_case_of_the_scheme(api: Api) -> None:
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as http:
        response = await http.post("/graphql", json=ASKING, headers={"Authorization": f"bearer {api.operator_key}"})

    assert response.status_code == 200
    assert response.json()["data"] == {"priceLists": [{"name": "Public list of October 2020"}]}


async def test_asking_by_get_needs_the_key_too_and_changes_nothing(api: Api) -> None:
    before = await contents()
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as http:
        refused = await http.get("/graphql", params=ASKING)
        http.headers["Authorization"] = f"Bearer {api.operator_key}"
        answered = await http.get("/graphql", params=ASKING)
        changing = await http.get("/graphql", params=CREATING)

    assert (refused.status_code, answered.status_code) == (401, 200)
    assert (changing.status_code, changing.headers["Allow"]) == (405, "POST")
    assert await contents() == before


async def test_the_schema_and_the_health_are_for_everyone(api: Api) -> None:
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as http:
        schema, health, readiness = [await http.get(path) for path in ("/schema.graphql", "/healthz", "/readyz")]

    assert (schema.status_code, health.text, readiness.json()["status"]) == (200, "ok", "ready")
    assert "union SeatsChangeResult = SeatsChangePayload | UserError" in schema.text

"""Live updates over both transports: every event once, in order, to whoever may see it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app import db
from app.graphql.ids import parse_global_id
from tests import servers
from tests.client import Client, Company, create_clock, found, unknown
from tests.http.conftest import with_key
from tests.http.live import EVENTS, live, pieces, stream, take
from tests.http.refusals import refusal
from tests.servers import Api, run_api

ENDED = {
    "message": "What you came in with has ended; ask again with another, and with `after`.",
    "extensions": {"code": "UNAUTHENTICATED"},
}


@pytest.fixture(scope="module")
async def quick(
    api: Api, database: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    """Another API on the same database, which looks again every half second who listens."""
    own = {"SEATMARK_LIVE_CHECK_SECONDS": "0.5", "SEATMARK_LIVE_PING_SECONDS": "0.5", "SEATMARK_LIVE_CONNECTIONS": "2"}
    variables = await servers.variables(database, REDIS_URL=redis_url, **own)
    async with run_api(variables, api.operator_key, tmp_path_factory.mktemp("quick") / "log") as running:
        yield running


@pytest.fixture
async def company(client: Client) -> Company:
    return await found(client, await create_clock(client, "2021-01-04T09:00:00Z"))


async def hire(company: Company, role: str) -> tuple[str, str]:
    """A new member's id and a token that acts as them."""
    (member,) = await company.invite(1)
    await company.client.change("memberUpdate", "member { id }", memberId=member, role=role)
    session = await company.client.change("sessionCreate", "token", memberId=member)
    return member, session["token"]


def without_request_id(piece: dict[str, Any]) -> list[Any]:
    """The errors of a result, without what is another each time."""
    for error in piece["errors"]:
        error["extensions"].pop("requestId")
        error.pop("locations", None)
    errors: list[Any] = piece["errors"]
    return errors


async def test_events_come_in_order_and_go_on_from_a_number(api: Api, company: Company) -> None:
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


async def test_two_listeners_hear_everything_while_many_write(
    api: Api, caller: httpx.AsyncClient, company: Company
) -> None:
    async def write() -> None:
        for _ in range(12):
            await company.invite(1)

    writing = asyncio.create_task(write())
    async with live(api) as one:
        await one.begin(api.operator_key)
        await one.subscribe(company.id, 0)
        early = [event["sequence"] for event in await one.events(4)]
        async with stream(caller, company.id, early[-1]) as told:
            late = [int(piece.id or 0) for piece in await take(told, 9)]
        rest = [event["sequence"] for event in await one.events(9)]
    await writing
    assert early + late == list(range(1, 14))
    assert rest == late


async def test_what_is_read_beside_an_event_is_read_anew(api: Api, company: Company) -> None:
    query = """
        subscription($organizationId: ID!, $after: Int) {
            organizationEvents(organizationId: $organizationId, after: $after) { type payload organization { name } }
        }
    """
    async with live(api) as one:
        await one.begin(api.operator_key)
        await one.subscribe(company.id, 0, query=query)
        await one.events(1)
        for name in ("Lutik", "Vasilek"):
            await company.client.change(
                "organizationUpdate", "organization { id }", organizationId=company.id, name=name
            )
            (event,) = await one.events(1)
            assert event == {
                "type": "organization.updated",
                "payload": {"isNameChanged": True},
                "organization": {"name": name},
            }


async def test_ids_in_a_payload_are_those_of_the_api(api: Api, company: Company) -> None:
    query = """
        subscription($organizationId: ID!) {
            organizationEvents(organizationId: $organizationId, after: 1) { payload }
        }
    """
    (member,) = await company.invite(1)
    robot = await company.client.change(
        "memberInvite",
        "members { id }",
        organizationId=company.id,
        members=[{"email": "robot@a.example", "name": "Robot", "robot": True, "role": "ADMIN"}],
    )
    made = await company.client.change(
        "apiKeyCreate",
        "apiKey { id }",
        organizationId=company.id,
        name="Reports",
        permissions=["MEMBER_VIEW"],
        robot=robot["members"][0]["id"],
    )
    async with live(api) as one:
        await one.begin(api.operator_key)
        await one.subscribe(company.id, None, query=query)
        invited, _, created = await one.events(3)
    assert invited["payload"]["memberIds"] == [member]
    assert created["payload"]["apiKeyId"] == made["apiKey"]["id"]


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("ADMIN", ["members.invited", "member.updated", "seats.changed", "billing_profile.set", "team.created"]),
        (
            "BILLING_MANAGER",
            ["members.invited", "member.updated", "seats.changed", "billing_profile.set", "team.created"],
        ),
        ("MEMBER", ["members.invited", "access.changed", "team.created"]),
    ],
)
async def test_every_role_hears_what_it_may_see(quick: Api, company: Company, role: str, seen: list[str]) -> None:
    await company.activate()
    member, token = await hire(company, role)
    await company.subscribe([member])
    await company.set_payer()
    await company.client.change("teamCreate", "team { id }", organizationId=company.id, name="Red")
    async with live(quick) as one:
        await one.begin(token)
        await one.subscribe(company.id, 2)
        assert [event["type"] for event in await one.events(len(seen))] == seen


async def test_a_role_that_changes_changes_what_is_heard(quick: Api, company: Company) -> None:
    await company.activate()
    member, token = await hire(company, "ADMIN")
    async with live(quick) as one:
        await one.begin(token)
        await one.subscribe(company.id, 4)
        await company.subscribe([member])
        assert [event["type"] for event in await one.events(1)] == ["seats.changed"]
        await company.client.change("memberUpdate", "member { id }", memberId=member, role="MEMBER")
        await company.unsubscribe([member])
        await company.client.change("teamCreate", "team { id }", organizationId=company.id, name="Red")
        heard = [event["type"] for event in await one.events(3)]
        assert heard == ["member.updated", "access.changed", "team.created"]


async def test_a_member_who_is_deactivated_hears_nothing_of_it_nor_after(quick: Api, company: Company) -> None:
    member, token = await hire(company, "ADMIN")
    async with live(quick) as one:
        await one.begin(token)
        await one.subscribe(company.id, 1)
        await one.events(2)
        await company.client.change("memberDeactivate", "member { id }", memberId=member)
        assert await one.receive() == {"type": "complete", "id": "1"}
        assert await one.closed() == 4403


async def test_a_token_that_ends_ends_the_stream_though_nothing_happens(quick: Api, company: Company) -> None:
    member, token = await hire(company, "ADMIN")
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient(base_url=quick.url, headers=headers, trust_env=False, timeout=60.0) as http,
        stream(http, company.id, 1) as told,
    ):
        await take(told, 2)
        await db.fetch(
            "UPDATE sessions SET expires_at = clock_timestamp() WHERE member_id = $1", parse_global_id(member)[1]
        )
        last, complete = await take(told, 2)
        assert without_request_id(last.data) == [ENDED]
        assert (complete.kind, complete.id, complete.data) == ("complete", None, None)
        assert [piece async for piece in told] == []


async def test_another_organization_is_not_there_like_one_that_is_none(
    api: Api, client: Client, company: Company
) -> None:
    _, token = await hire(company, "OWNER")
    other = await found(client, await create_clock(client, "2021-01-04T09:00:00Z"))
    answers = []
    async with live(api) as one:
        await one.begin(token)
        for organization_id in (other.id, unknown("Organization")):
            await one.subscribe(organization_id, 0)
            message = await one.receive()
            assert message["type"] == "error"
            answers.append(without_request_id({"errors": message["payload"]}))
    assert answers[0] == answers[1]
    assert answers[0][0]["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("after", [-1, 2, 2_147_483_647])
async def test_a_number_that_no_event_has_had_is_refused(
    api: Api, caller: httpx.AsyncClient, company: Company, after: int
) -> None:
    async with stream(caller, company.id, after) as told:
        refused, complete = await take(told, 2)
    (error,) = refused.data["errors"]
    assert error["extensions"]["code"] == "INVALID_INPUT"
    assert error["message"] == f"No event has had the number {after} yet."  # and not how many there are
    assert (refused.id, complete.kind) == (None, "complete")


async def test_a_purge_that_is_decided_is_told_and_ends_the_stream(quick: Api, company: Company) -> None:
    async with live(quick) as one:
        await one.begin(quick.operator_key)
        await one.subscribe(company.id, 1)
        organization_id = parse_global_id(company.id)[1]
        await db.fetch(
            "UPDATE organizations SET closed_at = created_at, purge_decided_at = last_change_at WHERE id = $1",
            organization_id,
        )
        assert await one.receive() == {"type": "complete", "id": "1"}


async def test_an_actor_has_so_many_open_and_no_more(quick: Api, company: Company) -> None:
    _, token = await hire(company, "ADMIN")
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    asked = {"query": EVENTS, "variables": {"organizationId": company.id, "after": 0}}
    async with live(quick) as one, live(quick) as two, live(quick) as three:
        await one.begin(token)
        await two.begin(token)
        await three.send({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
        assert await three.closed() == 1013
        async with with_key(quick) as http:
            response = await http.post("/graphql", json=asked, headers=headers)
        assert refusal(response) == (429, "TOO_MANY_STREAMS")


async def test_clients_that_name_event_streams_beside_json_get_json_for_queries(caller: httpx.AsyncClient) -> None:
    urql = (
        "application/graphql-response+json, application/graphql+json, application/json, "
        "text/event-stream, multipart/mixed"
    )

    response = await caller.post("/graphql", json={"query": "{ __typename }"}, headers={"Accept": urql})

    assert response.headers["Content-Type"] == "application/graphql-response+json; charset=utf-8"
    assert response.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("accept", "query", "status"),
    [
        ("application/json", EVENTS, 406),
        ("*/*", EVENTS, 406),
        ("text/event-stream;q=0, application/json", EVENTS, 406),
        ("text/event-stream", "{ __typename }", 406),
        ("text/html", "{ __typename }", 406),
    ],
)
async def test_an_operation_that_cannot_be_answered_as_asked_is_refused(
    caller: httpx.AsyncClient, company: Company, accept: str, query: str, status: int
) -> None:
    asked = {"query": query, "variables": {"organizationId": company.id, "after": 0}}

    response = await caller.post("/graphql", json=asked, headers={"Accept": accept})

    assert refusal(response) == (status, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { organizationEvents { " + "type " * 2_500 + "} }", "OPERATION_TOO_LARGE"),
    ],
)
async def test_an_invalid_document_is_told_in_a_stream_to_who_takes_nothing_else(
    caller: httpx.AsyncClient, query: str, code: str
) -> None:
    asked = {"query": query}
    async with caller.stream("POST", "/graphql", json=asked, headers={"Accept": "text/event-stream"}) as answer:
        told = [piece async for piece in pieces(answer)]
    plain = await caller.post("/graphql", json=asked, headers={"Accept": "text/event-stream, application/json"})

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
    assert answer.headers["Cache-Control"] == "private, no-store, no-transform"
    assert [(piece.kind, piece.id) for piece in told] == [("next", None), ("complete", None)]
    assert [error["extensions"]["code"] for error in told[0].data["errors"]] == [code]
    assert "data" not in told[0].data
    assert (plain.status_code, plain.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert plain.json()["errors"][0]["extensions"]["code"] == code


@pytest.mark.parametrize(
    ("asked", "headers", "refused"),
    [
        ({"query": "query A { __typename } query B { __typename }"}, {}, (400, "OPERATION_RESOLUTION_FAILURE")),
        ({"query": 1}, {}, (400, "INVALID_INPUT")),
        ({"query": "subscription {"}, {"Authorization": "Bearer nobody"}, (401, "UNAUTHENTICATED")),
    ],
)
async def test_what_is_no_mistake_of_graphql_keeps_its_status_for_who_takes_streams(
    caller: httpx.AsyncClient, asked: dict[str, Any], headers: dict[str, str], refused: tuple[int, str]
) -> None:
    response = await caller.post("/graphql", json=asked, headers={"Accept": "text/event-stream", **headers})

    assert refusal(response) == refused


async def test_a_get_subscribes_and_a_bad_last_event_id_is_refused(caller: httpx.AsyncClient, company: Company) -> None:
    parameters = {
        "query": f'subscription {{ organizationEvents(organizationId: "{company.id}", after: 0) {{ sequence }} }}'
    }
    headers = {"Accept": "text/event-stream"}
    async with caller.stream("GET", "/graphql", params=parameters, headers=headers) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["Cache-Control"] == "private, no-store, no-transform"
        assert "Content-Encoding" not in answer.headers

    response = await caller.get("/graphql", params=parameters, headers=headers | {"Last-Event-ID": "x"})

    assert refusal(response) == (400, "INVALID_INPUT")

"""What is for people is in the language that the request asks for; codes, paths and what is stored never change."""

import json
from typing import Any

import httpx
import pytest

from app.graphql.ids import parse_global_id
from tests.billing.test_verification import tamper
from tests.client import Client, contents, mutation, unknown
from tests.http.live import live
from tests.http.test_graphql_invoices import billed, invoice_of
from tests.servers import Api

RUSSIAN = {"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.8"}


def russian(client: Client) -> Client:
    speaking = Client(client.http)
    speaking.headers = client.headers | RUSSIAN
    return speaking


async def refused(client: Client, field: str, **given: Any) -> Any:
    """The UserError, having seen that nothing was changed."""
    before = await contents()
    found = (await client.ask(mutation(field, "__typename"), input=given))[field]
    assert found["__typename"] == "UserError"
    assert await contents() == before
    return found


async def test_a_refusal_is_told_at_its_field_in_the_language_that_is_asked_for(client: Client) -> None:
    given = {"name": "Romashka", "slug": "Not a slug"} | {"owner": {"name": "Anna", "email": "anna@romashka.example"}}

    english, told = [await refused(one, "organizationCreate", **given) for one in (client, russian(client))]

    assert [one["path"] for one in told["problems"]] == [one["path"] for one in english["problems"]]
    assert {one["path"][-1]: (one["code"], one["message"]) for one in told["problems"]} == {
        "slug": (
            "INVALID_INPUT",
            "«Not a slug» не годится как короткое имя: можно a–z, 0–9 и дефисы внутри, не больше 63 знаков.",
        ),
    }
    (problem,) = english["problems"]
    assert problem["message"] == "'Not a slug' is not a slug: use a–z, 0–9 and hyphens inside, at most 63."


async def test_an_error_of_a_query_is_told_in_it_too(client: Client) -> None:
    query = 'query($id: ID!) { billingSimulation(month: "2021-01", testClockId: $id) { month } }'
    failures = [await one.fail(query, id=unknown("TestClock")) for one in (client, russian(client))]

    assert [(one.code, one.message) for one in failures] == [
        ("NOT_FOUND", "There is no such test clock."),
        ("NOT_FOUND", "Таких тестовых часов нет."),
    ]


@pytest.mark.parametrize(
    ("header", "begun", "told"),
    [
        ("en", {"acceptLanguage": "ru"}, "Такой организации нет."),
        ("ru", {"acceptLanguage": "en"}, "There is no such organization."),
        ("ru", {}, "Такой организации нет."),
    ],
)
async def test_a_websocket_speaks_as_its_beginning_asks_and_else_as_its_request(
    api: Api, header: str, begun: dict[str, str], told: str
) -> None:
    async with live(api, **{"Accept-Language": header}) as socket:
        await socket.begin(api.operator_key, **begun)
        await socket.subscribe(unknown("Organization"), None)
        refused = await socket.receive()
    assert refused["type"] == "error"
    assert [one["message"] for one in refused["payload"]] == [told]


async def test_a_websocket_begins_with_no_language_that_is_no_text(api: Api) -> None:
    async with live(api) as socket:
        await socket.send({"type": "connection_init", "payload": {"acceptLanguage": ["ru"]}})
        assert await socket.closed() == 4400


async def test_what_a_verification_finds_and_why_an_invoice_says_what_it_says_are_told_in_it(client: Client) -> None:
    _, invoice_id = await billed(client)
    await tamper(
        "UPDATE invoices SET document = jsonb_set(document, '{lines,0,amount}', '\"2000.00\"') WHERE id = $1",
        parse_global_id(invoice_id)[1],
    )
    wanted = "verification { differences unchecked } explanation"
    told = await invoice_of(russian(client), invoice_id, wanted)
    english = await invoice_of(client, invoice_id, wanted)

    assert "lines[1].amount was 2000.00; recomputed it is 1806.00." in english["verification"]["differences"]
    assert "строка 1, сумма: было 2000.00; при пересчёте 1806.00." in told["verification"]["differences"]
    assert len(told["verification"]["differences"]) == len(english["verification"]["differences"])
    said = [one.replace("\u00a0", " ").replace("\u202f", " ") for one in told["explanation"]]
    assert (
        said[0] == "7 мест было занято с 5 января 2021 г., 12:00 (Europe/Moscow): это максимум за месяц (январь 2021)."
    )
    assert said[1].startswith("До этого — 1; увеличил оператор ")
    assert said[2:] == [
        "Прайс-лист — «Public list of October 2020»; если мест больше 5, оплачивается каждое.",
        "Места 1–100: 7 × 258 = 2 000,00 ₽.",
        "Всего 1 806,00 ₽: 1 505,00 + 301,00 НДС 20 %, в том числе.",
    ]


async def test_what_is_no_graphql_is_refused_in_it_too(client: Client) -> None:
    path = f"/invoices/{unknown('Invoice')}/evidence"
    answers = [await client.http.get(path, headers=headers) for headers in ({}, RUSSIAN)]

    assert [(one.status_code, _message(one)) for one in answers] == [
        (404, "There is no such invoice."),
        (404, "Такого счёта нет."),
    ]


def _message(answer: httpx.Response) -> str:
    message: str = json.loads(answer.content)["errors"][0]["message"]
    return message

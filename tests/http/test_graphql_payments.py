"""Payments and accounts over HTTP."""

from typing import Any

import pytest

from tests.client import Client, Company, start, unknown

pytestmark = pytest.mark.usefixtures("clean_database")

ACTIVATION = "2020-11-10T12:00:00+03:00"
ACCOUNT = "billing { balance { amount currency } overdue { amount currency } nextChargeAt }"
PAYMENT = """
    id amount { amount currency } receivedAt externalReference recordedAt recordedBy
    reversal { reason reversedAt reversedBy } settledCount organization { id }
    settled { amount { amount } invoice { number } payment { externalReference } }
"""
STANDING = """
    number state total { amount } credited { amount } due { amount } paid { amount } outstanding { amount }
    settledByCount settledBy { amount { amount } payment { externalReference } }
"""


@pytest.fixture
async def company(client: Client) -> Company:
    """Six seats since the trial; on 5 February 2021 December's invoice is overdue, and January's issued."""
    company = await start(client, ACTIVATION)
    await company.subscribe(await company.invite(6))
    await company.advance("2021-02-05T12:00:00+03:00")
    return company


def paying(company: Company, amount: str = "2000", reference: str = "bank-1", **given: Any) -> dict[str, Any]:
    received = {"amount": amount, "externalReference": reference, "receivedAt": "2021-02-04T12:00:00+03:00"}
    return {"organizationId": company.id, **received, **given}


async def pay(company: Company, **given: Any) -> Any:
    return (await company.client.change("paymentRecord", f"payment {{ {PAYMENT} }}", **paying(company, **given)))[
        "payment"
    ]


async def account(company: Company) -> tuple[str, str, str | None]:
    found = (await company.read(ACCOUNT))["billing"]
    return found["balance"]["amount"], found["overdue"]["amount"], found["nextChargeAt"]


async def person(company: Company, role: str) -> Client:
    members = [{"email": f"{role.lower()}@x.example", "name": "Someone", "role": role, "active": True}]
    payload = await company.client.change("memberInvite", "members { id }", organizationId=company.id, members=members)
    return await company.client.as_member(payload["members"][0]["id"])


async def test_a_payment_settles_the_oldest_invoice_and_the_account_shows_it(company: Company) -> None:
    assert await account(company) == ("-3096.00", "1548.00", "2021-02-28T21:30:00Z")

    payment = await pay(company, currency="RUB")

    assert payment["amount"] == {"amount": "2000.00", "currency": "RUB"}
    assert (payment["receivedAt"], payment["recordedAt"]) == ("2021-02-04T09:00:00Z", "2021-02-05T09:00:00Z")
    assert (payment["externalReference"], payment["reversal"]) == ("bank-1", None)
    assert payment["recordedBy"].startswith("operator:")
    assert payment["organization"] == {"id": company.id}
    assert payment["settledCount"] == 2
    assert payment["settled"] == [
        {
            "amount": {"amount": "1548.00"},
            "invoice": {"number": "2021-000001"},
            "payment": {"externalReference": "bank-1"},
        },
        {
            "amount": {"amount": "452.00"},
            "invoice": {"number": "2021-000002"},
            "payment": {"externalReference": "bank-1"},
        },
    ]
    assert await company.invoices(STANDING) == [
        {
            "number": "2021-000001",
            "state": "PAID",
            "total": {"amount": "1548.00"},
            "credited": {"amount": "0.00"},
            "due": {"amount": "1548.00"},
            "paid": {"amount": "1548.00"},
            "outstanding": {"amount": "0.00"},
            "settledByCount": 1,
            "settledBy": [{"amount": {"amount": "1548.00"}, "payment": {"externalReference": "bank-1"}}],
        },
        {
            "number": "2021-000002",
            "state": "ISSUED",
            "total": {"amount": "1548.00"},
            "credited": {"amount": "0.00"},
            "due": {"amount": "1548.00"},
            "paid": {"amount": "452.00"},
            "outstanding": {"amount": "1096.00"},
            "settledByCount": 1,
            "settledBy": [{"amount": {"amount": "452.00"}, "payment": {"externalReference": "bank-1"}}],
        },
    ]
    assert await account(company) == ("-1096.00", "0.00", "2021-02-28T21:30:00Z")


async def test_a_reversed_payment_says_so_and_settles_nothing(company: Company) -> None:
    payment = await pay(company)
    wanted = f"payment {{ {PAYMENT} }}"
    reversed_ = await company.client.change("paymentReverse", wanted, paymentId=payment["id"], reason="bounced")
    assert reversed_["payment"]["reversal"] == {
        "reason": "bounced",
        "reversedAt": "2021-02-05T09:00:00.000001Z",
        "reversedBy": payment["recordedBy"],
    }
    assert (reversed_["payment"]["settled"], reversed_["payment"]["settledCount"]) == ([], 0)
    assert [one["state"] for one in await company.invoices("state")] == ["OVERDUE", "ISSUED"]
    assert await account(company) == ("-3096.00", "1548.00", "2021-02-28T21:30:00Z")
    refusal = await company.client.refuse("paymentReverse", paymentId=payment["id"], reason="again")
    assert (refusal.code, refusal.problems[0].path) == ("ALREADY_EXISTS", ["input", "paymentId"])


async def test_the_same_payment_again_is_the_payment_that_is_there_and_another_is_refused(company: Company) -> None:
    payment = await pay(company)
    assert await pay(company, amount="2000.00") == payment
    refusal = await company.client.refuse("paymentRecord", **paying(company, amount="2001"))
    assert (refusal.code, refusal.problems[0].path) == ("ALREADY_EXISTS", ["input", "externalReference"])
    assert (await company.read("billing { payments { totalCount } }"))["billing"]["payments"]["totalCount"] == 1


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": "999999999999999999"}, "amount"),
        ({"currency": "USD"}, "currency"),
        ({"reference": ""}, "externalReference"),
        ({"reference": "x" * 201}, "externalReference"),
        ({"receivedAt": "2021-02-05T12:00:01+03:00"}, "receivedAt"),
        ({"receivedAt": "0001-01-01T00:00:00Z"}, "receivedAt"),
        ({"organizationId": "nonsense"}, "organizationId"),
        ({"organizationId": unknown("Member")}, "organizationId"),
    ],
)
async def test_bad_input_is_refused_with_its_path(company: Company, given: dict[str, Any], path: str) -> None:
    refusal = await company.client.refuse("paymentRecord", **paying(company, **given))
    assert (refusal.code, [one.path for one in refusal.problems]) == ("INVALID_INPUT", [["input", path]])


async def test_what_is_not_there_cannot_be_paid_for_or_reversed(company: Company) -> None:
    client = company.client
    assert (await client.refuse("paymentRecord", **paying(company, organizationId=unknown("Organization")))).code == (
        "NOT_FOUND"
    )
    assert (await client.refuse("paymentReverse", paymentId=unknown("Payment"), reason="x")).code == "NOT_FOUND"
    refusal = await client.refuse("paymentReverse", paymentId=company.id, reason="x")
    assert (refusal.code, refusal.problems[0].path) == ("INVALID_INPUT", ["input", "paymentId"])
    payment = await pay(company)
    refusal = await client.refuse("paymentReverse", paymentId=payment["id"], reason=" ")
    assert (refusal.code, refusal.problems[0].path) == ("INVALID_INPUT", ["input", "reason"])


@pytest.mark.parametrize("role", ["OWNER", "ADMIN", "BILLING_MANAGER"])
async def test_whoever_sees_billing_sees_payments_and_records_none(company: Company, role: str) -> None:
    payment = await pay(company)
    someone = await person(company, role)
    document = f"query($id: ID!) {{ node(id: $id) {{ ... on Payment {{ {PAYMENT} }} }} }}"
    assert (await someone.ask(document, id=payment["id"]))["node"] == payment
    assert (await someone.refuse("paymentRecord", **paying(company, reference="mine"))).code == "FORBIDDEN"
    assert (await someone.refuse("paymentReverse", paymentId=payment["id"], reason="mine")).code == "FORBIDDEN"


async def test_an_ordinary_member_and_a_stranger_see_no_payment(company: Company) -> None:
    payment = await pay(company)
    member = await person(company, "MEMBER")
    document = "query($id: ID!) { node(id: $id) { id } }"
    assert (await member.ask(document, id=payment["id"]))["node"] is None
    failure = await member.fail(
        "query($id: ID!) { organization(id: $id) { billing { overdue { amount } } } }", id=company.id
    )
    assert failure.code == "FORBIDDEN"
    other = await start(company.client, ACTIVATION)
    stranger = await person(other, "OWNER")
    assert (await stranger.ask(document, id=payment["id"]))["node"] is None
    assert (await stranger.refuse("paymentReverse", paymentId=payment["id"], reason="x")).code == "NOT_FOUND"
    assert (await stranger.refuse("paymentRecord", **paying(company))).code == "NOT_FOUND"


async def test_payments_are_paged_through_by_when_they_were_received(company: Company) -> None:
    for number in (3, 1, 2):
        await pay(company, reference=f"bank-{number}", amount="1", receivedAt=f"2021-02-0{number}T12:00:00+03:00")
    wanted = "billing { payments(%s) { totalCount nodes { externalReference } pageInfo { hasNextPage endCursor } } }"
    page = (await company.read(wanted % "first: 2"))["billing"]["payments"]
    assert page["totalCount"] == 3
    assert [one["externalReference"] for one in page["nodes"]] == ["bank-1", "bank-2"]
    after = page["pageInfo"]["endCursor"]
    page = (await company.read(wanted % f'first: 2, after: "{after}"'))["billing"]["payments"]
    assert [one["externalReference"] for one in page["nodes"]] == ["bank-3"]
    assert not page["pageInfo"]["hasNextPage"]


async def test_invoices_are_filtered_by_state_and_month(company: Company) -> None:
    await pay(company)
    await company.advance("2021-03-05T12:00:00+03:00")  # January's is overdue, February's issued

    async def numbers(given: str) -> list[str]:
        found = (await company.read(f"invoices(filter: {{ {given} }}) {{ totalCount nodes {{ month }} }}"))["invoices"]
        assert found["totalCount"] == len(found["nodes"])
        return [one["month"] for one in found["nodes"]]

    assert await numbers("") == ["2020-12", "2021-01", "2021-02"]
    assert await numbers("states: [PAID]") == ["2020-12"]
    assert await numbers("states: [OVERDUE, ISSUED]") == ["2021-01", "2021-02"]
    assert await numbers("states: [VOID]") == []
    assert await numbers("states: []") == []
    assert await numbers('fromMonth: "2021-01"') == ["2021-01", "2021-02"]
    assert await numbers('toMonth: "2021-01", states: [OVERDUE]') == ["2021-01"]
    assert await numbers('fromMonth: "2021-01", toMonth: "2021-01"') == ["2021-01"]
    failure = await company.fail('invoices(filter: { fromMonth: "2021-02", toMonth: "2021-01" }) { totalCount }')
    assert failure.code == "INVALID_INPUT"


async def test_the_next_charge_is_at_the_close_of_the_first_month_that_can_cost_something(client: Client) -> None:
    company = await start(client, ACTIVATION)  # its trial ends on 10 December
    assert await account(company) == ("0.00", "0.00", "2020-12-31T21:30:00Z")
    await company.advance("2020-12-05T12:00:00+03:00")
    assert (await account(company))[2] == "2020-12-31T21:30:00Z"
    await company.subscribe(await company.invite(1))
    await company.advance("2021-01-05T12:00:00+03:00")
    assert (await account(company))[2] == "2021-01-31T21:30:00Z"
    await client.change("organizationClose", "organization { id }", organizationId=company.id)
    assert (await account(company))[2] is None


async def test_what_is_not_activated_has_no_next_charge(client: Client) -> None:
    payload = await client.change(
        "organizationCreate",
        "organization { billing { nextChargeAt balance { amount currency } } }",
        name="Romashka",
        slug="not-activated",
        owner={"email": "owner@x.example", "name": "Olga Owner"},
    )
    assert payload["organization"]["billing"] == {
        "nextChargeAt": None,
        "balance": {"amount": "0.00", "currency": "RUB"},
    }

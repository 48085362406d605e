"""Invoices over HTTP: verified, explained, credited, replaced, their evidence taken away, parked months retried."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app import db
from app.graphql.ids import parse_global_id
from tests.client import Client, Company, Refusal, start, unknown

NOVEMBER = "2020-11-10T09:00:00+03:00"
FEBRUARY = "2021-02-01T00:30:00+03:00"
HELD = "7 seats were held from 2021-01-05 09:00 UTC (2021-01-05 12:00 Europe/Moscow), the most at once in 2021-01."
NOTE = "creditNote { id number amount { amount currency } vat { net { amount } amount { amount } } reason issuedBy }"


async def billed(client: Client) -> tuple[Company, str]:
    """A company with seven seats in January 2021, and January's invoice."""
    company = await start(client, NOVEMBER)
    members = await company.invite(7)
    await company.advance("2020-12-09T12:00:00Z")
    await company.subscribe(members[:1])
    await company.advance("2021-01-05T12:00:00+03:00")
    await company.subscribe(members[1:])
    await company.advance(FEBRUARY)
    (invoice,) = await company.invoices("id")
    return company, invoice["id"]


async def invoice_of(client: Client, invoice_id: str, wanted: str) -> Any:
    data = await client.ask(f"query($id: ID!) {{ node(id: $id) {{ ... on Invoice {{ {wanted} }} }} }}", id=invoice_id)
    return data["node"]


async def owner_of(company: Company) -> Client:
    found = await company.read("members(first: 100) { nodes { id role } }")
    (owner,) = [one["id"] for one in found["members"]["nodes"] if one["role"] == "OWNER"]
    return await company.client.as_member(owner)


async def test_an_invoice_verifies_itself_and_says_why_it_says_what_it_says(client: Client) -> None:
    company, invoice_id = await billed(client)
    wanted = "number verification { identical differences unchecked } explanation replaces { id } creditNotes { id }"
    found = await invoice_of(client, invoice_id, wanted)
    assert found == {
        "number": "2021-000001",
        "verification": {"identical": True, "differences": [], "unchecked": []},
        "explanation": [
            HELD,
            found["explanation"][1],
            "The list is 'Public list of October 2020'; with more than 5 every seat is charged.",
            "Seats 1–100: 7 × 258 = 1806.00 RUB.",
            "Total 1806.00 RUB: 1505.00 + 301.00 VAT at 20 %, inside.",
        ],
        "replaces": None,
        "creditNotes": [],
    }
    assert found["explanation"][1].startswith("Raised from 1 by operator:")
    assert await owner_of(company) is not None


async def test_an_invoice_says_whom_it_charges(client: Client) -> None:
    company, invoice_id = await billed(client)

    found = await invoice_of(client, invoice_id, "organization { id }")

    assert found == {"organization": {"id": company.id}}


async def test_the_evidence_is_taken_away_and_verified_offline(client: Client, tmp_path: Path) -> None:
    company, invoice_id = await billed(client)
    url = (await invoice_of(client, invoice_id, "evidenceUrl"))["evidenceUrl"]
    owner = await owner_of(company)

    answer = await owner.http.get(url, headers=owner.headers)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["content-disposition"] == 'attachment; filename="evidence-2021-000001.json"'
    path = tmp_path / "evidence.json"
    path.write_bytes(answer.content)
    evidence = json.loads(answer.content)
    said = [
        f"{path}: identical: invoice 2021-000001 to OOO Romashka, 1806.00 RUB",
        f"{path}: if it was issued, its digest there is {evidence['invoice']['digest']}",
    ]
    assert verify(path) == (0, "\n".join(said) + "\n")
    assert len(evidence["ledger"]) == 7
    evidence["invoice"]["document"]["lines"][0]["quantity"] = 6
    path.write_text(json.dumps(evidence))
    status, out = verify(path)
    assert status == 1
    assert f"{path}: lines[1].quantity was 6; recomputed it is 7." in out.splitlines()


def verify(path: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "verify", str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout


async def test_evidence_is_for_those_who_may_see_the_bills(client: Client) -> None:
    company, invoice_id = await billed(client)
    (stranger, other_invoice) = await billed(client)
    url = f"/invoices/{invoice_id}/evidence"
    members = (await company.read("members(first: 100) { nodes { id role } }"))["members"]["nodes"]
    member = await client.as_member(next(one["id"] for one in members if one["role"] == "MEMBER"))
    owner = await owner_of(stranger)

    async def status(who: Client, path: str) -> tuple[int, str]:
        answer = await who.http.get(path, headers=who.headers)
        return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]

    assert await status(member, url) == (403, "FORBIDDEN")
    assert await status(owner, url) == (404, "NOT_FOUND")
    assert await status(client, f"/invoices/{unknown('Invoice')}/evidence") == (404, "NOT_FOUND")
    assert await status(client, "/invoices/nonsense/evidence") == (400, "INVALID_INPUT")
    assert await status(client, f"/invoices/{company.id}/evidence") == (400, "INVALID_INPUT")
    assert (await owner.http.get(f"/invoices/{other_invoice}/evidence", headers=owner.headers)).status_code == 200
    nobody = await client.http.get(url, headers={"Authorization": "Bearer nobody"})
    assert nobody.status_code == 401


async def test_an_invoice_is_credited_in_part_and_in_whole(client: Client) -> None:
    company, invoice_id = await billed(client)

    part = await client.change("creditNoteIssue", NOTE, invoiceId=invoice_id, amount="600.00", reason="A gift")
    rest = await client.change("creditNoteIssue", NOTE, invoiceId=invoice_id, reason="The rest")

    assert part["creditNote"]["number"] == "CN-2021-000001"
    assert part["creditNote"]["vat"] == {"net": {"amount": "500.00"}, "amount": {"amount": "100.00"}}
    assert rest["creditNote"]["amount"] == {"amount": "1206.00", "currency": "RUB"}
    assert rest["creditNote"]["vat"] == {"net": {"amount": "1005.00"}, "amount": {"amount": "201.00"}}
    notes = (await invoice_of(client, invoice_id, "creditNotes { number reason invoice { id } }"))["creditNotes"]
    assert [(one["number"], one["reason"], one["invoice"]["id"]) for one in notes] == [
        ("CN-2021-000001", "A gift", invoice_id),
        ("CN-2021-000002", "The rest", invoice_id),
    ]
    node = "query($id: ID!) { node(id: $id) { ... on CreditNote { number } } }"
    assert (await client.ask(node, id=part["creditNote"]["id"]))["node"] == {"number": "CN-2021-000001"}
    balance = await company.read("billing { balance { amount } }")
    assert balance["billing"]["balance"]["amount"] == "0.00"
    stranger = await owner_of((await billed(client))[0])
    assert (await stranger.ask(node, id=part["creditNote"]["id"]))["node"] is None


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"amount": "0"}, "INVALID_INPUT", ["input", "amount"]),
        ({"amount": "-5"}, "INVALID_INPUT", ["input", "amount"]),
        ({"amount": "1806.01"}, "INVALID_INPUT", ["input", "amount"]),
        ({"amount": "1.001"}, "INVALID_INPUT", ["input", "amount"]),
        ({"reason": ""}, "INVALID_INPUT", ["input", "reason"]),
        ({"reason": "x" * 501}, "INVALID_INPUT", ["input", "reason"]),
        ({"invoiceId": "nonsense"}, "INVALID_INPUT", ["input", "invoiceId"]),
        ({"invoiceId": unknown("Invoice")}, "NOT_FOUND", ["input", "invoiceId"]),
        ({"invoiceId": unknown("Statement")}, "INVALID_INPUT", ["input", "invoiceId"]),
    ],
)
async def test_a_credit_that_cannot_be_is_refused(
    client: Client, given: dict[str, Any], code: str, path: list[str]
) -> None:
    _, invoice_id = await billed(client)
    refusal = await client.refuse("creditNoteIssue", **{"invoiceId": invoice_id, "reason": "A gift"} | given)
    assert (refusal.code, [problem.path for problem in refusal.problems]) == (code, [path])


async def test_an_invoice_is_replaced_once_and_the_month_has_the_new_one(client: Client) -> None:
    company, invoice_id = await billed(client)
    new = "invoice { id number replaces { id } verification { identical } }"
    wanted = f"{new} {NOTE} replaced {{ replacedBy {{ number }} }}"

    done = await client.change("invoiceReplace", wanted, invoiceId=invoice_id, reason="Another payer")

    assert (done["invoice"]["number"], done["invoice"]["replaces"]["id"]) == ("2021-000002", invoice_id)
    assert done["invoice"]["verification"] == {"identical": True}
    assert done["creditNote"]["amount"]["amount"] == "1806.00"
    assert done["replaced"] == {"replacedBy": {"number": "2021-000002"}}
    statements = (await company.read("statements(last: 1) { nodes { invoice { number } } }"))["statements"]["nodes"]
    assert statements == [{"invoice": {"number": "2021-000002"}}]
    again = await client.refuse("invoiceReplace", invoiceId=invoice_id, reason="Once more")
    assert (again.code, again.message) == ("CONFLICT", "This invoice has been replaced already.")


async def test_what_cannot_be_replaced_is_refused(client: Client) -> None:
    _, invoice_id = await billed(client)
    public = (await client.ask("{ priceLists { id isPublic } }"))["priceLists"][0]
    assert public["isPublic"]

    async def refuse(**given: Any) -> Refusal:
        return await client.refuse("invoiceReplace", **{"invoiceId": invoice_id, "reason": "Wrong"} | given)

    for given, code, path in [
        ({"priceListId": public["id"]}, "INVALID_INPUT", "priceListId"),
        ({"priceListId": unknown("PriceList")}, "NOT_FOUND", "priceListId"),
        ({"priceListId": ""}, "INVALID_INPUT", "priceListId"),
        ({"invoiceId": unknown("Invoice")}, "NOT_FOUND", "invoiceId"),
        ({"reason": " "}, "INVALID_INPUT", "reason"),
    ]:
        refusal = await refuse(**given)
        assert (refusal.code, refusal.problems[0].path) == (code, ["input", path])


async def test_corrections_are_the_operators_alone(client: Client) -> None:
    company, invoice_id = await billed(client)
    owner = await owner_of(company)
    (statement,) = (await company.read("statements(first: 1) { nodes { id } }"))["statements"]["nodes"]
    for field, given in (
        ("creditNoteIssue", {"invoiceId": invoice_id, "reason": "Mine"}),
        ("invoiceReplace", {"invoiceId": invoice_id, "reason": "Mine"}),
        ("jobRetry", {"statementId": statement["id"]}),
    ):
        assert (await owner.refuse(field, **given)).code == "FORBIDDEN"


async def test_a_parked_month_is_tried_again(client: Client) -> None:
    company = await start(client, NOVEMBER)
    members = await company.invite(6)
    await company.advance("2020-12-09T12:00:00Z")
    await company.subscribe(members[:5])
    await company.advance("2021-01-05T12:00:00+03:00")
    await company.subscribe(members[5:])
    organization_id = parse_global_id(company.id)[1]
    await db.fetch("DELETE FROM billing_profiles WHERE organization_id = $1", organization_id)
    await company.advance("2021-03-02T12:00:00+03:00")
    (statement,) = (await company.read("statements(last: 1) { nodes { id outcome parkedReason } }"))["statements"][
        "nodes"
    ]
    assert (statement["outcome"], statement["parkedReason"]) == ("PARKED", "There is no billing profile to bill.")
    shown = "{ jobs { parkedMonthCount parkedMonths { id month parkedReason organization { id } } } }"
    jobs = (await client.ask(shown))["jobs"]
    assert jobs["parkedMonthCount"] >= 1
    assert [one for one in jobs["parkedMonths"] if one["organization"]["id"] == company.id] == [
        {
            "id": statement["id"],
            "month": "2021-01",
            "parkedReason": "There is no billing profile to bill.",
            "organization": {"id": company.id},
        }
    ]
    refusal = await client.refuse("jobRetry", statementId=statement["id"])
    assert (refusal.code, refusal.message) == (
        "CONFLICT",
        "The month still cannot be closed: There is no billing profile to bill.",
    )
    await company.set_payer()

    done = await client.change(
        "jobRetry", "statement { outcome parkedReason invoice { total { amount } } }", statementId=statement["id"]
    )

    assert done["statement"] == {"outcome": "BILLED", "parkedReason": None, "invoice": {"total": {"amount": "1548.00"}}}
    assert statement["id"] not in [one["id"] for one in (await client.ask(shown))["jobs"]["parkedMonths"]]
    assert (await client.refuse("jobRetry", statementId=statement["id"])).code == "CONFLICT"
    assert (await client.refuse("jobRetry", statementId=unknown("Statement"))).code == "NOT_FOUND"
    await company.advance("2021-03-02T13:00:00+03:00")  # does what is due: February
    assert [one[:2] for one in await company.bills()][2:] == [("2021-01", "BILLED"), ("2021-02", "BILLED")]

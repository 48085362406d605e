"""A company that leaves with a debt: nothing of it is purged before it has paid, and what it paid is kept after."""

from typing import Any

from tests.client import Client, Company, start

ACTIVATION = "2020-11-10T12:00:00+03:00"
OBSTACLES = "query($id: ID!) { purgePreview(organizationId: $id) { obstacles purgeAt } }"
ACCOUNT = """
    state billing { balance { amount } overdue { amount } payments { nodes { amount { amount } settledCount } } }
    invoices { nodes { month state paid { amount } } }
"""


async def pay(company: Company, amount: str, reference: str, received_at: str) -> Any:
    payload = await company.client.change(
        "paymentRecord",
        "payment { id settledCount }",
        organizationId=company.id,
        amount=amount,
        externalReference=reference,
        receivedAt=received_at,
    )
    return payload["payment"]


async def obstacles(company: Company) -> list[str]:
    found: list[str] = (await company.client.ask(OBSTACLES, id=company.id))["purgePreview"]["obstacles"]
    return found


async def test_a_closed_company_is_purged_once_it_has_paid_and_not_before(client: Client) -> None:
    company = await start(client, ACTIVATION)
    await company.subscribe(await company.invite(7))  # 7 × 258 = 1 806 a month
    await company.advance("2021-02-10T12:00:00+03:00")  # December and January are billed
    await client.change("organizationClose", "organization { state }", organizationId=company.id)

    await company.advance("2021-04-20T12:00:00+03:00")  # 30 days and more; February was billed for its first ten days
    assert await obstacles(company) == ["BALANCE"]
    assert await company.read(ACCOUNT) == {
        "state": "CLOSED",
        "billing": {"balance": {"amount": "-5418.00"}, "overdue": {"amount": "5418.00"}, "payments": {"nodes": []}},
        "invoices": {
            "nodes": [
                {"month": month, "state": "OVERDUE", "paid": {"amount": "0.00"}}
                for month in ("2020-12", "2021-01", "2021-02")
            ]
        },
    }

    await pay(company, "5418.01", "bank-1", "2021-04-20T10:00:00+03:00")  # a kopeck too much is a balance as well
    assert await obstacles(company) == ["BALANCE"]
    await company.advance("2021-04-25T12:00:00+03:00")
    assert (await company.read("state"))["state"] == "CLOSED"
    (wrong,) = (await company.read("billing { payments { nodes { id } } }"))["billing"]["payments"]["nodes"]
    await client.change("paymentReverse", "payment { id }", paymentId=wrong["id"], reason="a typing error")
    right = await pay(company, "5418", "bank-1, put right", "2021-04-20T10:00:00+03:00")
    assert right["settledCount"] == 3
    assert await obstacles(company) == []

    await company.advance("2021-04-26T12:00:00+03:00")
    gone = await company.read(f"name {ACCOUNT}")
    assert (gone["name"], gone["state"]) == ("", "PURGED")
    assert [one["state"] for one in gone["invoices"]["nodes"]] == ["PAID", "PAID", "PAID"]
    assert gone["billing"]["balance"] == {"amount": "0.00"}
    assert [one["settledCount"] for one in gone["billing"]["payments"]["nodes"]] == [0, 3]
    refusal = await client.refuse("paymentReverse", paymentId=right["id"], reason="bounced")
    assert refusal.code == "ORGANIZATION_PURGED"

    for year in range(2022, 2027):  # a clock goes 400 days at a time
        await company.advance(f"{year}-04-27T12:00:00+03:00")
    assert await company.read("invoices { totalCount } billing { payments { totalCount } balance { amount } }") == {
        "invoices": {"totalCount": 0},
        "billing": {"payments": {"totalCount": 0}, "balance": {"amount": "0.00"}},
    }

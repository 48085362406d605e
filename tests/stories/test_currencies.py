"""Three months in tenge, to the tiyin, and three in yen, which have nothing smaller (R4.1, R4.7–R4.10, R5.5)."""

from typing import Any

import pytest

from tests.client import Client, Company
from tests.stories.months import are_identical, live_through
from tests.stories.test_terms import found_in, make_list, redeem, seat

pytestmark = pytest.mark.usefixtures("clean_afterwards")


async def agree(company: Company, prices: str, since: str, until: str | None = None) -> None:
    await company.client.change(
        "contractSet", "organization { id }", organizationId=company.id, seatLimit=500, fromMonth=since, toMonth=until,
        priceListId=prices,
    )  # fmt: skip


async def invoice_of(company: Company, month: str) -> str:
    (found,) = [one["id"] for one in await company.invoices("id month") if one["month"] == month]
    return str(found)


async def take_back(company: Company, month: str, amount: str | None) -> tuple[str, str, str]:
    """A credit note over the month's invoice: net, VAT and all of it."""
    payload = await company.client.change(
        "creditNoteIssue", "creditNote { amount { amount } vat { net { amount } amount { amount } } }",
        invoiceId=await invoice_of(company, month), amount=amount, reason="Agreed by phone",
    )  # fmt: skip
    note = payload["creditNote"]
    return note["vat"]["net"]["amount"], note["vat"]["amount"]["amount"], note["amount"]["amount"]


async def account(company: Company) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The balance, and where each invoice stands."""
    balance: dict[str, str] = (await company.read("billing { balance { amount currency } }"))["billing"]["balance"]
    states = [(one["month"], one["state"]) for one in await company.invoices("month state")]
    return balance, states


async def test_three_months_in_tenge_under_contracts_are_exact_to_the_tiyin(client: Client) -> None:
    await make_list(client, [{"unitPrice": "5000"}], currency="KZT", isPublic=True, effectiveFrom="2040-01")
    company = await found_in(client, "KZT", "2040-02-03T09:00:00+03:00")  # the trial ends on 4 March
    tiered: list[dict[str, Any]] = [
        {"upTo": 7, "unitPrice": "2345.678901", "flatAmount": "99.995"},
        {"unitPrice": "1999.999999"},
    ]
    first = await make_list(client, tiered, currency="KZT", vatIncluded=False)
    await agree(company, first, "2040-02", "2040-04")
    await seat(company, 9)
    assert await live_through(company, "2040-02") == []
    # 7 × 2 345.678901 + 99.995 = 16 519.747307 → 16 519.75; 3 999.999998 → 4 000; 20 519.75 × 22 % = 4 514.345 → .35
    march = ["7 × 2345.678901 + 99.995 = 16519.75", "2 × 1999.999999 = 4000.00"]
    assert await live_through(company, "2040-03") == [*march, "VAT 22 % on top: 20519.75 + 4514.35", "25034.10"]

    await company.advance("2040-04-10T12:00:00+03:00")
    await redeem(company, percent="12.5", periods=1)
    kept = await make_list(client, [{"unitPrice": "2222.225"}], currency="KZT", vatIncluded=False)
    second = await make_list(
        client, [{"unitPrice": "3333.335"}], currency="KZT", effectiveFrom="2040-05", legacyPeriods=1, baselineId=kept
    )
    await agree(company, second, "2040-05")
    # 20 519.75 × 12.5 % = 2 564.96875 → 2 564.97; 17 954.78 × 22 % = 3 950.0516
    assert await live_through(company, "2040-04") == [
        *march, "PROMO 2564.97", "VAT 22 % on top: 17954.78 + 3950.05", "21904.83",
    ]  # fmt: skip
    # 9 × 3 333.335 = 30 000.015 → .02; 9 × 2 222.225 = 20 000.025 → .03, with VAT 24 400.0366 → .04: less 5 599.98;
    # 24 400.04 × 22 / 122 = 4 400.0072…
    assert await live_through(company, "2040-05") == [
        "9 × 3333.335 = 30000.02", "LEGACY 5599.98", "VAT 22 % inside: 20000.03 + 4400.01", "24400.04",
    ]  # fmt: skip

    # 0.03 × 22 / 122 = 0.0054… → 0.01; the rest takes what is left
    assert await take_back(company, "2040-03", "0.03") == ("0.02", "0.01", "0.03")
    assert await take_back(company, "2040-03", None) == ("20519.73", "4514.34", "25034.07")
    await company.client.refuse(
        "creditNoteIssue", invoiceId=await invoice_of(company, "2040-04"), amount="0.001", reason="Too small"
    )
    # 21 904.83 + 24 400.04 = 46 304.87
    assert await account(company) == (
        {"amount": "-46304.87", "currency": "KZT"},
        [("2040-03", "VOID"), ("2040-04", "OVERDUE"), ("2040-05", "ISSUED")],
    )
    assert await are_identical(company) == 3


async def test_three_months_in_yen_are_rounded_line_by_line_to_whole_ones(client: Client) -> None:
    tiered: list[dict[str, Any]] = [
        {"upTo": 5, "unitPrice": "333.3", "flatAmount": "0.9"},
        {"unitPrice": "100.1"},
    ]
    await make_list(client, tiered, currency="JPY", isPublic=True, effectiveFrom="2040-01", vatIncluded=False)
    company = await found_in(client, "JPY", "2040-01-02T09:00:00+03:00")  # the trial ends on 1 February
    await seat(company, 8)
    assert await live_through(company, "2040-01") == []
    # 5 × 333.3 + 0.9 = 1 667.4 → 1 667; 3 × 100.1 = 300.3 → 300; 1 967 × 22 % = 432.74
    february = ["5 × 333.3 + 0.9 = 1667", "3 × 100.1 = 300"]
    assert await live_through(company, "2040-02") == [*february, "VAT 22 % on top: 1967 + 433", "2400"]

    await company.advance("2040-03-10T12:00:00+03:00")
    cheap = await make_list(client, [{"unitPrice": "250.25"}], currency="JPY")
    await redeem(company, priceListId=cheap, periods=1)
    await agree(
        company,
        await make_list(client, [{"unitPrice": "299.4375"}], currency="JPY", effectiveFrom="2040-04"),
        "2040-04",
        "2040-04",
    )
    # 8 × 250.25 = 2 002, without VAT 1 640.98… → 1 641: less 326; 1 641 × 22 % = 361.02
    assert await live_through(company, "2040-03") == [
        *february, "PROMO 326", "VAT 22 % on top: 1641 + 361", "2002",
    ]  # fmt: skip
    # 8 × 299.4375 = 2 395.5 → 2 396; × 22 / 122 = 432.0655…
    assert await live_through(company, "2040-04") == ["8 × 299.4375 = 2396", "VAT 22 % inside: 1964 + 432", "2396"]

    february_id = await invoice_of(company, "2040-02")
    await company.client.refuse("creditNoteIssue", invoiceId=february_id, amount="0.5", reason="Half a yen")
    # 1 000 × 22 / 122 = 180.3278…; of the 433 the last takes the 253 that are left
    assert await take_back(company, "2040-02", "1000") == ("820", "180", "1000")
    assert await take_back(company, "2040-02", "1400") == ("1147", "253", "1400")
    # 2 002 + 2 396 = 4 398
    assert await account(company) == (
        {"amount": "-4398", "currency": "JPY"},
        [("2040-02", "VOID"), ("2040-03", "OVERDUE"), ("2040-04", "ISSUED")],
    )
    assert await are_identical(company) == 3

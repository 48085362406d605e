"""Living through months one after the other: what each was foreseen to cost at its end, and what it was billed."""

from calendar import monthrange
from typing import Any

from app import db
from tests.client import Company

BILL = """
    month subtotal { amount } total { amount } vat { rate included amount { amount } net { amount } }
    lines { description quantity unitPrice flatAmount amount { amount } } discounts { kind amount { amount } }
    peak { seats reachedAt }
"""
"""What a preview and an invoice both say."""


async def live_through(company: Company, month: str) -> list[str]:
    """The company's clock goes to the evening before the month's end and on to noon of the next month's first day, by
    Moscow's calendar; gives what the month was billed. The preview of that evening foresaw exactly that."""
    evening, noon = ends_of(month)
    await company.advance(f"{evening}:00+03:00")
    foreseen = await company.preview(f"{BILL} ifNothingChanges {{ amount }}")
    assert foreseen.pop("ifNothingChanges") == foreseen["total"]
    assert foreseen["month"] == month
    await company.advance(f"{noon}:00+03:00")
    billed = [one for one in await company.invoices(BILL) if one["month"] == month]
    assert billed == ([foreseen] if foreseen["total"]["amount"].strip("0.") else [])
    return told(foreseen) if billed else []


def ends_of(month: str) -> tuple[str, str]:
    """The evening before the month's end and noon of the next month's first day."""
    year, number = map(int, month.split("-"))
    following = f"{year + number // 12}-{number % 12 + 1:02}"
    return f"{month}-{monthrange(year, number)[1]}T20:00", f"{following}-01T12:00"


def told(bill: dict[str, Any]) -> list[str]:
    """A bill, from the API or an invoice's document, in lines that can be added up."""
    lines = []
    for one in bill["lines"]:
        flat = f" + {one['flatAmount']}" if str(one["flatAmount"]) != "0" else ""
        lines.append(f"{one['quantity']} × {one['unitPrice']}{flat} = {_plain(one['amount'])}")
    discounts = [f"{one['kind']} {_plain(one['amount'])}" for one in bill["discounts"]]
    vat = bill["vat"]
    where = "inside" if vat["included"] else "on top"
    return [
        *lines,
        *discounts,
        f"VAT {vat['rate']} % {where}: {_plain(vat['net'])} + {_plain(vat['amount'])}",
        _plain(bill["total"]),
    ]


def _plain(amount: Any) -> str:
    """The API tells money with its currency."""
    return str(amount["amount"] if isinstance(amount, dict) else amount)


async def are_identical(company: Company) -> int:
    """How many invoices the company has, each of which verifies as identical."""
    found = await company.invoices("number verification { identical differences unchecked }")
    identical = {"identical": True, "differences": [], "unchecked": []}
    assert [one["verification"] for one in found] == [identical] * len(found)
    return len(found)


async def insert_public_list_of_april_2026() -> None:
    """1–50 at 310 and further ones at 290.505 from 2026-04 on, VAT inside, 5 seats free. Who was activated before pays
    for five months, to August, no more than under the list of 2020-10.

    By SQL: the API makes public lists for months to come by the real clock, which April 2026 need not be.
    """
    await db.fetch(
        """
        WITH made AS (
            INSERT INTO price_lists (id, name, currency, is_public, effective_from, free_threshold, vat_included,
                                     legacy_periods, baseline_id)
            SELECT gen_random_uuid(), 'Public list of April 2026', 'RUB', true, '2026-04', 5, true, 5, id
            FROM price_lists WHERE is_public AND currency = 'RUB' AND effective_from = '2020-10' RETURNING id
        )
        INSERT INTO price_list_tiers (id, price_list_id, position, up_to, unit_price, flat_amount)
        SELECT gen_random_uuid(), made.id, tier.position, tier.up_to, tier.unit_price, 0
        FROM made, (VALUES (0, 50, 310), (1, NULL, 290.505)) AS tier (position, up_to, unit_price)
        """
    )

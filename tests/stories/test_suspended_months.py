"""Months under the policies that are off by default: the first prorated, who does not pay suspended (R4.5, R4.6, R6.3).

Through the services, for the API of the tests runs with the defaults.
"""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import pytest

from app import db
from app.billing.accounts import list_accounts
from app.billing.credit_notes import issue_credit_note, list_credit_notes
from app.billing.preview import preview_invoice
from app.billing.promo import redeem_promo_code
from app.billing.queries import InvoiceRow, list_invoices, list_statements
from app.billing.replacing import replace_invoice
from app.billing.verification import verify_invoices
from app.clocks.service import advance_test_clock
from app.domain.documents import amounts_of
from app.domain.paging import EVERYTHING
from app.domain.period import Month
from app.domain.policies import Policies
from app.domain.seat_change import JoinsPolicy
from app.domain.verification import Verification
from app.organizations.queries import find_balance
from app.seats.changing import change_seats
from app.seats.limits import set_contract
from app.seats.service import RequestedChange
from app.seats.subjects import SubjectReference
from tests.billing.paying import events, pay
from tests.factories import OPERATOR, POLICIES, Company, found_at, moscow
from tests.stories.months import ends_of, insert_public_list_of_april_2026, told
from tests.terms.lists import make_code, make_list, tiers

pytestmark = pytest.mark.usefixtures("clean_afterwards")

STRICT = Policies(prorate_first_month=True, suspend_overdue=True)
DECEMBER = [
    # From 5 December, 09:00, to the year's end there are 26 days and 15 hours, 639 of the month's 744 hours:
    # 25 800 × 639 / 744 = 22 158.8709…; 888 × 639 / 744 = 762.6774…
    "100 × 258 = 22158.87",
    "4 × 222 = 762.68",
    # 22 921.55 × 15 % = 3 438.2325; 19 483.32 × 20 / 120 = 3 247.22
    "PROMO 3438.23",
    "VAT 20 % inside: 16236.10 + 3247.22",
    "19483.32",
]
OF_104 = [
    "100 × 258 = 25800.00",
    "4 × 222 = 888.00",
    # 26 688 × 15 % = 4 003.20; 22 684.80 × 22 / 122 = 4 090.7016…
    "PROMO 4003.20",
    "VAT 22 % inside: 18594.10 + 4090.70",
    "22684.80",
]


async def advance(company: Company, to: str) -> None:
    """`to` by Moscow's clocks."""
    assert company.clock_id is not None
    await advance_test_clock(OPERATOR, company.clock_id, moscow(to), STRICT)


async def seat(company: Company, coming: Sequence[UUID] = (), *, leaving: Sequence[UUID] = ()) -> None:
    subscribe, unsubscribe = (
        [SubjectReference(("input", where, str(place)), member_id=one) for place, one in enumerate(members)]
        for where, members in (("subscribe", coming), ("unsubscribe", leaving))
    )
    requested = RequestedChange(subscribe, unsubscribe, JoinsPolicy.ALWAYS, False, None)
    await change_seats(OPERATOR, company.id, requested, STRICT)


async def invoices(company: Company) -> list[InvoiceRow]:
    return await list_invoices(company.id, EVERYTHING)


async def foreseen(company: Company) -> list[str]:
    """What the current month costs so far, as an invoice would tell it."""
    return told(amounts_of((await preview_invoice(await company.facts(), None, STRICT)).draft))


async def live_through(company: Company, month: str) -> list[str]:
    """To noon of the next month's first day; gives what the month was billed, which the evening before its end
    foresaw."""
    evening, noon = ends_of(month)
    await advance(company, evening)
    preview = await preview_invoice(await company.facts(), None, STRICT)
    assert (str(preview.period.month), preview.if_nothing_changes) == (month, preview.draft.total)
    await advance(company, noon)
    billed = [one for one in await invoices(company) if one.document["month"] == month]
    assert [told(one.document) for one in billed] == [told(amounts_of(preview.draft))] * len(billed)
    assert len(billed) == (preview.draft.total.amount > 0)
    return told(billed[0].document) if billed else []


async def suspensions(company: Company) -> list[tuple[str, str | None]]:
    """Each from when until when, by Moscow's clocks, to the minute."""
    rows = await db.fetch(
        "SELECT to_char(since AT TIME ZONE 'Europe/Moscow', 'YYYY-MM-DD HH24:MI') AS since, "
        "to_char(until AT TIME ZONE 'Europe/Moscow', 'YYYY-MM-DD HH24:MI') AS until "
        "FROM suspensions WHERE organization_id = $1 ORDER BY suspensions.since",
        company.id,
    )
    return [(row["since"], row["until"]) for row in rows]


async def pay_strictly(company: Company, amount: str, reference: str) -> bool:
    """Record a payment; gives whether the company is suspended still."""
    await pay(company, amount, reference, policies=STRICT)
    return (await company.facts()).is_suspended


async def live_until_april(company: Company) -> None:
    """A first month in part, and two suspensions."""
    people = company.members
    await redeem_promo_code(OPERATOR, company.id, await make_code("15", periods=6), STRICT)  # from December on
    await seat(company, people[:104])
    assert await live_through(company, "2025-11") == []
    assert await live_through(company, "2025-12") == DECEMBER

    # Issued on 1 January at 00:30, December is due on the 16th at 00:30.
    await advance(company, "2026-01-16 00:29")
    assert not (await company.facts()).is_suspended
    await advance(company, "2026-01-18 12:00")
    assert (await company.facts()).is_suspended
    await seat(company, people[104:])  # 114, a day long: none of them counts
    await advance(company, "2026-01-19 12:00")
    await seat(company, leaving=people[104:])
    await advance(company, "2026-01-22 12:00")
    assert await pay_strictly(company, "19483.31", "bank-1")
    assert not await pay_strictly(company, "0.01", "bank-2")
    assert await live_through(company, "2026-01") == OF_104
    # Suspended again since 16 February, for January; 104 had counted before.
    assert await live_through(company, "2026-02") == OF_104

    await advance(company, "2026-03-10 12:00")
    await seat(company, leaving=people[60:104])
    await advance(company, "2026-03-20 12:00")
    assert (await foreseen(company))[-1] == "0.00"  # of March nothing has counted yet
    assert await pay_strictly(company, "22684.80", "bank-3")  # January; February is overdue since the 16th
    assert not await pay_strictly(company, "22684.80", "bank-4")
    ((_, raised),) = await events(company, "bill.raised")
    assert {name: raised[name] for name in ("totalBefore", "totalAfter", "peakBefore", "peakAfter", "cause")} == {
        "totalBefore": "0.00",
        "totalAfter": "13158.00",
        "peakBefore": 0,
        "peakAfter": 60,
        "cause": "a suspension ended",
    }
    # 15 480 × 15 % = 2 322; 13 158 × 22 / 122 = 2 372.7540…
    assert await live_through(company, "2026-03") == [
        "60 × 258 = 15480.00", "PROMO 2322.00", "VAT 22 % inside: 10785.25 + 2372.75", "13158.00",
    ]  # fmt: skip


async def live_until_september(company: Company) -> None:
    """A third suspension, over all of May; a contract; and nothing more is paid late."""
    # 18 405.05 no more than 15 480, of which 60 counted until 16 April; the code's fifth month
    assert await live_through(company, "2026-04") == [
        "50 × 310 = 15500.00", "10 × 290.505 = 2905.05", "LEGACY 2925.05", "PROMO 2322.00",
        "VAT 22 % inside: 10785.25 + 2372.75", "13158.00",
    ]  # fmt: skip
    await advance(company, "2026-05-12 12:00")
    flat = await make_list(tiers=tiers((None, "199.99", "500")), vat_included=False)
    await set_contract(OPERATOR, company.id, 700, Month(2026, 5), Month(2026, 7), STRICT, price_list_id=flat)
    assert await live_through(company, "2026-05") == []  # nobody counted all month: free, no period of the code used
    await advance(company, "2026-06-02 12:00")
    assert not await pay_strictly(company, "26316", "bank-5")  # March and April
    # 12 499.40 × 15 % = 1 874.91, the code's sixth month; 10 624.49 × 22 % = 2 337.3878
    assert await live_through(company, "2026-06") == [
        "60 × 199.99 + 500 = 12499.40", "PROMO 1874.91", "VAT 22 % on top: 10624.49 + 2337.39", "12961.88",
    ]  # fmt: skip
    await advance(company, "2026-07-10 12:00")
    assert not await pay_strictly(company, "12961.88", "bank-6")
    # 12 499.40 × 22 % = 2 749.868
    assert await live_through(company, "2026-07") == [
        "60 × 199.99 + 500 = 12499.40", "VAT 22 % on top: 12499.40 + 2749.87", "15249.27",
    ]  # fmt: skip


async def correct(company: Company) -> None:
    """December anew, July anew under a cheaper list, and part of that taken back."""
    issued = {one.document["month"]: one for one in await invoices(company)}
    # By the policies of today the month would be charged in full: it keeps those that it was closed by, and its VAT.
    await replace_invoice(OPERATOR, issued["2025-12"].id, "Another address", None, POLICIES)
    await replace_invoice(OPERATOR, issued["2026-07"].id, "Agreed by phone", await make_list("200"), STRICT)
    december, july = (await invoices(company))[-2:]
    assert (december.number, told(december.document)) == ("2026-000008", DECEMBER)
    # 12 000 × 22 / 122 = 2 163.9344…
    assert (july.number, told(july.document)) == (
        "2026-000009", ["60 × 200 = 12000.00", "VAT 22 % inside: 9836.07 + 2163.93", "12000.00"],
    )  # fmt: skip
    await issue_credit_note(OPERATOR, july.id, Decimal(2000), "An outage", STRICT)
    notes = await list_credit_notes([issued["2025-12"].id, issued["2026-07"].id, july.id])
    # 2 000 × 22 / 122 = 360.6557…
    assert sorted((one.number, f"{one.vat_net:.2f} + {one.vat_amount:.2f} = {one.amount:.2f}") for one in notes) == [
        ("CN-2026-000001", "16236.10 + 3247.22 = 19483.32"),
        ("CN-2026-000002", "12499.40 + 2749.87 = 15249.27"),
        ("CN-2026-000003", "1639.34 + 360.66 = 2000.00"),
    ]


async def test_a_month_in_part_and_months_under_suspension_cost_what_counted_in_them() -> None:
    await insert_public_list_of_april_2026()
    company = await found_at(moscow("2025-11-05 09:00"), 114)  # the trial ends on 5 December
    await live_until_april(company)
    await live_until_september(company)
    await advance(company, "2026-08-03 12:00")
    await correct(company)
    assert not await pay_strictly(company, "10000", "bank-7")
    assert await find_balance(company.id) == 0
    # The last legacy month: 18 405.05 no more than 15 480, × 22 / 122 = 2 791.4754…
    assert await live_through(company, "2026-08") == [
        "50 × 310 = 15500.00", "10 × 290.505 = 2905.05", "LEGACY 2925.05", "VAT 22 % inside: 12688.52 + 2791.48",
        "15480.00",
    ]  # fmt: skip
    await advance(company, "2026-09-20 12:00")

    assert [
        (one.month, one.outcome.value, one.peak_seats) for one in await list_statements(company.id, EVERYTHING)
    ] == [
        ("2025-11", "TRIAL", 0),
        ("2025-12", "BILLED", 104),
        ("2026-01", "BILLED", 104),
        ("2026-02", "BILLED", 104),
        ("2026-03", "BILLED", 60),
        ("2026-04", "BILLED", 60),
        ("2026-05", "FREE", 0),
        ("2026-06", "BILLED", 60),
        ("2026-07", "BILLED", 60),
        ("2026-08", "BILLED", 60),
    ]
    assert await suspensions(company) == [
        ("2026-01-16 00:30", "2026-01-22 12:00"),
        ("2026-02-16 00:30", "2026-03-20 12:00"),
        ("2026-04-16 00:30", "2026-06-02 12:00"),
        ("2026-09-16 00:30", None),
    ]
    assert [(one.number, one.state.value, str(one.outstanding)) for one in await list_accounts([company.id])] == [
        ("2026-000001", "VOID", "0.00"),
        *((f"2026-{number:06}", "PAID", "0.00") for number in range(2, 7)),
        ("2026-000007", "VOID", "0.00"),
        ("2026-000008", "PAID", "0.00"),
        ("2026-000009", "PAID", "0.00"),
        ("2026-000010", "OVERDUE", "15480.00"),
    ]
    assert await find_balance(company.id) == -15480
    found = await invoices(company)
    assert await verify_invoices(found) == {one.id: Verification(()) for one in found}

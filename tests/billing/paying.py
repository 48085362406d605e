"""Organizations that owe something, what they pay, and where their invoices stand."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from app import db
from app.billing.accounts import list_accounts
from app.billing.payments import ReceivedPayment, record_payment
from app.clocks.service import advance_test_clock
from app.organizations.queries import find_balance
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, advance, change, found_at, moscow

SUSPENDING = replace(POLICIES, suspend_overdue=True)
DECEMBER_DUE = moscow("2021-01-16 00:30")
"""December's invoice is issued on 1 January 2021, half an hour after the month's end, and is due 15 days later."""


async def owing(until: str = "2021-01-05 12:00", seats: int = 6) -> Company:
    """An organization with so many seats since its trial ended on 10 December 2020, nothing of which is paid: 6 seats
    cost 1548 RUB a month. `until` by Moscow's clocks."""
    company = await found_at(NOVEMBER, seats)
    await change(company, subscribe=company.members)
    await advance(company.clock_id, moscow(until))
    return company


async def pay(
    company: Company, amount: str, reference: str = "bank-1", received_at: datetime | None = None, **given: Any
) -> UUID:
    """An operator records a payment, received now unless told."""
    at = received_at or (await company.facts()).now
    received = ReceivedPayment(Decimal(amount), given.pop("currency", None), at, reference)
    return await record_payment(OPERATOR, company.id, received, given.pop("policies", POLICIES))


async def credit(company: Company, place: int, amount: str) -> None:
    """A credit note over part of the invoice at the place, by SQL: as it is stored, and nothing that follows."""
    account = (await list_accounts([company.id]))[place]
    await db.fetch(
        """
        WITH series AS (
            INSERT INTO invoice_series (id, issuer_id, test_clock_id, kind)
            SELECT gen_random_uuid(), issuer.id, organization.test_clock_id, 'CREDIT_NOTE'
            FROM issuers AS issuer, organizations AS organization WHERE organization.id = $1
            ON CONFLICT (issuer_id, test_clock_id, kind) DO UPDATE SET kind = excluded.kind RETURNING id
        )
        INSERT INTO credit_notes (id, organization_id, invoice_id, series_id, year, number_in_year, number, issued_at,
                                  issued_by, currency, amount, vat_net, vat_amount, reason, document, digest)
        SELECT gen_random_uuid(), $1, $2, series.id, 2021, taken.number, 'CN-2021-' || taken.number, now(),
               'operator:test', 'RUB', $3, $3, 0, 'a test', '{}', ''
        FROM series, (SELECT count(*)::int + 1 AS number FROM credit_notes) AS taken
        """,
        company.id,
        account.id,
        Decimal(amount),
    )


async def standing(company: Company) -> list[tuple[str, str, str]]:
    """Of every invoice: its number, its state, and what is paid of it."""
    return [(one.number, one.state.value, str(one.paid)) for one in await list_accounts([company.id])]


async def balance(company: Company) -> Decimal:
    return await find_balance(company.id)


async def events(company: Company, *types: str) -> list[tuple[str, dict[str, Any]]]:
    """The organization's events of the types, in order."""
    rows = await db.fetch(
        "SELECT type, payload FROM events WHERE organization_id = $1 AND type = ANY($2) ORDER BY sequence",
        company.id,
        list(types),
    )
    return [(row["type"], orjson.loads(row["payload"])) for row in rows]


async def advance_suspending(company: Company, to: datetime) -> None:
    """Advance the organization's clock with the policy that suspends who does not pay."""
    assert company.clock_id is not None
    await advance_test_clock(OPERATOR, company.clock_id, to, SUSPENDING)

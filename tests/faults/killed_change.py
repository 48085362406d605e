"""An operator's changes to accounts, also made in a process that may be killed at a fault point (SEATMARK_FAULT_POINT):
`python -m tests.faults.killed_change NAME ID`.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from app import db
from app.billing.credit_notes import issue_credit_note
from app.billing.payments import ReceivedPayment, record_payment, reverse_payment
from app.billing.replacing import replace_invoice
from app.billing.retry import retry_statement
from tests.factories import OPERATOR, POLICIES, moscow


async def pay(organization_id: UUID) -> UUID:
    """The whole of an invoice of 1 548."""
    received = ReceivedPayment(Decimal("1548.00"), "RUB", moscow("2021-01-02 12:00"), "a reference")
    return await record_payment(OPERATOR, organization_id, received, POLICIES)


CHANGES: dict[str, Callable[[UUID], Awaitable[Any]]] = {
    "payment.stored": pay,
    "payment.reversed": lambda payment_id: reverse_payment(OPERATOR, payment_id, "It went back"),
    "credit_note.stored": lambda invoice_id: issue_credit_note(OPERATOR, invoice_id, None, "A mistake", POLICIES),
    "replacement.stored": lambda invoice_id: replace_invoice(OPERATOR, invoice_id, "Another payer", None, POLICIES),
    "retry.statement": lambda statement_id: retry_statement(OPERATOR, statement_id, POLICIES),
}
"""By fault point, the change that passes it."""


async def change_and_die(name: str, row_id: UUID) -> None:
    await db.connect(os.environ["DATABASE_URL"])
    await CHANGES[name](row_id)
    await db.close()


if __name__ == "__main__":
    asyncio.run(change_and_die(sys.argv[1], UUID(sys.argv[2])))

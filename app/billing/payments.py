"""Recording payments and reversing them, and what follows from either (R6.2, R6.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from app import db
from app.billing.accounts import InvoiceAccount, PaymentRow, find_payments, list_accounts
from app.billing.overdue import end_overdue
from app.domain.account import check_amount
from app.domain.actor import Actor, Permission
from app.domain.errors import ErrorCode, check_all, invalid, refuse
from app.domain.instants import instant_text
from app.domain.invoice import InvoiceState
from app.domain.policies import Policies
from app.domain.text import check_text
from app.events.service import Change
from app.faultpoints import fault_point
from app.organizations.service import LockedOrganization, lock_organization, record

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No payment was received before."""
_RECORD = """
    INSERT INTO payments
        (id, organization_id, amount, currency, received_at, external_reference, recorded_at, recorded_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_REVERSE = """
    INSERT INTO payment_reversals (id, organization_id, payment_id, reason, reversed_at, reversed_by)
    VALUES (gen_random_uuid(), $1, $2, $3, $4, $5)
"""


@dataclass(frozen=True, slots=True)
class ReceivedPayment:
    """Money that came in, as the bank's reference names it. `currency` is the organization's where none is said."""

    amount: Decimal
    currency: str | None
    received_at: datetime
    external_reference: str


async def record_payment(actor: Actor, organization_id: UUID, received: ReceivedPayment, policies: Policies) -> UUID:
    """Record a payment, once per external reference: the very same one again is answered with the one that is there,
    also after it was reversed, and changes nothing. A closed organization can still pay.

    Raises: DomainError INVALID_INPUT with every problem, ALREADY_EXISTS for another payment under the reference, and
    what `lock_organization` raises.
    """
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.PAYMENT_RECORD, even_closed=True)
        amount, received_at, reference = _check(received, organization)
        recorded = await _find_recorded(organization.id, reference)
        if recorded is not None:
            return _require_same(recorded, amount, received_at)
        payment_id, currency = uuid4(), organization.facts.currency
        before = await list_accounts([organization.id])
        values = (amount, currency, received_at, reference, organization.at, actor.name_in(organization.id))
        await db.fetch(_RECORD, payment_id, organization.id, *values)
        fault_point("payment.stored")
        facts = {"paymentId": payment_id, "amount": amount, "currency": currency, "receivedAt": received_at}
        changes = await settle_account(organization, before, policies)
        await record(actor, organization, Change("payment.recorded", facts), *changes)
    return payment_id


async def reverse_payment(actor: Actor, payment_id: UUID, reason: str) -> UUID:
    """Take a payment back, once: as if it had never come. What it settled is due again, from when it was due.

    Raises: DomainError NOT_FOUND (also for what the actor cannot reach), INVALID_INPUT, ALREADY_EXISTS when it was
    reversed before, and what `lock_organization` raises.
    """
    not_found = refuse(ErrorCode.NOT_FOUND, "There is no such payment.", "input", "paymentId")
    found = [row for row in await find_payments([payment_id]) if actor.can_reach(row.organization_id)]
    if not found:
        raise not_found
    organization_id = found[0].organization_id
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.PAYMENT_RECORD, even_closed=True)
        reason = check_text(reason, "The reason", 500, "input", "reason")
        (payment,) = await find_payments([payment_id])
        if payment.reversed_at is not None:
            message = f"This payment was reversed on {instant_text(payment.reversed_at)}."
            raise refuse(ErrorCode.ALREADY_EXISTS, message, "input", "paymentId")
        before = await list_accounts([organization.id])
        await db.fetch(_REVERSE, organization.id, payment_id, reason, organization.at, actor.name_in(organization.id))
        fault_point("payment.reversed")
        due_again = _list_due_again(before, await list_accounts([organization.id]))
        facts = {"paymentId": payment_id, "amount": payment.amount, "currency": payment.currency}
        await record(actor, organization, Change("payment.reversed", facts | {"dueAgainInvoiceIds": due_again}))
    return payment_id


async def settle_account(
    organization: LockedOrganization, before: Sequence[InvoiceAccount], policies: Policies
) -> list[Change]:
    """What follows from a payment or a credit note that was stored in this transaction, to be recorded with it: an
    invoice is paid that `before` (`list_accounts`) it was not, and a suspension ends that nothing overdue is left for.
    """
    were_paid = {one.id for one in before if one.state is InvoiceState.PAID}
    states = [(one, one.state_at(organization.at)) for one in await list_accounts([organization.id])]
    changes = [paid(one) for one, state in states if state is InvoiceState.PAID and one.id not in were_paid]
    if any(state is InvoiceState.OVERDUE for _, state in states):
        return changes
    return [*changes, *await end_overdue(organization, policies)]


def paid(account: InvoiceAccount) -> Change:
    """That an invoice is paid, to be recorded."""
    facts = {"invoiceId": account.id, "number": account.number, "total": account.total, "currency": account.currency}
    return Change("invoice.paid", facts)


def _check(received: ReceivedPayment, organization: LockedOrganization) -> tuple[Decimal, datetime, str]:
    """What was paid, when, and under which reference. Raises: DomainError INVALID_INPUT with every problem."""
    currency = organization.facts.currency
    amount, received_at, reference, _ = check_all(
        lambda: check_amount(received.amount, currency, "input", "amount"),
        lambda: _check_received(received.received_at, organization.at),
        lambda: check_text(received.external_reference, "The external reference", 200, "input", "externalReference"),
        lambda: _check_currency(received.currency, currency),
    )
    return amount, received_at, reference


def _require_same(recorded: PaymentRow, amount: Decimal, received_at: datetime) -> UUID:
    """The payment that is there. Raises: DomainError ALREADY_EXISTS when it is another one."""
    if (recorded.amount, recorded.received_at) != (amount, received_at):
        message = f"Another payment was recorded under the reference {recorded.external_reference!r}."
        raise refuse(ErrorCode.ALREADY_EXISTS, message, "input", "externalReference")
    return recorded.id


def _check_currency(given: str | None, currency: str) -> None:
    if given is not None and given != currency:
        raise invalid(f"This organization pays in {currency}.", "input", "currency")


def _check_received(received_at: datetime, now: datetime) -> datetime:
    if received_at > now:
        raise invalid(f"It is {instant_text(now)}: nothing was received later.", "input", "receivedAt")
    if received_at < EARLIEST:
        raise invalid("A payment was received in 2000 or later.", "input", "receivedAt")
    return received_at.astimezone(UTC)


async def _find_recorded(organization_id: UUID, reference: str) -> PaymentRow | None:
    rows = await db.fetch(
        "SELECT id FROM payments WHERE organization_id = $1 AND external_reference = $2", organization_id, reference
    )
    found = await find_payments([row["id"] for row in rows])
    return found[0] if found else None


def _list_due_again(before: Sequence[InvoiceAccount], after: Sequence[InvoiceAccount]) -> list[UUID]:
    paid = {one.id for one in before if one.state is InvoiceState.PAID}
    return [one.id for one in after if one.id in paid and one.state is not InvoiceState.PAID]

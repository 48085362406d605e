"""Replacing an invoice by a new one for the same statement (R5.5)."""

from dataclasses import dataclass, replace
from uuid import UUID

from app import db
from app.billing.accounts import list_accounts
from app.billing.credit_notes import (
    MOST_REASON,
    IssuedCredit,
    find_left,
    lock_invoice,
    store_credit,
)
from app.billing.issuing import Bill, IssuedInvoice, Predecessor, issue_invoices, issued_change, store_invoices
from app.billing.payments import settle_account
from app.billing.queries import InvoiceRow
from app.domain.actor import Actor
from app.domain.documents import read_terms
from app.domain.errors import DomainError, ErrorCode, invalid, refuse
from app.domain.invoice import draft_invoice
from app.domain.period import parse_month
from app.domain.policies import Policies
from app.domain.pricing import PriceList
from app.domain.text import check_text
from app.faultpoints import fault_point
from app.organizations.queries import find_policies, list_periods
from app.organizations.service import LockedOrganization, record
from app.seats.month import PricedMonth, month_from, price_months
from app.terms.price_lists import hold_price_list
from app.terms.queries import BillingProfile, Tariff, find_billing_profiles, load_tariff


@dataclass(frozen=True, slots=True)
class Replacement:
    """What a replacement did: the credit note for what was left of the invoice (None: nothing was), and the new
    invoice (None: the month costs nothing)."""

    invoice_id: UUID
    credit_note_id: UUID | None
    new_invoice_id: UUID | None


async def replace_invoice(
    actor: Actor, invoice_id: UUID, reason: str, price_list_id: UUID | None, policies: Policies
) -> Replacement:
    """Credit all that is left of an invoice, and issue a new one for its statement: drafted anew by the terms that it
    was issued by, or under a private list if one is given, to the payer as now; also of a closed organization.

    Raises: DomainError FORBIDDEN for all but operators, NOT_FOUND for the invoice or the list, CONFLICT for one that
    was replaced or for which nothing is left to do, INVALID_INPUT for the reason or for a list that cannot price it or
    that raises the month, BILLING_PROFILE_REQUIRED, and what `lock_organization` raises.
    """
    async with db.in_transaction():
        organization, invoice = await lock_invoice(actor, invoice_id)
        checked = check_text(reason, "The reason", MOST_REASON, "input", "reason")
        if invoice.replaced_by_id is not None:
            raise refuse(ErrorCode.CONFLICT, "This invoice has been replaced already.", "input", "invoiceId")
        tariff = await load_tariff()
        of_month = await find_policies(organization.id, parse_month(invoice.document["month"]), policies)
        priced = await _price_again(organization, invoice, tariff, of_month, price_list_id)
        before = await list_accounts([organization.id])
        note = await _credit_rest(actor, organization, invoice, checked, tariff, is_free=not priced.draft.total.amount)
        organization = replace(organization, at=note.number.issued_at) if note else organization
        issued = await _issue_again(organization, invoice, priced, tariff, of_month)
        organization = issued.organization if issued else organization
        changes = [*([note.change()] if note else []), *([issued_change(issued)] if issued else [])]
        await record(actor, organization, *changes, *await settle_account(organization, before, policies))
    return Replacement(invoice_id, note.id if note else None, issued.id if issued else None)


async def _price_again(
    organization: LockedOrganization,
    invoice: InvoiceRow,
    tariff: Tariff,
    policies: Policies,
    price_list_id: UUID | None,
) -> PricedMonth:
    recorded = (await list_periods([organization.id]))[organization.id]
    (period,) = [one for one in recorded if str(one.month) == invoice.document["month"]]
    (priced,) = await price_months([month_from(organization.facts, period, recorded)], tariff, policies)
    if isinstance(priced, DomainError):
        raise refuse(ErrorCode.CONFLICT, f"The month cannot be computed: {priced.message}", "input", "invoiceId")
    issued_by = read_terms(invoice.document["terms"], invoice.currency)
    if price_list_id is None:
        return replace(priced, terms=issued_by, draft=draft_invoice(priced.peak.seats, issued_by))
    terms = replace(issued_by, prices=await _hold_list(price_list_id, invoice.currency), alternatives=())
    draft = draft_invoice(priced.peak.seats, terms)
    if draft.total.amount > invoice.total:
        message = f"Under this list the month would cost {draft.total.amount} {invoice.currency}: more than it did."
        raise invalid(message, "input", "priceListId")
    return replace(priced, terms=terms, draft=draft)


async def _hold_list(price_list_id: UUID, currency: str) -> PriceList:
    """The private list that is to price the invoice, kept from being removed until that is stored."""
    prices = await hold_price_list(price_list_id, currency, "input", "priceListId")
    if prices.is_public:
        raise invalid(
            "A public list prices the months that it is in force in; give a private one.", "input", "priceListId"
        )
    return prices


async def _credit_rest(
    actor: Actor, organization: LockedOrganization, invoice: InvoiceRow, reason: str, tariff: Tariff, *, is_free: bool
) -> IssuedCredit | None:
    """The credit note for all that is left; None when that is nothing. Raises: DomainError CONFLICT when there is
    nothing to issue either."""
    left = await find_left(invoice)
    if left.amount.amount > 0:
        return await store_credit(actor, organization, invoice, left, reason, tariff.issuer)
    if is_free:
        message = "This invoice has been credited in full already, and the month costs nothing."
        raise refuse(ErrorCode.CONFLICT, message, "input", "invoiceId")
    return None


async def _issue_again(
    organization: LockedOrganization, invoice: InvoiceRow, priced: PricedMonth, tariff: Tariff, policies: Policies
) -> IssuedInvoice | None:
    """The invoice that names its predecessor; None when nothing is to pay. Raises: DomainError
    BILLING_PROFILE_REQUIRED."""
    if priced.draft.total.amount == 0:
        return None
    bill = Bill(
        invoice.statement_id,
        organization,
        priced,
        await _find_payer(organization),
        Predecessor(invoice.id, invoice.number),
    )
    (issued,) = await issue_invoices([bill], tariff.issuer, policies)
    await store_invoices([issued])
    fault_point("replacement.stored")
    return issued


async def _find_payer(organization: LockedOrganization) -> BillingProfile:
    payer = (await find_billing_profiles([organization.id])).get(organization.id)
    if payer is None:
        raise DomainError(ErrorCode.BILLING_PROFILE_REQUIRED, "There is no billing profile to bill.")
    return payer

"""The evidence file of an invoice, for whoever may see its organization's bills (R5.6)."""

from typing import Any
from uuid import UUID

from app.billing.queries import find_invoices
from app.billing.verification import invoice_facts, question_of
from app.domain.actor import Actor, Permission
from app.domain.documents import UnreadableError, read_document
from app.domain.errors import DomainError, ErrorCode
from app.domain.evidence import make_evidence
from app.organizations.queries import find_organization
from app.seats.evidence import list_ledger_lines, list_suspensions


async def load_evidence(actor: Actor, invoice_id: UUID) -> dict[str, Any]:
    """Everything to recompute the invoice from, in JSON's own types.

    Raises: DomainError NOT_FOUND (also for what the actor cannot reach), FORBIDDEN, ORGANIZATION_PURGED when the
    ledger is gone, CONFLICT when the document was tampered with so that it cannot be read.
    """
    found = await find_invoices([invoice_id])
    organization = await find_organization(actor, found[0].organization_id) if found else None
    if organization is None:
        raise DomainError(ErrorCode.NOT_FOUND, "There is no such invoice.")
    actor.require(organization.id, Permission.BILLING_VIEW)
    if organization.lifecycle.purge_decided_at is not None:
        raise DomainError(ErrorCode.ORGANIZATION_PURGED, "The organization was purged, and its ledger with it.")
    (invoice,) = found
    try:
        month = read_document(invoice.document)
    except UnreadableError as error:
        raise DomainError(ErrorCode.CONFLICT, f"The invoice's document cannot be read: {error}.") from None
    question = question_of(month)
    lines = await list_ledger_lines(question, month.policies.grace)
    (suspended,) = await list_suspensions([question])
    return make_evidence(invoice_facts(invoice), lines, suspended)

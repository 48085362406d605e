"""What operators correct: credit notes, and replaced invoices."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

import strawberry

from app.billing.credit_notes import issue_credit_note
from app.billing.replacing import replace_invoice
from app.graphql.billing import Invoice, load_invoice
from app.graphql.context import FreshLoaders, Info
from app.graphql.errors import UserError
from app.graphql.ids import row_id
from app.graphql.invoice_proof import CreditNote, credit_note_from


@strawberry.input(description="What `creditNoteIssue` takes.")
class CreditNoteIssueInput:
    invoice_id: strawberry.ID = strawberry.field(description="The invoice.")
    amount: Decimal | None = strawberry.field(
        default=None,
        description="How much to take back, VAT included, in the invoice's currency; all that is left if null.",
    )
    reason: str = strawberry.field(description="Why; it is printed on the credit note. At most 500 characters.")


@strawberry.type(description="What `creditNoteIssue` answers.")
class CreditNoteIssuePayload:
    credit_note: CreditNote = strawberry.field(description="The credit note.")
    invoice: Invoice = strawberry.field(description="The invoice, with what is left of it.")


@strawberry.input(description="What `invoiceReplace` takes.")
class InvoiceReplaceInput:
    invoice_id: strawberry.ID = strawberry.field(description="The invoice, one that was not replaced before.")
    reason: str = strawberry.field(description="Why; it is printed on the credit note. At most 500 characters.")
    price_list_id: strawberry.ID | None = strawberry.field(
        default=None, description="A private list to price the month by, under which it costs no more than it did."
    )

    def list_id(self) -> UUID | None:
        """Raises: DomainError INVALID_INPUT."""
        given = self.price_list_id
        return row_id("PriceList", given, "input", "priceListId") if given is not None else None


@strawberry.type(description="What `invoiceReplace` answers.")
class InvoiceReplacePayload:
    invoice: Invoice | None = strawberry.field(description="The new invoice; null when the month costs nothing now.")
    credit_note: CreditNote | None = strawberry.field(
        description="What takes the rest of the old invoice back; null when nothing was left of it."
    )
    replaced: Invoice = strawberry.field(description="The old invoice.")


CreditNoteIssueResult = Annotated[
    CreditNoteIssuePayload | UserError,
    strawberry.union("CreditNoteIssueResult", description="The credit note, or why there is none."),
]
InvoiceReplaceResult = Annotated[
    InvoiceReplacePayload | UserError,
    strawberry.union("InvoiceReplaceResult", description="The new invoice, or why nothing was replaced."),
]


@strawberry.type
class CorrectionMutation:
    @strawberry.mutation(extensions=[FreshLoaders()], description="Operators: take back an invoice, or a part of it.")
    async def credit_note_issue(
        self, info: Info, input: Annotated[CreditNoteIssueInput, strawberry.argument(description="What, and why.")]
    ) -> CreditNoteIssueResult:
        actor, policies = info.context.actor, info.context.policies
        invoice_id = row_id("Invoice", input.invoice_id, "input", "invoiceId")
        note_id = await issue_credit_note(actor, invoice_id, input.amount, input.reason, policies)
        note = credit_note_from(await info.context.loaders.get_credit_note(note_id))
        return CreditNoteIssuePayload(credit_note=note, invoice=await load_invoice(info, invoice_id))

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Operators: take back all that is left of an invoice, and issue a new one for its month, to the "
        "payer as now.",
    )
    async def invoice_replace(
        self, info: Info, input: Annotated[InvoiceReplaceInput, strawberry.argument(description="Which, and why.")]
    ) -> InvoiceReplaceResult:
        invoice_id = row_id("Invoice", input.invoice_id, "input", "invoiceId")
        actor, policies = info.context.actor, info.context.policies
        done = await replace_invoice(actor, invoice_id, input.reason, input.list_id(), policies)
        note = await info.context.loaders.get_credit_note(done.credit_note_id) if done.credit_note_id else None
        return InvoiceReplacePayload(
            invoice=await load_invoice(info, done.new_invoice_id) if done.new_invoice_id else None,
            credit_note=credit_note_from(note) if note is not None else None,
            replaced=await load_invoice(info, invoice_id),
        )

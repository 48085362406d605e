"""What proves an invoice, and what became of it: verification, explanation, evidence, credit notes, replacement."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.billing.credit_notes import CreditNoteRow
from app.billing.queries import InvoiceRow
from app.domain.verification import Verification
from app.graphql.context import Info
from app.graphql.documents import CreditNoteDocument
from app.graphql.ids import global_id
from app.graphql.money import Money, money_of
from app.graphql.node import Node
from app.graphql.terms import Vat
from app.words.speaking import said

if TYPE_CHECKING:
    from app.graphql.billing import Invoice

LazyInvoice = Annotated["Invoice", strawberry.lazy("app.graphql.billing")]


@strawberry.type(description="An invoice recomputed from what is stored beside it, and from the ledger of seats.")
class InvoiceVerification:
    identical: bool = strawberry.field(description="Whether everything could be recomputed, and is the same.")
    differences: list[str] = strawberry.field(description="What is not the same, each in a sentence.")
    unchecked: list[str] = strawberry.field(
        description="What could not be recomputed, and why: the ledger of a deleted organization is gone."
    )


@strawberry.type(description="An invoice, or a part of it, taken back; it never changes.")
class CreditNote(CreditNoteDocument, Node):
    number: str = strawberry.field(description="The number, without gaps within the year, in a series of its own.")
    amount: Money = strawberry.field(description="How much is taken back, VAT included.")
    vat: Vat = strawberry.field(description="The VAT in it.")
    reason: str = strawberry.field(description="Why.")
    issued_at: datetime = strawberry.field(description="When it was issued.")
    issued_by: str = strawberry.field(description="Who issued it: an actor, as in `member:<id>`.")
    digest: str = strawberry.field(description="SHA-256 over what is printed on it, in hex.")
    row: strawberry.Private[CreditNoteRow]

    @strawberry.field(description="The invoice that it takes back.")
    async def invoice(self, info: Info) -> LazyInvoice:
        from app.graphql.billing import load_invoice

        return await load_invoice(info, self.row.invoice_id)


@strawberry.type
class ProofOfInvoice:
    row: strawberry.Private[InvoiceRow]

    @strawberry.field(description="Whether it is still what the ledger and its terms make of the month.")
    async def verification(self, info: Info) -> InvoiceVerification:
        return verification_from(await info.context.loaders.verifications.load(self.row.id))

    @strawberry.field(description="Why it says what it says, sentence by sentence: the peak, each line, the VAT.")
    async def explanation(self, info: Info) -> list[str]:
        return [said(one) for one in await info.context.loaders.explanations.load(self.row.id)]

    @strawberry.field(
        description="The evidence file, to be verified offline with `seatmark verify`, fetched with the same bearer "
        "token: a path to be resolved against the address of this API."
    )
    def evidence_url(self) -> str:
        return f"/invoices/{global_id('Invoice', self.row.id)}/evidence"

    @strawberry.field(description="What was taken back of it, oldest first.")
    async def credit_notes(self, info: Info) -> list[CreditNote]:
        return [credit_note_from(row) for row in await info.context.loaders.credit_notes_of.load(self.row.id)]

    @strawberry.field(description="The invoice for the same month that it stands for now; null for the first.")
    async def replaces(self, info: Info) -> LazyInvoice | None:
        from app.graphql.billing import load_invoice

        return await load_invoice(info, self.row.replaces_id) if self.row.replaces_id else None

    @strawberry.field(description="The invoice that stands for it now; null for one that was not replaced.")
    async def replaced_by(self, info: Info) -> LazyInvoice | None:
        from app.graphql.billing import load_invoice

        return await load_invoice(info, self.row.replaced_by_id) if self.row.replaced_by_id else None


def verification_from(found: Verification) -> InvoiceVerification:
    return InvoiceVerification(
        identical=found.is_identical,
        differences=[said(one) for one in found.differences],
        unchecked=[said(one) for one in found.unchecked],
    )


def credit_note_from(row: CreditNoteRow) -> CreditNote:
    vat = row.document["vat"]
    return CreditNote(
        id=global_id("CreditNote", row.id),
        number=row.number,
        amount=money_of(row.amount, row.currency),
        vat=Vat(
            rate=Decimal(vat["rate"]),
            included=vat["included"],
            net=money_of(row.vat_net, row.currency),
            amount=money_of(row.vat_amount, row.currency),
        ),
        reason=row.reason,
        issued_at=row.issued_at,
        issued_by=row.issued_by,
        digest=row.digest,
        row=row,
    )

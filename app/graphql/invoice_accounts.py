"""What became of an invoice: what was paid and credited of it, and where it stands."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.billing.accounts import AllocationRow, InvoiceAccount
from app.billing.queries import InvoiceFilter, InvoiceRow
from app.domain.errors import invalid
from app.domain.invoice import InvoiceState
from app.domain.paging import page_request
from app.domain.period import Month
from app.graphql.context import Info
from app.graphql.enums import describe_enum
from app.graphql.money import Money, money_of

if TYPE_CHECKING:
    from app.graphql.billing import Invoice
    from app.graphql.payments import Payment

describe_enum(
    InvoiceState,
    "Where an invoice stands.",
    {
        "ISSUED": "To be paid.",
        "PAID": "Paid in full, less what was credited.",
        "OVERDUE": "Not paid within the payment term.",
        "VOID": "Taken back by credit notes in full.",
    },
)

FirstFew = Annotated[int, strawberry.argument(description="At most so many, up to 100.")]


@strawberry.input(description="Which invoices to list.", name="InvoiceFilter")
class InvoiceFilterInput:
    states: list[InvoiceState] | None = strawberry.field(default=None, description="Those that stand so now.")
    from_month: Month | None = strawberry.field(default=None, description="Those of this month or a later one.")
    to_month: Month | None = strawberry.field(default=None, description="Those of this month or an earlier one.")

    def wanted(self) -> InvoiceFilter:
        """Raises: DomainError INVALID_INPUT for a range that ends before it begins."""
        if self.from_month is not None and self.to_month is not None and self.to_month < self.from_month:
            raise invalid("The range of months ends before it begins.", "filter", "toMonth")
        return InvoiceFilter(self.states, self.from_month, self.to_month)


@strawberry.type(description="So much of an invoice is settled by a payment.")
class Settlement:
    amount: Money = strawberry.field(description="How much of the payment, and of the invoice.")
    row: strawberry.Private[AllocationRow]

    @strawberry.field(description="The payment.")
    async def payment(self, info: Info) -> Annotated["Payment", strawberry.lazy("app.graphql.payments")]:
        from app.graphql.payments import load_payment

        return await load_payment(info, self.row.payment_id)

    @strawberry.field(description="The invoice.")
    async def invoice(self, info: Info) -> Annotated["Invoice", strawberry.lazy("app.graphql.billing")]:
        from app.graphql.billing import invoice_from

        row = await info.context.loaders.invoices.load(self.row.invoice_id)
        assert row is not None, "it is of the organization that was reached"
        return invoice_from(row)


@strawberry.type
class AccountOfInvoice:
    row: strawberry.Private[InvoiceRow]

    async def account(self, info: Info) -> InvoiceAccount:
        return await info.context.loaders.invoice_accounts.load((self.row.organization_id, self.row.id))

    @strawberry.field(description="Where it stands now.")
    async def state(self, info: Info) -> InvoiceState:
        return (await self.account(info)).state

    @strawberry.field(description="What was taken back of it by credit notes.")
    async def credited(self, info: Info) -> Money:
        return money_of((await self.account(info)).credited, self.row.currency)

    @strawberry.field(description="What of it is to be paid in all: the total less what was credited.")
    async def due(self, info: Info) -> Money:
        return money_of((await self.account(info)).due, self.row.currency)

    @strawberry.field(description="What of it was paid; payments settle the oldest invoice first.")
    async def paid(self, info: Info) -> Money:
        return money_of((await self.account(info)).paid, self.row.currency)

    @strawberry.field(description="What of it is still to be paid.")
    async def outstanding(self, info: Info) -> Money:
        return money_of((await self.account(info)).outstanding, self.row.currency)

    @strawberry.field(description="What it was paid with: the payments that settle it, in order.")
    async def settled_by(self, info: Info, first: FirstFew = 50) -> list[Settlement]:
        rows = await info.context.loaders.settled_by.load((self.row.organization_id, self.row.id))
        return settlements_from(rows, first)

    @strawberry.field(description="How many payments it was paid with.")
    async def settled_by_count(self, info: Info) -> int:
        return len(await info.context.loaders.settled_by.load((self.row.organization_id, self.row.id)))


def settlements_from(rows: Sequence[AllocationRow], first: int) -> list[Settlement]:
    """Raises: DomainError INVALID_INPUT for a number that is not between 0 and 100."""
    limit = page_request(first, None, None, None).limit
    return [Settlement(amount=money_of(row.amount, row.currency), row=row) for row in rows[:limit]]

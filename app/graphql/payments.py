"""Payments, and an organization's account of them."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from app.billing.accounts import PaymentRow, find_next_charge, find_overdue
from app.billing.payments import ReceivedPayment, record_payment, reverse_payment
from app.graphql.connections import After, Before, Connection, First, Last, Paging, connect
from app.graphql.context import FreshLoaders, Info
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id
from app.graphql.invoice_accounts import FirstFew, Settlement, settlements_from
from app.graphql.listings import payments_of
from app.graphql.money import Money, money_of
from app.graphql.node import Node
from app.organizations.queries import OrganizationFacts, find_balance

if TYPE_CHECKING:
    from app.graphql.organization import Organization


@strawberry.type(description="That a payment was taken back: as if it had never come.")
class PaymentReversal:
    reason: str = strawberry.field(description="Why.")
    reversed_at: datetime = strawberry.field(description="When that was recorded.")
    reversed_by: str = strawberry.field(description="Who recorded it: an actor, as in `member:<id>`.")


@strawberry.type(description="Money that came in for an organization.")
class Payment(Node):
    amount: Money = strawberry.field(description="How much.")
    received_at: datetime = strawberry.field(description="When it came in.")
    external_reference: str = strawberry.field(description="What the bank or the partner calls it.")
    recorded_at: datetime = strawberry.field(description="When it was recorded here.")
    recorded_by: str = strawberry.field(description="Who recorded it: an actor, as in `member:<id>`.")
    reversal: PaymentReversal | None = strawberry.field(description="That it was taken back; null unless it was.")
    row: strawberry.Private[PaymentRow]

    @strawberry.field(description="The organization.")
    async def organization(self, info: Info) -> Annotated["Organization", strawberry.lazy("app.graphql.organization")]:
        from app.graphql.organization import organization_from

        return organization_from(await info.context.loaders.organization_of(self.row))

    @strawberry.field(description="What it settled, the oldest invoice first; the rest of it is balance.")
    async def settled(self, info: Info, first: FirstFew = 50) -> list[Settlement]:
        rows = await info.context.loaders.settled.load((self.row.organization_id, self.row.id))
        return settlements_from(rows, first)

    @strawberry.field(description="How many invoices it settled, in full or in part.")
    async def settled_count(self, info: Info) -> int:
        return len(await info.context.loaders.settled.load((self.row.organization_id, self.row.id)))


@strawberry.type
class PaymentsOfAccount:
    facts: strawberry.Private[OrganizationFacts]

    @strawberry.field(description="What was paid and credited less what was billed; below zero while something is due.")
    async def balance(self) -> Money:
        return money_of(await find_balance(self.facts.id), self.facts.currency)

    @strawberry.field(description="What is still to be paid of invoices that are overdue.")
    async def overdue(self) -> Money:
        return money_of(await find_overdue(self.facts), self.facts.currency)

    @strawberry.field(
        description="When the first period closes that something can be charged for: the current one, or that in which "
        "the trial ends. Null when the tracker is not activated, or the organization is closed or deleted."
    )
    async def next_charge_at(self, info: Info) -> datetime | None:
        return await find_next_charge(self.facts, info.context.policies.grace)

    @strawberry.field(description="What was paid, by when it came in; payments settle in this order.")
    async def payments(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Payment]:
        return await connect(payments_of(self.facts.id), Paging(first, after, last, before), payment_from)


@strawberry.input(description="What `paymentRecord` takes.")
class PaymentRecordInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization that paid.")
    amount: Decimal = strawberry.field(description="How much, above zero, with the currency's decimals at most.")
    received_at: datetime = strawberry.field(
        description="When it came in: not later than now by the organization's clock."
    )
    external_reference: str = strawberry.field(
        description="What the bank or the partner calls it, at most 200 characters. The same payment under the same "
        "reference again is the payment that is there; another one is refused."
    )
    currency: str | None = strawberry.field(
        default=None, description="The currency, as a check: it has to be the organization's."
    )

    def received(self) -> ReceivedPayment:
        return ReceivedPayment(self.amount, self.currency, self.received_at, self.external_reference)


@strawberry.type(description="What `paymentRecord` answers.")
class PaymentRecordPayload:
    payment: Payment = strawberry.field(description="The payment.")


@strawberry.input(description="What `paymentReverse` takes.")
class PaymentReverseInput:
    payment_id: strawberry.ID = strawberry.field(description="The payment.")
    reason: str = strawberry.field(description="Why, at most 500 characters.")


@strawberry.type(description="What `paymentReverse` answers.")
class PaymentReversePayload:
    payment: Payment = strawberry.field(description="The payment, reversed.")


PaymentRecordResult = Annotated[
    PaymentRecordPayload | UserError,
    strawberry.union("PaymentRecordResult", description="The payment, or why it was not recorded."),
]
PaymentReverseResult = Annotated[
    PaymentReversePayload | UserError,
    strawberry.union("PaymentReverseResult", description="The payment, or why it was not reversed."),
]


@strawberry.type
class PaymentMutation:
    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Record a payment, once per external reference; it settles the oldest invoice first. Needs "
        "PAYMENT_RECORD. A closed organization can still pay.",
    )
    async def payment_record(
        self, info: Info, input: Annotated[PaymentRecordInput, strawberry.argument(description="What came in.")]
    ) -> PaymentRecordResult:
        actor, policies = info.context.actor, info.context.policies
        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        payment_id = await record_payment(actor, organization_id, input.received(), policies)
        return PaymentRecordPayload(payment=await load_payment(info, payment_id))

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Take a payment back, once: what it settled is due again. Needs PAYMENT_RECORD.",
    )
    async def payment_reverse(
        self, info: Info, input: Annotated[PaymentReverseInput, strawberry.argument(description="Which, and why.")]
    ) -> PaymentReverseResult:
        payment_id = row_id("Payment", input.payment_id, "input", "paymentId")
        await reverse_payment(info.context.actor, payment_id, input.reason)
        return PaymentReversePayload(payment=await load_payment(info, payment_id))


async def load_payment(info: Info, payment_id: UUID) -> Payment:
    row = await info.context.loaders.payments.load(payment_id)
    assert row is not None, "its id comes from a row that may be seen"
    return payment_from(row)


def payment_from(row: PaymentRow) -> Payment:
    return Payment(
        id=global_id("Payment", row.id),
        amount=money_of(row.amount, row.currency),
        received_at=row.received_at,
        external_reference=row.external_reference,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        reversal=_reversal(row),
        row=row,
    )


def _reversal(row: PaymentRow) -> PaymentReversal | None:
    if row.reversed_at is None or row.reversed_by is None or row.reversal_reason is None:
        return None
    return PaymentReversal(reason=row.reversal_reason, reversed_at=row.reversed_at, reversed_by=row.reversed_by)

"""Rows of statements, invoices, credit notes and payments, and of their numbering."""

from typing import Any
from uuid import uuid4

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model


class InvoiceSeries(Model):
    """A run of numbers of one `kind` of document: an issuer's own, or that of a test clock (R5.5, R9.2). Its row is the
    lock."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    issuer: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Issuer", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    test_clock: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.TestClock", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    kind = fields.CharField(max_length=16, db_default="INVOICE")
    last_issued_at = fields.DatetimeField(null=True)

    class Meta:
        table = "invoice_series"


class InvoiceCounter(Model):
    """The last number given in a year of a series."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    series: fields.ForeignKeyRelation[InvoiceSeries] = fields.ForeignKeyField(
        "seatmark.InvoiceSeries", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    year = fields.IntField()
    last_number = fields.IntField()

    class Meta:
        table = "invoice_counters"
        unique_together = (("series", "year"),)


class Statement(Model):
    """How a period of an organization ended: one per period (R5.4). It keeps the period's bounds itself, and which
    redemption of a promo code it used up a period of; the row of that may be gone."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    month = fields.CharField(max_length=7)
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    time_zone = fields.CharField(max_length=64)
    outcome = fields.CharField(max_length=8)
    peak_seats = fields.IntField(null=True)
    peak_reached_at = fields.DatetimeField(null=True)
    parked_reason = fields.CharField(max_length=500, null=True)
    promo_redemption_id = fields.UUIDField(null=True)
    closed_at = fields.DatetimeField()

    class Meta:
        table = "statements"
        unique_together = (("organization", "month"),)


class Invoice(Model):
    """An issued invoice, never changed (R5.5): amounts in `currency`, and everything they were computed from.

    `document` holds lines, discounts, terms, policies, payer, issuer and the peak's holders (R5.6); `digest`
    is the hash over it and over `ledger_digest`, the hash of the ledger's slice. `replaces` is the invoice of the same
    statement that it stands for: a chain, whose last is not replaced.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    statement: fields.ForeignKeyRelation[Statement] = fields.ForeignKeyField(
        "seatmark.Statement", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    series: fields.ForeignKeyRelation[InvoiceSeries] = fields.ForeignKeyField(
        "seatmark.InvoiceSeries", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    replaces: fields.OneToOneNullableRelation[Any] = fields.OneToOneField(
        "seatmark.Invoice", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    year = fields.IntField()
    number_in_year = fields.IntField()
    number = fields.CharField(max_length=16)
    issued_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    currency = fields.CharField(max_length=3)
    subtotal = fields.DecimalField(max_digits=24, decimal_places=6)
    total = fields.DecimalField(max_digits=24, decimal_places=6)
    vat_net = fields.DecimalField(max_digits=24, decimal_places=6)
    vat_amount = fields.DecimalField(max_digits=24, decimal_places=6)
    document: fields.JSONField[dict[str, Any]] = fields.JSONField()
    ledger_digest = fields.CharField(max_length=64)
    digest = fields.CharField(max_length=64)

    class Meta:
        table = "invoices"
        unique_together = (("series", "year", "number_in_year"),)


class CreditNote(Model):
    """An amount of an invoice taken back, never changed (R5.5): positive, in the invoice's currency, VAT included."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    invoice: fields.ForeignKeyRelation[Invoice] = fields.ForeignKeyField(
        "seatmark.Invoice", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    series: fields.ForeignKeyRelation[InvoiceSeries] = fields.ForeignKeyField(
        "seatmark.InvoiceSeries", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    year = fields.IntField()
    number_in_year = fields.IntField()
    number = fields.CharField(max_length=16)
    issued_at = fields.DatetimeField()
    issued_by = fields.CharField(max_length=200)
    currency = fields.CharField(max_length=3)
    amount = fields.DecimalField(max_digits=24, decimal_places=6)
    vat_net = fields.DecimalField(max_digits=24, decimal_places=6)
    vat_amount = fields.DecimalField(max_digits=24, decimal_places=6)
    reason = fields.CharField(max_length=500)
    document: fields.JSONField[dict[str, Any]] = fields.JSONField()
    digest = fields.CharField(max_length=64)

    class Meta:
        table = "credit_notes"
        unique_together = (("series", "year", "number_in_year"),)


class Payment(Model):
    """Money that came in for an organization, once per external reference, never changed (R6.2)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    amount = fields.DecimalField(max_digits=24, decimal_places=6)
    currency = fields.CharField(max_length=3)
    received_at = fields.DatetimeField()
    external_reference = fields.CharField(max_length=200)
    recorded_at = fields.DatetimeField()
    recorded_by = fields.CharField(max_length=200)

    class Meta:
        table = "payments"
        unique_together = (("organization", "external_reference"),)


class PaymentReversal(Model):
    """That a payment went back: as if it had never come (R6.2)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    payment: fields.OneToOneRelation[Payment] = fields.OneToOneField(
        "seatmark.Payment", related_name=False, on_delete=OnDelete.RESTRICT
    )
    reason = fields.CharField(max_length=500)
    reversed_at = fields.DatetimeField()
    reversed_by = fields.CharField(max_length=200)

    class Meta:
        table = "payment_reversals"


class InvoiceNotice(Model):
    """That an organization was told that an invoice falls due, or is overdue: each once (R6.3)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    invoice: fields.ForeignKeyRelation[Invoice] = fields.ForeignKeyField(
        "seatmark.Invoice", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    kind = fields.CharField(max_length=32)
    due_at = fields.DatetimeField()
    written_at = fields.DatetimeField()

    class Meta:
        table = "invoice_notices"
        unique_together = (("invoice", "kind"),)

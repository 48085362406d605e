"""Rows of issuers, VAT rates, price lists, contracts and billing profiles."""

from typing import Any
from uuid import uuid4

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model


class Issuer(Model):
    """Who invoices are from; its zone decides their year and the day of a VAT rate (R4.1, R5.5)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    name = fields.CharField(max_length=200)
    tax_number = fields.CharField(max_length=64)
    address = fields.CharField(max_length=500)
    time_zone = fields.CharField(max_length=64)

    class Meta:
        table = "issuers"


class VatRate(Model):
    """A rate in percent, from a day on."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    issuer: fields.ForeignKeyRelation[Issuer] = fields.ForeignKeyField(
        "seatmark.Issuer", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    since = fields.DateField()
    percent = fields.DecimalField(max_digits=5, decimal_places=2)

    class Meta:
        table = "vat_rates"
        unique_together = (("issuer", "since"),)


class PriceList(Model):
    """A price list; never edited once in force (R4.1)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    name = fields.CharField(max_length=200)
    currency = fields.CharField(max_length=3)
    is_public = fields.BooleanField()
    effective_from = fields.CharField(max_length=7)
    free_threshold = fields.IntField()
    vat_included = fields.BooleanField()
    legacy_periods = fields.IntField()
    baseline: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.PriceList", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )

    class Meta:
        table = "price_lists"


class PriceListTier(Model):
    """A tier of a list, in order of `position` from 0."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    price_list: fields.ForeignKeyRelation[PriceList] = fields.ForeignKeyField(
        "seatmark.PriceList", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    position = fields.IntField()
    up_to = fields.IntField(null=True)
    unit_price = fields.DecimalField(max_digits=18, decimal_places=6)
    flat_amount = fields.DecimalField(max_digits=18, decimal_places=6)

    class Meta:
        table = "price_list_tiers"
        unique_together = (("price_list", "position"),)


class BillingProfile(Model):
    """Who pays, and who accepted which agreement when (R6.1)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.OneToOneRelation[Any] = fields.OneToOneField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT
    )
    legal_name = fields.CharField(max_length=300)
    kind = fields.CharField(max_length=16)
    tax_number = fields.CharField(max_length=64)
    address = fields.CharField(max_length=500)
    bank_details = fields.CharField(max_length=500)
    contact_email = fields.CharField(max_length=254)
    agreement_version = fields.CharField(max_length=32)
    accepted_by = fields.CharField(max_length=200)
    accepted_at = fields.DatetimeField()

    class Meta:
        table = "billing_profiles"


class Contract(Model):
    """Individual terms of an organization, from a month to a month; the one recorded last holds (R4.9)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    seat_limit = fields.IntField()
    from_month = fields.CharField(max_length=7)
    to_month = fields.CharField(max_length=7, null=True)
    recorded_at = fields.DatetimeField()
    recorded_by = fields.CharField(max_length=200)

    class Meta:
        table = "contracts"

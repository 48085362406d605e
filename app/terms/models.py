"""Rows of issuers, VAT rates, price lists, contracts, promo codes and billing profiles."""

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
    bank_details = fields.CharField(max_length=500, db_default="")
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
    """Individual terms of an organization, from a month to a month; the one recorded last holds (R4.9). Without a list
    of its own the public one prices it."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    seat_limit = fields.IntField()
    price_list: fields.ForeignKeyNullableRelation[PriceList] = fields.ForeignKeyField(
        "seatmark.PriceList", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    from_month = fields.CharField(max_length=7)
    to_month = fields.CharField(max_length=7, null=True)
    recorded_at = fields.DatetimeField()
    recorded_by = fields.CharField(max_length=200)

    class Meta:
        table = "contracts"


class LegacyBaseline(Model):
    """The list that an organization pays no more than while a newer one's legacy periods last (R4.7), in place of that
    list's own baseline; the one recorded last holds."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    price_list: fields.ForeignKeyRelation[PriceList] = fields.ForeignKeyField(
        "seatmark.PriceList", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    recorded_at = fields.DatetimeField()
    recorded_by = fields.CharField(max_length=200)

    class Meta:
        table = "legacy_baselines"


class PromoCode(Model):
    """A percentage off, or a private list, for so many periods (R4.8). `uses` counts redemptions, also of
    organizations that are gone; its row is the lock that keeps it within `most_uses`."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    code = fields.CharField(max_length=40)
    percent = fields.DecimalField(max_digits=5, decimal_places=2, null=True)
    price_list: fields.ForeignKeyNullableRelation[PriceList] = fields.ForeignKeyField(
        "seatmark.PriceList", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    periods = fields.IntField()
    redeem_by = fields.DatetimeField(null=True)
    most_uses = fields.IntField(null=True)
    uses = fields.IntField(default=0)
    created_at = fields.DatetimeField()
    created_by = fields.CharField(max_length=200)
    disabled_at = fields.DatetimeField(null=True)
    disabled_by = fields.CharField(max_length=200, null=True)

    class Meta:
        table = "promo_codes"


class PromoCodeRedemption(Model):
    """That an organization redeemed a code: it lowers `periods` months from `from_month` on; which of them it was used
    up by, the statements say."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    promo_code: fields.ForeignKeyRelation[PromoCode] = fields.ForeignKeyField(
        "seatmark.PromoCode", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    from_month = fields.CharField(max_length=7)
    periods = fields.IntField()
    redeemed_at = fields.DatetimeField()
    redeemed_by = fields.CharField(max_length=200)

    class Meta:
        table = "promo_code_redemptions"
        unique_together = (("organization", "promo_code"),)


class PromoCodePayer(Model):
    """That a payer has had a code (R4.8). No organization owns the row: it outlives a purge, and tells nothing but
    the salted hash of a tax number."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    promo_code: fields.ForeignKeyRelation[PromoCode] = fields.ForeignKeyField(
        "seatmark.PromoCode", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    payer_hash = fields.BinaryField()

    class Meta:
        table = "promo_code_payers"

"""Rows of organizations, their periods, suspensions and test clocks."""

from typing import Any
from uuid import uuid4

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model


class TestClock(Model):
    """A clock that stands still until it is advanced (R9). `advancing_to` is set while it is on its way. A partner's
    ends at `expires_at`, of real time (R9.2). Its column `left_out` (uuid[]: organizations whose work failed on the way
    of the last advance) is SQL's alone."""

    __test__ = False

    id = fields.UUIDField(primary_key=True, default=uuid4)
    now = fields.DatetimeField()
    advancing_to = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    created_by = fields.CharField(max_length=200)
    partner_key: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.PartnerKey", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    expires_at = fields.DatetimeField(null=True)

    class Meta:
        table = "test_clocks"


class Organization(Model):
    """One organization. Its row is the lock of everything in it; `last_change_at`, `sequence` and
    `audit_hash` are moved on by every change, under that lock (R0.1, R8.1). `seat_cap` and `budget` are limits of
    its own (R3.7), `legal_hold` is why it must not be purged (R1.7), `spared_until` when such a
    hold was lifted, or the organization reopened, the last time; `earlier_zones` are the zones of before, oldest first,
    each until when it was in force (R0.2)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    slug = fields.CharField(max_length=63, null=True, unique=True)
    name = fields.CharField(max_length=200)
    time_zone = fields.CharField(max_length=64)
    currency = fields.CharField(max_length=3)
    created_at = fields.DatetimeField()
    test_clock: fields.ForeignKeyNullableRelation[TestClock] = fields.ForeignKeyField(
        "seatmark.TestClock", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    activated_at = fields.DatetimeField(null=True)
    trial_ends_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    spared_until = fields.DatetimeField(null=True)
    legal_hold = fields.CharField(max_length=500, null=True)
    purge_decided_at = fields.DatetimeField(null=True)
    purged_at = fields.DatetimeField(null=True)
    seat_cap = fields.IntField(null=True)
    budget = fields.DecimalField(max_digits=18, decimal_places=2, null=True)
    earlier_zones: fields.JSONField[list[dict[str, str]] | None] = fields.JSONField(null=True)
    last_change_at = fields.DatetimeField()
    sequence = fields.BigIntField(default=0)
    audit_hash = fields.BinaryField(null=True)

    class Meta:
        table = "organizations"


class BillingPeriod(Model):
    """A month of an organization as two instants, recorded when it begins: a later change of zone or of the
    zone's rules does not move it (R0.2). `closed_at` is when its statement was written;
    `grace_seconds` and `is_first_month_prorated` are the policies that it was closed by."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    month = fields.CharField(max_length=7)
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    time_zone = fields.CharField(max_length=64)
    closed_at = fields.DatetimeField(null=True)
    grace_seconds = fields.IntField(null=True)
    is_first_month_prorated = fields.BooleanField(null=True)

    class Meta:
        table = "billing_periods"
        unique_together = (("organization", "month"),)


class Suspension(Model):
    """[since, until) in which nobody in the organization may write and no seat is charged (R4.5, R6.3): because of
    an invoice that is OVERDUE, or because it is CLOSED (R1.10)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    since = fields.DatetimeField()
    until = fields.DatetimeField(null=True)
    cause = fields.CharField(max_length=16, db_default="OVERDUE")

    class Meta:
        table = "suspensions"


class TrialOwner(Model):
    """That someone owned an organization whose trial began then, by its clock (R1.2). No organization owns the row:
    it outlives a purge, by 12 months at most, and tells nothing but the salted hash of an e-mail address."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    test_clock: fields.ForeignKeyNullableRelation[TestClock] = fields.ForeignKeyField(
        "seatmark.TestClock", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    email_hash = fields.BinaryField()
    began_at = fields.DatetimeField()

    class Meta:
        table = "trial_owners"


class TrialSalt(Model):
    """What the e-mail addresses of `trial_owners` are hashed with: another one in every installation. One row."""

    id = fields.SmallIntField(primary_key=True)
    salt = fields.BinaryField()

    class Meta:
        table = "trial_salt"

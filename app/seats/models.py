"""Rows of subscriptions, changes and the ledger of grants.

`seat_grants` has one more column, `during tstzrange`, which the ORM has no field for: the ledger is read and
written by SQL alone.
"""

from typing import Any
from uuid import uuid4

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model


class SeatChange(Model):
    """One change of seats by one actor at one instant; grants name the change that began and ended them."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=200)
    description = fields.CharField(max_length=200)

    class Meta:
        table = "seat_changes"


class SeatSubscription(Model):
    """What seats a subject from `created_at` until `ended_at` (R3.1)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    member: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    joins = fields.CharField(max_length=16)
    created_at = fields.DatetimeField()
    created_by = fields.CharField(max_length=200)
    ended_at = fields.DatetimeField(null=True)
    ended_by = fields.CharField(max_length=200, null=True)

    class Meta:
        table = "seat_subscriptions"


class SeatGrant(Model):
    """A row of the ledger: a subscription seats a member `during` a range (R3.4)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    subscription: fields.ForeignKeyRelation[SeatSubscription] = fields.ForeignKeyField(
        "seatmark.SeatSubscription", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    member: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    granted_by: fields.ForeignKeyRelation[SeatChange] = fields.ForeignKeyField(
        "seatmark.SeatChange", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    revoked_by: fields.ForeignKeyNullableRelation[SeatChange] = fields.ForeignKeyField(
        "seatmark.SeatChange", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )

    class Meta:
        table = "seat_grants"

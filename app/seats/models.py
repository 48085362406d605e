"""Rows of subscriptions, changes, waiting people and the ledger of grants.

`seat_grants` has one more column, `during tstzrange`, which the ORM has no field for: the ledger is read and
written by SQL alone.
"""

from typing import Any
from uuid import uuid4

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model


class SeatChange(Model):
    """One change of seats by one actor at one instant; grants and subscriptions name the change that began and
    ended them. `undone_by` is the change that took it back (R3.12). `wait_member_ids` (a uuid[], made by SQL) are those
    whose waiting it began or ended."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=200)
    description = fields.CharField(max_length=200)
    is_explicit = fields.BooleanField(db_default=False)
    undone_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.SeatChange", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )

    class Meta:
        table = "seat_changes"


class SeatSubscription(Model):
    """What seats its subject from `created_at` until `ended_at` (R3.1). The subject is a member, a team, a
    department with those below it, or, with none of the three, everyone; `joins` says what happens to those who
    join later (R3.2)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    member: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    team: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.Team", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    department: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.Department", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    joins = fields.CharField(max_length=16)
    created_at = fields.DatetimeField()
    created_by = fields.CharField(max_length=200)
    started_by: fields.ForeignKeyNullableRelation[SeatChange] = fields.ForeignKeyField(
        "seatmark.SeatChange", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    ended_at = fields.DatetimeField(null=True)
    ended_by = fields.CharField(max_length=200, null=True)
    ended_by_change: fields.ForeignKeyNullableRelation[SeatChange] = fields.ForeignKeyField(
        "seatmark.SeatChange", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )

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


class SeatWait(Model):
    """A member whom a subscription covers and who could not be seated, since when and why; `checked_at` is when it
    was last seen whether they can be (R3.11). The row goes when they are seated or not covered any more."""

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
    since = fields.DatetimeField()
    reason = fields.CharField(max_length=32)
    checked_at = fields.DatetimeField()

    class Meta:
        table = "seat_waits"
        unique_together = (("subscription", "member"),)


class SeatRequest(Model):
    """Seats that were asked for and refused by a limit: what an owner or we may want to raise (R3.7)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=200)
    seats = fields.IntField()
    code = fields.CharField(max_length=32)

    class Meta:
        table = "seat_requests"

"""Rows of the outbox and of the audit log."""

from typing import Any
from uuid import uuid4

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model


class Event(Model):
    """What happened, to be told to the outside at least once (R8.1). Without an organization: the platform's."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    sequence = fields.BigIntField()
    at = fields.DatetimeField()
    type = fields.CharField(max_length=64)
    payload: fields.JSONField[dict[str, Any]] = fields.JSONField()

    class Meta:
        table = "events"


class AuditEntry(Model):
    """Who did what when, chained to the entry before by its hash (R8.2). Ids only, no personal data."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    sequence = fields.BigIntField()
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=200)
    request_id = fields.CharField(max_length=200)
    action = fields.CharField(max_length=64)
    before: fields.JSONField[dict[str, Any]] = fields.JSONField()
    after: fields.JSONField[dict[str, Any]] = fields.JSONField()
    previous_hash = fields.BinaryField(null=True)
    hash = fields.BinaryField()

    class Meta:
        table = "audit_entries"


class PlatformChain(Model):
    """The one row that is the lock and the head of the chain of acts without an organization (R8.2)."""

    id = fields.SmallIntField(primary_key=True)
    last_change_at = fields.DatetimeField()
    sequence = fields.BigIntField()
    audit_hash = fields.BinaryField(null=True)

    class Meta:
        table = "platform_chain"

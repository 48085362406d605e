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


class Mail(Model):
    """A mail to be sent: about an event, or with a way in; to a member, to the contact of the billing profile (no
    member), or to whoever asked for a link to sign in with. `token_hashes` (a text[], made by SQL) are of every secret
    that went out with it: one for each attempt, for the one before may have arrived. Real time (R9.2)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    kind = fields.CharField(max_length=32)
    event: fields.ForeignKeyNullableRelation[Event] = fields.ForeignKeyField(
        "seatmark.Event", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    member: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    invitation: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.Invitation", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    sign_in_link: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.SignInLink", related_name=False, null=True, on_delete=OnDelete.SET_NULL, db_index=True
    )
    created_at = fields.DatetimeField(db_index=True)
    give_up_at = fields.DatetimeField()
    attempts = fields.IntField(db_default=0)
    attempted_at = fields.DatetimeField(null=True)
    next_attempt_at = fields.DatetimeField()
    holds_until = fields.DatetimeField(null=True)
    sent_at = fields.DatetimeField(null=True)
    dead_at = fields.DatetimeField(null=True)
    error = fields.CharField(max_length=100, null=True)

    class Meta:
        table = "mails"

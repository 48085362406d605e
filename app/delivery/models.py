"""Rows of webhooks: what they are, their secrets, how far each has been told, deliveries and attempts.

They belong to an organization or to a partner's key. What a partner is told of an organization has both, and goes with
either; its last event has no organization any more.
"""

from typing import Any
from uuid import uuid4

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model


class Webhook(Model):
    """Where events are sent: those named by `events` (none: all) that `permissions` let see (both a text[], made by
    SQL); for a partner's, what its key is allowed holds. All of its instants are of real time (R9.2).

    `ends_because` is set once it is to be disabled; `tried_at` is when it was last its turn to be sent to;
    `platform_sequence` is how far a partner's has been told of purges.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    partner_key: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.PartnerKey", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    url = fields.CharField(max_length=2000)
    description = fields.CharField(max_length=200)
    created_at = fields.DatetimeField()
    created_by = fields.CharField(max_length=200)
    failing_since = fields.DatetimeField(null=True)
    ends_because = fields.CharField(max_length=16, null=True)
    tried_at = fields.DatetimeField(null=True)
    disabled_at = fields.DatetimeField(null=True)
    disabled_reason = fields.CharField(max_length=16, null=True)
    deleted_at = fields.DatetimeField(null=True, db_index=True)
    platform_sequence = fields.BigIntField(default=0)

    class Meta:
        table = "webhooks"


class WebhookSecret(Model):
    """A secret that signs, sealed with a key that is not in the database. Rotation adds one; the one before ends."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    partner_key: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.PartnerKey", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    webhook: fields.ForeignKeyRelation[Webhook] = fields.ForeignKeyField(
        "seatmark.Webhook", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    sealed = fields.CharField(max_length=500)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True, db_index=True)

    class Meta:
        table = "webhook_secrets"


class WebhookPosition(Model):
    """How far a webhook has been told of an organization: up to the event `sequence`. It is told of nothing up to
    `first_sequence`; after `since` it has a delivery of every event that it wants."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    partner_key: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.PartnerKey", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    webhook: fields.ForeignKeyRelation[Webhook] = fields.ForeignKeyField(
        "seatmark.Webhook", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    first_sequence = fields.BigIntField()
    since = fields.BigIntField()
    sequence = fields.BigIntField()

    class Meta:
        table = "webhook_positions"
        unique_together = (("webhook", "organization"),)


class WebhookDelivery(Model):
    """An event on its way to a webhook, once per event and webhook. `attempts` are those since the last replay. Until
    `claimed_until` someone is at it."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    partner_key: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.PartnerKey", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    webhook: fields.ForeignKeyRelation[Webhook] = fields.ForeignKeyField(
        "seatmark.Webhook", related_name=False, on_delete=OnDelete.RESTRICT
    )
    event: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Event", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    sequence = fields.BigIntField()
    type = fields.CharField(max_length=64)
    status = fields.CharField(max_length=16)
    created_at = fields.DatetimeField()
    first_attempt_at = fields.DatetimeField(null=True)
    next_attempt_at = fields.DatetimeField(null=True)
    claimed_until = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    attempts = fields.IntField()
    replays = fields.IntField()

    class Meta:
        table = "webhook_deliveries"
        unique_together = (("webhook", "event"),)


class WebhookAttempt(Model):
    """One request to a receiver. It is written before it is sent; without `ended_at` nobody knows how it ended."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    partner_key: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.PartnerKey", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    delivery: fields.ForeignKeyRelation[WebhookDelivery] = fields.ForeignKeyField(
        "seatmark.WebhookDelivery", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    number = fields.IntField()
    at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    status = fields.SmallIntField(null=True)
    answer = fields.CharField(max_length=2048, null=True)
    error = fields.CharField(max_length=200, null=True)
    next_attempt_at = fields.DatetimeField(null=True)

    class Meta:
        table = "webhook_attempts"

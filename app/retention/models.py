"""Rows of notices and tombstones."""

from typing import Any
from uuid import uuid4

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model


class Notice(Model):
    """A notice written to an organization's owners: each once for its due instant (R1.9)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    kind = fields.CharField(max_length=32)
    due_at = fields.DatetimeField()
    written_at = fields.DatetimeField()

    class Meta:
        table = "notices"
        unique_together = (("organization", "kind", "due_at"),)


class Tombstone(Model):
    """What is left of a purged organization (R1.8). `rows_deleted` counts per table, while the purge goes on too."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.OneToOneRelation[Any] = fields.OneToOneField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT
    )
    reason = fields.CharField(max_length=200)
    decided_at = fields.DatetimeField()
    purged_at = fields.DatetimeField(null=True)
    rows_deleted: fields.JSONField[dict[str, int]] = fields.JSONField()
    audit_hash = fields.BinaryField(null=True)
    receipt_hash = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "tombstones"

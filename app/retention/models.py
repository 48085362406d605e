"""Rows of notices, tombstones and exports."""

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
    """What is left of a purged organization (R1.8). `rows_deleted` counts per table, while the purge goes on too;
    `files` and `file_bytes` are what there was of files. Its statements and invoices are kept
    until `accounting_until`, and were deleted at `accounting_gone_at`."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.OneToOneRelation[Any] = fields.OneToOneField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT
    )
    reason = fields.CharField(max_length=200)
    decided_at = fields.DatetimeField()
    purged_at = fields.DatetimeField(null=True)
    rows_deleted: fields.JSONField[dict[str, int]] = fields.JSONField()
    files = fields.BigIntField(null=True)
    file_bytes = fields.BigIntField(null=True)
    audit_hash = fields.BinaryField(null=True)
    receipt_hash = fields.CharField(max_length=64, null=True)
    accounting_until = fields.DatetimeField(null=True)
    accounting_gone_at = fields.DatetimeField(null=True)

    class Meta:
        table = "tombstones"


class OrganizationExport(Model):
    """Everything an organization has, as one file (R1.9). It lives by real time: the file is made by a job, and is
    there from `finished_at` until `expires_at`. `attempts` counts the jobs that began it."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    requested_at = fields.DatetimeField()
    requested_by = fields.CharField(max_length=200)
    attempts = fields.IntField(default=0)
    rows_total = fields.BigIntField(null=True)
    rows_done = fields.BigIntField(default=0)
    size = fields.BigIntField(null=True)
    sha256 = fields.CharField(max_length=64, null=True)
    finished_at = fields.DatetimeField(null=True)
    failed_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)
    removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "organization_exports"

"""Rows of operator keys."""

from uuid import uuid4

from tortoise import fields
from tortoise.models import Model


class OperatorKey(Model):
    """An operator's key; only the hash of its secret is kept."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    secret_hash = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "operator_keys"

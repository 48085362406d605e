"""Rows of members."""

from typing import Any
from uuid import uuid4

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model


class Member(Model):
    """A person, or a robot, in one organization; name and e-mail belong to this membership alone (R2.7)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    email = fields.CharField(max_length=254)
    login = fields.CharField(max_length=64, null=True)
    name = fields.CharField(max_length=200)
    role = fields.CharField(max_length=16)
    status = fields.CharField(max_length=16)
    is_robot = fields.BooleanField(default=False)
    created_at = fields.DatetimeField()

    class Meta:
        table = "members"

"""Rows of members, departments, teams and invitations."""

from typing import Any
from uuid import uuid4

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model


class Department(Model):
    """A node of the organization's tree; one that was deleted stays, for the subscriptions that named it."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    parent: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.Department", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    name = fields.CharField(max_length=200)
    created_at = fields.DatetimeField()
    deleted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "departments"


class Team(Model):
    """A group of people; one that was deleted stays, for the subscriptions that named it."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    name = fields.CharField(max_length=200)
    created_at = fields.DatetimeField()
    deleted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "teams"


class Member(Model):
    """Someone's membership of one organization; their name and e-mail address belong to it (R2.7). Who was
    erased has neither, and only what refers to them by id is left (R1.10)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    department: fields.ForeignKeyNullableRelation[Department] = fields.ForeignKeyField(
        "seatmark.Department", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    email = fields.CharField(max_length=254)
    login = fields.CharField(max_length=64, null=True)
    name = fields.CharField(max_length=200)
    role = fields.CharField(max_length=16)
    status = fields.CharField(max_length=16)
    is_robot = fields.BooleanField(default=False)
    external_id = fields.CharField(max_length=200, null=True)
    created_at = fields.DatetimeField()
    erased_at = fields.DatetimeField(null=True)

    class Meta:
        table = "members"


class TeamMembership(Model):
    """Someone in a team; the row goes when they leave, and the audit log keeps that they were in it."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    team: fields.ForeignKeyRelation[Team] = fields.ForeignKeyField(
        "seatmark.Team", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    joined_at = fields.DatetimeField()

    class Meta:
        table = "team_memberships"
        unique_together = (("team", "member"),)


class Invitation(Model):
    """A way in for someone invited; only the hash of its token is kept. Resending revokes the one before."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    token_hash = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()
    created_by = fields.CharField(max_length=200)
    expires_at = fields.DatetimeField()
    accepted_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "invitations"

"""Rows of the tracker. Tags, search vectors and the filters' indexes are SQL, see migration 0005_tracker."""

from typing import Any
from uuid import uuid4

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model


class Queue(Model):
    """A queue of issues. Its row is the lock of their numbers: `last_number` is the newest issue's (R7.1)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    key = fields.CharField(max_length=15)
    name = fields.CharField(max_length=200)
    last_number = fields.IntField(default=0)
    created_at = fields.DatetimeField()
    author: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )

    class Meta:
        table = "queues"
        unique_together = (("organization", "key"),)


class Issue(Model):
    """An issue, QUEUE-n. `comment_count` and `comments_search` follow its comments, in the same transactions."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    queue: fields.ForeignKeyRelation[Queue] = fields.ForeignKeyField(
        "seatmark.Queue", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    number = fields.IntField()
    summary = fields.CharField(max_length=255)
    description = fields.TextField()
    type = fields.CharField(max_length=16)
    priority = fields.CharField(max_length=16)
    status = fields.CharField(max_length=16)
    resolution = fields.CharField(max_length=16, null=True)
    author: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    assignee: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, null=True, on_delete=OnDelete.RESTRICT, db_index=True
    )
    due_on = fields.DateField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    comment_count = fields.IntField(default=0)

    class Meta:
        table = "issues"
        unique_together = (("queue", "number"),)


class IssueComment(Model):
    """What someone said about an issue."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    issue: fields.ForeignKeyRelation[Issue] = fields.ForeignKeyField(
        "seatmark.Issue", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    author: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    text = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "issue_comments"


class IssueChange(Model):
    """One field of an issue that someone changed; never edited, and deleted only by a purge (R7.2). `place` orders
    the fields that changed at one instant."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    issue: fields.ForeignKeyRelation[Issue] = fields.ForeignKeyField(
        "seatmark.Issue", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    at = fields.DatetimeField()
    place = fields.IntField()
    author: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    field = fields.CharField(max_length=16)
    before = fields.TextField(null=True)
    after = fields.TextField(null=True)

    class Meta:
        table = "issue_changes"
        unique_together = (("issue", "at", "place"),)


class IssueWatcher(Model):
    """Someone who is told what happens to an issue (R7.2)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    issue: fields.ForeignKeyRelation[Issue] = fields.ForeignKeyField(
        "seatmark.Issue", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    member: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    since = fields.DatetimeField()

    class Meta:
        table = "issue_watchers"
        unique_together = (("issue", "member"),)


class Attachment(Model):
    """A file beside an issue; its bytes are in the data directory. Until `uploaded_at` it is only awaited, at an
    address whose token's hash is kept, for a while of real time."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    issue: fields.ForeignKeyRelation[Issue] = fields.ForeignKeyField(
        "seatmark.Issue", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    author: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    file_name = fields.CharField(max_length=200)
    content_type = fields.CharField(max_length=100)
    size = fields.BigIntField()
    sha256 = fields.CharField(max_length=64, null=True)
    created_at = fields.DatetimeField()
    token_hash = fields.CharField(max_length=64, null=True, unique=True)
    expires_at = fields.DatetimeField()
    uploaded_at = fields.DatetimeField(null=True)

    class Meta:
        table = "attachments"


class Board(Model):
    """A filter and an order under a name, for everyone in the organization (R7.1)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    name = fields.CharField(max_length=200)
    criteria: fields.JSONField[dict[str, Any]] = fields.JSONField()
    ordering = fields.CharField(max_length=16)
    author: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "boards"


class NotificationSettings(Model):
    """What a member wants to be told; without a row, what happens to issues they watch, but for what they do, and every
    mail. `language` is of their mails; without one, that of the installation."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    member: fields.OneToOneRelation[Any] = fields.OneToOneField(
        "seatmark.Member", related_name=False, on_delete=OnDelete.RESTRICT
    )
    watched_issues = fields.BooleanField()
    own_changes = fields.BooleanField()
    billing_mails = fields.BooleanField(db_default=True)
    language = fields.CharField(max_length=2, null=True)

    class Meta:
        table = "notification_settings"


class Notification(Model):
    """Something that a watcher is to be told; mail and live updates send it."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    member: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    issue: fields.ForeignKeyRelation[Issue] = fields.ForeignKeyField(
        "seatmark.Issue", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    author: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    event = fields.CharField(max_length=64)
    at = fields.DatetimeField()

    class Meta:
        table = "notifications"

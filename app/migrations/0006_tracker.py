"""The tracker: its rows, what the ORM has no words for, and a history that may never change."""

from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

SEARCH = [
    """
    ALTER TABLE issues
        ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
        ADD COLUMN comments_search tsvector NOT NULL DEFAULT '',
        ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
            setweight(to_tsvector('pg_catalog.russian', summary), 'A')
            || setweight(to_tsvector('pg_catalog.russian', description), 'B')
            || comments_search
        ) STORED
    """,
    "CREATE INDEX issues_search ON issues USING gin (search)",
    "CREATE INDEX issues_tags ON issues USING gin (tags)",
    """
    COMMENT ON COLUMN issues.search IS
        'Words of summary, description and comments. The configuration "russian" stems words in Latin letters as '
        'English and all others as Russian, so that one vector and one query serve both'
    """,
]

CONSTRAINTS = [
    """
    ALTER TABLE queues
        ADD CONSTRAINT queues_key CHECK (key ~ '^[A-Z][A-Z0-9]{0,14}$'),
        ADD CONSTRAINT queues_last_number CHECK (last_number >= 0)
    """,
    """
    ALTER TABLE issues
        ADD CONSTRAINT issues_number CHECK (number > 0),
        ADD CONSTRAINT issues_type CHECK (type IN ('TASK', 'BUG', 'IMPROVEMENT', 'QUESTION')),
        ADD CONSTRAINT issues_priority CHECK (priority IN ('TRIVIAL', 'MINOR', 'NORMAL', 'CRITICAL', 'BLOCKER')),
        ADD CONSTRAINT issues_status CHECK (status IN ('OPEN', 'IN_PROGRESS', 'NEED_INFO', 'RESOLVED', 'CLOSED')),
        ADD CONSTRAINT issues_resolution CHECK (resolution IN ('FIXED', 'WONT_FIX', 'DUPLICATE', 'CANNOT_REPRODUCE')),
        ADD CONSTRAINT issues_resolved CHECK ((resolution IS NOT NULL) = (status IN ('RESOLVED', 'CLOSED'))),
        ADD CONSTRAINT issues_tags_few CHECK (cardinality(tags) <= 20)
    """,
    """
    ALTER TABLE attachments
        ADD CONSTRAINT attachments_size CHECK (size > 0),
        ADD CONSTRAINT attachments_uploaded CHECK ((uploaded_at IS NULL) = (sha256 IS NULL)),
        ADD CONSTRAINT attachments_awaited_by_a_token CHECK ((uploaded_at IS NULL) = (token_hash IS NOT NULL))
    """,
    "CREATE UNIQUE INDEX boards_name ON boards (organization_id, lower(name))",
    "CREATE INDEX issues_by_creation ON issues (organization_id, created_at, id)",
    "CREATE INDEX issues_by_update ON issues (organization_id, updated_at, id)",
    "CREATE INDEX issue_comments_in_order ON issue_comments (issue_id, created_at, id)",
    "CREATE INDEX attachments_awaited ON attachments (expires_at) WHERE uploaded_at IS NULL",
    "CREATE INDEX notifications_newest ON notifications (member_id, at, id)",
]

NEVER_CHANGED = [
    "CREATE TRIGGER issue_changes_kept BEFORE UPDATE ON issue_changes FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    """
    CREATE TRIGGER issue_changes_purged AFTER DELETE ON issue_changes REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete_unless_purging()
    """,
    """
    CREATE TRIGGER issue_changes_kept_whole BEFORE TRUNCATE ON issue_changes
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0005_coverage")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Board",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "seatmark.Organization",
                        source_field="organization_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                ("criteria", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("ordering", fields.CharField(max_length=16)),
                (
                    "author",
                    fields.ForeignKeyField(
                        "seatmark.Member",
                        source_field="author_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "boards",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "A filter and an order under a name, for everyone in the organization (R7.1).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="NotificationSettings",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "seatmark.Organization",
                        source_field="organization_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "member",
                    fields.OneToOneField(
                        "seatmark.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("watched_issues", fields.BooleanField()),
                ("own_changes", fields.BooleanField()),
            ],
            options={
                "table": "notification_settings",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "What a member wants to be told; without a row, what happens to issues they watch, but for what they do.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Queue",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "seatmark.Organization",
                        source_field="organization_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("key", fields.CharField(max_length=15)),
                ("name", fields.CharField(max_length=200)),
                ("last_number", fields.IntField(default=0)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "author",
                    fields.ForeignKeyField(
                        "seatmark.Member",
                        source_field="author_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "queues",
                "app": "seatmark",
                "unique_together": (("organization", "key"),),
                "pk_attr": "id",
                "table_description": "A queue of issues. Its row is the lock of their numbers: `last_number` is the newest issue's (R7.1).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Issue",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "seatmark.Organization",
                        source_field="organization_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "queue",
                    fields.ForeignKeyField(
                        "seatmark.Queue",
                        source_field="queue_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.IntField()),
                ("summary", fields.CharField(max_length=255)),
                ("description", fields.TextField(unique=False)),
                ("type", fields.CharField(max_length=16)),
                ("priority", fields.CharField(max_length=16)),
                ("status", fields.CharField(max_length=16)),
                ("resolution", fields.CharField(null=True, max_length=16)),
                (
                    "author",
                    fields.ForeignKeyField(
                        "seatmark.Member",
                        source_field="author_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "assignee",
                    fields.ForeignKeyField(
                        "seatmark.Member",
                        source_field="assignee_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("due_on", fields.DateField(null=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("comment_count", fields.IntField(default=0)),
            ],
            options={
                "table": "issues",
                "app": "seatmark",
                "unique_together": (("queue", "number"),),
                "pk_attr": "id",
                "table_description": "An issue, QUEUE-n. `comment_count` and `comments_search` follow its comments, in the same transactions.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Attachment",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "seatmark.Organization",
                        source_field="organization_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "issue",
                    fields.ForeignKeyField(
                        "seatmark.Issue",
                        source_field="issue_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "author",
                    fields.ForeignKeyField(
                        "seatmark.Member",
                        source_field="author_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("file_name", fields.CharField(max_length=200)),
                ("content_type", fields.CharField(max_length=100)),
                ("size", fields.BigIntField()),
                ("sha256", fields.CharField(null=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("token_hash", fields.CharField(null=True, unique=True, max_length=64)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("uploaded_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "attachments",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "A file beside an issue; its bytes are in the data directory. Until `uploaded_at` it is only awaited, at an",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="IssueChange",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "seatmark.Organization",
                        source_field="organization_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "issue",
                    fields.ForeignKeyField(
                        "seatmark.Issue",
                        source_field="issue_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("place", fields.IntField()),
                (
                    "author",
                    fields.ForeignKeyField(
                        "seatmark.Member",
                        source_field="author_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("field", fields.CharField(max_length=16)),
                ("before", fields.TextField(null=True, unique=False)),
                ("after", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "issue_changes",
                "app": "seatmark",
                "unique_together": (("issue", "at", "place"),),
                "pk_attr": "id",
                "table_description": "One field of an issue that someone changed; never edited, and deleted only by a purge (R7.2). `place` orders",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="IssueComment",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "seatmark.Organization",
                        source_field="organization_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "issue",
                    fields.ForeignKeyField(
                        "seatmark.Issue",
                        source_field="issue_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "author",
                    fields.ForeignKeyField(
                        "seatmark.Member",
                        source_field="author_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("text", fields.TextField(unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "issue_comments",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "What someone said about an issue.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="IssueWatcher",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "seatmark.Organization",
                        source_field="organization_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "issue",
                    fields.ForeignKeyField(
                        "seatmark.Issue",
                        source_field="issue_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "seatmark.Member",
                        source_field="member_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "issue_watchers",
                "app": "seatmark",
                "unique_together": (("issue", "member"),),
                "pk_attr": "id",
                "table_description": "Someone who is told what happens to an issue (R7.2).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Notification",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "seatmark.Organization",
                        source_field="organization_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "seatmark.Member",
                        source_field="member_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "issue",
                    fields.ForeignKeyField(
                        "seatmark.Issue",
                        source_field="issue_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "author",
                    fields.ForeignKeyField(
                        "seatmark.Member",
                        source_field="author_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("event", fields.CharField(max_length=64)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "notifications",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "Something that a watcher is to be told; mail and live updates send it.",
            },
            bases=["Model"],
        ),
        ops.RunSQL([*SEARCH, *CONSTRAINTS, *NEVER_CHANGED]),
    ]

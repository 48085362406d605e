"""Mails to be sent, links to sign in with, and what members want of mails (R8.1, R9.2)."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

MAILS = [
    "ALTER TABLE mails ADD COLUMN token_hashes text[] NOT NULL DEFAULT '{}'",
    """
    ALTER TABLE mails
        ADD CONSTRAINT mails_counted CHECK (attempts >= 0),
        ADD CONSTRAINT mails_end_once CHECK (sent_at IS NULL OR dead_at IS NULL),
        ADD CONSTRAINT mails_about_something CHECK (
            num_nonnulls(event_id, invitation_id) = CASE WHEN kind = 'SIGN_IN_LINK' THEN 0 ELSE 1 END
        ),
        ADD CONSTRAINT mails_of_somebody CHECK ((organization_id IS NULL) = (kind = 'SIGN_IN_LINK')),
        ADD CONSTRAINT mails_with_tokens CHECK (
            token_hashes = '{}' OR kind IN ('INVITATION', 'SIGN_IN_LINK')
        )
    """,
    # Once to each, also for the contact, who is no member; PostgreSQL 15 knows that two NULLs can be the same.
    "CREATE UNIQUE INDEX mails_once ON mails (event_id, member_id) NULLS NOT DISTINCT WHERE event_id IS NOT NULL",
    "CREATE UNIQUE INDEX mails_once_invited ON mails (invitation_id) WHERE invitation_id IS NOT NULL",
    "CREATE INDEX mails_due ON mails (next_attempt_at, id) WHERE sent_at IS NULL AND dead_at IS NULL",
    "CREATE INDEX mails_under_way ON mails (holds_until) WHERE holds_until IS NOT NULL",
    "CREATE INDEX mails_by_token ON mails USING gin (token_hashes) WHERE token_hashes <> '{}'",
    "SELECT protect_tenant_table('mails')",
    # A tenant's changes write mails, and erasing somebody deletes theirs; nothing of a tenant reads what they hold.
    "GRANT INSERT, DELETE, SELECT (id, organization_id, member_id, event_id) ON mails TO seatmark_api",
    "GRANT UPDATE (billing_mails, language) ON notification_settings TO seatmark_api",
    """
    ALTER TABLE notification_settings ADD CONSTRAINT notification_settings_language CHECK (language IN ('en', 'ru'))
    """,
]

INVITATIONS = [
    "DROP FUNCTION find_invitation(text)",
    """
    CREATE FUNCTION find_invitation(hash text)
    RETURNS TABLE (member_id uuid, organization_id uuid, invitation_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT member_id, organization_id, id FROM invitations WHERE token_hash = hash
        UNION ALL
        SELECT invitation.member_id, invitation.organization_id, invitation.id
        FROM mails AS mail JOIN invitations AS invitation ON invitation.id = mail.invitation_id
        WHERE mail.token_hashes @> ARRAY[hash] AND mail.token_hashes <> '{}'
    $$
    """,
    """
    COMMENT ON FUNCTION find_invitation IS
        'The invitation that a token leads to: the one that whoever invited was shown, or one that went out by mail'
    """,
    "REVOKE EXECUTE ON FUNCTION find_invitation(text) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION find_invitation(text) TO seatmark_api, seatmark_app",
]

ADDRESSES = [
    """
    CREATE FUNCTION unlink_old_address() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        DELETE FROM member_identities WHERE member_id = NEW.id AND issuer = 'urn:seatmark:mail';
        RETURN NULL;
    END $$
    """,
    """
    COMMENT ON FUNCTION unlink_old_address IS
        'Who signed in by a link sent to an address is the member for as long as the member has it'
    """,
    """
    CREATE TRIGGER members_unlink_old_address AFTER UPDATE OF email ON members
        FOR EACH ROW WHEN (lower(OLD.email) <> lower(NEW.email)) EXECUTE FUNCTION unlink_old_address()
    """,
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0023_jobs")]

    initial = False

    operations = [
        ops.CreateModel(
            name="SignInLink",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("email", fields.CharField(max_length=254)),
                ("language", fields.CharField(max_length=2)),
                ("return_to", fields.CharField(max_length=2000)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sign_in_links",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "That someone wants to sign in by a link sent to the address. Whether anybody has it is found out when the mail is",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Mail",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "seatmark.Organization",
                        source_field="organization_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("kind", fields.CharField(max_length=32)),
                (
                    "event",
                    fields.ForeignKeyField(
                        "seatmark.Event",
                        source_field="event_id",
                        null=True,
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
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "invitation",
                    fields.ForeignKeyField(
                        "seatmark.Invitation",
                        source_field="invitation_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "sign_in_link",
                    fields.ForeignKeyField(
                        "seatmark.SignInLink",
                        source_field="sign_in_link_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("created_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("give_up_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("attempts", fields.IntField(db_default=0)),
                ("attempted_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("next_attempt_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("holds_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("sent_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("dead_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("error", fields.CharField(null=True, max_length=100)),
            ],
            options={
                "table": "mails",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "A mail to be sent: about an event, or with a way in; to a member, to the contact of the billing profile (no",
            },
            bases=["Model"],
        ),
        ops.AlterModelOptions(
            name="NotificationSettings",
            options={
                "table": "notification_settings",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "What a member wants to be told; without a row, what happens to issues they watch, but for what they do, and every",
            },
        ),
        ops.AddField(
            model_name="NotificationSettings",
            name="billing_mails",
            field=fields.BooleanField(db_default=True),
        ),
        ops.AddField(
            model_name="NotificationSettings",
            name="language",
            field=fields.CharField(null=True, max_length=2),
        ),
        ops.RunSQL([*MAILS, *INVITATIONS, *ADDRESSES]),
    ]

"""Webhooks: where events are sent, what was sent, and how it was answered (R8.3)."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

TABLES = ("webhooks", "webhook_secrets", "webhook_positions", "webhook_deliveries", "webhook_attempts")

CHECKS = [
    "ALTER TABLE webhooks ADD COLUMN events text[] NOT NULL, ADD COLUMN permissions text[] NOT NULL",
    """
    ALTER TABLE webhooks
        ADD CONSTRAINT webhooks_of_one CHECK ((organization_id IS NULL) <> (partner_key_id IS NULL)),
        ADD CONSTRAINT webhooks_disabled_for_a_reason CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
    """,
    """
    ALTER TABLE webhook_secrets
        ADD CONSTRAINT webhook_secrets_of_one CHECK ((organization_id IS NULL) <> (partner_key_id IS NULL))
    """,
    """
    ALTER TABLE webhook_positions
        ADD CONSTRAINT webhook_positions_go_on CHECK (first_sequence <= since AND since <= sequence)
    """,
    """
    ALTER TABLE webhook_deliveries
        ADD CONSTRAINT webhook_deliveries_of_someone CHECK (num_nonnulls(organization_id, partner_key_id) > 0),
        ADD CONSTRAINT webhook_deliveries_status CHECK (status IN ('PENDING', 'DELIVERED', 'DEAD')),
        ADD CONSTRAINT webhook_deliveries_pending CHECK ((status = 'PENDING') = (next_attempt_at IS NOT NULL)),
        ADD CONSTRAINT webhook_deliveries_ended CHECK ((status = 'PENDING') = (ended_at IS NULL)),
        ADD CONSTRAINT webhook_deliveries_counted CHECK (attempts >= 0 AND replays >= 0)
    """,
    """
    ALTER TABLE webhook_attempts
        ADD CONSTRAINT webhook_attempts_counted CHECK (number > 0),
        ADD CONSTRAINT webhook_attempts_of_someone CHECK (num_nonnulls(organization_id, partner_key_id) > 0)
    """,
]

INDEXES = [
    """
    CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at)
    WHERE status = 'PENDING'
    """,
    "CREATE INDEX webhook_deliveries_listed ON webhook_deliveries (webhook_id, created_at, id)",
    "CREATE INDEX webhook_deliveries_ended_long_ago ON webhook_deliveries (ended_at) WHERE ended_at IS NOT NULL",
    "CREATE UNIQUE INDEX webhook_attempts_numbered ON webhook_attempts (delivery_id, number)",
    """
    CREATE INDEX events_of_purges ON events (sequence)
    WHERE organization_id IS NULL AND type = 'organization.purged'
    """,
]

PARTNERS = [
    "ALTER TABLE partner_key_organizations ADD COLUMN since_sequence bigint NOT NULL DEFAULT 0",
    """
    CREATE FUNCTION begin_managing() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.since_sequence := (SELECT sequence FROM organizations WHERE id = NEW.organization_id);
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER partner_is_told_from_now_on BEFORE INSERT ON partner_key_organizations
    FOR EACH ROW EXECUTE FUNCTION begin_managing()
    """,
    """
    CREATE FUNCTION end_managing() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM webhook_attempts
        WHERE partner_key_id = OLD.partner_key_id AND organization_id = OLD.organization_id;
        DELETE FROM webhook_deliveries
        WHERE partner_key_id = OLD.partner_key_id AND organization_id = OLD.organization_id;
        DELETE FROM webhook_positions
        WHERE partner_key_id = OLD.partner_key_id AND organization_id = OLD.organization_id;
        RETURN NULL;
    END $$
    """,
    "COMMENT ON FUNCTION end_managing IS 'What is still to be told a partner of an organization ends with its place'",
    """
    CREATE TRIGGER partner_is_told_no_more AFTER DELETE ON partner_key_organizations
    FOR EACH ROW EXECUTE FUNCTION end_managing()
    """,
]

MORE = [
    """
    CREATE FUNCTION allow_partner() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE webhook_positions SET since = sequence WHERE partner_key_id = NEW.id;
        RETURN NULL;
    END $$
    """,
    "COMMENT ON FUNCTION allow_partner IS 'What a partner may see from now on, it is told from now on'",
    """
    CREATE TRIGGER partner_is_told_what_it_may_see AFTER UPDATE OF permissions ON partner_keys
    FOR EACH ROW WHEN (OLD.permissions <> NEW.permissions) EXECUTE FUNCTION allow_partner()
    """,
]

PROTECTION = [
    """
    CREATE FUNCTION acting_partner() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT nullif(current_setting('seatmark.partner_key', true), '')::uuid
    $$
    """,
    "COMMENT ON FUNCTION acting_partner IS 'The partner''s key whose own rows this transaction is about; NULL for none'",
    *(f"SELECT protect_tenant_table('{table}')" for table in TABLES),
    *(
        f"""
        CREATE POLICY partners ON {table} TO seatmark_api
            USING (partner_key_id = (SELECT acting_partner())) WITH CHECK (partner_key_id = (SELECT acting_partner()))
        """
        for table in TABLES
    ),
    *(
        f"""
        CREATE POLICY partners_alone ON {table} AS RESTRICTIVE TO seatmark_api
            USING (partner_key_id IS NULL OR partner_key_id = (SELECT acting_partner()))
            WITH CHECK (partner_key_id IS NULL OR partner_key_id = (SELECT acting_partner()))
        """
        for table in TABLES
    ),
    "GRANT SELECT ON webhooks, webhook_positions, webhook_deliveries, webhook_attempts TO seatmark_api",
    "GRANT INSERT ON webhooks, webhook_secrets, webhook_positions, webhook_deliveries TO seatmark_api",
    """
    GRANT UPDATE (url, description, events, failing_since, ends_because, disabled_at, disabled_reason, deleted_at)
        ON webhooks TO seatmark_api
    """,
    """
    GRANT SELECT (id, organization_id, partner_key_id, webhook_id, created_at, expires_at), UPDATE (expires_at), DELETE
        ON webhook_secrets TO seatmark_api
    """,
    "GRANT UPDATE (since, sequence) ON webhook_positions TO seatmark_api",
    """
    GRANT UPDATE (status, first_attempt_at, next_attempt_at, claimed_until, ended_at, attempts, replays)
        ON webhook_deliveries TO seatmark_api
    """,
]

STREAMS = [
    """
    CREATE VIEW webhook_streams WITH (security_invoker = true) AS
        SELECT webhook.id AS webhook_id, NULL::uuid AS partner_key_id, organization.id AS organization_id,
               place.first_sequence, place.sequence, organization.sequence AS head, webhook.events,
               webhook.permissions
        FROM webhooks AS webhook
        JOIN organizations AS organization ON organization.id = webhook.organization_id
        JOIN webhook_positions AS place
          ON place.webhook_id = webhook.id AND place.organization_id = organization.id
        WHERE webhook.disabled_at IS NULL AND webhook.deleted_at IS NULL AND organization.purged_at IS NULL
        UNION ALL
        SELECT webhook.id, webhook.partner_key_id, organization.id,
               coalesce(place.first_sequence, managed.since_sequence),
               coalesce(place.sequence, managed.since_sequence), organization.sequence, webhook.events,
               key.permissions
        FROM webhooks AS webhook
        JOIN partner_keys AS key ON key.id = webhook.partner_key_id
        JOIN partner_key_organizations AS managed ON managed.partner_key_id = key.id
        JOIN organizations AS organization ON organization.id = managed.organization_id
        LEFT JOIN webhook_positions AS place
          ON place.webhook_id = webhook.id AND place.organization_id = organization.id
        WHERE webhook.disabled_at IS NULL AND webhook.deleted_at IS NULL AND organization.purged_at IS NULL
          AND key.revoked_at IS NULL AND coalesce(key.expires_at > clock_timestamp(), true)
          -- What a purge has taken is not begun anew.
          AND (place.id IS NOT NULL OR organization.purge_decided_at IS NULL)
    """,
    """
    COMMENT ON VIEW webhook_streams IS
        'For each webhook that is on, how far it was told of each of its organizations, and how far there is to tell'
    """,
]

RECORD = [
    """
    CREATE FUNCTION permissions_of_acting_partner() RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT key.permissions FROM partner_keys AS key
        WHERE key.id = acting_partner() AND key.revoked_at IS NULL
          AND coalesce(key.expires_at > clock_timestamp(), true)
    $$
    """,
    "COMMENT ON FUNCTION permissions_of_acting_partner IS 'NULL when its key is over'",
    """
    CREATE FUNCTION record_partner_change(maker_id uuid, action text, before text, facts text, asked_by text)
    RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        chain platform_chain;
        moment timestamptz;
        maker text := 'partner:' || maker_id;
        number bigint;
        link bytea;
        written CONSTANT text := 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"';
    BEGIN
        PERFORM FROM partner_keys AS key
        WHERE key.id = maker_id AND key.revoked_at IS NULL AND 'WEBHOOK_MANAGE' = ANY(key.permissions)
          AND coalesce(key.expires_at > clock_timestamp(), true);
        IF NOT FOUND OR action NOT LIKE 'webhook.%' THEN
            RETURN false;
        END IF;
        SELECT * INTO chain FROM platform_chain AS one WHERE one.id = 1 FOR NO KEY UPDATE;
        moment := greatest(clock_timestamp(), chain.last_change_at + interval '1 microsecond');
        number := chain.sequence + 1;
        -- The text that the link is made of is that of app.events.service.hash_entry.
        link := sha256(coalesce(chain.audit_hash, '') || convert_to(format(
            '[null,%s,"%s","%s",%s,"%s",%s,%s]',
            number, replace(to_char(moment AT TIME ZONE 'UTC', written), '.000000', ''), maker,
            to_json(asked_by), action, before, facts
        ), 'UTF8'));
        INSERT INTO events (id, organization_id, sequence, at, type, payload)
        VALUES (gen_random_uuid(), NULL, number, moment, action, facts::jsonb);
        INSERT INTO audit_entries
            (id, organization_id, sequence, at, actor, request_id, action, before, after, previous_hash, hash)
        VALUES (gen_random_uuid(), NULL, number, moment, maker, asked_by, action, before::jsonb, facts::jsonb,
                chain.audit_hash, link);
        UPDATE platform_chain SET last_change_at = moment, sequence = number, audit_hash = link WHERE id = 1;
        RETURN true;
    END $$
    """,
    """
    COMMENT ON FUNCTION record_partner_change IS
        'What a partner did with its webhooks, on the platform''s chain, in its own transaction, where others wait'
        ' until it is over; false for a key that may not any more'
    """,
]

CALLED = "permissions_of_acting_partner(), record_partner_change(uuid, text, text, text, text)"
EXECUTED = [
    f"REVOKE EXECUTE ON FUNCTION {CALLED} FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION {CALLED} TO seatmark_api, seatmark_app",
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0023_jobs")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Webhook",
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
                (
                    "partner_key",
                    fields.ForeignKeyField(
                        "seatmark.PartnerKey",
                        source_field="partner_key_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("url", fields.CharField(max_length=2000)),
                ("description", fields.CharField(max_length=200)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("created_by", fields.CharField(max_length=200)),
                ("failing_since", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ends_because", fields.CharField(null=True, max_length=16)),
                ("disabled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("disabled_reason", fields.CharField(null=True, max_length=16)),
                ("deleted_at", fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
                ("platform_sequence", fields.BigIntField(default=0)),
            ],
            options={
                "table": "webhooks",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "Where events are sent: those named by `events` (none: all) that `permissions` let see (both a text[], made by",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="WebhookDelivery",
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
                (
                    "partner_key",
                    fields.ForeignKeyField(
                        "seatmark.PartnerKey",
                        source_field="partner_key_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "webhook",
                    fields.ForeignKeyField(
                        "seatmark.Webhook",
                        source_field="webhook_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "event",
                    fields.ForeignKeyField(
                        "seatmark.Event",
                        source_field="event_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("sequence", fields.BigIntField()),
                ("type", fields.CharField(max_length=64)),
                ("status", fields.CharField(max_length=16)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("first_attempt_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("next_attempt_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("claimed_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("attempts", fields.IntField()),
                ("replays", fields.IntField()),
            ],
            options={
                "table": "webhook_deliveries",
                "app": "seatmark",
                "unique_together": (("webhook", "event"),),
                "pk_attr": "id",
                "table_description": "An event on its way to a webhook, once per event and webhook. `attempts` are those since the last replay. Until",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="WebhookAttempt",
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
                (
                    "partner_key",
                    fields.ForeignKeyField(
                        "seatmark.PartnerKey",
                        source_field="partner_key_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "delivery",
                    fields.ForeignKeyField(
                        "seatmark.WebhookDelivery",
                        source_field="delivery_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.IntField()),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("status", fields.SmallIntField(null=True)),
                ("answer", fields.CharField(null=True, max_length=2048)),
                ("error", fields.CharField(null=True, max_length=200)),
                ("next_attempt_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "webhook_attempts",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "One request to a receiver. It is written before it is sent; without `ended_at` nobody knows how it ended.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="WebhookPosition",
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
                    "partner_key",
                    fields.ForeignKeyField(
                        "seatmark.PartnerKey",
                        source_field="partner_key_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "webhook",
                    fields.ForeignKeyField(
                        "seatmark.Webhook",
                        source_field="webhook_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("first_sequence", fields.BigIntField()),
                ("since", fields.BigIntField()),
                ("sequence", fields.BigIntField()),
            ],
            options={
                "table": "webhook_positions",
                "app": "seatmark",
                "unique_together": (("webhook", "organization"),),
                "pk_attr": "id",
                "table_description": "How far a webhook has been told of an organization: up to the event `sequence`. It is told of nothing up to",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="WebhookSecret",
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
                (
                    "partner_key",
                    fields.ForeignKeyField(
                        "seatmark.PartnerKey",
                        source_field="partner_key_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "webhook",
                    fields.ForeignKeyField(
                        "seatmark.Webhook",
                        source_field="webhook_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("sealed", fields.CharField(max_length=500)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "webhook_secrets",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "A secret that signs, sealed with a key that is not in the database. Rotation adds one; the one before ends.",
            },
            bases=["Model"],
        ),
        ops.RunSQL([*CHECKS, *INDEXES, *PARTNERS, *MORE, *PROTECTION, *STREAMS, *RECORD, *EXECUTED]),
    ]

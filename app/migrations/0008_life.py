"""Closing, holds, exports, trials once per owner, and how long accounting documents are kept."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

CONSTRAINTS = [
    "ALTER TABLE suspensions ADD CONSTRAINT suspensions_cause CHECK (cause IN ('OVERDUE', 'CLOSED'))",
    "CREATE UNIQUE INDEX suspensions_one_closing ON suspensions (organization_id) WHERE cause = 'CLOSED' AND until IS NULL",
    """
    CREATE UNIQUE INDEX organization_exports_one_unfinished ON organization_exports (organization_id)
        WHERE finished_at IS NULL AND failed_at IS NULL
    """,
    """
    ALTER TABLE organization_exports
        ADD CONSTRAINT organization_exports_finished CHECK (
            num_nulls(finished_at, size, sha256, expires_at) IN (0, 4)
        ),
        ADD CONSTRAINT organization_exports_ended_once CHECK (finished_at IS NULL OR failed_at IS NULL)
    """,
    "CREATE INDEX organization_exports_expiring ON organization_exports (expires_at) WHERE removed_at IS NULL",
    """
    CREATE UNIQUE INDEX trial_owners_one ON trial_owners (email_hash, began_at, test_clock_id) NULLS NOT DISTINCT
    """,
    "CREATE INDEX trial_owners_by_begin ON trial_owners (began_at)",
    "CREATE INDEX organizations_closed ON organizations (closed_at) WHERE closed_at IS NOT NULL AND purged_at IS NULL",
    """
    CREATE INDEX tombstones_accounting ON tombstones (accounting_until)
        WHERE purged_at IS NOT NULL AND accounting_gone_at IS NULL
    """,
]

TRIALS = [
    """
    INSERT INTO trial_salt (id, salt) VALUES (1, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    """,
    """
    CREATE FUNCTION trial_owner_hash(email text) RETURNS bytea LANGUAGE sql STABLE AS $$
        SELECT sha256(salt || convert_to(lower(email), 'UTF8')) FROM trial_salt WHERE id = 1
    $$
    """,
    """
    CREATE FUNCTION remember_trial_owner() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO trial_owners (id, test_clock_id, email_hash, began_at)
        SELECT gen_random_uuid(), test_clock_id, trial_owner_hash(NEW.email), activated_at
        FROM organizations WHERE id = NEW.organization_id AND activated_at IS NOT NULL
        ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER members_remember_trial_owner AFTER INSERT OR UPDATE OF role, status, email ON members
        FOR EACH ROW WHEN (NEW.role = 'OWNER' AND NEW.status = 'ACTIVE') EXECUTE FUNCTION remember_trial_owner()
    """,
    """
    COMMENT ON FUNCTION remember_trial_owner IS
        'Whoever becomes an owner of an organization that began a trial has had that trial (R1.2), by whatever way'
    """,
]

FACTS = [
    "DROP VIEW organization_facts",
    """
    CREATE VIEW organization_facts AS
    SELECT organization.*,
           clock.advancing_to,
           greatest(coalesce(clock.now, clock_timestamp()), organization.last_change_at) AS now,
           (SELECT min(greatest(subscription.created_at, organization.trial_ends_at))
            FROM seat_subscriptions AS subscription
            WHERE subscription.organization_id = organization.id
              AND (subscription.ended_at IS NULL OR subscription.ended_at > organization.trial_ends_at)
           ) AS subscribed_from,
           EXISTS (
               SELECT FROM suspensions AS suspension
               WHERE suspension.organization_id = organization.id AND suspension.cause = 'OVERDUE'
                 AND suspension.since <= greatest(coalesce(clock.now, clock_timestamp()), organization.last_change_at)
                 AND coalesce(suspension.until > greatest(coalesce(clock.now, clock_timestamp()),
                                                          organization.last_change_at), true)
           ) AS is_suspended,
           -(SELECT coalesce(sum(invoice.total), 0) FROM invoices AS invoice
             WHERE invoice.organization_id = organization.id) AS balance
    FROM organizations AS organization
    LEFT JOIN test_clocks AS clock ON clock.id = organization.test_clock_id
    """,
    "COMMENT ON VIEW organization_facts IS 'What an organization''s state is derived from (R1.1), and its clock now'",
]

ACCOUNTING = [
    """
    CREATE FUNCTION refuse_delete_of_accounting() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT FROM tombstones AS stone
            JOIN organization_facts AS facts ON facts.id = stone.organization_id
            WHERE stone.organization_id = OLD.organization_id AND stone.purged_at IS NOT NULL
              AND stone.accounting_until <= facts.now
        ) THEN
            RAISE EXCEPTION 'DELETE of % is for years after a purge', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END $$
    """,
    "DROP TRIGGER statements_kept ON statements",
    "DROP TRIGGER invoices_kept ON invoices",
    "CREATE TRIGGER invoices_kept BEFORE UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    *(
        f"CREATE TRIGGER {table}_kept_for_years BEFORE DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_delete_of_accounting()"
        for table in ("statements", "invoices")
    ),
    """
    CREATE FUNCTION only_finish_tombstones() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.purged_at IS NOT NULL
           AND (to_jsonb(NEW) - 'accounting_gone_at' <> to_jsonb(OLD) - 'accounting_gone_at'
                OR OLD.accounting_gone_at IS NOT NULL) THEN
            RAISE EXCEPTION 'a tombstone is written once' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER tombstones_only_finish BEFORE UPDATE ON tombstones FOR EACH ROW EXECUTE FUNCTION only_finish_tombstones()",
    "CREATE TRIGGER tombstones_kept BEFORE DELETE ON tombstones FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER tombstones_kept_whole BEFORE TRUNCATE ON tombstones FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0007_external_ids")]

    initial = False

    operations = [
        ops.CreateModel(
            name="OrganizationExport",
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
                ("requested_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("requested_by", fields.CharField(max_length=200)),
                ("attempts", fields.IntField(default=0)),
                ("rows_total", fields.BigIntField(null=True)),
                ("rows_done", fields.BigIntField(default=0)),
                ("size", fields.BigIntField(null=True)),
                ("sha256", fields.CharField(null=True, max_length=64)),
                ("finished_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("failed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("removed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "organization_exports",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "Everything an organization has, as one file (R1.9). It lives by real time: the file is made by a job, and is",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TrialOwner",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "test_clock",
                    fields.ForeignKeyField(
                        "seatmark.TestClock",
                        source_field="test_clock_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("email_hash", fields.BinaryField()),
                ("began_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "trial_owners",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "That someone owned an organization whose trial began then, by its clock (R1.2). No organization owns the row:",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TrialSalt",
            fields=[
                ("id", fields.SmallIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("salt", fields.BinaryField()),
            ],
            options={
                "table": "trial_salt",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "What the e-mail addresses of `trial_owners` are hashed with: another one in every installation. One row.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Organization",
            name="spared_until",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AlterModelOptions(
            name="Suspension",
            options={
                "table": "suspensions",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "[since, until) in which nobody in the organization may write and no seat is charged (R4.5, R6.3): because of",
            },
        ),
        ops.AddField(
            model_name="Suspension",
            name="cause",
            field=fields.CharField(db_default="OVERDUE", max_length=16),
        ),
        ops.AlterModelOptions(
            name="Tombstone",
            options={
                "table": "tombstones",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "What is left of a purged organization (R1.8). `rows_deleted` counts per table, while the purge goes on too;",
            },
        ),
        ops.AddField(
            model_name="Tombstone",
            name="accounting_gone_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Tombstone",
            name="accounting_until",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Tombstone",
            name="file_bytes",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="Tombstone",
            name="files",
            field=fields.BigIntField(null=True),
        ),
        ops.RunSQL([*CONSTRAINTS, *TRIALS, *FACTS, *ACCOUNTING]),
    ]

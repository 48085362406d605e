"""What the ORM has no words for: the ledger's range, constraints, the facts view, and what may never change."""

from tortoise import migrations
from tortoise.migrations import operations as ops

LEDGER = [
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    """
    ALTER TABLE seat_grants
        ADD COLUMN during tstzrange NOT NULL,
        ADD CONSTRAINT seat_grants_half_open CHECK (
            NOT isempty(during) AND NOT lower_inf(during) AND lower_inc(during) AND NOT upper_inc(during)
        ),
        ADD CONSTRAINT seat_grants_closed_by_a_change CHECK (upper_inf(during) = (revoked_by_id IS NULL)),
        ADD CONSTRAINT seat_grants_no_overlap EXCLUDE USING gist (
            subscription_id WITH =, member_id WITH =, during WITH &&
        )
    """,
    """
    CREATE INDEX seat_grants_by_end
        ON seat_grants (organization_id, coalesce(upper(during), 'infinity'::timestamptz))
    """,
    "CREATE UNIQUE INDEX seat_grants_one_open ON seat_grants (subscription_id, member_id) WHERE upper_inf(during)",
]

CONSTRAINTS = [
    "CREATE UNIQUE INDEX members_email ON members (organization_id, lower(email))",
    "CREATE UNIQUE INDEX members_login ON members (organization_id, lower(login)) WHERE login IS NOT NULL",
    "CREATE INDEX members_by_name ON members (organization_id, name, id)",
    """
    ALTER TABLE members
        ADD CONSTRAINT members_role CHECK (role IN ('OWNER', 'ADMIN', 'BILLING_MANAGER', 'MEMBER')),
        ADD CONSTRAINT members_status CHECK (status IN ('INVITED', 'ACTIVE', 'DEACTIVATED'))
    """,
    "CREATE UNIQUE INDEX seat_subscriptions_one_open ON seat_subscriptions (member_id) WHERE ended_at IS NULL",
    """
    ALTER TABLE seat_subscriptions
        ADD CONSTRAINT seat_subscriptions_not_empty CHECK (ended_at > created_at),
        ADD CONSTRAINT seat_subscriptions_ended_by CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
        ADD CONSTRAINT seat_subscriptions_joins CHECK (joins IN ('ALWAYS', 'WITHIN_PEAK', 'NEVER')),
        ADD CONSTRAINT seat_subscriptions_subject CHECK (member_id IS NOT NULL)
    """,
    "ALTER TABLE billing_periods ADD CONSTRAINT billing_periods_not_empty CHECK (starts_at < ends_at)",
    "CREATE UNIQUE INDEX billing_periods_one_open ON billing_periods (organization_id) WHERE closed_at IS NULL",
    "CREATE INDEX billing_periods_open ON billing_periods (ends_at) WHERE closed_at IS NULL",
    "ALTER TABLE suspensions ADD CONSTRAINT suspensions_not_empty CHECK (since < until)",
    """
    ALTER TABLE organizations
        ADD CONSTRAINT organizations_trial CHECK ((activated_at IS NULL) = (trial_ends_at IS NULL)),
        ADD CONSTRAINT organizations_purged CHECK (purged_at IS NULL OR purge_decided_at IS NOT NULL),
        ADD CONSTRAINT organizations_named CHECK (slug IS NOT NULL OR purged_at IS NOT NULL)
    """,
    """
    ALTER TABLE statements
        ADD CONSTRAINT statements_outcome CHECK (outcome IN ('BILLED', 'FREE', 'TRIAL', 'PARKED')),
        ADD CONSTRAINT statements_peak CHECK ((peak_seats IS NULL) = (outcome = 'PARKED')),
        ADD CONSTRAINT statements_parked CHECK ((parked_reason IS NOT NULL) = (outcome = 'PARKED')),
        ADD CONSTRAINT statements_not_empty CHECK (starts_at < ends_at)
    """,
    """
    ALTER TABLE invoices
        ADD CONSTRAINT invoices_one_per_statement UNIQUE (statement_id),
        ADD CONSTRAINT invoices_vat_adds_up CHECK (vat_net + vat_amount = total),
        ADD CONSTRAINT invoices_something_to_pay CHECK (total > 0)
    """,
    "CREATE UNIQUE INDEX invoice_series_one ON invoice_series (issuer_id, test_clock_id) NULLS NOT DISTINCT",
    "CREATE UNIQUE INDEX events_sequence ON events (organization_id, sequence) NULLS NOT DISTINCT",
    "CREATE UNIQUE INDEX audit_entries_sequence ON audit_entries (organization_id, sequence) NULLS NOT DISTINCT",
    "ALTER TABLE test_clocks ADD CONSTRAINT test_clocks_forward CHECK (advancing_to >= now)",
    "CREATE INDEX test_clocks_advancing ON test_clocks (id) WHERE advancing_to IS NOT NULL",
    """
    CREATE INDEX organizations_in_trial ON organizations (trial_ends_at)
        WHERE trial_ends_at IS NOT NULL AND purge_decided_at IS NULL
    """,
    "CREATE INDEX organizations_purging ON organizations (id) WHERE purge_decided_at IS NOT NULL AND purged_at IS NULL",
]

FACTS = [
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
               WHERE suspension.organization_id = organization.id
                 AND suspension.since <= greatest(coalesce(clock.now, clock_timestamp()), organization.last_change_at)
                 AND coalesce(suspension.until > greatest(coalesce(clock.now, clock_timestamp()),
                                                          organization.last_change_at), true)
           ) AS is_suspended
    FROM organizations AS organization
    LEFT JOIN test_clocks AS clock ON clock.id = organization.test_clock_id
    """,
    "COMMENT ON VIEW organization_facts IS 'What an organization''s state is derived from (R1.1), and its clock now'",
]

NEVER_CHANGED = [
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% of % is not allowed: it only grows', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE FUNCTION refuse_delete_unless_purging() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM gone LEFT JOIN organizations AS organization ON organization.id = gone.organization_id
            WHERE organization.purge_decided_at IS NULL
        ) THEN
            RAISE EXCEPTION 'DELETE of % is for a purge alone', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION only_close_grants() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT upper_inf(OLD.during) OR upper_inf(NEW.during) OR lower(NEW.during) <> lower(OLD.during)
           OR (NEW.id, NEW.organization_id, NEW.subscription_id, NEW.member_id, NEW.granted_by_id)
              IS DISTINCT FROM (OLD.id, OLD.organization_id, OLD.subscription_id, OLD.member_id, OLD.granted_by_id) THEN
            RAISE EXCEPTION 'a grant is closed once and never edited' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION only_retry_parked() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.outcome <> 'PARKED'
           OR (NEW.id, NEW.organization_id, NEW.month, NEW.starts_at, NEW.ends_at)
              IS DISTINCT FROM (OLD.id, OLD.organization_id, OLD.month, OLD.starts_at, OLD.ends_at) THEN
            RAISE EXCEPTION 'a statement is written once' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER seat_grants_only_close BEFORE UPDATE ON seat_grants FOR EACH ROW EXECUTE FUNCTION only_close_grants()",
    "CREATE TRIGGER statements_only_retry BEFORE UPDATE ON statements FOR EACH ROW EXECUTE FUNCTION only_retry_parked()",
    "CREATE TRIGGER statements_kept BEFORE DELETE ON statements FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER invoices_kept BEFORE UPDATE OR DELETE ON invoices FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER audit_entries_kept BEFORE UPDATE ON audit_entries FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    """
    CREATE TRIGGER seat_grants_purged AFTER DELETE ON seat_grants REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete_unless_purging()
    """,
    """
    CREATE TRIGGER audit_entries_purged AFTER DELETE ON audit_entries REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete_unless_purging()
    """,
    *(
        f"CREATE TRIGGER {table}_kept_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        for table in ("seat_grants", "statements", "invoices", "audit_entries")
    ),
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0001_initial")]

    operations = [ops.RunSQL([*LEDGER, *CONSTRAINTS, *FACTS, *NEVER_CHANGED])]

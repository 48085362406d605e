"""The role that the API and the workers act in, and what it cannot do: change or delete what only grows (R5.5, R8.2)."""

from tortoise import migrations
from tortoise.migrations import operations as ops

ONLY_INSERTED = (
    "audit_entries",
    "credit_notes",
    "events",
    "invoices",
    "issue_changes",
    "payment_reversals",
    "payments",
    "price_list_tiers",
    "price_lists",
    "promo_code_payers",
    "vat_rates",
)
"""Read and added to, and no more."""

NEVER_DELETED = ("seat_grants", "statements", "tombstones")
"""Changed once in their life, as their triggers allow."""

ROLE = [
    """
    DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'seatmark_app') THEN
            CREATE ROLE seatmark_app NOLOGIN;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of the cluster was faster
    END $$
    """,
    """
    DO $$ BEGIN
        IF NOT pg_has_role(current_user, 'seatmark_app', 'MEMBER') THEN
            EXECUTE format('GRANT seatmark_app TO %I', current_user);
        END IF;
    END $$
    """,
    "GRANT USAGE ON SCHEMA public TO seatmark_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO seatmark_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO seatmark_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO seatmark_app",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO seatmark_app",
    f"REVOKE UPDATE, DELETE ON {', '.join(ONLY_INSERTED)} FROM seatmark_app",
    f"REVOKE DELETE ON {', '.join(NEVER_DELETED)} FROM seatmark_app",
    "REVOKE UPDATE ON seat_grants FROM seatmark_app",
    "GRANT UPDATE (during, revoked_by_id) ON seat_grants TO seatmark_app",
    "GRANT DELETE ON price_lists, price_list_tiers TO seatmark_app",
    # To lock a row takes the right to change one of its columns; that one is never changed, a trigger sees to it.
    "GRANT UPDATE (id) ON price_lists TO seatmark_app",
    # A credit note locks its invoice, which takes more than reading it.
    "ALTER FUNCTION lock_credited_invoice() SECURITY DEFINER SET search_path = public, pg_temp",
]

PURGE = [
    """
    CREATE FUNCTION refuse_wrong_decision() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.purge_decided_at IS NOT NULL THEN
            RAISE EXCEPTION 'a purge is decided once' USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.legal_hold IS NOT NULL THEN
            RAISE EXCEPTION 'an organization under a legal hold is not purged' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER organizations_purged_once BEFORE UPDATE OF purge_decided_at ON organizations
        FOR EACH ROW WHEN (NEW.purge_decided_at IS DISTINCT FROM OLD.purge_decided_at)
        EXECUTE FUNCTION refuse_wrong_decision()
    """,
    """
    CREATE FUNCTION purge_rows(table_name text, purged_id uuid, most int, own_reference text) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        deleted int;
        is_last text := '';
    BEGIN
        IF NOT EXISTS (SELECT FROM organizations WHERE id = purged_id AND purge_decided_at IS NOT NULL) THEN
            RAISE EXCEPTION 'rows are deleted once their purge is decided' USING ERRCODE = 'restrict_violation';
        END IF;
        IF table_name IN ('organizations', 'tombstones') THEN
            RAISE EXCEPTION '% outlives a purge', table_name USING ERRCODE = 'restrict_violation';
        END IF;
        IF own_reference IS NOT NULL THEN
            is_last := format('AND NOT EXISTS (SELECT FROM %I AS other WHERE other.%I = gone.id)',
                              table_name, own_reference);
        END IF;
        EXECUTE format(
            'WITH gone AS (
                 DELETE FROM %1$I WHERE ctid = ANY (ARRAY(
                     SELECT gone.ctid FROM %1$I AS gone WHERE gone.organization_id = $1 %2$s LIMIT $2
                 )) RETURNING 1
             ) SELECT count(*)::int FROM gone', table_name, is_last)
        INTO deleted USING purged_id, most;
        RETURN deleted;
    END $$
    """,
    """
    COMMENT ON FUNCTION purge_rows IS
        'The only way to delete what belongs to an organization and only grows (R1.8): up to so many rows of a table, of'
        ' an organization whose purge is decided. Rows that others of their table refer to by own_reference stay'
    """,
    """
    CREATE FUNCTION delete_accounting(table_name text, purged_ids uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        IF table_name NOT IN ('payment_reversals', 'payments', 'credit_notes', 'invoices', 'statements') THEN
            RAISE EXCEPTION '% holds no accounting documents', table_name USING ERRCODE = 'restrict_violation';
        END IF;
        EXECUTE format('DELETE FROM %I WHERE organization_id = ANY($1)', table_name) USING purged_ids;
    END $$
    """,
    """
    COMMENT ON FUNCTION delete_accounting IS
        'The only way to delete accounting documents; their own triggers refuse it before their years are over (R1.8)'
    """,
    "REVOKE EXECUTE ON FUNCTION purge_rows, delete_accounting FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION purge_rows, delete_accounting TO seatmark_app",
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0013_overdue")]

    operations = [ops.RunSQL([*ROLE, *PURGE])]

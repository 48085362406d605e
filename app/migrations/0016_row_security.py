"""The second wall: to the role of the tenants only the rows of the organizations exist that it acts for (R2.6)."""

from tortoise import migrations
from tortoise.migrations import operations as ops

BOTH = "seatmark_api, seatmark_app"

READ = (
    "attachments", "audit_entries", "billing_periods", "billing_profiles", "boards", "contracts", "credit_notes",
    "departments", "events", "invitations", "invoice_notices", "invoices", "issue_changes", "issue_comments",
    "issue_watchers", "issues", "legacy_baselines", "members", "notices", "notification_settings", "notifications",
    "organization_exports", "organizations", "payment_reversals", "payments", "promo_code_redemptions", "queues",
    "seat_changes", "seat_grants", "seat_requests", "seat_subscriptions", "seat_waits", "statements", "suspensions",
    "team_memberships", "teams", "tombstones",
)  # fmt: skip
"""What a tenant reads: everything of its organizations but the hashes of their sessions."""

ADDED = (
    "attachments", "audit_entries", "billing_periods", "billing_profiles", "boards", "departments", "events",
    "invitations", "issue_changes", "issue_comments", "issue_watchers", "issues", "members", "notification_settings",
    "notifications", "organization_exports", "organizations", "payment_reversals", "payments",
    "promo_code_redemptions", "queues", "seat_changes", "seat_grants", "seat_requests", "seat_subscriptions",
    "seat_waits", "suspensions", "team_memberships", "teams",
)  # fmt: skip

CHANGED = {
    "attachments": "uploaded_at, sha256, token_hash",
    "billing_profiles": "legal_name, kind, tax_number, address, bank_details, contact_email, agreement_version,"
    " accepted_by, accepted_at",
    "boards": "name, criteria, ordering, updated_at",
    "departments": "name, parent_id, deleted_at",
    "invitations": "accepted_at, revoked_at",
    "issues": "summary, description, type, priority, status, resolution, due_on, updated_at, comment_count,"
    " assignee_id, tags, comments_search",
    "members": "email, login, name, role, status, department_id, erased_at, external_id",
    "notification_settings": "watched_issues, own_changes",
    "organizations": "name, time_zone, earlier_zones, seat_cap, budget, activated_at, trial_ends_at, closed_at,"
    " spared_until, last_change_at, sequence, audit_hash",
    "queues": "last_number",
    "seat_changes": "undone_by_id",
    "seat_grants": "during, revoked_by_id",
    "seat_subscriptions": "ended_at, ended_by, ended_by_change_id",
    "suspensions": "until",
    "teams": "name, deleted_at",
}

DELETED = (
    "attachments", "boards", "invitations", "issue_watchers", "seat_changes", "seat_waits", "sessions",
    "team_memberships",
)  # fmt: skip

ROLE = [
    """
    DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'seatmark_api') THEN
            CREATE ROLE seatmark_api NOLOGIN;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of the cluster was faster
    END $$
    """,
    "GRANT USAGE ON SCHEMA public TO seatmark_api",
    f"GRANT SELECT ON {', '.join(READ)} TO seatmark_api",
    f"GRANT INSERT ON {', '.join(ADDED)} TO seatmark_api",
    *(f"GRANT UPDATE ({columns}) ON {table} TO seatmark_api" for table, columns in CHANGED.items()),
    f"GRANT DELETE ON {', '.join(DELETED)} TO seatmark_api",
    "GRANT SELECT (member_id, organization_id) ON sessions TO seatmark_api",
    "GRANT SELECT ON issuers, vat_rates, price_lists, price_list_tiers, promo_codes, test_clocks TO seatmark_api",
    # A clock's row is locked by every change on it; its policy lets nobody change it.
    "GRANT UPDATE (id) ON test_clocks TO seatmark_api",
    "GRANT SELECT ON organization_facts, invoice_accounts, payment_allocations TO seatmark_api",
]

POLICIES = [
    """
    CREATE FUNCTION acting_organizations() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT string_to_array(nullif(current_setting('seatmark.organizations', true), ''), ',')::uuid[]
    $$
    """,
    """
    COMMENT ON FUNCTION acting_organizations IS
        'The organizations that exist for this transaction, where a tenant acts; NULL, which is none, where none is set'
    """,
    """
    CREATE FUNCTION is_acting_for(organization_id uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT pg_has_role(session_user, 'seatmark_app', 'MEMBER') OR organization_id = ANY (acting_organizations())
    $$
    """,
    """
    COMMENT ON FUNCTION is_acting_for IS
        'Whether the organization exists for whoever is connected: for functions that run as their owner, for whom no'
        ' policy holds'
    """,
    """
    CREATE FUNCTION protect_tenant_table(name regclass, key text DEFAULT 'organization_id') RETURNS void
    LANGUAGE plpgsql AS $$
    BEGIN
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenants ON %s TO seatmark_api
                 USING (%2$I = ANY ((SELECT acting_organizations())::uuid[]))
                 WITH CHECK (%2$I = ANY ((SELECT acting_organizations())::uuid[]))', name, key);
        EXECUTE format('CREATE POLICY system ON %s TO seatmark_app USING (true) WITH CHECK (true)', name);
    END $$
    """,
    """
    COMMENT ON FUNCTION protect_tenant_table IS
        'For every new table of rows that belong to organizations: a tenant sees and makes only those of the'
        ' organizations that it acts for, the system all. What a tenant may do at all is granted to seatmark_api beside'
    """,
    "REVOKE EXECUTE ON FUNCTION protect_tenant_table FROM PUBLIC",
    """
    DO $$
    DECLARE name regclass;
    BEGIN
        FOR name IN
            SELECT attrelid::regclass FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            WHERE attname = 'organization_id' AND relkind = 'r' AND relnamespace = 'public'::regnamespace
        LOOP
            PERFORM protect_tenant_table(name);
        END LOOP;
        PERFORM protect_tenant_table('organizations', 'id');
    END $$
    """,
    *(
        f"ALTER VIEW {view} SET (security_invoker = true)"
        for view in ("organization_facts", "invoice_accounts", "payment_allocations")
    ),
]

SHARED = [
    """
    CREATE FUNCTION served_price_lists() RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        WITH RECURSIVE served (id) AS (
            SELECT id FROM price_lists WHERE is_public
            UNION SELECT price_list_id FROM contracts WHERE organization_id = ANY (acting_organizations())
            UNION SELECT price_list_id FROM legacy_baselines WHERE organization_id = ANY (acting_organizations())
            UNION SELECT code.price_list_id
                  FROM promo_code_redemptions AS redemption JOIN promo_codes AS code ON code.id = promo_code_id
                  WHERE organization_id = ANY (acting_organizations())
            UNION SELECT list.baseline_id FROM served JOIN price_lists AS list ON list.id = served.id
        )
        SELECT array_agg(id) FROM served WHERE id IS NOT NULL
    $$
    """,
    """
    COMMENT ON FUNCTION served_price_lists IS
        'The public price lists, the private ones that serve an organization of a tenant (R2.6), and their baselines'
    """,
    *(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        for table in ("price_lists", "price_list_tiers", "promo_codes", "test_clocks")
    ),
    *(
        f"CREATE POLICY system ON {table} TO seatmark_app USING (true) WITH CHECK (true)"
        for table in ("price_lists", "price_list_tiers", "promo_codes", "test_clocks")
    ),
    """
    CREATE POLICY tenants ON price_lists FOR SELECT TO seatmark_api
        USING (id = ANY ((SELECT served_price_lists())::uuid[]))
    """,
    """
    CREATE POLICY tenants ON price_list_tiers FOR SELECT TO seatmark_api
        USING (price_list_id = ANY ((SELECT served_price_lists())::uuid[]))
    """,
    # The policies of the tables that these name hold in them too.
    """
    CREATE POLICY tenants ON promo_codes FOR SELECT TO seatmark_api
        USING (EXISTS (SELECT FROM promo_code_redemptions AS own WHERE own.promo_code_id = promo_codes.id))
    """,
    """
    CREATE POLICY tenants ON test_clocks TO seatmark_api
        USING (EXISTS (SELECT FROM organizations AS own WHERE own.test_clock_id = test_clocks.id)) WITH CHECK (false)
    """,
]

TOKENS = [
    """
    CREATE FUNCTION find_operator_key(hash text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT id FROM operator_keys WHERE secret_hash = hash
    $$
    """,
    """
    CREATE FUNCTION find_session(hash text) RETURNS TABLE (member_id uuid, organization_id uuid, role text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT member.id, member.organization_id, member.role
        FROM sessions AS session JOIN members AS member ON member.id = session.member_id
        WHERE session.token_hash = hash AND session.expires_at > clock_timestamp() AND member.status = 'ACTIVE'
    $$
    """,
    """
    CREATE FUNCTION find_invitation(hash text) RETURNS TABLE (member_id uuid, organization_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT member_id, organization_id FROM invitations WHERE token_hash = hash
    $$
    """,
    """
    CREATE FUNCTION find_upload(attachment_id uuid, hash text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT organization_id FROM attachments WHERE id = attachment_id AND token_hash = hash
    $$
    """,
]

PROMO_CODES = [
    """
    CREATE FUNCTION find_promo_code(wanted text, is_locked boolean) RETURNS TABLE (
        id uuid, code text, percent numeric, price_list_id uuid, currency text, periods int, redeem_by timestamptz,
        most_uses int, uses int, created_at timestamptz, disabled_at timestamptz
    ) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        IF is_locked THEN
            PERFORM FROM promo_codes AS found WHERE lower(found.code) = lower(wanted) FOR NO KEY UPDATE;
        END IF;
        RETURN QUERY
            SELECT found.id, found.code::text, found.percent, found.price_list_id, list.currency::text, found.periods,
                   found.redeem_by, found.most_uses, found.uses, found.created_at, found.disabled_at
            FROM promo_codes AS found LEFT JOIN price_lists AS list ON list.id = found.price_list_id
            WHERE lower(found.code) = lower(wanted);
    END $$
    """,
    """
    CREATE FUNCTION first_month_of_list(list_id uuid) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT effective_from FROM price_lists WHERE id = list_id
    $$
    """,
    """
    CREATE FUNCTION has_payer_used(code_id uuid, compared text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT EXISTS (
            SELECT FROM promo_code_payers WHERE promo_code_id = code_id AND payer_hash = promo_payer_hash(compared)
        )
    $$
    """,
    """
    CREATE FUNCTION use_promo_code(redemption_id uuid, compared text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE used uuid;
    BEGIN
        SELECT promo_code_id INTO STRICT used FROM promo_code_redemptions AS redemption
        WHERE redemption.id = redemption_id AND is_acting_for(redemption.organization_id);
        INSERT INTO promo_code_payers (id, promo_code_id, payer_hash)
        VALUES (gen_random_uuid(), used, promo_payer_hash(compared));
        UPDATE promo_codes SET uses = uses + 1 WHERE id = used;
    END $$
    """,
    """
    COMMENT ON FUNCTION use_promo_code IS 'One use of the code that was just redeemed, and its payer''s only one (R4.8)'
    """,
]

TRIALS = [
    """
    CREATE FUNCTION trial_of_member(asked_id uuid, clock_id uuid, at timestamptz, memory interval) RETURNS timestamptz
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT max(owner.began_at)
        FROM members AS member JOIN trial_owners AS owner ON owner.email_hash = trial_owner_hash(member.email)
        WHERE member.id = asked_id AND is_acting_for(member.organization_id)
          AND owner.test_clock_id IS NOT DISTINCT FROM clock_id AND owner.began_at + memory > at
    $$
    """,
    """
    CREATE FUNCTION remember_trial_owners(activated_id uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        INSERT INTO trial_owners (id, test_clock_id, email_hash, began_at)
        SELECT gen_random_uuid(), organization.test_clock_id, trial_owner_hash(member.email), organization.activated_at
        FROM organizations AS organization JOIN members AS member ON member.organization_id = organization.id
        WHERE organization.id = activated_id AND is_acting_for(organization.id)
          AND member.role = 'OWNER' AND member.status = 'ACTIVE'
        ON CONFLICT DO NOTHING
    $$
    """,
    # Triggers that write what a tenant does not: they see to their own rows.
    "ALTER FUNCTION remember_trial_owner() SECURITY DEFINER SET search_path = public, pg_temp",
    "ALTER FUNCTION expire_exports_with_the_erased() SECURITY DEFINER SET search_path = public, pg_temp",
]

CALLED = (
    "served_price_lists()",
    "find_operator_key(text)",
    "find_session(text)",
    "find_invitation(text)",
    "find_upload(uuid, text)",
    "find_promo_code(text, boolean)",
    "first_month_of_list(uuid)",
    "has_payer_used(uuid, text)",
    "use_promo_code(uuid, text)",
    "trial_of_member(uuid, uuid, timestamptz, interval)",
    "remember_trial_owners(uuid)",
)
EXECUTED = [
    f"REVOKE EXECUTE ON FUNCTION {', '.join(CALLED)} FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION {', '.join(CALLED)} TO {BOTH}",
    "REVOKE EXECUTE ON FUNCTION promo_payer_hash, trial_owner_hash FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION promo_payer_hash, trial_owner_hash TO seatmark_app",
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0015_issuer")]

    initial = False

    operations = [ops.RunSQL([*ROLE, *POLICIES, *SHARED, *TOKENS, *PROMO_CODES, *TRIALS, *EXECUTED])]

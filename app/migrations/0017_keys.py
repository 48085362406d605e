"""API keys that act as members, partners' keys over organizations, and whose a test clock is (R2.3, R2.4, R9.1, R9.2)."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

COLUMNS = [
    "CREATE INDEX test_clocks_partner_key ON test_clocks (partner_key_id)",
    "ALTER TABLE api_keys ADD COLUMN permissions text[] NOT NULL",
    "ALTER TABLE partner_keys ADD COLUMN permissions text[] NOT NULL",
    *(
        f"""
        ALTER TABLE {table}
            ADD CONSTRAINT {table}_allow_something CHECK (cardinality(permissions) > 0),
            ADD CONSTRAINT {table}_revoked_by_someone CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
        """
        for table in ("api_keys", "partner_keys")
    ),
    """
    ALTER TABLE test_clocks
        ADD CONSTRAINT test_clocks_of_partners_expire CHECK ((partner_key_id IS NULL) = (expires_at IS NULL))
    """,
]

PROTECTION = [
    "SELECT protect_tenant_table('api_keys')",
    "SELECT protect_tenant_table('api_key_secrets')",
    "SELECT protect_tenant_table('partner_key_organizations')",
    "GRANT SELECT, INSERT, UPDATE (name, revoked_at, revoked_by) ON api_keys TO seatmark_api",
    "GRANT SELECT ON partner_key_organizations TO seatmark_api",
    """
    GRANT SELECT (id, organization_id, api_key_id, created_at, expires_at), INSERT, UPDATE (expires_at)
        ON api_key_secrets TO seatmark_api
    """,
]

TOKENS = [
    """
    CREATE FUNCTION find_key(hash text) RETURNS TABLE (
        key_id uuid, is_partner boolean, permissions text[], expires_at timestamptz, organization_ids uuid[],
        member_id uuid, role text, is_use_due boolean
    ) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        WITH used (asked_at) AS (SELECT clock_timestamp())
        SELECT key.id, false, key.permissions, least(key.expires_at, secret.expires_at), ARRAY[key.organization_id],
               member.id, member.role, coalesce(key.last_used_at < asked_at - interval '1 minute', true)
        FROM used, api_key_secrets AS secret
        JOIN api_keys AS key ON key.id = secret.api_key_id
        JOIN members AS member ON member.id = key.member_id AND member.organization_id = key.organization_id
        WHERE secret.secret_hash = hash AND key.revoked_at IS NULL AND member.status = 'ACTIVE'
          AND coalesce(least(key.expires_at, secret.expires_at) > asked_at, true)
        UNION ALL
        SELECT key.id, true, key.permissions, least(key.expires_at, secret.expires_at),
               ARRAY(SELECT organization_id FROM partner_key_organizations AS managed
                     WHERE managed.partner_key_id = key.id),
               NULL, NULL, coalesce(key.last_used_at < asked_at - interval '1 minute', true)
        FROM used, partner_key_secrets AS secret
        JOIN partner_keys AS key ON key.id = secret.partner_key_id
        WHERE secret.secret_hash = hash AND key.revoked_at IS NULL
          AND coalesce(least(key.expires_at, secret.expires_at) > asked_at, true)
    $$
    """,
    """
    COMMENT ON FUNCTION find_key IS
        'What a key that holds now may do and where; no row for one that is unknown, revoked, over, or of someone who'
        ' does not take part'
    """,
    """
    CREATE FUNCTION note_use_of_key(used_id uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        UPDATE api_keys SET last_used_at = clock_timestamp()
        WHERE id = (SELECT id FROM api_keys WHERE id = used_id FOR NO KEY UPDATE SKIP LOCKED);
        UPDATE partner_keys SET last_used_at = clock_timestamp()
        WHERE id = (SELECT id FROM partner_keys WHERE id = used_id FOR NO KEY UPDATE SKIP LOCKED);
    $$
    """,
    "COMMENT ON FUNCTION note_use_of_key IS 'Waits for nobody: whoever holds the row notes a use, or ends the key'",
]

PARTNERS = [
    """
    CREATE FUNCTION join_partner_key(joined_key_id uuid, founded_id uuid) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        INSERT INTO partner_key_organizations (id, partner_key_id, organization_id)
        SELECT gen_random_uuid(), key.id, founded_id FROM partner_keys AS key
        WHERE key.id = joined_key_id AND key.revoked_at IS NULL AND is_acting_for(founded_id)
          AND NOT EXISTS (SELECT FROM members WHERE organization_id = founded_id)
        RETURNING true
    $$
    """,
    """
    COMMENT ON FUNCTION join_partner_key IS
        'Gives a partner the organization that its key makes in this transaction: nobody is in it yet. NULL for a key'
        ' that was revoked meanwhile'
    """,
    """
    CREATE FUNCTION permissions_of_partner(asked_key_id uuid, asked_id uuid) RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT key.permissions
        FROM partner_keys AS key JOIN partner_key_organizations AS managed ON managed.partner_key_id = key.id
        WHERE key.id = asked_key_id AND managed.organization_id = asked_id AND is_acting_for(asked_id)
    $$
    """,
    """
    CREATE FUNCTION find_partner_clocks(asked_ids uuid[], asked_key_id uuid, is_locked boolean) RETURNS TABLE (
        id uuid, now timestamptz, advancing_to timestamptz, partner_key_id uuid, expires_at timestamptz
    ) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        IF is_locked THEN
            PERFORM FROM test_clocks AS clock
            WHERE clock.id = ANY(asked_ids) AND clock.partner_key_id = asked_key_id ORDER BY clock.id FOR SHARE;
        END IF;
        RETURN QUERY
            SELECT clock.id, clock.now, clock.advancing_to, clock.partner_key_id, clock.expires_at
            FROM test_clocks AS clock WHERE clock.id = ANY(asked_ids) AND clock.partner_key_id = asked_key_id;
    END $$
    """,
    "COMMENT ON FUNCTION find_partner_clocks IS 'Its own clocks are seen by a partner also while nothing lives by them'",
]

CALLED = (
    "find_key(text)",
    "note_use_of_key(uuid)",
    "join_partner_key(uuid, uuid)",
    "permissions_of_partner(uuid, uuid)",
    "find_partner_clocks(uuid[], uuid, boolean)",
)
EXECUTED = [
    f"REVOKE EXECUTE ON FUNCTION {', '.join(CALLED)} FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION {', '.join(CALLED)} TO seatmark_api, seatmark_app",
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0016_row_security")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ApiKey",
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
                ("name", fields.CharField(max_length=100)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("created_by", fields.CharField(max_length=200)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("last_used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("revoked_by", fields.CharField(null=True, max_length=200)),
            ],
            options={
                "table": "api_keys",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "A key of an organization that acts as a member, with at most these `permissions` (a text[], made by SQL) of what",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ApiKeySecret",
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
                    "api_key",
                    fields.ForeignKeyField(
                        "seatmark.ApiKey",
                        source_field="api_key_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("secret_hash", fields.CharField(unique=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "api_key_secrets",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "A secret of an API key, as its hash. Rotation adds one, and the one before ends.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PartnerKey",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("name", fields.CharField(max_length=100)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("created_by", fields.CharField(max_length=200)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("last_used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("revoked_by", fields.CharField(null=True, max_length=200)),
            ],
            options={
                "table": "partner_keys",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "A key that operators give to a partner, with the same `permissions` (a text[], made by SQL) in each of the",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PartnerKeyOrganization",
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
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "partner_key_organizations",
                "app": "seatmark",
                "unique_together": (("partner_key", "organization"),),
                "pk_attr": "id",
                "table_description": "That a partner's key manages an organization. It outlives a purge, so that the purge can be told (R8.3).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PartnerKeySecret",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "partner_key",
                    fields.ForeignKeyField(
                        "seatmark.PartnerKey",
                        source_field="partner_key_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("secret_hash", fields.CharField(unique=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "partner_key_secrets",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "A secret of a partner's key, as its hash.",
            },
            bases=["Model"],
        ),
        ops.AlterModelOptions(
            name="TestClock",
            options={
                "table": "test_clocks",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "A clock that stands still until it is advanced (R9). `advancing_to` is set while it is on its way. A partner's",
            },
        ),
        ops.AddField(
            model_name="TestClock",
            name="expires_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="TestClock",
            name="partner_key",
            field=fields.ForeignKeyField(
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
        ops.RunSQL([*COLUMNS, *PROTECTION, *TOKENS, *PARTNERS, *EXECUTED]),
    ]

"""Keys under which a request is made once, and what it answered (design.md §1, invariant 16).

The table belongs to no organization: tenants reach it by functions alone, which name the key they ask about.
"""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

TABLE = [
    """
    ALTER TABLE idempotency_keys
        ADD COLUMN organization_ids uuid[],
        ADD CONSTRAINT idempotency_keys_once UNIQUE (actor, key_hash),
        ADD CONSTRAINT idempotency_keys_hashes CHECK (octet_length(key_hash) = 32 AND octet_length(request_hash) = 32),
        ADD CONSTRAINT idempotency_keys_answered CHECK (answer IS NULL OR answered_at IS NOT NULL)
    """,
    """
    COMMENT ON COLUMN idempotency_keys.organization_ids IS
        'What the answer can be about: everything its actor could reach; NULL when that is not known'
    """,
    "ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY idempotency_keys_ours ON idempotency_keys TO seatmark_app USING (true) WITH CHECK (true)",
]

FUNCTIONS = [
    """
    CREATE FUNCTION claim_idempotency_key(claimed_by text, claimed_key bytea, claimed_hash bytea)
    RETURNS TABLE (state text, request_hash bytea, answer bytea, answered_at timestamptz)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    #variable_conflict use_column
    DECLARE
        tries int;
        lock_id bigint := hashtextextended(claimed_by || ' ' || encode(claimed_key, 'hex'), 18);
    BEGIN
        FOR tries IN 1..2 LOOP  -- the second time under the lock: it may have been answered just before
            RETURN QUERY
                SELECT 'FOUND', found.request_hash, found.answer, found.answered_at FROM idempotency_keys AS found
                WHERE found.actor = claimed_by AND found.key_hash = claimed_key
                  AND found.created_at > clock_timestamp() - interval '7 days';
            IF FOUND THEN
                RETURN;
            END IF;
            IF tries = 1 AND NOT pg_try_advisory_xact_lock(lock_id) THEN
                RETURN QUERY SELECT 'BUSY', NULL::bytea, NULL::bytea, NULL::timestamptz;
                RETURN;
            END IF;
        END LOOP;
        DELETE FROM idempotency_keys WHERE actor = claimed_by AND key_hash = claimed_key;
        INSERT INTO idempotency_keys (id, actor, key_hash, request_hash, created_at)
        VALUES (gen_random_uuid(), claimed_by, claimed_key, claimed_hash, clock_timestamp());
        RETURN QUERY SELECT 'CLAIMED', NULL::bytea, NULL::bytea, NULL::timestamptz;
    END $$
    """,
    """
    COMMENT ON FUNCTION claim_idempotency_key IS
        'FOUND: the key came before, within 7 days. BUSY: another transaction is at it; nobody waits here. CLAIMED: it'
        ' is the caller''s until the transaction ends, and stays when it commits'
    """,
    """
    CREATE FUNCTION store_idempotent_answer(claimed_by text, claimed_key bytea, given bytea, about uuid[])
    RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        UPDATE idempotency_keys SET answer = given, answered_at = clock_timestamp(), organization_ids = about
        WHERE actor = claimed_by AND key_hash = claimed_key AND answered_at IS NULL;
        RETURN FOUND;
    END $$
    """,
    """
    COMMENT ON FUNCTION store_idempotent_answer IS
        'Keep what was answered under a key, once; NULL: that it was answered, and not what. Whether this was the first'
    """,
    """
    CREATE FUNCTION forget_answers() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        about uuid := CASE TG_TABLE_NAME WHEN 'members' THEN to_jsonb(NEW) ->> 'organization_id' ELSE NEW.id::text END;
    BEGIN
        WITH found AS (
            SELECT id FROM idempotency_keys
            WHERE answer IS NOT NULL AND (organization_ids IS NULL OR about = ANY(organization_ids))
            ORDER BY id FOR UPDATE  -- in one order, so that two of these wait for each other and no more
        )
        UPDATE idempotency_keys AS forgotten SET answer = NULL FROM found WHERE forgotten.id = found.id;
        IF TG_TABLE_NAME = 'organizations' THEN
            DELETE FROM idempotency_keys WHERE organization_ids = ARRAY[about];
            UPDATE idempotency_keys SET organization_ids = array_remove(organization_ids, about)
            WHERE about = ANY(organization_ids);
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    COMMENT ON FUNCTION forget_answers IS
        'Answers hold names and addresses: they go with an erased person, and with a purged organization (R1.8, R1.10).'
        ' The keys stay, so that nothing is done twice; those that can be about the purged one alone go'
    """,
    """
    CREATE TRIGGER members_erased_from_answers AFTER UPDATE OF erased_at ON members
        FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL) EXECUTE FUNCTION forget_answers()
    """,
    """
    CREATE TRIGGER organizations_purged_from_answers AFTER UPDATE OF purged_at ON organizations
        FOR EACH ROW WHEN (OLD.purged_at IS NULL AND NEW.purged_at IS NOT NULL) EXECUTE FUNCTION forget_answers()
    """,
    "REVOKE EXECUTE ON FUNCTION claim_idempotency_key, store_idempotent_answer, forget_answers FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION claim_idempotency_key, store_idempotent_answer TO seatmark_app, seatmark_api",
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0017_keys")]

    initial = False

    operations = [
        ops.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("actor", fields.CharField(max_length=200)),
                ("key_hash", fields.BinaryField()),
                ("request_hash", fields.BinaryField()),
                ("answer", fields.BinaryField(null=True)),
                ("created_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("answered_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "idempotency_keys",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "A request that is made once, by real time for 7 days: whose, SHA-256 of its key and of what it asks.",
            },
            bases=["Model"],
        ),
        ops.RunSQL([*TABLE, *FUNCTIONS]),
    ]

"""Live updates know their session by its id, and use no token for it (R9.2); a partner's test clock is made in the
transaction that its partner is in (R9.1, invariant 16); an erasure waits for nobody's answers, and nobody's for an
erasure (R1.8, R1.10)."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

SESSIONS = [
    "DROP FUNCTION use_browser_session(text, text, boolean, interval, interval, interval)",
    """
    CREATE FUNCTION use_browser_session(
        asked_hash text, renewed_hash text, renews boolean, most_idle interval, renew_after interval, overlap interval
    ) RETURNS TABLE (issuer text, subject text, expires_at timestamptz, is_renewed boolean, credential uuid)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        session browser_sessions;
        moment timestamptz := clock_timestamp();
        is_new boolean := false;
    BEGIN
        SELECT * INTO session FROM browser_sessions AS one
        WHERE one.token_hash = asked_hash OR one.previous_hash = asked_hash;
        IF NOT FOUND OR moment >= least(session.expires_at, session.seen_at + most_idle) THEN
            RETURN;
        END IF;
        IF session.token_hash <> asked_hash THEN
            IF moment >= session.previous_until THEN
                DELETE FROM browser_sessions AS one WHERE one.id = session.id;
                RETURN;
            ELSIF renews AND session.previous_until IS NULL AND moment >= session.renewed_at + overlap THEN
                UPDATE browser_sessions AS one
                SET token_hash = renewed_hash, renewed_at = moment, seen_at = moment
                WHERE one.id = session.id AND one.token_hash = session.token_hash AND one.previous_until IS NULL;
                is_new := FOUND;
            END IF;
        ELSIF session.previous_hash IS NOT NULL AND session.previous_until IS NULL THEN
            UPDATE browser_sessions AS one SET previous_until = moment + overlap, seen_at = moment
            WHERE one.id = session.id AND one.token_hash = asked_hash AND one.previous_until IS NULL;
        ELSIF renews AND moment >= session.renewed_at + renew_after THEN
            UPDATE browser_sessions AS one
            SET previous_hash = asked_hash, previous_until = NULL, token_hash = renewed_hash, renewed_at = moment,
                seen_at = moment
            WHERE one.id = session.id AND one.token_hash = asked_hash;
            is_new := FOUND;
        ELSIF moment >= session.seen_at + interval '5 minutes' THEN
            UPDATE browser_sessions AS one SET seen_at = moment WHERE one.id = session.id;
        END IF;
        RETURN QUERY SELECT session.issuer::text, session.subject::text, session.expires_at, is_new, session.id;
    END $$
    """,
    """
    COMMENT ON FUNCTION use_browser_session IS
        'Whose session a token is of; a token that is old enough is replaced, by one request of several at once. The one'
        ' before is good until the new one was used, and a little longer; while it never was, its answer may be lost, and'
        ' another one is made. Who comes with it later has it from somewhere, or someone has theirs: it is over for both'
    """,
    """
    CREATE FUNCTION find_browser_session(asked_id uuid, most_idle interval)
    RETURNS TABLE (issuer text, subject text, expires_at timestamptz, credential uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT session.issuer, session.subject, session.expires_at, session.id FROM browser_sessions AS session
        WHERE session.id = asked_id AND clock_timestamp() < least(session.expires_at, session.seen_at + most_idle)
    $$
    """,
    """
    COMMENT ON FUNCTION find_browser_session IS
        'A session that somebody was let in by before, while it is not over: no use of it, and no token is looked at'
    """,
    """
    REVOKE EXECUTE ON FUNCTION
        use_browser_session(text, text, boolean, interval, interval, interval), find_browser_session(uuid, interval)
        FROM PUBLIC
    """,
    """
    GRANT EXECUTE ON FUNCTION
        use_browser_session(text, text, boolean, interval, interval, interval), find_browser_session(uuid, interval)
        TO seatmark_api, seatmark_app
    """,
]

CLOCKS = [
    """
    CREATE FUNCTION create_partner_clock(
        made_id uuid, shown timestamptz, maker_id uuid, length interval, asked_by text
    ) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        chain platform_chain;
        moment timestamptz;
        maker text := 'partner:' || maker_id;
        number bigint;
        facts text;
        link bytea;
        written CONSTANT text := 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"';
    BEGIN
        PERFORM FROM partner_keys AS key
        WHERE key.id = maker_id AND key.revoked_at IS NULL AND 'TEST_CLOCK_MANAGE' = ANY(key.permissions);
        IF NOT FOUND THEN
            RETURN false;
        END IF;
        SELECT * INTO chain FROM platform_chain AS one WHERE one.id = 1 FOR NO KEY UPDATE;
        moment := greatest(clock_timestamp(), chain.last_change_at + interval '1 microsecond');
        number := chain.sequence + 1;
        INSERT INTO test_clocks (id, now, created_at, created_by, partner_key_id, expires_at)
        VALUES (made_id, shown, moment, maker, maker_id, moment + length);
        -- The text that the link is made of is that of app.events.service.hash_entry.
        facts := format(
            '{"now":"%s","testClockId":"%s"}',
            replace(to_char(shown AT TIME ZONE 'UTC', written), '.000000', ''), made_id
        );
        link := sha256(coalesce(chain.audit_hash, '') || convert_to(format(
            '[null,%s,"%s","%s",%s,"test_clock.created",{},%s]',
            number, replace(to_char(moment AT TIME ZONE 'UTC', written), '.000000', ''), maker,
            to_json(asked_by), facts
        ), 'UTF8'));
        INSERT INTO events (id, organization_id, sequence, at, type, payload)
        VALUES (gen_random_uuid(), NULL, number, moment, 'test_clock.created', facts::jsonb);
        INSERT INTO audit_entries
            (id, organization_id, sequence, at, actor, request_id, action, before, after, previous_hash, hash)
        VALUES (gen_random_uuid(), NULL, number, moment, maker, asked_by, 'test_clock.created', '{}', facts::jsonb,
                chain.audit_hash, link);
        UPDATE platform_chain SET last_change_at = moment, sequence = number, audit_hash = link WHERE id = 1;
        RETURN true;
    END $$
    """,
    """
    COMMENT ON FUNCTION create_partner_clock IS
        'A partner''s test clock and its entry on the platform''s chain, in the transaction of whoever asks for it under'
        ' an idempotency key; false for a key that was revoked, or may make none, by now'
    """,
    "REVOKE EXECUTE ON FUNCTION create_partner_clock(uuid, timestamptz, uuid, interval, text) FROM PUBLIC",
    """
    GRANT EXECUTE ON FUNCTION create_partner_clock(uuid, timestamptz, uuid, interval, text)
        TO seatmark_api, seatmark_app
    """,
]

ANSWERS = [
    "CREATE INDEX idempotency_keys_about ON idempotency_keys USING gin (organization_ids)",
    """
    CREATE INDEX idempotency_keys_about_any ON idempotency_keys (answered_at)
    WHERE answer IS NOT NULL AND organization_ids IS NULL
    """,
    """
    CREATE FUNCTION forget_answers_about(asked_id uuid, most int) RETURNS int
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        WITH told AS (
            SELECT about, max(at) AS until FROM answers_forgotten
            WHERE about = asked_id OR asked_id IS NULL GROUP BY about
        ), due AS (
            (
                SELECT id FROM idempotency_keys
                WHERE answer IS NOT NULL AND organization_ids IS NULL AND answered_at <= (SELECT max(until) FROM told)
                LIMIT most
            )
            UNION
            (
                SELECT kept.id FROM told JOIN idempotency_keys AS kept ON kept.organization_ids @> ARRAY[told.about]
                WHERE kept.answer IS NOT NULL AND kept.answered_at <= told.until
                LIMIT most
            )
        ), locked AS (
            SELECT id FROM idempotency_keys WHERE id IN (SELECT id FROM due) AND answer IS NOT NULL
            FOR NO KEY UPDATE SKIP LOCKED
        ), forgotten AS (
            UPDATE idempotency_keys AS one SET answer = NULL FROM locked WHERE one.id = locked.id RETURNING one.id
        )
        SELECT count(*)::int FROM forgotten
    $$
    """,
    """
    COMMENT ON FUNCTION forget_answers_about IS
        'Deletes answers that can be about an organization (NULL: any) and were given before something in it was to be'
        ' forgotten: some, and none that another transaction has in hand. How many'
    """,
    """
    CREATE OR REPLACE FUNCTION forget_answers() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        gone uuid := CASE TG_TABLE_NAME WHEN 'members' THEN to_jsonb(NEW) ->> 'organization_id' ELSE NEW.id::text END;
    BEGIN
        INSERT INTO answers_forgotten (id, about, at) VALUES (gen_random_uuid(), gone, clock_timestamp());
        PERFORM forget_answers_about(gone, 1000);
        IF TG_TABLE_NAME = 'organizations' THEN
            WITH locked AS (
                SELECT id FROM idempotency_keys WHERE organization_ids @> ARRAY[gone] FOR UPDATE SKIP LOCKED
            ), removed AS (
                DELETE FROM idempotency_keys AS one USING locked
                WHERE one.id = locked.id AND one.organization_ids = ARRAY[gone]
            )
            UPDATE idempotency_keys AS one SET organization_ids = array_remove(one.organization_ids, gone)
            FROM locked WHERE one.id = locked.id AND one.organization_ids <> ARRAY[gone];
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    COMMENT ON FUNCTION forget_answers IS
        'Answers hold names and addresses: they go with an erased person, and with a purged organization (R1.8, R1.10).'
        ' From now on none is given that was given before; what is not deleted at once the sweep deletes. The keys stay,'
        ' so that nothing is done twice; those that can be about the purged one alone go'
    """,
    """
    CREATE OR REPLACE FUNCTION claim_idempotency_key(claimed_by text, claimed_key bytea, claimed_hash bytea)
    RETURNS TABLE (state text, request_hash bytea, answer bytea, answered_at timestamptz)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    #variable_conflict use_column
    DECLARE
        tries int;
        lock_id bigint := hashtextextended(claimed_by || ' ' || encode(claimed_key, 'hex'), 18);
    BEGIN
        FOR tries IN 1..2 LOOP  -- the second time under the lock: it may have been answered just before
            RETURN QUERY
                SELECT 'FOUND', found.request_hash, CASE WHEN NOT EXISTS (
                    SELECT FROM answers_forgotten AS one WHERE one.at >= found.answered_at
                        AND (found.organization_ids IS NULL OR one.about = ANY(found.organization_ids))
                ) THEN found.answer END, found.answered_at
                FROM idempotency_keys AS found
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
    "ALTER TABLE answers_forgotten ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY answers_forgotten_ours ON answers_forgotten TO seatmark_app USING (true) WITH CHECK (true)",
    "GRANT SELECT, DELETE ON answers_forgotten TO seatmark_app",
    "REVOKE EXECUTE ON FUNCTION forget_answers_about(uuid, int) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION forget_answers_about(uuid, int) TO seatmark_app",
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0021_credentials")]

    initial = False

    operations = [
        ops.CreateModel(
            name="AnswersForgotten",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("about", fields.UUIDField()),
                ("at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "answers_forgotten",
                "app": "seatmark",
                "indexes": [Index(fields=["about", "at"])],
                "pk_attr": "id",
                "table_description": "That no answer which can be about an organization is given again, if it was given until then: somebody in it was",
            },
            bases=["Model"],
        ),
        ops.RunSQL([*SESSIONS, *CLOCKS, *ANSWERS]),
    ]

"""Live updates know their session by its id, and use no token for it (R9.2)."""

from tortoise import migrations
from tortoise.migrations import operations as ops

SESSIONS = [
    "DROP FUNCTION use_browser_session(text, text, boolean, interval, interval, interval)",
    """
    CREATE FUNCTION use_browser_session(
        asked_hash text, renewed_hash text, renews boolean, most_idle interval, renew_after interval, overlap interval
    ) RETURNS TABLE (session_id uuid, issuer text, subject text, expires_at timestamptz, is_renewed boolean)
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
        RETURN QUERY SELECT session.id, session.issuer::text, session.subject::text, session.expires_at, is_new;
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
    RETURNS TABLE (session_id uuid, issuer text, subject text, expires_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT session.id, session.issuer, session.subject, session.expires_at FROM browser_sessions AS session
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


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0020_session_expiry")]

    initial = False

    operations = [ops.RunSQL(SESSIONS)]

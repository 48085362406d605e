"""What someone came in by is looked at again under an organization's lock (R2.3, R2.4, R9.2): the functions that know
it by its secret give its id along."""

from tortoise import migrations
from tortoise.migrations import operations as ops

FOUND = [
    "DROP FUNCTION find_key(text), find_session(text)",
    """
    CREATE FUNCTION find_key(hash text) RETURNS TABLE (
        key_id uuid, is_partner boolean, permissions text[], expires_at timestamptz, organization_ids uuid[],
        member_id uuid, role text, is_use_due boolean, credential uuid
    ) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        WITH used (asked_at) AS (SELECT clock_timestamp())
        SELECT key.id, false, key.permissions, least(key.expires_at, secret.expires_at), ARRAY[key.organization_id],
               member.id, member.role, coalesce(key.last_used_at < asked_at - interval '1 minute', true),
               secret.id
        FROM used, api_key_secrets AS secret
        JOIN api_keys AS key ON key.id = secret.api_key_id
        JOIN members AS member ON member.id = key.member_id AND member.organization_id = key.organization_id
        WHERE secret.secret_hash = hash AND key.revoked_at IS NULL AND member.status = 'ACTIVE'
          AND coalesce(least(key.expires_at, secret.expires_at) > asked_at, true)
        UNION ALL
        SELECT key.id, true, key.permissions, least(key.expires_at, secret.expires_at),
               ARRAY(SELECT organization_id FROM partner_key_organizations AS managed
                     WHERE managed.partner_key_id = key.id),
               NULL, NULL, coalesce(key.last_used_at < asked_at - interval '1 minute', true), secret.id
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
    CREATE FUNCTION find_session(hash text)
    RETURNS TABLE (member_id uuid, organization_id uuid, role text, expires_at timestamptz, credential uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT member.id, member.organization_id, member.role, session.expires_at, session.id
        FROM sessions AS session JOIN members AS member ON member.id = session.member_id
        WHERE session.token_hash = hash AND session.expires_at > clock_timestamp() AND member.status = 'ACTIVE'
    $$
    """,
]

STANDING = [
    """
    CREATE FUNCTION find_standing(
        asked_kind text, asked_credential uuid, expires_at timestamptz, asked_id uuid, asked_member_id uuid
    ) RETURNS TABLE (role text, status text, permissions text[])
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        moment timestamptz := clock_timestamp();
        given text[];
    BEGIN
        IF NOT is_acting_for(asked_id) OR expires_at <= moment THEN
            RETURN;
        ELSIF asked_credential IS NULL THEN
            PERFORM 1;
        ELSIF asked_kind = 'api_key' THEN
            SELECT key.permissions INTO given
            FROM api_key_secrets AS secret JOIN api_keys AS key ON key.id = secret.api_key_id
            WHERE secret.id = asked_credential AND key.organization_id = asked_id AND key.revoked_at IS NULL
              AND coalesce(least(key.expires_at, secret.expires_at) > moment, true);
        ELSIF asked_kind = 'partner' THEN
            SELECT key.permissions INTO given
            FROM partner_key_secrets AS secret
            JOIN partner_keys AS key ON key.id = secret.partner_key_id
            JOIN partner_key_organizations AS managed ON managed.partner_key_id = key.id
            WHERE secret.id = asked_credential AND managed.organization_id = asked_id AND key.revoked_at IS NULL
              AND coalesce(least(key.expires_at, secret.expires_at) > moment, true);
        ELSIF asked_kind = 'person' THEN
            PERFORM FROM browser_sessions AS session
            WHERE session.id = asked_credential AND session.expires_at > moment;
        ELSE
            PERFORM FROM sessions AS session WHERE session.id = asked_credential AND session.expires_at > moment;
        END IF;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        RETURN QUERY
            SELECT member.role::text, member.status::text, given
            FROM (SELECT) AS asked
            LEFT JOIN members AS member ON member.id = asked_member_id AND member.organization_id = asked_id;
    END $$
    """,
    """
    COMMENT ON FUNCTION find_standing IS
        'What someone is in an organization now: the role and status of the member they act as, and what their key was'
        ' given. No row when what they came in by has ended, or leads there no more'
    """,
]

CALLED = (
    "find_key(text)",
    "find_session(text)",
    "find_standing(text, uuid, timestamptz, uuid, uuid)",
)
EXECUTED = [
    f"REVOKE EXECUTE ON FUNCTION {', '.join(CALLED)} FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION {', '.join(CALLED)} TO seatmark_app, seatmark_api",
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0020_session_expiry")]

    initial = False

    operations = [ops.RunSQL([*FOUND, *STANDING, *EXECUTED])]

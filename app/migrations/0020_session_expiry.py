"""Sessions say when they end, so that live updates end with them (R9.2)."""

from tortoise import migrations
from tortoise.migrations import operations as ops

FORWARD = [
    "DROP FUNCTION find_session(text)",
    """
    CREATE FUNCTION find_session(hash text)
    RETURNS TABLE (member_id uuid, organization_id uuid, role text, expires_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT member.id, member.organization_id, member.role, session.expires_at
        FROM sessions AS session JOIN members AS member ON member.id = session.member_id
        WHERE session.token_hash = hash AND session.expires_at > clock_timestamp() AND member.status = 'ACTIVE'
    $$
    """,
    "REVOKE EXECUTE ON FUNCTION find_session(text) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION find_session(text) TO seatmark_app, seatmark_api",
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0019_sign_in")]

    initial = False

    operations = [ops.RunSQL(FORWARD)]

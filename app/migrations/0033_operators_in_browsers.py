"""Operators in browsers: a session that was begun with a key ends with it (R9.2)."""

from tortoise import migrations
from tortoise.migrations import operations as ops

FORWARD = [
    """
    CREATE FUNCTION end_browser_sessions_of_key() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        DELETE FROM browser_sessions AS session USING gone
        WHERE session.issuer = 'urn:seatmark:operator-key' AND session.subject = gone.id::text;
        RETURN NULL;
    END $$
    """,
    """
    COMMENT ON FUNCTION end_browser_sessions_of_key IS
        'Who came with an operator key stays as long as it does: whoever takes it back ends what was begun with it'
    """,
    """
    CREATE TRIGGER operator_keys_gone AFTER DELETE ON operator_keys
        REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION end_browser_sessions_of_key()
    """,
    "REVOKE EXECUTE ON FUNCTION end_browser_sessions_of_key FROM PUBLIC",
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0032_open_grants")]

    initial = False

    operations = [ops.RunSQL(FORWARD)]

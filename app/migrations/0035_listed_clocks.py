"""Listing test clocks: all of them for operators, for partners their own (R9.1)."""

from tortoise import migrations
from tortoise.migrations import operations as ops

FORWARD = [
    """
    CREATE FUNCTION list_partner_clocks(asked_key_id uuid, asked_ids uuid[]) RETURNS TABLE (
        id uuid, now timestamptz, advancing_to timestamptz, partner_key_id uuid, expires_at timestamptz,
        created_at timestamptz, left_out uuid[]
    ) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT clock.id, clock.now, clock.advancing_to, clock.partner_key_id, clock.expires_at, clock.created_at,
               clock.left_out
        FROM test_clocks AS clock
        WHERE clock.partner_key_id = asked_key_id AND (asked_ids IS NULL OR clock.id = ANY(asked_ids))
    $$
    """,
    """
    COMMENT ON FUNCTION list_partner_clocks IS
        'Its own clocks, all or those of the ids, are seen by a partner also while nothing lives by them'
    """,
    "REVOKE EXECUTE ON FUNCTION list_partner_clocks(uuid, uuid[]) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION list_partner_clocks(uuid, uuid[]) TO seatmark_api, seatmark_app",
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0034_lists_of_operators")]

    initial = False

    operations = [ops.RunSQL(FORWARD)]

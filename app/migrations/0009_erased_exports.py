"""Whoever is erased is in no export that can still be taken (R1.10)."""

from tortoise import migrations
from tortoise.migrations import operations as ops

TRIGGER = [
    """
    CREATE FUNCTION expire_exports_with_the_erased() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE organization_exports SET expires_at = clock_timestamp()
        WHERE organization_id = NEW.organization_id AND expires_at > clock_timestamp();
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER members_erased_from_exports AFTER UPDATE OF erased_at ON members
        FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
        EXECUTE FUNCTION expire_exports_with_the_erased()
    """,
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0008_life")]

    operations = [ops.RunSQL(TRIGGER)]

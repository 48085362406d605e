"""Those who serve see which migrations there are, so that they can say whether the database is theirs."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0023_jobs")]

    initial = False

    operations = [
        ops.RunSQL(
            "GRANT SELECT ON tortoise_migrations TO seatmark_app",
            "REVOKE SELECT ON tortoise_migrations FROM seatmark_app",
        )
    ]

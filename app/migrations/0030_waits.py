"""A tenant's change lets somebody wait for longer, for another reason (R3.11)."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0029_runs")]

    initial = False

    operations = [ops.RunSQL("GRANT UPDATE (reason, checked_at) ON seat_waits TO seatmark_api")]

"""Whose waiting a change of seats began or ended: their own live updates tell them, also afterwards (R3.11, R8.1).

Of changes before it nobody knows. The column has a default that is not written to the rows that are there.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0036_months_by_index")]

    initial = False

    operations = [
        ops.RunSQL("ALTER TABLE seat_changes ADD COLUMN wait_member_ids uuid[] NOT NULL DEFAULT '{}'"),
        ops.RunSQL("GRANT UPDATE (wait_member_ids) ON seat_changes TO seatmark_api"),
    ]

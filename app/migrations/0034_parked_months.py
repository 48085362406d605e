"""Finding the months that are parked, of every organization (R5.4)."""

from tortoise import migrations
from tortoise.migrations import operations as ops

FORWARD = [
    "CREATE INDEX statements_parked ON statements (closed_at, id) WHERE outcome = 'PARKED'",
    "COMMENT ON INDEX statements_parked IS 'Few of very many: operators look for them every few seconds'",
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0033_operators_in_browsers")]

    initial = False

    operations = [ops.RunSQL(FORWARD)]

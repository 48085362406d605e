"""What operators look for every few seconds: months that are parked, of every organization (R5.4), and test clocks.

Not one transaction, for indexes are made while others go on: each step can be taken again.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

_INDEXES = {
    "statements_parked": "statements (closed_at, id) WHERE outcome = 'PARKED'",
    "test_clocks_made": "test_clocks (created_at, id)",
}


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0033_operators_in_browsers")]

    initial = False
    atomic = False

    operations = [
        # One that was not finished is there, and invalid: it is made again.
        ops.RunSQL([f"DROP INDEX CONCURRENTLY IF EXISTS {name}", f"CREATE INDEX CONCURRENTLY {name} ON {content}"])
        for name, content in _INDEXES.items()
    ]

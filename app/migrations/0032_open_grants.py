"""Who holds a seat now, found among the open grants of an organization alone, however many have ended.

To whom row security applies, no index over `upper(during)` is of use: the function is not leakproof.
Not one transaction, for indexes are made while others go on: each step can be taken again.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

_NAME = "seat_grants_open"
_CONTENT = "ON seat_grants (organization_id, member_id) WHERE upper_inf(during)"


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0031_hot_reads")]

    initial = False
    atomic = False

    operations = [
        # One that was not finished is there, and invalid: it is made again.
        ops.RunSQL([f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}", f"CREATE INDEX CONCURRENTLY {_NAME} {_CONTENT}"]),
    ]

"""The grants that a month's peak and digest read, side by side in an index: in the table an organization's lie apart, as
they came (R5.1, R5.6). It has all that the one had that is dropped.

Not one transaction, for an index is made while others go on: each step can be taken again.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0035_listed_clocks")]

    initial = False
    atomic = False

    operations = [
        ops.RunSQL(
            [
                "DROP INDEX CONCURRENTLY IF EXISTS seat_grants_in_time",  # one that was not finished is invalid
                """
                CREATE INDEX CONCURRENTLY seat_grants_in_time
                    ON seat_grants (organization_id, coalesce(upper(during), 'infinity'::timestamptz))
                    INCLUDE (member_id, subscription_id, during)
                """,
                "DROP INDEX CONCURRENTLY IF EXISTS seat_grants_by_end",
            ]
        )
    ]

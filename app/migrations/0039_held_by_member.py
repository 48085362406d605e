"""Who of these holds a seat, by member alone: with the organization before the member, or by the index of the exclusion
constraint, the lookup took longer with every organization (R2.5).

Not one transaction, for an index is made while others go on: each step can be taken again.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0038_members_in_departments")]

    initial = False
    atomic = False

    operations = [
        ops.RunSQL(
            [
                "DROP INDEX CONCURRENTLY IF EXISTS seat_grants_held",  # one that was not finished is invalid
                """
                CREATE INDEX CONCURRENTLY seat_grants_held ON seat_grants (member_id) INCLUDE (organization_id)
                    WHERE upper_inf(during)
                """,
            ]
        )
    ]

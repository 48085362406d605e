"""Who has a role above a member's, by organization: they are told by mail, and were looked for among everyone.

Not one transaction, for an index is made while others go on: each step can be taken again.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0039_held_by_member")]

    initial = False
    atomic = False

    operations = [
        ops.RunSQL(
            [
                "DROP INDEX CONCURRENTLY IF EXISTS members_with_duties",  # one that was not finished is invalid
                """
                CREATE INDEX CONCURRENTLY members_with_duties ON members (organization_id)
                    WHERE role <> 'MEMBER' AND status = 'ACTIVE' AND NOT is_robot
                """,
            ]
        )
    ]

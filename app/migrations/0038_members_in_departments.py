"""Where members belong, read from an index alone, for the invoices of a month (R5.6).

Not one transaction, for an index is made while others go on: each step can be taken again.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0037_whose_waiting")]

    initial = False
    atomic = False

    operations = [
        ops.RunSQL(
            [
                "DROP INDEX CONCURRENTLY IF EXISTS members_in_departments",  # one that was not finished is invalid
                """
                CREATE INDEX CONCURRENTLY members_in_departments ON members (id, department_id)
                    WHERE department_id IS NOT NULL
                """,
            ]
        )
    ]

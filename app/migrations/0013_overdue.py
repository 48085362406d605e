"""One suspension for overdue invoices at a time (R6.3)."""

from tortoise import migrations
from tortoise.migrations import operations as ops

CONSTRAINTS = [
    """
    CREATE UNIQUE INDEX suspensions_one_overdue ON suspensions (organization_id)
        WHERE cause = 'OVERDUE' AND until IS NULL
    """,
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0012_price_lists")]

    initial = False

    operations = [ops.RunSQL(CONSTRAINTS)]

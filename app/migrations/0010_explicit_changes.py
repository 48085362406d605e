from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0009_erased_exports")]

    initial = False

    operations = [
        ops.AddField(
            model_name="SeatChange",
            name="is_explicit",
            field=fields.BooleanField(db_default=False),
        ),
    ]

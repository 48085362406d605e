"""When it was last a webhook's turn, so that nobody who fails for long is always before the others."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0025_mails"), ("seatmark", "0027_looks")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Webhook",
            name="tried_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]

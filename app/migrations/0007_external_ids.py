"""What another system calls a member, so that a roster can say who is meant whatever else has changed."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0006_tracker")]

    operations = [
        ops.AddField(model_name="Member", name="external_id", field=fields.CharField(null=True, max_length=200)),
        ops.RunSQL(
            """
            CREATE UNIQUE INDEX members_external_id ON members (organization_id, external_id)
                WHERE external_id IS NOT NULL
            """
        ),
        ops.RunSQL(
            """
            ALTER TABLE members
                ADD CONSTRAINT members_erased_everywhere CHECK (erased_at IS NULL OR external_id IS NULL)
            """
        ),
    ]

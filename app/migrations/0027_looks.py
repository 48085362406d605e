"""When the sweeps last looked, what was found, and which chunk a run is of."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0023_jobs")]

    initial = False

    operations = [
        ops.CreateModel(
            name="JobLook",
            fields=[
                ("job", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("looked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("due_since", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "job_looks",
                "app": "seatmark",
                "pk_attr": "job",
                "table_description": "When it was last looked for what is due of a kind of job.",
            },
            bases=["Model"],
        ),
        ops.AddField(model_name="JobRun", name="chunk", field=fields.CharField(null=True, max_length=32)),
    ]

"""When the sweeps last looked, what was found, and which chunk a run is of; whom an advance of a clock left out."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

CLOCKS = [
    "ALTER TABLE test_clocks ADD COLUMN left_out uuid[] NOT NULL DEFAULT '{}'",
    """
    COMMENT ON COLUMN test_clocks.left_out IS
        'Organizations whose work failed on the way of the last advance: it went on without them'
    """,
]


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
        ops.RunSQL(CLOCKS),
    ]

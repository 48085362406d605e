"""What the workers have tried, and what they have done: of the platform, nothing is granted to tenants."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

CHECKS = [
    "ALTER TABLE job_tries ADD CONSTRAINT job_tries_counted CHECK (tries > 0)",
    "ALTER TABLE job_runs ADD CONSTRAINT job_runs_counted CHECK (subjects >= 0 AND done >= 0 AND failed >= 0)",
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0022_sessions_clocks_answers")]

    initial = False

    operations = [
        ops.CreateModel(
            name="JobRun",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("job", fields.CharField(db_index=True, max_length=64)),
                ("started_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("seen_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("subjects", fields.IntField()),
                ("done", fields.IntField()),
                ("failed", fields.IntField()),
                ("error", fields.CharField(null=True, max_length=500)),
            ],
            options={
                "table": "job_runs",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "One run of a job; without `ended_at` it is running, or its worker died.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="JobTry",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("job", fields.CharField(max_length=64)),
                ("subject_id", fields.UUIDField(db_index=True)),
                ("tries", fields.IntField()),
                ("first_tried_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("last_tried_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("next_try_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("error", fields.CharField(null=True, max_length=500)),
                ("parked_at", fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "job_tries",
                "app": "seatmark",
                "unique_together": (("job", "subject_id"),),
                "pk_attr": "id",
                "table_description": "Work for one subject (an organization, a clock, an export) that was begun and has not succeeded yet.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(CHECKS),
    ]

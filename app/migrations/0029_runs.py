"""Who tries something, and for how long the mail server is left alone; indexes for what ran last and who is at it.

Not one transaction, for indexes are made while others go on: each step can be taken again.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

COLUMNS = [
    "ALTER TABLE job_tries ADD COLUMN IF NOT EXISTS run_id uuid",
    "COMMENT ON COLUMN job_tries.run_id IS 'The run that counted the last try, and alone may say what came of it'",
    "ALTER TABLE mails ADD COLUMN IF NOT EXISTS server_left_until timestamptz",
    "COMMENT ON COLUMN mails.server_left_until IS 'The server could not be used for this mail: nobody takes any before'",
]
INDEXES = {
    "job_runs_last": "ON job_runs (job, started_at DESC, id)",
    "job_runs_at_work": "ON job_runs (job, chunk) WHERE ended_at IS NULL",
    "mails_server_left": "ON mails (server_left_until) WHERE server_left_until IS NOT NULL",
    "mails_dead": "ON mails (dead_at) WHERE dead_at IS NOT NULL",
}
"""One that was not finished is there, and invalid: it is made again."""


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0028_deliveries")]

    initial = False
    atomic = False

    operations = [
        ops.RunSQL(COLUMNS),
        *(
            ops.RunSQL([f"DROP INDEX CONCURRENTLY IF EXISTS {name}", f"CREATE INDEX CONCURRENTLY {name} {content}"])
            for name, content in INDEXES.items()
        ),
    ]

"""Rows of what the workers try and do."""

from typing import Any
from uuid import uuid4

from tortoise import fields
from tortoise.models import Model


class JobTry(Model):
    """Work for one subject (an organization, a clock, an export) that was begun and has not succeeded yet.

    Counted in a transaction of its own before the work, so that a subject that kills its worker counts too.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    job = fields.CharField(max_length=64)
    subject_id = fields.UUIDField(db_index=True)
    tries = fields.IntField()
    first_tried_at = fields.DatetimeField()
    last_tried_at = fields.DatetimeField()
    next_try_at = fields.DatetimeField(db_index=True)
    error = fields.CharField(max_length=500, null=True)
    parked_at = fields.DatetimeField(null=True, db_index=True)

    class Meta:
        table = "job_tries"
        unique_together = (("job", "subject_id"),)


class JobRun(Model):
    """One run of a job; without `ended_at` it is running, or its worker died.

    `chunk` is a digest of whom it is for.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    job = fields.CharField(max_length=64, db_index=True)
    started_at = fields.DatetimeField(db_index=True)
    seen_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    subjects = fields.IntField()
    done = fields.IntField()
    failed = fields.IntField()
    error: fields.Field[Any] = fields.CharField(max_length=500, null=True)
    chunk: fields.Field[Any] = fields.CharField(max_length=32, null=True)

    class Meta:
        table = "job_runs"


class JobLook(Model):
    """When it was last looked for what is due of a kind of job.

    `due_since` is when the first of those looks was that have found something ever since.
    """

    job = fields.CharField(max_length=64, primary_key=True)
    looked_at = fields.DatetimeField()
    due_since = fields.DatetimeField(null=True)

    class Meta:
        table = "job_looks"

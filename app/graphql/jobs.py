"""What the workers have to do, do and did: for operators."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from app.billing.queries import count_parked_statements, list_parked_statements
from app.billing.retry import PATH as STATEMENT
from app.billing.retry import retry_statement
from app.domain.actor import Actor
from app.domain.errors import invalid
from app.domain.paging import page_request
from app.domain.policies import Policies
from app.graphql.billing import Statement, load_statement, statement_from
from app.graphql.context import FreshLoaders, Info
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id
from app.jobs.overview import MOST_RUNS, JobState, RunRow, count_parked, survey
from app.jobs.tries import PARKED_JOB, ParkedRow, list_parked, release

if TYPE_CHECKING:
    from app.graphql.organization import Organization

Parked = Annotated[int, strawberry.argument(description="At most so many, up to 100, the longest parked first.")]


@strawberry.type(description="One run of a job: a chunk of what was due.")
class JobRun:
    started_at: datetime = strawberry.field(description="When it began, in real time.")
    seen_at: datetime = strawberry.field(description="When it last showed how far it has come.")
    ended_at: datetime | None = strawberry.field(
        description="When it ended; null while it runs, and for one whose worker died."
    )
    is_running: bool = strawberry.field(description="Whether it runs: it has shown itself within the last minute.")
    is_lost: bool = strawberry.field(
        description="Whether it has not ended and does not show itself any more: its worker died, and the rest is due."
    )
    subject_count: int = strawberry.field(description="For how many it was rung.")
    done_count: int = strawberry.field(description="How much it has done; a long one shows its progress here.")
    failed_count: int = strawberry.field(description="For how many it could not be done.")
    error: str | None = strawberry.field(
        description="The last thing that went wrong, by type and place; null when nothing did."
    )


@strawberry.type(
    description="Work for one organization, clock, export, webhook or mail that failed too often, and waits for you."
)
class ParkedJob:
    id: strawberry.ID = strawberry.field(description="What to give to `jobRetry`.")
    job: str = strawberry.field(description="The job.")
    subject_id: str = strawberry.field(description="What it is for, by its id as it is stored.")
    tries: int = strawberry.field(description="How often it was tried.")
    first_tried_at: datetime = strawberry.field(description="When it was first tried, in real time.")
    last_tried_at: datetime = strawberry.field(description="When it was last tried.")
    parked_at: datetime = strawberry.field(description="When it was parked.")
    error: str = strawberry.field(description="What went wrong the last time, by type and place.")
    organization_row_id: strawberry.Private[UUID | None]

    @strawberry.field(
        description="The organization that it is for; null for a clock, a partner's webhook, and one that is gone."
    )
    async def organization(
        self, info: Info
    ) -> Annotated["Organization", strawberry.lazy("app.graphql.organization")] | None:
        from app.graphql.organization import load_organizations

        wanted = [self.organization_row_id] if self.organization_row_id is not None else []
        found = await load_organizations(info, wanted)
        return found[0] if found else None


@strawberry.type(description="One kind of work that falls due.")
class Job:
    name: str = strawberry.field(description="Its name, as in logs.")
    due_count: int = strawberry.field(description="For how many it is due now, counted up to 10 000.")
    has_more_due: bool = strawberry.field(description="Whether it is due for more than were counted.")
    is_late: bool = strawberry.field(
        description="Whether something is due and no worker has been at it for longer than is promised."
    )
    waiting_count: int = strawberry.field(
        description="For how many it failed, and waits to be tried again: they are not counted as due."
    )
    parked_count: int = strawberry.field(description="For how many it is parked.")
    looked_at: datetime | None = strawberry.field(
        description="When it was last looked for what is due; null if it never was."
    )
    due_since: datetime | None = strawberry.field(
        description="Since when every look has found something; null when the last found nothing."
    )
    runs: list[JobRun] = strawberry.field(description="The last runs, the newest first; at most 20.")


@strawberry.type(description="What the workers have to do, and what they did.")
class JobsOverview:
    jobs: list[Job] = strawberry.field(description="Every kind of job, by name.")
    is_late: bool = strawberry.field(description="Whether any of them is late.")

    @strawberry.field(description="For how many anything is parked.")
    async def parked_count(self) -> int:
        return await count_parked()

    @strawberry.field(description="What is parked.")
    async def parked(self, first: Parked = 50) -> list[ParkedJob]:
        limit = page_request(first, None, None, None).limit
        return [parked_from(row) for row in await list_parked(limit)]

    @strawberry.field(description="How many months are parked, of every organization.")
    async def parked_month_count(self) -> int:
        return await count_parked_statements()

    @strawberry.field(
        description="Months that could not be closed, of every organization; those on test clocks last. `jobRetry` "
        "takes their ids."
    )
    async def parked_months(self, first: Parked = 50) -> list[Statement]:
        limit = page_request(first, None, None, None).limit
        return [statement_from(row) for row in await list_parked_statements(limit)]


@strawberry.type
class JobQuery:
    @strawberry.field(description="Operators: what is due, running, late and parked, and what ran last.")
    async def jobs(self, info: Info) -> JobsOverview | None:
        states = await survey(info.context.actor, info.context.policies, MOST_RUNS)
        return JobsOverview(jobs=[job_from(one) for one in states], is_late=any(one.is_late for one in states))


@strawberry.input(description="What `jobRetry` takes: exactly one of these.")
class JobRetryInput:
    statement_id: strawberry.ID | None = strawberry.field(default=None, description="A parked month.")
    parked_job_id: strawberry.ID | None = strawberry.field(default=None, description="Parked work, by its id.")

    async def retry(self, actor: Actor, policies: Policies) -> UUID | None:
        """The statement that was closed, if it was one. Raises: DomainError."""
        if self.statement_id is not None and self.parked_job_id is None:
            return await retry_statement(actor, row_id("Statement", self.statement_id, *STATEMENT), policies)
        if self.parked_job_id is not None and self.statement_id is None:
            await release(actor, row_id("ParkedJob", self.parked_job_id, *PARKED_JOB))
            return None
        raise invalid("Give exactly one of `statementId` and `parkedJobId`.", "input")


@strawberry.type(description="What `jobRetry` answers.")
class JobRetryPayload:
    statement: Statement | None = strawberry.field(
        description="The month, closed now; null for other work, which is tried within a minute."
    )


JobRetryResult = Annotated[
    JobRetryPayload | UserError,
    strawberry.union("JobRetryResult", description="That it is tried again, or why it cannot be."),
]


@strawberry.type
class JobMutation:
    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Operators: try again to close a month that could not be, or let parked work be tried again.",
    )
    async def job_retry(
        self, info: Info, input: Annotated[JobRetryInput, strawberry.argument(description="Which.")]
    ) -> JobRetryResult:
        statement_id = await input.retry(info.context.actor, info.context.policies)
        return JobRetryPayload(statement=await load_statement(info, statement_id) if statement_id else None)


def job_from(state: JobState) -> Job:
    return Job(
        name=state.job,
        due_count=state.due,
        has_more_due=state.has_more_due,
        is_late=state.is_late,
        waiting_count=state.waiting,
        parked_count=state.parked,
        looked_at=state.looked_at,
        due_since=state.due_since,
        runs=[run_from(row) for row in state.runs],
    )


def run_from(row: RunRow) -> JobRun:
    return JobRun(
        started_at=row.started_at,
        seen_at=row.seen_at,
        ended_at=row.ended_at,
        is_running=row.is_running,
        is_lost=row.is_lost,
        subject_count=row.subjects,
        done_count=row.done,
        failed_count=row.failed,
        error=row.error,
    )


def parked_from(row: ParkedRow) -> ParkedJob:
    return ParkedJob(
        id=strawberry.ID(global_id("ParkedJob", row.id)),
        job=row.job,
        subject_id=str(row.subject_id),
        tries=row.tries,
        first_tried_at=row.first_tried_at,
        last_tried_at=row.last_tried_at,
        parked_at=row.parked_at,
        error=row.error,
        organization_row_id=row.organization_id,
    )

"""Figures as Prometheus scrapes them from real processes."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from app import db
from app.delivery.mails import list_late_mails
from app.jobs.figures import age_outboxes, count_given_up, list_figures
from app.jobs.tries import count_try, note_failure
from app.watch.figures import AFTER
from tests import servers
from tests.factories import NOVEMBER, POLICIES, as_owner, change, found, found_at, jump, moscow
from tests.servers import Api
from tests.watch.conftest import Watched, answering, scrape, watched_api


@pytest.fixture
async def watched(api: Api, database: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Watched]:
    """An API that nobody has asked anything. The `api` is there first, with its key."""
    async with watched_api(database, redis_url, tmp_path / "log") as running:
        yield running


async def test_requests_are_counted_by_what_was_asked_and_how_it_ended(watched: Watched) -> None:
    async def ask(document: str, **variables: object) -> None:
        await watched.http.post("/graphql", json={"query": document, "variables": variables})

    await ask("query CanaryName { viewer { kind } }")
    await ask("{ viewer { kind } alias: viewer { kind } }")
    await ask("{ viewer { kind } __typename purges { organizationId } }")
    await ask("{ canaryField }")
    await ask('mutation { memberDeactivate(input: {memberId: "x"}) { __typename } }')
    await ask("{ __schema { queryType { name } } }")
    await ask("{ nonsense")
    await watched.http.get("/organizations/x/issues.csv")
    await watched.http.get("/canary")
    await watched.http.get("/graphql", headers={"Authorization": "Bearer nobody"})
    samples = await scrape(watched.metrics)
    counted = {
        (dict(labels)["operation"], dict(labels)["result"]): value
        for (name, *labels), value in samples.items()
        if name == "seatmark_requests_total"
    }
    assert counted == {
        ("viewer", "done"): 2,
        ("several", "refused"): 1,
        ("unknown", "refused"): 1,
        ("memberDeactivate", "refused"): 1,
        ("__schema", "done"): 1,
        ("/graphql", "refused"): 2,
        ("/organizations/{id}/issues.csv", "refused"): 1,
        ("none", "done"): 0,
        ("none", "refused"): 1,
    }
    assert samples["seatmark_request_seconds_count", ("operation", "viewer")] == 2
    assert samples["seatmark_execution_seconds_count", ("kind", "query")] == 3
    assert samples["seatmark_sql_seconds_count",] > 4
    assert not [name for name in samples if "canary" in str(name).lower()]


async def test_a_request_that_breaks_is_counted_as_failed(watched: Watched, database: str) -> None:
    async with as_owner():
        await db.fetch("ALTER TABLE test_clocks ADD CONSTRAINT canary CHECK (false) NOT VALID")
    try:
        answer = await watched.http.post(
            "/graphql",
            json={"query": 'mutation { testClockCreate(input: {now: "2026-01-01T00:00:00Z"}) { __typename } }'},
        )
    finally:
        async with as_owner():
            await db.fetch("ALTER TABLE test_clocks DROP CONSTRAINT canary")
    assert answer.json()["data"] is None
    samples = await scrape(watched.metrics)
    assert samples["seatmark_requests_total", ("operation", "testClockCreate"), ("result", "failed")] == 1


async def test_connections_are_told_by_pool(watched: Watched) -> None:
    await watched.http.post("/graphql", json={"query": "{ viewer { kind } }"})
    samples = await scrape(watched.metrics)
    for pool in ("system", "tenants"):
        states = [samples["seatmark_pool_connections", ("pool", pool), ("state", one)] for one in ("idle", "used")]
        assert sum(states) >= 1
        assert samples["seatmark_pool_most_connections", ("pool", pool)] == 20
    assert samples["seatmark_pool_waiting", ("pool", "system")] == 0
    assert samples["seatmark_pool_wait_seconds_count", ("pool", "system")] >= 1


async def test_figures_of_all_are_looked_up_once_in_a_while(
    clean_database: None, watched: Watched, database: str
) -> None:
    company = await found(None, 3)
    await change(company, subscribe=company.members[:2])
    on_clock = await found_at(NOVEMBER, 6)
    await change(on_clock, subscribe=on_clock.members)
    await jump(on_clock.clock_id, moscow("2020-12-01 12:00"))
    subject = uuid4()
    for _ in range(6):
        await count_try("purge", [subject])
        await db.fetch("UPDATE job_tries SET next_try_at = clock_timestamp()")
        await note_failure("purge", subject, "ValueError")
    samples = await scrape(watched.metrics)
    assert samples["seatmark_figures_known",] == 1
    assert samples["seatmark_seats",] == 2
    assert samples["seatmark_organizations",] == 1
    assert samples["seatmark_invoices", ("state", "overdue")] == 0
    assert samples["seatmark_job_parked", ("job", "purge")] == 1
    assert samples["seatmark_job_due", ("job", "close_due_periods")] == 1
    assert samples["seatmark_job_late", ("job", "close_due_periods")] == 1
    assert samples["seatmark_job_lateness_seconds", ("job", "close_due_periods")] > 120
    assert samples["seatmark_job_lateness_seconds", ("job", "purge")] == 0
    await change(company, subscribe=company.members[2:])
    assert (await scrape(watched.metrics))["seatmark_seats",] == 2, f"asked again before {AFTER} seconds"


async def test_a_worker_counts_its_jobs(clean_database: None, database: str, redis_url: str, tmp_path: Path) -> None:
    await servers.empty_redis(redis_url)
    port = servers.free_port()
    variables = await servers.variables(database, REDIS_URL=redis_url, SEATMARK_WORKER_METRICS_PORT=str(port))
    async with (
        servers.run_command("worker", variables, tmp_path / "log"),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60.0) as metrics,
    ):
        await answering(metrics)
        for _ in range(100):
            samples = await scrape(metrics)
            if ("seatmark_jobs_total", ("job", "sweep_files"), ("result", "done")) in samples:
                break
        assert samples["seatmark_jobs_total", ("job", "sweep_files"), ("result", "done")] == 1
        assert samples["seatmark_job_seconds_count", ("job", "sweep_files")] == 1


async def test_mails_that_are_kept_for_want_of_a_server_are_not_old(
    clean_database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await db.fetch(
        """
        INSERT INTO mails (id, kind, created_at, give_up_at, next_attempt_at)
        SELECT gen_random_uuid(), 'SIGN_IN_LINK', now, now, now - interval '2 hours' FROM clock_timestamp() AS now
        """
    )

    async def age_of_mails() -> float | None:
        ages = {name: values for name, _, _, values in await list_figures(POLICIES)}["seatmark_outbox_age_seconds"]
        return dict(ages).get(("mails",))

    assert (await age_of_mails(), await list_late_mails(10)) == (None, [])
    monkeypatch.setenv("SEATMARK_SMTP_URL", "smtp://127.0.0.1:1")
    monkeypatch.setenv("SEATMARK_MAIL_FROM", "post@seats.test")
    monkeypatch.setenv("SEATMARK_PUBLIC_URL", "https://seats.test")
    assert 7200 <= (await age_of_mails() or 0) < 7300
    assert len(await list_late_mails(10)) == 1


async def test_what_was_given_up_is_counted_for_a_day(clean_database: None) -> None:
    await db.fetch(
        """
        INSERT INTO mails (id, kind, created_at, give_up_at, next_attempt_at, dead_at)
        SELECT gen_random_uuid(), 'SIGN_IN_LINK', now, now, now, now - hours * interval '1 hour'
        FROM unnest(ARRAY[1, 23, 25]) AS hours, clock_timestamp() AS now
        """
    )
    assert (await count_given_up())[3] == [(("mails",), 2.0), (("webhooks",), 0.0)]


async def test_an_outbox_is_as_old_as_what_should_have_gone_out_longest_ago(clean_database: None) -> None:
    ages = await age_outboxes(
        {
            "late": "SELECT clock_timestamp() - interval '2 hours' AS since",
            "early": "SELECT clock_timestamp() + interval '2 hours' AS since",
            "empty": "SELECT NULL::timestamptz AS since",
        }
    )
    values = {channel: value for (channel,), value in ages[3]}
    assert (values["empty"], values["early"]) == (0, 0)
    assert 7200 <= values["late"] < 7260

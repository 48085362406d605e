"""What the database says of everything at once: for those who watch."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from app import db
from app.delivery.webhook_sending import DUE_LONGEST
from app.domain.policies import Policies
from app.jobs.kinds import KINDS
from app.jobs.overview import JobState, survey_all
from app.settings import load_settings

Values = Sequence[tuple[tuple[str, ...], float]]
OUTBOXES: Mapping[str, str] = {
    "mails": "SELECT min(next_attempt_at) AS since FROM mails WHERE sent_at IS NULL AND dead_at IS NULL",
    "webhooks": DUE_LONGEST,
}
"""By channel, SQL for `since`: when the effect that is due longest was due. Whoever sends something has a row here."""
Told = tuple[str, str, tuple[str, ...], Values]
"""Name, what it is, labels, and a value for each set of labels."""


async def list_figures(policies: Policies) -> list[Told]:
    """Gauges; some hundred milliseconds with a million spans."""
    row = await db.fetch_one("SELECT clock_timestamp() AS now")
    assert row is not None, "a statement without a table answers"
    outboxes = {channel: sql for channel, sql in OUTBOXES.items() if channel != "mails" or _has_mail_server()}
    jobs = _of_jobs(await survey_all(policies, 1), row["now"])
    return [*jobs, *await _of_customers(), await age_outboxes(outboxes), await count_given_up()]


def _has_mail_server() -> bool:
    """Without one mails are kept, for as long as it takes, and none should have been tried."""
    return load_settings().mail_server is not None


def lateness(state: JobState, now: datetime) -> float:
    """Seconds for which something is due and nobody began with any of it; 0 when nothing is due. Nobody notes when
    a thing falls due: what never ran counts from when it is late."""
    if not state.due:
        return 0.0
    if not state.runs:
        return KINDS[state.job].promised.total_seconds() + 1 if state.is_late else 0.0
    return max(0.0, (now - state.runs[0].seen_at).total_seconds())


def _of_jobs(states: Sequence[JobState], now: datetime) -> list[Told]:
    def told(name: str, what: str, values: Sequence[float]) -> Told:
        return name, what, ("job",), [((state.job,), value) for state, value in zip(states, values, strict=True)]

    return [
        told("seatmark_job_due", "Subjects that are due, up to 10000.", [one.due for one in states]),
        told("seatmark_job_waiting", "Subjects that failed and wait.", [one.waiting for one in states]),
        told("seatmark_job_parked", "Subjects that failed too often.", [one.parked for one in states]),
        told("seatmark_job_late", "Whether it is later than promised.", [float(one.is_late) for one in states]),
        told("seatmark_job_lateness_seconds", "Since anybody began, while something is due.",
             [lateness(one, now) for one in states]),
        told("seatmark_job_promised_seconds", "Later than this is late.",
             [KINDS[one.job].promised.total_seconds() for one in states]),
    ]  # fmt: skip


async def _of_customers() -> list[Told]:
    """Of real customers: what lives on test clocks is left out."""
    seats = await db.count(
        """
        SELECT DISTINCT seat_grants.organization_id, member_id FROM seat_grants
        JOIN organizations ON organizations.id = seat_grants.organization_id
        WHERE upper_inf(during) AND test_clock_id IS NULL
        """
    )
    organizations = await db.count("SELECT 1 FROM organizations WHERE test_clock_id IS NULL AND purged_at IS NULL")
    invoices = await db.fetch(
        """
        SELECT CASE WHEN account.due <= 0 THEN 'void' WHEN account.paid >= account.due THEN 'paid'
                    WHEN account.due_at <= clock_timestamp() THEN 'overdue' ELSE 'open' END AS state, count(*) AS number
        FROM invoice_accounts AS account
        JOIN organizations AS organization ON organization.id = account.organization_id
        WHERE organization.test_clock_id IS NULL GROUP BY 1
        """
    )
    by_state = {row["state"]: float(row["number"]) for row in invoices}
    states = [((state,), by_state.get(state, 0.0)) for state in ("open", "overdue", "paid", "void")]
    return [
        ("seatmark_seats", "Seats that are held now.", (), [((), float(seats))]),
        ("seatmark_organizations", "Organizations that are not purged.", (), [((), float(organizations))]),
        ("seatmark_invoices", "Invoices by what became of them.", ("state",), states),
    ]


async def age_outboxes(outboxes: Mapping[str, str]) -> Told:
    """For how long what waits longest in each should have been tried already; 0 when nothing does."""
    values = []
    for channel, sql in sorted(outboxes.items()):
        row = await db.fetch_one(f"SELECT extract(epoch FROM clock_timestamp() - since) AS age FROM ({sql}) AS outbox")
        values.append(((channel,), max(0.0, float(row["age"] or 0)) if row is not None else 0.0))
    return "seatmark_outbox_age_seconds", "Since an effect should have been tried.", ("channel",), values


async def count_given_up() -> Told:
    """Effects that nobody tries any more and nobody got, since a day ago."""
    rows = await db.fetch(
        """
        SELECT 'mails' AS channel, count(*) AS number FROM mails WHERE dead_at > clock_timestamp() - interval '1 day'
        UNION ALL
        SELECT 'webhooks', count(*) FROM webhook_deliveries
        WHERE ended_at > clock_timestamp() - interval '1 day' AND status = 'DEAD'
        """
    )
    values = [((row["channel"],), float(row["number"])) for row in rows]
    return "seatmark_given_up", "Effects that were given up within a day.", ("channel",), values

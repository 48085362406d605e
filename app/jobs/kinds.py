"""Every kind of work that falls due, and what the database says is due of it: for the sweeps, and for who looks on."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from uuid import UUID

from app.billing.overdue import list_due_invoice_notices, list_due_suspensions
from app.billing.queries import list_due_closings
from app.clocks.service import list_advancing_clocks
from app.delivery.mails import list_due_mails, list_late_mails, list_old_mails
from app.delivery.webhook_ending import list_old_deliveries, list_webhooks_to_disable
from app.delivery.webhook_fan_out import list_webhooks_to_tell
from app.delivery.webhook_sending import list_webhooks_to_send
from app.domain.policies import Policies
from app.identity.browsers import list_ended_sessions
from app.identity.idempotency import list_old_keys, list_told_answers
from app.identity.key_secrets import list_ended_secrets
from app.identity.sessions import list_expired_sessions
from app.identity.sign_in_links import list_links_of_nobody
from app.jobs.runs import list_old_runs
from app.organizations.trials import list_old_trials
from app.retention.accounting import list_due_accounting
from app.retention.exports import list_expired_exports, list_unfinished_exports
from app.retention.notices import list_due_notices
from app.retention.purge import list_due_purges, list_unfinished_purges
from app.seats.waiting import list_due_waits
from app.tracker.attachments import list_never_came

MOST = 10_000
"""Subjects found at once; the next look finds the rest."""

Due = Callable[[int, Policies], Awaitable[list[UUID]]]


class Length(Enum):
    """How long work takes: what is long never delays what is prompt."""

    SWEEP = "sweep"
    """Done by the sweep itself, which rings for nothing."""
    PROMPT = "prompt"
    """A transaction or a few, for many at once."""
    LONG = "long"
    """As long as the rows of one organization, or the months on one clock's way, take."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`due` lists organizations, clocks, exports, webhooks or rows, longest overdue first. `promised` is how soon a
    worker that is up begins with them. `hands_over`: its runs only give work to somebody else, and of those that went
    well only the last is kept."""

    due: Due
    promised: timedelta
    length: Length = Length.PROMPT
    hands_over: bool = False


_SOON, _MINUTES, _HOURS = timedelta(minutes=2), timedelta(minutes=15), timedelta(hours=2)

KINDS: Mapping[str, Kind] = {
    "write_due_notices": Kind(lambda most, _: list_due_notices(most, None), _SOON),
    "close_due_periods": Kind(lambda most, policies: list_due_closings(policies.grace, most, None), _SOON),
    "write_due_invoice_notices": Kind(lambda most, _: list_due_invoice_notices(most, None), _MINUTES),
    "suspend_due": Kind(lambda most, policies: list_due_suspensions(most, None, policies), _MINUTES),
    "settle_due_waits": Kind(lambda most, _: list_due_waits(most, None), _SOON),
    "decide_due_purges": Kind(lambda most, _: list_due_purges(most, None), _SOON),
    "purge": Kind(lambda most, _: list_unfinished_purges(most, None), _SOON, Length.LONG),
    "delete_due_accounting": Kind(lambda most, _: list_due_accounting(most, None), _MINUTES, Length.LONG),
    "make_export_file": Kind(lambda most, _: list_unfinished_exports(most), _SOON, Length.LONG),
    "send_mails": Kind(lambda most, _: list_due_mails(most), _SOON),
    "finish_clock": Kind(lambda _, __: list_advancing_clocks(), _SOON, Length.LONG),
    "fan_out_events": Kind(lambda most, _: list_webhooks_to_tell(most), _SOON),
    "send_webhooks": Kind(lambda most, _: list_webhooks_to_send(most), _SOON, hands_over=True),
    "disable_failing_webhooks": Kind(lambda most, _: list_webhooks_to_disable(most), _MINUTES),
    "forget_sessions": Kind(lambda most, _: list_expired_sessions(most), _HOURS, Length.SWEEP),
    "forget_browser_sessions": Kind(lambda most, _: list_ended_sessions(most), _HOURS, Length.SWEEP),
    "forget_secrets": Kind(lambda most, _: list_ended_secrets(most), _HOURS, Length.SWEEP),
    "forget_keys": Kind(lambda most, _: list_old_keys(most), _HOURS, Length.SWEEP),
    "forget_answers": Kind(lambda most, _: list_told_answers(most), _MINUTES, Length.SWEEP),
    "forget_trials": Kind(lambda most, _: list_old_trials(most), _HOURS, Length.SWEEP),
    "forget_runs": Kind(lambda most, _: list_old_runs(most), _HOURS, Length.SWEEP),
    "forget_links": Kind(lambda most, _: list_links_of_nobody(most), _MINUTES, Length.SWEEP),
    "give_up_mails": Kind(lambda most, _: list_late_mails(most), _MINUTES, Length.SWEEP),
    "forget_mails": Kind(lambda most, _: list_old_mails(most), _HOURS, Length.SWEEP),
    "forget_deliveries": Kind(lambda most, _: list_old_deliveries(most), _HOURS, Length.SWEEP),
    "remove_exports": Kind(lambda most, _: list_expired_exports(most), _HOURS, Length.SWEEP),
    "remove_files": Kind(lambda most, _: list_never_came(most), _HOURS, Length.SWEEP),
}
"""By the name of the job that does it, or of what a sweep does itself."""

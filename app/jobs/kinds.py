"""Every kind of work that falls due, and what the database says is due of it: for the sweeps, and for who looks on."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.billing.overdue import list_due_invoice_notices, list_due_suspensions
from app.billing.queries import list_due_closings
from app.clocks.service import list_advancing_clocks
from app.domain.policies import Policies
from app.retention.accounting import list_due_accounting
from app.retention.exports import list_unfinished_exports
from app.retention.notices import list_due_notices
from app.retention.purge import list_due_purges, list_unfinished_purges
from app.seats.waiting import list_due_waits

MOST = 10_000
"""Subjects found at once; the next look finds the rest."""

Due = Callable[[int, Policies], Awaitable[list[UUID]]]


@dataclass(frozen=True, slots=True)
class Kind:
    """`due` lists organizations, clocks or exports, longest overdue first. `promised` is how soon a worker that is up
    begins with them."""

    due: Due
    promised: timedelta


_SOON, _MINUTES = timedelta(minutes=2), timedelta(minutes=15)

KINDS: Mapping[str, Kind] = {
    "write_due_notices": Kind(lambda most, _: list_due_notices(most, None), _SOON),
    "close_due_periods": Kind(lambda most, policies: list_due_closings(policies.grace, most, None), _SOON),
    "write_due_invoice_notices": Kind(lambda most, _: list_due_invoice_notices(most, None), _MINUTES),
    "suspend_due": Kind(lambda most, policies: list_due_suspensions(most, None, policies), _MINUTES),
    "settle_due_waits": Kind(lambda most, _: list_due_waits(most, None), _SOON),
    "decide_due_purges": Kind(lambda most, _: list_due_purges(most, None), _SOON),
    "purge": Kind(lambda most, _: list_unfinished_purges(most, None), _SOON),
    "delete_due_accounting": Kind(lambda most, _: list_due_accounting(most, None), _MINUTES),
    "make_export_file": Kind(lambda most, _: list_unfinished_exports(most), _SOON),
    "finish_clock": Kind(lambda _, __: list_advancing_clocks(), _SOON),
}
"""By the name of the job that does it."""

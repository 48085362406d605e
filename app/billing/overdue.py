"""Invoices that fall due: told of beforehand, and by policy suspending who does not pay them (R6.3)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app import db
from app.billing.accounts import InvoiceAccount, list_accounts
from app.domain.account import INVOICE_NOTICE_OFFSETS, InvoiceNotice, due_invoice_notice, invoice_notice_due_at
from app.domain.actor import Actor
from app.domain.invoice import InvoiceState
from app.domain.policies import Policies
from app.events.service import Change
from app.faultpoints import fault_point
from app.organizations.service import LockedOrganization, lock_organizations, record_all
from app.seats.raising import bill_raised, foresee_month

EVENT_TYPES = {
    InvoiceNotice.INVOICE_DUE_IN_7_DAYS: "invoice.due_soon",
    InvoiceNotice.INVOICE_DUE_IN_1_DAY: "invoice.due_soon",
    InvoiceNotice.INVOICE_OVERDUE: "invoice.overdue",
}
_OPEN = "organization_id = $1 AND cause = 'OVERDUE' AND until IS NULL"
_OFFSETS = ", ".join(
    f"('{notice.value}', interval '{offset.total_seconds():.0f} seconds')"
    for notice, offset in INVOICE_NOTICE_OFFSETS.items()
)
_UNPAID = """
    SELECT account.id, account.organization_id, account.due_at, facts.now
    FROM organization_facts AS facts JOIN invoice_accounts AS account ON account.organization_id = facts.id
    WHERE $1::uuid IS NULL AND facts.advancing_to IS NULL AND facts.purge_decided_at IS NULL
      AND account.paid < account.due
"""
"""Invoices that are to be paid, of every organization whose clock stands: the view is worked out once for all."""
_UNPAID_ON_CLOCK = """
    SELECT account.id, account.organization_id, account.due_at, facts.now
    FROM (
        SELECT id, now FROM organization_facts WHERE test_clock_id = $1 AND purge_decided_at IS NULL OFFSET 0
    ) AS facts
    CROSS JOIN LATERAL (SELECT * FROM invoice_accounts WHERE organization_id = facts.id OFFSET 0) AS account
    WHERE account.paid < account.due
"""
"""The same of the few organizations on a test clock, for its advance: one after another."""
_NOTICES = f"""
    SELECT unpaid.id, unpaid.organization_id, unpaid.now, offsets.kind, unpaid.due_at + offsets.after AS due_at
    FROM ({{unpaid}}) AS unpaid CROSS JOIN (VALUES {_OFFSETS}) AS offsets (kind, after)
"""
_DUE_NOTICES = f"""
    WITH overdue AS (
        SELECT DISTINCT ON (id) id, organization_id, kind, due_at
        FROM ({_NOTICES}) AS notice WHERE due_at <= now ORDER BY id, due_at DESC
    )
    SELECT overdue.organization_id FROM overdue
    WHERE NOT EXISTS (
        SELECT FROM invoice_notices AS written
        WHERE written.invoice_id = overdue.id AND written.kind = overdue.kind
    )
    GROUP BY overdue.organization_id ORDER BY min(overdue.due_at), overdue.organization_id LIMIT $2
"""
_DUE_SUSPENSIONS = """
    SELECT unpaid.organization_id FROM ({unpaid}) AS unpaid
    WHERE unpaid.due_at <= unpaid.now AND NOT EXISTS (
        SELECT FROM suspensions AS suspension
        WHERE suspension.organization_id = unpaid.organization_id
          AND suspension.cause = 'OVERDUE' AND suspension.until IS NULL
    )
    GROUP BY unpaid.organization_id ORDER BY min(unpaid.due_at), unpaid.organization_id LIMIT $2
"""


async def list_due_invoice_notices(limit: int, test_clock_id: UUID | None) -> list[UUID]:
    """Organizations to be told about an unpaid invoice, longest overdue first; clocks as in `list_due_closings`."""
    rows = await db.fetch(_of_unpaid(_DUE_NOTICES, test_clock_id), test_clock_id, limit)
    return [row["organization_id"] for row in rows]


async def list_due_suspensions(limit: int, test_clock_id: UUID | None, policies: Policies) -> list[UUID]:
    """Organizations to be suspended for an overdue invoice, longest overdue first; none without the policy."""
    if not policies.suspend_overdue:
        return []
    rows = await db.fetch(_of_unpaid(_DUE_SUSPENSIONS, test_clock_id), test_clock_id, limit)
    return [row["organization_id"] for row in rows]


async def find_next_invoice_notice(test_clock_id: UUID, after: datetime) -> datetime | None:
    """When the next notice about an unpaid invoice on the clock falls due, later than `after`; a suspension falls due
    with the last of them."""
    notices = _of_unpaid(_NOTICES, test_clock_id)
    row = await db.fetch_one(
        f"SELECT min(due_at) AS due_at FROM ({notices}) AS notice WHERE due_at > $2", test_clock_id, after
    )
    return row["due_at"] if row else None


async def write_invoice_notices(actor: Actor, organization_ids: Sequence[UUID], *, during_advance: bool) -> int:
    """Tell each organization what is due to be told, decided again under its lock. Returns how many were written."""
    async with db.in_transaction():
        organizations = await _lock_living(organization_ids, during_advance=during_advance)
        due = await _decide_notices(organizations)
        if not due:
            return 0
        await _store_notices(due)
        fault_point("invoice_notices.stored")
        by_organization: dict[UUID, list[Change]] = defaultdict(list)
        for organization, account, notice in due:
            by_organization[organization.id].append(_told(account, notice))
        told = [(one, by_organization[one.id]) for one in organizations if one.id in by_organization]
        await record_all(actor, told)
    return len(due)


async def suspend_overdue(actor: Actor, organization_ids: Sequence[UUID], *, during_advance: bool) -> int:
    """Suspend those with an overdue invoice, from now on, decided again under the lock. Returns how many were."""
    async with db.in_transaction():
        organizations = await _lock_living(organization_ids, during_advance=during_advance)
        overdue = await _find_overdue_since(organizations)
        rows = await db.fetch(
            """
            INSERT INTO suspensions (id, organization_id, since, cause)
            SELECT gen_random_uuid(), organization_id, at, 'OVERDUE'
            FROM unnest($1::uuid[], $2::timestamptz[]) AS suspended (organization_id, at)
            ON CONFLICT (organization_id) WHERE cause = 'OVERDUE' AND until IS NULL DO NOTHING
            RETURNING organization_id
            """,
            [one.id for one in organizations if one.id in overdue],
            [one.at for one in organizations if one.id in overdue],
        )
        fault_point("suspension.stored")
        suspended = {row["organization_id"] for row in rows}
        happened = [
            (one, [Change("organization.suspended", {"suspendedAt": one.at, "overdueSince": overdue[one.id]})])
            for one in organizations
            if one.id in suspended
        ]
        if happened:
            await record_all(actor, happened)
    return len(happened)


async def end_overdue(organization: LockedOrganization, policies: Policies) -> list[Change]:
    """End the suspension for overdue invoices if there is one; to be recorded with what ended it. From here on people
    count again, which may raise the month's amount."""
    if not await db.count(f"SELECT 1 FROM suspensions WHERE {_OPEN}", organization.id):
        return []
    before = await foresee_month(organization, policies)
    ended = await db.fetch(
        f"UPDATE suspensions SET until = $2 WHERE {_OPEN} RETURNING since", organization.id, organization.at
    )
    resumed = Change("organization.resumed", {}, {"suspendedAt": ended[0]["since"]})
    return [resumed, *bill_raised(before, await foresee_month(organization, policies), "a suspension ended")]


def _of_unpaid(sql: str, test_clock_id: UUID | None) -> str:
    return sql.format(unpaid=_UNPAID if test_clock_id is None else _UNPAID_ON_CLOCK)


async def _lock_living(organization_ids: Sequence[UUID], *, during_advance: bool) -> list[LockedOrganization]:
    locked = await lock_organizations(organization_ids, during_advance=during_advance)
    return [one for one in locked if one.facts.lifecycle.purge_decided_at is None]


async def _find_overdue_since(organizations: Sequence[LockedOrganization]) -> dict[UUID, datetime]:
    """Since when an invoice is overdue, by organization."""
    at = {one.id: one.at for one in organizations}
    since: dict[UUID, datetime] = {}
    for account in await list_accounts(list(at)):
        if account.state_at(at[account.organization_id]) is InvoiceState.OVERDUE:
            since[account.organization_id] = min(account.due_at, since.get(account.organization_id, account.due_at))
    return since


async def _decide_notices(
    organizations: Sequence[LockedOrganization],
) -> list[tuple[LockedOrganization, InvoiceAccount, InvoiceNotice]]:
    living = {one.id: one for one in organizations}
    accounts = [one for one in await list_accounts(list(living)) if one.outstanding > 0]
    rows = await db.fetch(
        "SELECT invoice_id, kind FROM invoice_notices WHERE invoice_id = ANY($1)", [account.id for account in accounts]
    )
    written: dict[UUID, set[InvoiceNotice]] = defaultdict(set)
    for row in rows:
        written[row["invoice_id"]].add(InvoiceNotice(row["kind"]))
    decided = [(living[one.organization_id], one) for one in accounts]
    noticed = [(own, one, due_invoice_notice(one.due_at, own.at, written[one.id])) for own, one in decided]
    return [(own, one, notice) for own, one, notice in noticed if notice is not None]


async def _store_notices(due: Sequence[tuple[LockedOrganization, InvoiceAccount, InvoiceNotice]]) -> None:
    rows = [
        {
            "organization_id": organization.id,
            "invoice_id": account.id,
            "kind": notice.value,
            "due_at": invoice_notice_due_at(notice, account.due_at),
            "at": organization.at,
        }
        for organization, account, notice in due
    ]
    await db.fetch(
        """
        INSERT INTO invoice_notices (id, organization_id, invoice_id, kind, due_at, written_at)
        SELECT gen_random_uuid(), organization_id, invoice_id, kind, due_at, at
        FROM jsonb_to_recordset($1::jsonb)
            AS notice (organization_id uuid, invoice_id uuid, kind text, due_at timestamptz, at timestamptz)
        """,
        db.to_json(rows),
    )


def _told(account: InvoiceAccount, notice: InvoiceNotice) -> Change:
    facts = {
        "notice": notice.value,
        "invoiceId": account.id,
        "number": account.number,
        "dueAt": account.due_at,
        "outstanding": account.outstanding,
        "currency": account.currency,
    }
    return Change(EVENT_TYPES[notice], facts)

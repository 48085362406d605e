"""Invariant 3, and the ledger's part of 4: statements and invoices against a sweep over the grants themselves.

Three cursors walk the organizations in one order, so that one organization is in memory at a time.
"""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app.checks.check import Check, Look, Row
from app.domain.instants import TICK
from app.domain.seats import (
    NO_PEAK,
    Grant,
    Interval,
    Peak,
    Span,
    charged_interval,
    counted_spans,
    find_peak,
    merge_spans,
)

_BOUNDS = """
    SELECT organization.id AS organization_id, organization.trial_ends_at,
           ARRAY(SELECT period.starts_at FROM billing_periods AS period
                 WHERE period.organization_id = organization.id ORDER BY period.starts_at) AS period_starts,
           ARRAY(SELECT suspension.since FROM suspensions AS suspension
                 WHERE suspension.organization_id = organization.id ORDER BY suspension.id) AS suspended_since,
           ARRAY(SELECT suspension.until FROM suspensions AS suspension
                 WHERE suspension.organization_id = organization.id ORDER BY suspension.id) AS suspended_until
    FROM organizations AS organization
    WHERE organization.purge_decided_at IS NULL AND ($1::uuid[] IS NULL OR organization.id = ANY($1))
      AND EXISTS (SELECT FROM statements AS statement
                  WHERE statement.organization_id = organization.id AND statement.outcome <> 'PARKED')
    ORDER BY organization.id
"""
_CLAIMS = """
    SELECT statement.organization_id, statement.id AS statement_id, statement.month, statement.starts_at,
           statement.ends_at, statement.peak_seats, statement.peak_reached_at, period.grace_seconds,
           invoice.id AS invoice_id, invoice.ledger_digest, (invoice.document -> 'peak')::text AS peak,
           (invoice.document ->> 'previousPeriodStartsAt')::timestamptz AS previous_start
    FROM statements AS statement
    JOIN billing_periods AS period
      ON period.organization_id = statement.organization_id AND period.month = statement.month
    LEFT JOIN invoices AS invoice ON invoice.statement_id = statement.id
    WHERE statement.outcome <> 'PARKED' AND ($1::uuid[] IS NULL OR statement.organization_id = ANY($1))
    ORDER BY statement.organization_id, statement.starts_at
"""
_GRANTS = """
    SELECT organization_id, subscription_id, member_id, lower(during) AS granted_at, upper(during) AS revoked_at
    FROM seat_grants WHERE $1::uuid[] IS NULL OR organization_id = ANY($1)
    ORDER BY organization_id
"""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything of one organization that its peaks come of, and what is stored about them."""

    organization_id: UUID
    trial_ends_at: datetime | None
    period_starts: list[datetime]
    suspended: list[Interval]
    grants: list[Grant]
    claims: list[asyncpg.Record]


class _Groups:
    """The rows of a cursor, organization by organization, asked for in ascending order."""

    def __init__(self, look: Look, sql: str) -> None:
        self.rows = look.connection.cursor(sql, look.organization_ids, prefetch=1000).__aiter__()
        self.next: asyncpg.Record | None = None
        self.is_over = False

    async def of(self, organization_id: UUID) -> list[asyncpg.Record]:
        found = []
        while (row := await self._peek()) is not None and row["organization_id"] <= organization_id:
            if row["organization_id"] == organization_id:
                found.append(row)
            self.next = None
        return found

    async def _peek(self) -> asyncpg.Record | None:
        if self.next is None and not self.is_over:
            try:
                self.next = await self.rows.__anext__()
            except StopAsyncIteration:
                self.is_over = True
        return self.next


async def read_ledgers(look: Look) -> AsyncIterator[Ledger]:
    """Every organization with a statement and a ledger: what is being purged has none any more."""
    grants, claims = _Groups(look, _GRANTS), _Groups(look, _CLAIMS)
    async for row in look.connection.cursor(_BOUNDS, look.organization_ids):
        organization_id = row["organization_id"]
        yield Ledger(
            organization_id,
            row["trial_ends_at"],
            row["period_starts"],
            [Interval(*one) for one in zip(row["suspended_since"], row["suspended_until"], strict=True)],
            [Grant(*list(one.values())[1:]) for one in await grants.of(organization_id)],
            await claims.of(organization_id),
        )


async def find_other_peaks(look: Look) -> AsyncIterator[Row]:
    """Statements and invoices whose peak, its first instant or its holders are not what a sweep finds."""
    async for ledger in read_ledgers(look):
        spans = merge_spans(ledger.grants)
        counted: dict[int, list[Span]] = {}
        for claim in ledger.claims:
            seconds = claim["grace_seconds"]
            if seconds not in counted:
                counted[seconds] = counted_spans(spans, ledger.period_starts, timedelta(seconds=seconds))
            swept = _sweep(ledger, counted[seconds], claim)
            stored = Peak(claim["peak_seats"], claim["peak_reached_at"], swept.holders)
            if stored != swept or (claim["peak"] is not None and _printed(claim["peak"]) != swept):
                yield _broken(claim) | {
                    "stored": [stored.seats, stored.reached_at],
                    "swept": [swept.seats, swept.reached_at],
                    "invoice_id": claim["invoice_id"],
                }


async def find_other_ledgers(look: Look) -> AsyncIterator[Row]:
    """Invoices whose grants are not those that they were computed from."""
    async for ledger in read_ledgers(look):
        for claim in ledger.claims:
            if claim["invoice_id"] is not None and _digest(ledger, claim) != claim["ledger_digest"]:
                yield _broken(claim) | {"invoice_id": claim["invoice_id"]}


def _sweep(ledger: Ledger, counted: list[Span], claim: asyncpg.Record) -> Peak:
    charged = charged_interval(claim["starts_at"], claim["ends_at"], ledger.trial_ends_at)
    if charged is None:
        return NO_PEAK
    near = [
        span
        for span in counted
        if span.granted_at < claim["ends_at"] and (span.revoked_at is None or span.revoked_at > charged.since)
    ]
    return find_peak(near, charged, ledger.suspended)


def _printed(peak: str) -> Peak:
    """The peak in an invoice's document."""
    read: dict[str, Any] = orjson.loads(peak)
    holders = tuple(sorted(UUID(one) for one in read["holders"]))
    return Peak(read["seats"], datetime.fromisoformat(read["reachedAt"]), holders)


def _digest(ledger: Ledger, claim: asyncpg.Record) -> str:
    """SHA-256 over the grants from the period before to the close, as they stood at the close (R5.6)."""
    since = claim["previous_start"]
    last_instant = claim["ends_at"] + timedelta(seconds=claim["grace_seconds"])
    lines = [
        f"{grant.subscription_id} {grant.member_id} {_written(grant.granted_at)} {_written(grant.revoked_at)}"
        if grant.revoked_at is not None and grant.revoked_at <= last_instant
        else f"{grant.subscription_id} {grant.member_id} {_written(grant.granted_at)} -"
        for grant in ledger.grants
        if grant.granted_at <= last_instant and (grant.revoked_at is None or grant.revoked_at > since - TICK)
    ]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _written(instant: datetime | None) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if instant is not None else "-"


def _broken(claim: asyncpg.Record) -> Row:
    return {
        "organization_id": claim["organization_id"],
        "statement_id": claim["statement_id"],
        "month": claim["month"],
    }


LEDGER = (
    Check(
        3,
        "the stored peak, its first instant and its holders are those of a sweep over the ledger",
        find=find_other_peaks,
    ),
    Check(4, "the ledger of an invoice gives its stored digest", find=find_other_ledgers),
)

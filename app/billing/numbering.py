"""Gapless numbers of invoices and credit notes, and the instant of issue, under the lock of their series (R5.5)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID
from zoneinfo import ZoneInfo

from app import db
from app.billing.receipts import Series, write_receipts
from app.organizations.service import LockedOrganization, wait_for_lock
from app.terms.queries import Issuer, database_clock


class DocumentKind(Enum):
    """What is numbered: each in series of its own."""

    INVOICE = "INVOICE"
    CREDIT_NOTE = "CREDIT_NOTE"


_PREFIXES = {DocumentKind.INVOICE: "", DocumentKind.CREDIT_NOTE: "CN-"}


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """The `number_in_year`th document of the series in the year, issued at an instant."""

    kind: DocumentKind
    series_id: UUID
    year: int
    number_in_year: int
    issued_at: datetime

    def __str__(self) -> str:
        return f"{_PREFIXES[self.kind]}{self.year}-{self.number_in_year:06d}"


async def take_numbers(
    organizations: Sequence[LockedOrganization], issuer: Issuer, kind: DocumentKind
) -> list[DocumentNumber]:
    """The next number for each organization, in order. Taken last in a close: others wait for the series. Who needs
    numbers of both kinds takes those of credit notes first, so that two never wait for each other.

    The instant is the clock's once the series is locked, so that numbers and instants rise together; the year
    is the issuer's calendar's.
    """
    clocks = {organization.facts.test_clock_id for organization in organizations}
    series = await _lock_series(issuer, clocks, kind)
    now = await database_clock()
    issued: list[tuple[UUID, datetime]] = []
    for organization in organizations:
        series_id, last_issued_at = series[organization.facts.test_clock_id]
        reading = now if organization.facts.test_clock_id is None else organization.at
        at = max(reading, organization.at, last_issued_at or reading)
        series[organization.facts.test_clock_id] = (series_id, at)
        issued.append((series_id, at))
    numbers = await _count_on(issued, issuer, kind)
    await write_receipts(_receipts(organizations, issuer, numbers))
    return numbers


def _receipts(
    organizations: Sequence[LockedOrganization], issuer: Issuer, numbers: Sequence[DocumentNumber]
) -> dict[Series, list[tuple[int, UUID]]]:
    """What no backup must forget: the numbers of real customers' documents."""
    given: dict[Series, list[tuple[int, UUID]]] = {}
    for organization, number in zip(organizations, numbers, strict=True):
        if organization.facts.test_clock_id is None:
            series = Series(issuer.id, number.kind.value, number.year)
            given.setdefault(series, []).append((number.number_in_year, organization.id))
    return given


async def _lock_series(
    issuer: Issuer, clocks: set[UUID | None], kind: DocumentKind
) -> dict[UUID | None, tuple[UUID, datetime | None]]:
    """By test clock (None: the issuer's own series): id and last instant of issue. Missing ones are made.

    Raises: DomainError CONFLICT when others issue for too long.
    """
    wanted = list(clocks)
    await wait_for_lock(
        """
        INSERT INTO invoice_series (id, issuer_id, test_clock_id, kind)
        SELECT gen_random_uuid(), $1, clock, $3 FROM unnest($2::uuid[]) AS clock ORDER BY clock
        ON CONFLICT (issuer_id, test_clock_id, kind) DO NOTHING
        """,
        issuer.id,
        wanted,
        kind.value,
    )
    rows = await wait_for_lock(
        """
        SELECT id, test_clock_id, last_issued_at FROM invoice_series
        WHERE issuer_id = $1 AND kind = $4 AND (test_clock_id = ANY($2) OR ($3 AND test_clock_id IS NULL))
        ORDER BY id FOR NO KEY UPDATE
        """,
        issuer.id,
        [clock for clock in wanted if clock is not None],
        None in clocks,
        kind.value,
    )
    return {row["test_clock_id"]: (row["id"], row["last_issued_at"]) for row in rows}


async def _count_on(
    issued: Sequence[tuple[UUID, datetime]], issuer: Issuer, kind: DocumentKind
) -> list[DocumentNumber]:
    zone = ZoneInfo(issuer.time_zone)
    years = [(series_id, at.astimezone(zone).year) for series_id, at in issued]
    wanted = Counter(years)
    rows = await db.fetch(
        """
        INSERT INTO invoice_counters (id, series_id, year, last_number)
        SELECT gen_random_uuid(), wanted.* FROM unnest($1::uuid[], $2::int[], $3::int[]) AS wanted
        ON CONFLICT (series_id, year) DO UPDATE SET last_number = invoice_counters.last_number + excluded.last_number
        RETURNING series_id, year, last_number
        """,
        [series_id for series_id, _ in wanted],
        [year for _, year in wanted],
        list(wanted.values()),
    )
    last_issued = dict(issued)
    await db.fetch(
        """
        UPDATE invoice_series AS series SET last_issued_at = issued.at
        FROM unnest($1::uuid[], $2::timestamptz[]) AS issued (series_id, at) WHERE series.id = issued.series_id
        """,
        list(last_issued),
        list(last_issued.values()),
    )
    used = {(row["series_id"], row["year"]): row["last_number"] - wanted[row["series_id"], row["year"]] for row in rows}
    numbers = []
    for (series_id, at), (_, year) in zip(issued, years, strict=True):
        used[series_id, year] += 1
        numbers.append(DocumentNumber(kind, series_id, year, used[series_id, year], at))
    return numbers

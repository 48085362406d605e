"""Numbers after a backup was restored: those given out after it are known to customers, and never used again."""

from dataclasses import dataclass
from uuid import UUID

from app import db
from app.billing.receipts import Series, read_receipts
from app.domain.actor import Actor
from app.events.service import Change, record_platform_change


@dataclass(frozen=True, slots=True)
class LostDocument:
    """A document that was issued after the backup: its customer may have it, and we do not."""

    series: Series
    number_in_year: int
    organization_id: UUID
    has_series: bool = True
    """Whether its issuer is there: of one that was made after the backup no number can be skipped."""

    @property
    def number(self) -> str:
        prefix = "" if self.series.kind == "INVOICE" else "CN-"
        return f"{prefix}{self.series.year}-{self.number_in_year:06d}"


async def skip_used_numbers(actor: Actor) -> list[LostDocument]:
    """Go on after the last number that a receipt names, in every series; on the platform's record. Returns the
    documents that the database does not know; done again, none.

    `seatmark check` counts the numbers on the record as it counts those of documents that were deleted in time.
    """
    found: list[LostDocument] = []
    async with db.in_transaction():
        for series, given in read_receipts().items():
            row = await db.fetch_one(_COUNTER, series.issuer_id, series.kind, series.year, max(given, default=0))
            if row is None:
                found += [LostDocument(series, one, given[one], has_series=False) for one in sorted(given)]
                continue
            last = row["last_number"]
            lost = [LostDocument(series, one, given[one]) for one in sorted(given) if one > last]
            if lost:
                await db.fetch(_SKIP, row["series_id"], series.year, max(given))
                skipped = list(range(last + 1, max(given) + 1))
                numbers = [{"seriesId": row["series_id"], "year": series.year, "numbersInYear": skipped}]
                await record_platform_change(actor, Change("numbers.skipped", {"numbers": numbers}))
            found += lost
    return found


_COUNTER = """
    WITH made AS (
        INSERT INTO invoice_series (id, issuer_id, test_clock_id, kind)
        SELECT gen_random_uuid(), id, NULL, $2 FROM issuers WHERE id = $1 AND $4 > 0
        ON CONFLICT (issuer_id, test_clock_id, kind) DO NOTHING RETURNING id
    ), series AS (
        SELECT id FROM made
        UNION ALL
        SELECT id FROM invoice_series WHERE issuer_id = $1 AND test_clock_id IS NULL AND kind = $2
    )
    SELECT series.id AS series_id, coalesce(counter.last_number, 0) AS last_number
    FROM series LEFT JOIN invoice_counters AS counter ON counter.series_id = series.id AND counter.year = $3
"""
_SKIP = """
    INSERT INTO invoice_counters (id, series_id, year, last_number) VALUES (gen_random_uuid(), $1, $2, $3)
    ON CONFLICT (series_id, year) DO UPDATE SET last_number = excluded.last_number
"""

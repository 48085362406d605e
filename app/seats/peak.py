"""The one SQL definition of which seats count and of the peak over them (R3.6, R4.5, R5.1).

It stands here and not in billing, because deciding a change of seats needs it too; see docs/decisions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app import db
from app.domain.seats import NO_PEAK, Interval, Peak

_PEAKS = """
    WITH question AS (
        SELECT asked.*, (
            SELECT range_agg(tstzrange(suspension.since, suspension.until)) FROM suspensions AS suspension
            WHERE suspension.organization_id = asked.organization_id
        ) AS suspended
        FROM unnest($1::int[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
                    $7::timestamptz[])
            AS asked (place, organization_id, previous_start, starts_at, ends_at, charged_from, charged_until)
    )
    SELECT question.place, found.seats, found.at, found.holders
    FROM question CROSS JOIN LATERAL (
        WITH span AS (
            -- A member's grants merged (R3.3). A grant that ended before the previous period cannot touch one that
            -- matters, and one that begins later than the grace after the period cannot make a span of it longer.
            SELECT seat.member_id, unnest(range_agg(seat.during)) AS during
            FROM seat_grants AS seat
            WHERE seat.organization_id = question.organization_id
              AND coalesce(upper(seat.during), 'infinity') > question.previous_start - interval '1 microsecond'
              AND lower(seat.during) <= question.ends_at + $8::interval
              AND NOT EXISTS (
                  SELECT FROM unnest($9::int[], $10::uuid[]) AS left_out (place, member_id)
                  WHERE left_out.place = question.place AND left_out.member_id = seat.member_id
              )
            GROUP BY seat.member_id
        ), dated AS (
            SELECT span.*, coalesce(upper(during) - lower(during) <= $8::interval, false) AS is_short,
                   CASE WHEN lower(during) < question.previous_start THEN 0
                        WHEN lower(during) < question.starts_at THEN 1
                        WHEN lower(during) < question.ends_at THEN 2 ELSE 3 END AS period
            FROM span
        ), counted AS (
            -- A member's first short span beginning in a period is forgiven (R3.6).
            SELECT member_id, during
            FROM (SELECT dated.*,
                         row_number() OVER (PARTITION BY member_id, period, is_short ORDER BY lower(during)) AS nth
                  FROM dated) AS numbered
            WHERE NOT (is_short AND nth = 1)
        ), piece AS MATERIALIZED (
            -- Cut to what is charged, less the suspensions (R4.5).
            SELECT member_id, unnest(
                       tstzmultirange(during * tstzrange(question.charged_from, question.charged_until))
                       - coalesce(question.suspended, '{{}}')
                   ) AS during
            FROM counted
        ), step AS (
            SELECT lower(during) AS at, 1 AS change FROM piece
            UNION ALL
            SELECT upper(during), -1 FROM piece
        ), held AS (
            -- Revokes come before grants at one instant (R3.5); rows alike are summed together.
            SELECT at, sum(change) OVER (ORDER BY at, change)::int AS seats FROM step
        ), peak AS (
            SELECT seats, at FROM held ORDER BY seats DESC, at LIMIT 1
        )
        SELECT peak.seats, peak.at, {holders} AS holders FROM peak
    ) AS found
"""
"""For one organization after another: planned for all together, it would read the whole ledger for every chunk, and
sort on the disk."""
_WITHOUT_HOLDERS = _PEAKS.format(holders="'{}'::uuid[]")
_WITH_HOLDERS = _PEAKS.format(
    holders="ARRAY(SELECT piece.member_id FROM piece WHERE piece.during @> peak.at ORDER BY piece.member_id)"
)


@dataclass(frozen=True, slots=True)
class PeakQuestion:
    """A stretch of an organization's period to find the peak of.

    `previous_start` is when the period before began: a short span is forgiven once in each period, and one
    that began in the last half hour of the one before may reach into this one. `without` are members who are looked
    away from, as if they had never held a seat.
    """

    organization_id: UUID
    previous_start: datetime
    starts_at: datetime
    ends_at: datetime
    charged: Interval | None
    without: tuple[UUID, ...] = ()


async def find_peaks(questions: Sequence[PeakQuestion], grace: timedelta, *, with_holders: bool) -> list[Peak]:
    """One peak for each question, in order, by one statement. Without holders those are left empty."""
    asked = [(place, question) for place, question in enumerate(questions) if question.charged is not None]
    rows = await db.fetch(
        _WITH_HOLDERS if with_holders else _WITHOUT_HOLDERS,
        [place for place, _ in asked],
        [question.organization_id for _, question in asked],
        [question.previous_start for _, question in asked],
        [question.starts_at for _, question in asked],
        [question.ends_at for _, question in asked],
        [question.charged.since for _, question in asked if question.charged],
        [question.charged.until for _, question in asked if question.charged],
        grace,
        [place for place, question in asked for _ in question.without],
        [member_id for _, question in asked for member_id in question.without],
    )
    peaks = [NO_PEAK] * len(questions)
    for row in rows:
        peaks[row["place"]] = Peak(row["seats"], row["at"], tuple(row["holders"]))
    return peaks

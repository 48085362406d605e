"""The one SQL definition of which seats count and of the peak over them (R3.6, R4.5, R5.1).

It stands here and not in billing, because deciding a change of seats needs it too; see docs/decisions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app import db
from app.domain.seats import NO_PEAK, Interval, Peak

_PIECES = """
    WITH question AS (
        SELECT * FROM unnest($1::int[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[],
                             $6::timestamptz[], $7::timestamptz[])
            AS question (place, organization_id, previous_start, starts_at, ends_at, charged_from, charged_until)
    ), span AS (
        -- A member's grants merged (R3.3). A grant that ended before the previous period cannot touch one that
        -- matters, and one that begins later than the grace after the period cannot make a span of it longer.
        SELECT question.place, seat.member_id, unnest(range_agg(seat.during)) AS during
        FROM question
        JOIN seat_grants AS seat
          ON seat.organization_id = question.organization_id
         AND coalesce(upper(seat.during), 'infinity') > question.previous_start - interval '1 microsecond'
         AND lower(seat.during) <= question.ends_at + $8::interval
        WHERE NOT EXISTS (
            SELECT FROM unnest($9::int[], $10::uuid[]) AS left_out (place, member_id)
            WHERE left_out.place = question.place AND left_out.member_id = seat.member_id
        )
        GROUP BY question.place, seat.member_id
    ), dated AS (
        SELECT span.*, coalesce(upper(during) - lower(during) <= $8::interval, false) AS is_short,
               CASE WHEN lower(during) < question.previous_start THEN 0
                    WHEN lower(during) < question.starts_at THEN 1
                    WHEN lower(during) < question.ends_at THEN 2 ELSE 3 END AS period
        FROM span JOIN question USING (place)
    ), counted AS (
        -- A member's first short span beginning in a period is forgiven (R3.6).
        SELECT place, member_id, during
        FROM (SELECT dated.*,
                     row_number() OVER (PARTITION BY place, member_id, period, is_short ORDER BY lower(during)) AS nth
              FROM dated) AS numbered
        WHERE NOT (is_short AND nth = 1)
    ), piece AS (
        -- Cut to what is charged, less the suspensions (R4.5).
        SELECT counted.place, counted.member_id, unnest(
                   tstzmultirange(counted.during)
                   * tstzmultirange(tstzrange(question.charged_from, question.charged_until))
                   - coalesce(suspended.during, '{}')
               ) AS during
        FROM counted
        JOIN question USING (place)
        LEFT JOIN LATERAL (
            SELECT range_agg(tstzrange(suspension.since, suspension.until)) AS during
            FROM suspensions AS suspension WHERE suspension.organization_id = question.organization_id
        ) AS suspended ON true
    ), step AS (
        SELECT place, lower(during) AS at, 1 AS change FROM piece
        UNION ALL
        SELECT place, upper(during), -1 FROM piece
    ), held AS (
        -- Revokes come before grants at one instant (R3.5); rows alike are summed together.
        SELECT place, at, sum(change) OVER (PARTITION BY place ORDER BY at, change) AS seats FROM step
    ), peak AS (
        SELECT DISTINCT ON (place) place, seats::int AS seats, at FROM held ORDER BY place, seats DESC, at
    )
"""
_PEAKS = _PIECES + "SELECT place, seats, at, '{}'::uuid[] AS holders FROM peak"
_PEAKS_AND_HOLDERS = (
    _PIECES
    + """
    SELECT peak.place, peak.seats, peak.at, array_agg(piece.member_id ORDER BY piece.member_id) AS holders
    FROM peak JOIN piece ON piece.place = peak.place AND piece.during @> peak.at
    GROUP BY peak.place, peak.seats, peak.at
"""
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
        _PEAKS_AND_HOLDERS if with_holders else _PEAKS,
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

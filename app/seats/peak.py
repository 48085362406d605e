"""The one SQL definition of which seats count and of the peak over them (R3.6, R4.5, R5.1).

It stands here and not in billing, because deciding a change of seats needs it too; see docs/decisions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

from app import db
from app.domain.seats import NO_PEAK, Interval, Peak

_PEAKS = """
    WITH question AS (
        SELECT * FROM unnest($1::int[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[],
                             $6::timestamptz[], $7::timestamptz[])
            AS question (place, organization_id, previous_start, starts_at, ends_at, charged_from, charged_until)
    )
    SELECT found.version, found.seats, found.at, found.holders
    FROM question CROSS JOIN LATERAL (
        WITH {grants}, merged AS (
            -- A member's grants merged (R3.3).
            SELECT {version} seat.member_id, unnest(range_agg(seat.during)) AS during
            FROM seat
            WHERE seat.member_id NOT IN (
                SELECT left_out.member_id FROM unnest($9::int[], $10::uuid[]) AS left_out (place, member_id)
                WHERE left_out.place = question.place
            )
            GROUP BY {version} seat.member_id
        ), span AS MATERIALIZED (
            SELECT {version} member_id, lower(during) AS since, upper(during) AS until,
                   coalesce(upper(during) - lower(during) <= $8::interval, false) AS is_short
            FROM merged
        ), counted AS (
            -- A member's first short span beginning in a period is forgiven (R3.6).
            SELECT {version} member_id, since, until FROM span WHERE NOT is_short
            UNION ALL
            SELECT {version} member_id, since, until
            FROM (SELECT span.*, row_number() OVER (
                             PARTITION BY {version} member_id,
                                          CASE WHEN since < question.previous_start THEN 0
                                               WHEN since < question.starts_at THEN 1
                                               WHEN since < question.ends_at THEN 2 ELSE 3 END
                             ORDER BY since) AS nth
                  FROM span WHERE is_short) AS short
            WHERE nth > 1
        ), charged AS MATERIALIZED (
            -- Cut to what is charged (R4.5).
            SELECT {version} greatest(since, question.charged_from) AS since,
                   least(until, question.charged_until) AS until
            FROM counted
            WHERE since < question.charged_until AND coalesce(until, 'infinity') > question.charged_from
        ), suspended AS (
            SELECT lower(gap) AS since, upper(gap) AS until
            FROM unnest((SELECT range_agg(tstzrange(suspension.since, suspension.until))
                         FROM suspensions AS suspension
                         WHERE suspension.organization_id = question.organization_id)) AS gap
        ), step AS {once} (
            SELECT {version} since AS at, count(*) AS change FROM charged GROUP BY {version} since
            UNION ALL
            SELECT {version} until, -count(*) FROM charged GROUP BY {version} until
            UNION ALL
            -- As long as a suspension lasts a seat counts for nothing: one less from then on, one more afterwards.
            SELECT {version} bound.at, bound.change
            FROM suspended JOIN charged
              ON charged.since < coalesce(suspended.until, 'infinity') AND charged.until > suspended.since
            CROSS JOIN LATERAL (VALUES (greatest(charged.since, suspended.since), -1),
                                       (least(charged.until, suspended.until), 1)) AS bound (at, change)
        ), peak AS (
            SELECT version.number AS version, highest.seats, highest.at
            FROM version CROSS JOIN LATERAL (
                SELECT seats, at FROM (
                    -- Revokes come before grants at one instant (R3.5).
                    SELECT at, sum(change) OVER (ORDER BY at, change ROWS UNBOUNDED PRECEDING)::int AS seats
                    FROM step WHERE {is_in_version}
                ) AS held WHERE seats > 0 ORDER BY seats DESC, at LIMIT 1
            ) AS highest
        )
        SELECT peak.version, peak.seats, peak.at, {holders} AS holders FROM peak
    ) AS found
"""
"""For one organization after another: planned for all together, it would read the whole ledger for every chunk, and
sort on the disk. From the spans on there are instants in place of ranges, and seats that begin or end together are one
step, for that takes half the time."""
_IN_TIME = """
    -- A grant that ended before the previous period cannot touch one that matters, and one that begins later than the
    -- grace after the period cannot make a span of it longer.
    seat.organization_id = question.organization_id
    AND coalesce(upper(seat.during), 'infinity') > question.previous_start - interval '1 microsecond'
    AND lower(seat.during) <= question.ends_at + $8::interval
"""
_RECORDED = f"""
    version AS (SELECT question.place AS number), seat AS (
        SELECT seat.member_id, seat.during FROM seat_grants AS seat WHERE {_IN_TIME}
    )
"""
_SUPPOSED = f"""
    version AS MATERIALIZED (
        SELECT version.number FROM unnest($11::int[], $12::int[]) AS version (place, number)
        WHERE version.place = question.place
    ), apart AS MATERIALIZED (
        SELECT member.id FROM unnest($13::int[], $14::uuid[]) AS member (place, id) WHERE member.place = question.place
    ), recorded AS MATERIALIZED (
        SELECT seat.id, seat.member_id, seat.during FROM seat_grants AS seat WHERE {_IN_TIME}
    ), seat AS (
        SELECT NULL::int AS version, member_id, during FROM recorded WHERE member_id NOT IN (SELECT id FROM apart)
        UNION ALL
        SELECT version.number, recorded.member_id, recorded.during FROM recorded CROSS JOIN version
        WHERE member_id IN (SELECT id FROM apart) AND (version.number, recorded.id) NOT IN (
            SELECT version, id FROM unnest($15::int[], $16::uuid[]) AS replaced (version, id)
        )
        UNION ALL
        SELECT version.number, supposed.member_id, tstzrange(supposed.since, supposed.until)
        FROM unnest($17::int[], $18::uuid[], $19::timestamptz[], $20::timestamptz[])
            AS supposed (version, member_id, since, until)
        JOIN version ON version.number = supposed.version
    )
"""
"""The ledger in versions, in which few members' grants differ. All others' are in each (NULL), and looked at once.

By `NOT IN`, which is answered by a hash: nobody knows how many are apart, and a join may be pair by pair."""
_HOLDERS = """ARRAY(
    SELECT member_id FROM counted
    WHERE {is_in_version} AND counted.since <= peak.at AND coalesce(counted.until, 'infinity') > peak.at
    ORDER BY member_id
)"""


def _statement(is_supposed: bool, with_holders: bool) -> str:
    """`version` is a column, and looked at, where the ledger has more than one."""
    in_held = "coalesce(step.version, version.number) = version.number" if is_supposed else "true"
    at_peak = "coalesce(counted.version, peak.version) = peak.version" if is_supposed else "true"
    return _PEAKS.format(
        grants=_SUPPOSED if is_supposed else _RECORDED,
        version="version," if is_supposed else "",
        once="MATERIALIZED" if is_supposed else "",
        is_in_version=in_held,
        holders=_HOLDERS.format(is_in_version=at_peak) if with_holders else "'{}'::uuid[]",
    )


_STATEMENTS = {kind: _statement(*kind) for kind in product((False, True), repeat=2)}


@dataclass(frozen=True, slots=True)
class Supposed:
    """Grants as if they were recorded: each a member, since when and until when. The `replaced` are grants that are
    recorded, by id, and looked away from; each member of them has others among the `grants`."""

    grants: tuple[tuple[UUID, datetime, datetime | None], ...] = ()
    replaced: tuple[UUID, ...] = ()


AS_RECORDED = Supposed()


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
    supposed: Supposed = AS_RECORDED


async def find_peaks(questions: Sequence[PeakQuestion], grace: timedelta, *, with_holders: bool) -> list[Peak]:
    """One peak for each question, in order, by one statement. Without holders those are left empty. Questions that
    differ in nothing but what is supposed are versions of one, and take little longer than one."""
    asked = {number: question for number, question in enumerate(questions) if question.charged is not None}
    is_supposed = any(question.supposed is not AS_RECORDED for question in asked.values())
    places, more = _in_versions(asked) if is_supposed else (asked, [])
    rows = await db.fetch(
        _STATEMENTS[is_supposed, with_holders],
        list(places),
        [question.organization_id for question in places.values()],
        [question.previous_start for question in places.values()],
        [question.starts_at for question in places.values()],
        [question.ends_at for question in places.values()],
        [question.charged.since for question in places.values() if question.charged],
        [question.charged.until for question in places.values() if question.charged],
        grace,
        [place for place, question in places.items() for _ in question.without],
        [member_id for question in places.values() for member_id in question.without],
        *more,
    )
    peaks = [NO_PEAK] * len(questions)
    for row in rows:
        peaks[row["version"]] = Peak(row["seats"], row["at"], tuple(row["holders"]))
    return peaks


def _in_versions(asked: Mapping[int, PeakQuestion]) -> tuple[dict[int, PeakQuestion], list[list[Any]]]:
    """The questions without what is supposed, by place, and the parameters that tell their versions: by the number of
    the question that each answers."""
    places: dict[PeakQuestion, int] = {}
    place_of = {
        number: places.setdefault(replace(question, supposed=AS_RECORDED), number) for number, question in asked.items()
    }
    changes = [(number, question.supposed) for number, question in asked.items()]
    apart = {(place_of[number], member_id) for number, supposed in changes for member_id, *_ in supposed.grants}
    replaced = [(number, one) for number, supposed in changes for one in supposed.replaced]
    grants = [(number, *grant) for number, supposed in changes for grant in supposed.grants]
    columns = [
        *_columns([(place, number) for number, place in place_of.items()], 2),
        *_columns(list(apart), 2),
        *_columns(replaced, 2),
        *_columns(grants, 4),
    ]
    return {place: question for question, place in places.items()}, columns


def _columns(rows: Sequence[tuple[Any, ...]], number: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(number)]

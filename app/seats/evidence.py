"""The slice of the ledger that an invoice rests on: its lines, their digest, and the suspensions (R5.6)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from app import db
from app.domain.seats import Interval
from app.seats.peak import PeakQuestion

_LINES = """
    WITH question AS (
        SELECT * FROM unnest($1::int[], $2::uuid[], $3::timestamptz[], $4::timestamptz[])
            AS question (place, organization_id, previous_start, last_instant)
    )
    SELECT {found} FROM question CROSS JOIN LATERAL (
        SELECT {lines} FROM (
            SELECT concat_ws(' ', seat.subscription_id, seat.member_id,
                       to_char(lower(seat.during) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                       CASE WHEN upper(seat.during) <= question.last_instant
                            THEN to_char(upper(seat.during) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                            ELSE '-' END) COLLATE "C" AS line
            FROM seat_grants AS seat
            WHERE seat.organization_id = question.organization_id
              AND coalesce(upper(seat.during), 'infinity') > question.previous_start - interval '1 microsecond'
              AND lower(seat.during) <= question.last_instant
            OFFSET 0
        ) AS line
    ) AS ledger ORDER BY {found}
"""
"""For one organization after another, or all of the ledger would be read for every chunk."""
_DIGESTS = _LINES.format(
    found="question.place, ledger.digest",
    lines="encode(sha256(convert_to(coalesce(string_agg(line, E'\\n' ORDER BY line), ''), 'UTF8')), 'hex') AS digest",
)


async def digest_ledgers(questions: Sequence[PeakQuestion], grace: timedelta) -> list[str]:
    """For each question the SHA-256, in hex, of the grants its peak is found in: one statement.

    A line is "subscription member granted revoked", in UTC to the microsecond; "-" stands for a grant that
    was open when the period could close. What happens later changes no line.
    """
    return [row["digest"] for row in await db.fetch(_DIGESTS, *_asked(questions, grace))]


async def list_ledger_lines(question: PeakQuestion, grace: timedelta) -> list[str]:
    """The very lines that the digest is over, in its order."""
    sql = _LINES.format(found="ledger.line", lines="line")
    return [row["line"] for row in await db.fetch(sql, *_asked([question], grace))]


async def list_suspensions(questions: Sequence[PeakQuestion]) -> list[list[Interval]]:
    """For each question the suspensions that touch its period, as they are now: one statement."""
    rows = await db.fetch(
        """
        SELECT question.place, suspension.since, suspension.until
        FROM unnest($1::int[], $2::uuid[], $3::timestamptz[], $4::timestamptz[])
            AS question (place, organization_id, starts_at, ends_at)
        JOIN suspensions AS suspension
          ON suspension.organization_id = question.organization_id AND suspension.since < question.ends_at
         AND (suspension.until IS NULL OR suspension.until > question.starts_at)
        ORDER BY question.place, suspension.since, suspension.until
        """,
        list(range(len(questions))),
        [question.organization_id for question in questions],
        [question.starts_at for question in questions],
        [question.ends_at for question in questions],
    )
    found: list[list[Interval]] = [[] for _ in questions]
    for row in rows:
        found[row["place"]].append(Interval(row["since"], row["until"]))
    return found


def _asked(questions: Sequence[PeakQuestion], grace: timedelta) -> tuple[list[int], list[Any], list[Any], list[Any]]:
    return (
        list(range(len(questions))),
        [question.organization_id for question in questions],
        [question.previous_start for question in questions],
        [question.ends_at + grace for question in questions],
    )

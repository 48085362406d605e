"""The slice of the ledger that an invoice rests on, as a digest (R5.6)."""

from collections.abc import Sequence
from datetime import timedelta

from app import db
from app.seats.peak import PeakQuestion

_DIGESTS = """
    WITH question AS (
        SELECT * FROM unnest($1::int[], $2::uuid[], $3::timestamptz[], $4::timestamptz[])
            AS question (place, organization_id, previous_start, last_instant)
    ), line AS (
        SELECT question.place,
               concat_ws(' ', seat.subscription_id, seat.member_id,
                   to_char(lower(seat.during) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                   CASE WHEN upper(seat.during) <= question.last_instant
                        THEN to_char(upper(seat.during) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                        ELSE '-' END) AS line
        FROM question
        JOIN seat_grants AS seat
          ON seat.organization_id = question.organization_id
         AND coalesce(upper(seat.during), 'infinity') > question.previous_start - interval '1 microsecond'
         AND lower(seat.during) <= question.last_instant
    )
    SELECT question.place,
           encode(sha256(convert_to(
               coalesce(string_agg(line.line, E'\\n' ORDER BY line.line COLLATE "C"), ''), 'UTF8')), 'hex') AS digest
    FROM question LEFT JOIN line USING (place)
    GROUP BY question.place ORDER BY question.place
"""


async def digest_ledgers(questions: Sequence[PeakQuestion], grace: timedelta) -> list[str]:
    """For each question the SHA-256, in hex, of the grants its peak is found in: one statement.

    A line is "subscription member granted revoked", in UTC to the microsecond; "-" stands for a grant that
    was open when the period could close. What happens later changes no line.
    """
    rows = await db.fetch(
        _DIGESTS,
        list(range(len(questions))),
        [question.organization_id for question in questions],
        [question.previous_start for question in questions],
        [question.ends_at + grace for question in questions],
    )
    return [row["digest"] for row in rows]

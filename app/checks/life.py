"""Invariants 10, 11 and 12: periods, transitions, and what a purge leaves."""

from collections.abc import AsyncIterator

from app.checks.check import MOST_ROWS, Check, Look, Row

KEPT_AFTER_PURGE = (
    "statements", "invoices", "credit_notes", "payments", "payment_reversals", "tombstones",
    "partner_key_organizations",
)  # fmt: skip
"""What accounting law keeps, the tombstone, and which partners are told of the purge (R1.8, R8.3)."""

_TABLES = """
    SELECT class.relname AS name FROM pg_class AS class
    JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attname = 'organization_id'
    WHERE class.relkind = 'r' AND class.relnamespace = 'public'::regnamespace
      AND NOT attribute.attisdropped AND class.relname <> ALL($1)
    ORDER BY 1
"""


async def find_left_by_purges(look: Look) -> AsyncIterator[Row]:
    """Rows in any table that the catalog says belongs to an organization, but for those that are kept."""
    for table in await look.connection.fetch(_TABLES, list(KEPT_AFTER_PURGE)):
        rows = await look.connection.fetch(
            f"""
            SELECT organization_id, $2::text AS table, count(*) AS rows
            FROM "{table["name"]}"
            WHERE organization_id IN (SELECT id FROM organizations WHERE purged_at IS NOT NULL
                                      AND ($1::uuid[] IS NULL OR id = ANY($1)))
            GROUP BY organization_id LIMIT {MOST_ROWS + 1}
            """,
            look.organization_ids,
            table["name"],
        )
        for row in rows:
            yield dict(row)


PERIODS = (
    Check(
        10,
        "periods tile: each begins where the one before ended, a month later",
        """
        SELECT one.organization_id, one.month FROM (
            SELECT organization_id, month, starts_at, ends_at,
                   lag(ends_at) OVER own AS previous_end, lag(month) OVER own AS previous_month
            FROM billing_periods WINDOW own AS (PARTITION BY organization_id ORDER BY starts_at)
        ) AS one
        WHERE starts_at >= ends_at OR starts_at <> previous_end
           OR to_date(month, 'YYYY-MM') <> to_date(previous_month, 'YYYY-MM') + interval '1 month'
        """,
    ),
    Check(
        10,
        "the first period is that of the activation",
        """
        SELECT organization.id AS organization_id FROM organizations AS organization
        WHERE organization.activated_at IS NOT NULL AND organization.purge_decided_at IS NULL
          AND NOT EXISTS (
              SELECT FROM billing_periods AS period
              WHERE period.organization_id = organization.id
                AND period.starts_at <= organization.activated_at AND organization.activated_at < period.ends_at
                AND NOT EXISTS (SELECT FROM billing_periods AS earlier
                                WHERE earlier.organization_id = period.organization_id
                                  AND earlier.starts_at < period.starts_at))
        """,
    ),
    Check(
        10,
        "the last period alone is open, and none is behind a parked one",
        """
        SELECT period.organization_id, period.month FROM billing_periods AS period
        LEFT JOIN statements AS statement
          ON statement.organization_id = period.organization_id AND statement.month = period.month
        WHERE ((period.closed_at IS NULL OR statement.outcome = 'PARKED') AND EXISTS (
                  SELECT FROM billing_periods AS later
                  WHERE later.organization_id = period.organization_id AND later.starts_at > period.starts_at))
           OR (period.closed_at IS NULL) <> (statement.id IS NULL)
           OR statement.starts_at <> period.starts_at OR statement.ends_at <> period.ends_at
        """,
    ),
)

LIFE = (
    Check(
        11,
        "a trial lasts as long as it may, and a period is there from the activation on",
        """
        SELECT id AS organization_id FROM organizations
        WHERE trial_ends_at < activated_at + interval '720 hours' OR (activated_at IS NULL) <> (trial_ends_at IS NULL)
           OR activated_at < created_at
        """,
    ),
    # A closed organization is purged by another way, 30 days after its closing (R1.10).
    Check(
        11,
        "no purge was decided early, unwarned, of someone who subscribed, or under a legal hold",
        """
        SELECT organization.id AS organization_id FROM organizations AS organization
        WHERE organization.purge_decided_at IS NOT NULL
          AND NOT EXISTS (  -- repeated after a restore of a backup that does not know what it was decided by
              SELECT FROM audit_entries AS entry
              WHERE entry.organization_id IS NULL AND entry.action = 'purges.repeated'
                AND entry.after -> 'organizationIds' ? organization.id::text)
          AND (organization.legal_hold IS NOT NULL
               OR organization.closed_at + interval '720 hours' > organization.purge_decided_at
               OR (organization.closed_at IS NULL
                   AND (organization.trial_ends_at IS NULL
                        OR organization.purge_decided_at < organization.trial_ends_at + interval '720 hours'
                        OR EXISTS (SELECT FROM seat_subscriptions AS subscription
                                   WHERE subscription.organization_id = organization.id
                                     AND coalesce(subscription.ended_at > organization.trial_ends_at, true))
                        OR (organization.purged_at IS NULL
                            AND EXISTS (SELECT FROM members WHERE members.organization_id = organization.id)
                            AND EXISTS (SELECT FROM notices WHERE notices.organization_id = organization.id)
                            AND NOT EXISTS (
                                SELECT FROM notices AS notice
                                WHERE notice.organization_id = organization.id AND notice.kind = 'PURGE_IN_1_DAY'
                                  AND notice.written_at + interval '24 hours' <= organization.purge_decided_at)))))
        """,
    ),
    Check(
        11,
        "what is purged was decided to be, and left a tombstone",
        """
        SELECT organization.id AS organization_id FROM organizations AS organization
        LEFT JOIN tombstones AS tombstone ON tombstone.organization_id = organization.id
        WHERE (organization.purged_at IS NOT NULL AND organization.purge_decided_at IS NULL)
           OR organization.purged_at < organization.purge_decided_at
           OR (organization.purged_at IS NULL) <> (tombstone.purged_at IS NULL)
           OR (tombstone.id IS NOT NULL AND organization.purge_decided_at IS NULL)
        """,
    ),
    Check(
        11,
        "nothing was decided before what came after it: no seat begins after the decision",
        """
        SELECT seat.organization_id, seat.id FROM seat_grants AS seat JOIN organizations AS organization
          ON organization.id = seat.organization_id
        WHERE lower(seat.during) > organization.purge_decided_at
        """,
    ),
    Check(12, "a purge leaves only what is kept", find=find_left_by_purges),
)

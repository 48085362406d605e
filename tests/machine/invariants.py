"""Invariants 8–12 as queries against any database; no row = it holds.

Each is a name and a statement whose rows say what is broken, by ids. They know the tables and the rules, and none of
the product's functions, so that they can stand beside it, see `find_violations`.
"""

from app import db

_COVERAGE = """
    WITH RECURSIVE place AS (
        SELECT id AS department_id, id AS above_id FROM departments
        UNION
        SELECT place.department_id, department.parent_id
        FROM place JOIN departments AS department ON department.id = place.above_id
        WHERE department.parent_id IS NOT NULL
    ), coverage AS (
        SELECT subscription.id AS subscription_id, member.id AS member_id, subscription.organization_id,
               subscription.joins
        FROM seat_subscriptions AS subscription
        JOIN members AS member ON member.organization_id = subscription.organization_id AND member.status = 'ACTIVE'
        WHERE subscription.ended_at IS NULL
          AND CASE
              WHEN subscription.member_id IS NOT NULL THEN subscription.member_id = member.id
              WHEN member.is_robot THEN false
              WHEN subscription.team_id IS NOT NULL THEN EXISTS (
                  SELECT FROM team_memberships AS membership
                  WHERE membership.team_id = subscription.team_id AND membership.member_id = member.id)
              WHEN subscription.department_id IS NOT NULL THEN EXISTS (
                  SELECT FROM place
                  WHERE place.department_id = member.department_id AND place.above_id = subscription.department_id)
              ELSE true END
    )
"""
_LIVING = "organization_id IN (SELECT id FROM organizations WHERE purge_decided_at IS NULL)"
_OPEN = "upper_inf(seat.during)"

SEATS = {
    "8: grants of one subscription and member do not overlap": """
        SELECT one.subscription_id, one.member_id FROM seat_grants AS one JOIN seat_grants AS other
          ON other.subscription_id = one.subscription_id AND other.member_id = one.member_id AND other.id > one.id
         AND other.during && one.during
    """,
    "8: at most one grant of a subscription and member is open": f"""
        SELECT seat.subscription_id, seat.member_id FROM seat_grants AS seat WHERE {_OPEN}
        GROUP BY seat.subscription_id, seat.member_id HAVING count(*) > 1
    """,
    "8: an open grant is of an active member, through a subscription in force that covers them": f"""
        {_COVERAGE}
        SELECT seat.subscription_id, seat.member_id FROM seat_grants AS seat
        WHERE {_OPEN} AND seat.{_LIVING}
          AND (seat.subscription_id, seat.member_id) NOT IN (SELECT subscription_id, member_id FROM coverage)
    """,
    "8: a grant lies within the time its subscription was in force": """
        SELECT seat.id FROM seat_grants AS seat
        JOIN seat_subscriptions AS subscription ON subscription.id = seat.subscription_id
        WHERE NOT seat.during <@ tstzrange(subscription.created_at, subscription.ended_at)
    """,
    "8: grants begin and end at the instants of the changes that they name": """
        SELECT seat.id FROM seat_grants AS seat
        JOIN seat_changes AS began ON began.id = seat.granted_by_id
        LEFT JOIN seat_changes AS ended ON ended.id = seat.revoked_by_id
        WHERE lower(seat.during) <> began.at OR upper(seat.during) IS DISTINCT FROM ended.at
           OR began.organization_id <> seat.organization_id OR ended.organization_id <> seat.organization_id
    """,
    "9: whoever is covered has an open grant or waits": f"""
        {_COVERAGE}
        SELECT coverage.subscription_id, coverage.member_id FROM coverage
        WHERE coverage.joins <> 'NEVER' AND coverage.{_LIVING}
          AND NOT EXISTS (SELECT FROM seat_grants AS seat
                          WHERE seat.subscription_id = coverage.subscription_id
                            AND seat.member_id = coverage.member_id AND {_OPEN})
          AND NOT EXISTS (SELECT FROM seat_waits AS wait
                          WHERE wait.subscription_id = coverage.subscription_id
                            AND wait.member_id = coverage.member_id)
    """,
    "9: whoever waits is covered, and holds no seat": f"""
        {_COVERAGE}
        SELECT wait.subscription_id, wait.member_id FROM seat_waits AS wait
        WHERE wait.{_LIVING}
          AND ((wait.subscription_id, wait.member_id)
                   NOT IN (SELECT subscription_id, member_id FROM coverage WHERE joins <> 'NEVER')
               OR EXISTS (SELECT FROM seat_grants AS seat WHERE seat.member_id = wait.member_id AND {_OPEN}))
    """,
    # The cap's history is in the audit log, that of contracts in their table. Who sat just before needs no room.
    "9: no seat was granted past the cap or the seat limit then in force": """
        WITH span AS (
            SELECT organization_id, member_id, unnest(range_agg(during)) AS during
            FROM seat_grants GROUP BY organization_id, member_id
        ), held AS (
            SELECT grown.organization_id, grown.at, count(*) AS seats
            FROM (SELECT DISTINCT organization_id, lower(during) AS at FROM span) AS grown
            JOIN span ON span.organization_id = grown.organization_id AND span.during @> grown.at
            GROUP BY grown.organization_id, grown.at
        ), dated AS (
            SELECT held.*, coalesce(
                       (SELECT period.month FROM billing_periods AS period
                        WHERE period.organization_id = held.organization_id
                          AND period.starts_at <= held.at AND held.at < period.ends_at),
                       to_char(held.at AT TIME ZONE organization.time_zone, 'YYYY-MM')) AS month
            FROM held JOIN organizations AS organization ON organization.id = held.organization_id
        ), bounded AS (
            SELECT dated.*,
                   (SELECT (entry.after ->> 'seatCap')::int FROM audit_entries AS entry
                    WHERE entry.organization_id = dated.organization_id AND entry.action = 'organization.updated'
                      AND entry.after ? 'seatCap' AND entry.at <= dated.at ORDER BY entry.at DESC LIMIT 1) AS cap,
                   (SELECT contract.seat_limit FROM contracts AS contract
                    WHERE contract.organization_id = dated.organization_id AND contract.recorded_at <= dated.at
                      AND contract.from_month <= dated.month AND coalesce(contract.to_month >= dated.month, true)
                    ORDER BY contract.recorded_at DESC LIMIT 1) AS seat_limit
            FROM dated
        )
        SELECT organization_id, at, seats, cap, seat_limit FROM bounded
        WHERE seats > cap OR seats > coalesce(seat_limit, 500)
    """,
    # What is sure without pricing: inside the free threshold, or while the trial covers the month, nothing costs more.
    "9: nobody waits for a limit or for the amount where there is room at no cost": """
        SELECT wait.organization_id, wait.member_id FROM seat_waits AS wait
        JOIN organization_facts AS facts ON facts.id = wait.organization_id
        JOIN billing_periods AS period ON period.organization_id = facts.id AND period.closed_at IS NULL
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT seat.member_id) AS seats FROM seat_grants AS seat
            WHERE seat.organization_id = facts.id AND upper_inf(seat.during)
        ) AS held
        LEFT JOIN LATERAL (
            SELECT contract.seat_limit FROM contracts AS contract
            WHERE contract.organization_id = facts.id AND contract.from_month <= period.month
              AND coalesce(contract.to_month >= period.month, true)
            ORDER BY contract.recorded_at DESC LIMIT 1
        ) AS bound ON true
        WHERE facts.purge_decided_at IS NULL AND facts.closed_at IS NULL
          AND facts.now >= period.starts_at AND facts.now < period.ends_at AND wait.checked_at >= period.starts_at
          AND wait.reason <> 'SEAT_CHURN'
          AND held.seats + 1 <= least(
              CASE WHEN facts.trial_ends_at >= period.ends_at AND EXISTS (
                       SELECT FROM billing_profiles AS profile WHERE profile.organization_id = facts.id)
                   THEN 500 ELSE 5 END, facts.seat_cap, bound.seat_limit)
    """,
}
PERIODS = {
    "10: periods tile: each begins where the one before ended, a month later": """
        SELECT one.organization_id, one.month FROM (
            SELECT organization_id, month, starts_at, ends_at,
                   lag(ends_at) OVER own AS previous_end, lag(month) OVER own AS previous_month
            FROM billing_periods WINDOW own AS (PARTITION BY organization_id ORDER BY starts_at)
        ) AS one
        WHERE starts_at >= ends_at OR starts_at <> previous_end
           OR to_date(month, 'YYYY-MM') <> to_date(previous_month, 'YYYY-MM') + interval '1 month'
    """,
    "10: the first period is that of the activation": """
        SELECT organization.id FROM organizations AS organization
        WHERE organization.activated_at IS NOT NULL AND organization.purged_at IS NULL
          AND NOT EXISTS (
              SELECT FROM billing_periods AS period
              WHERE period.organization_id = organization.id
                AND period.starts_at <= organization.activated_at AND organization.activated_at < period.ends_at
                AND NOT EXISTS (SELECT FROM billing_periods AS earlier
                                WHERE earlier.organization_id = period.organization_id
                                  AND earlier.starts_at < period.starts_at))
    """,
    "10: the last period alone is open, and none is behind a parked one": """
        SELECT period.organization_id, period.month FROM billing_periods AS period
        LEFT JOIN statements AS statement
          ON statement.organization_id = period.organization_id AND statement.month = period.month
        WHERE ((period.closed_at IS NULL OR statement.outcome = 'PARKED') AND EXISTS (
                  SELECT FROM billing_periods AS later
                  WHERE later.organization_id = period.organization_id AND later.starts_at > period.starts_at))
           OR (period.closed_at IS NULL) <> (statement.id IS NULL)
           OR statement.starts_at <> period.starts_at OR statement.ends_at <> period.ends_at
    """,
}
LIFE = {
    "11: a trial lasts as long as it may, and a period is there from the activation on": """
        SELECT id FROM organizations
        WHERE trial_ends_at < activated_at + interval '720 hours' OR (activated_at IS NULL) <> (trial_ends_at IS NULL)
           OR activated_at < created_at
    """,
    # A closed organization is purged by another way, 30 days after its closing (R1.10).
    "11: no purge was decided early, unwarned, of someone who subscribed, or under a legal hold": """
        SELECT organization.id FROM organizations AS organization
        WHERE organization.purge_decided_at IS NOT NULL
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
    "11: what is purged was decided to be, and left a tombstone": """
        SELECT organization.id FROM organizations AS organization
        LEFT JOIN tombstones AS tombstone ON tombstone.organization_id = organization.id
        WHERE (organization.purged_at IS NOT NULL AND organization.purge_decided_at IS NULL)
           OR organization.purged_at < organization.purge_decided_at
           OR (organization.purged_at IS NULL) <> (tombstone.purged_at IS NULL)
           OR (tombstone.id IS NOT NULL AND organization.purge_decided_at IS NULL)
    """,
    "11: nothing was decided before what came after it: no seat begins after the decision": """
        SELECT seat.id FROM seat_grants AS seat JOIN organizations AS organization
          ON organization.id = seat.organization_id
        WHERE lower(seat.during) > organization.purge_decided_at
    """,
}
KEPT_AFTER_PURGE = ("statements", "invoices", "credit_notes", "payments", "payment_reversals", "tombstones")
"""What accounting law keeps, and the tombstone (R1.8)."""

_TABLES = """
    SELECT class.relname AS name FROM pg_class AS class
    JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attname = 'organization_id'
    WHERE class.relkind = 'r' AND class.relnamespace = 'public'::regnamespace
      AND NOT attribute.attisdropped AND class.relname <> ALL($1)
    ORDER BY 1
"""


async def purged_leave_nothing() -> str:
    """Invariant 12 as a statement over every table that the catalog says belongs to an organization."""
    tables = [row["name"] for row in await db.fetch(_TABLES, list(KEPT_AFTER_PURGE))]
    return " UNION ALL ".join(
        f"SELECT '{name}' AS table_name, organization_id FROM {name} "
        "WHERE organization_id IN (SELECT id FROM organizations WHERE purged_at IS NOT NULL)"
        for name in tables
    )


async def find_violations() -> list[db.Row]:
    """Every row of every invariant that does not hold, with its name: a few statements, short enough to be kept."""
    purges = {"12: a purge leaves only what is kept": await purged_leave_nothing()}
    return [row for checks in (SEATS, PERIODS, LIFE, purges) for row in await db.fetch(_all_of(checks))]


def _all_of(checks: dict[str, str]) -> str:
    return " UNION ALL ".join(
        f"(SELECT '{name}' AS invariant, to_jsonb(broken) AS row FROM ({statement}) AS broken)"
        for name, statement in checks.items()
    )

"""Invariants 8 and 9: grants, coverage, and who waits."""

from app.checks.check import Check

# Sets are compared with EXCEPT, which reads each of them once: a planner that knows no numbers yet may read what
# EXISTS asks for once for every row.
_COVERAGE = """
    WITH RECURSIVE place AS (
        SELECT id AS department_id, id AS above_id FROM departments
        UNION
        SELECT place.department_id, department.parent_id
        FROM place JOIN departments AS department ON department.id = place.above_id
        WHERE department.parent_id IS NOT NULL
    ), open_subscription AS (
        SELECT * FROM seat_subscriptions WHERE ended_at IS NULL
    ), active AS (
        SELECT * FROM members WHERE status = 'ACTIVE'
    ), person AS (
        SELECT * FROM active WHERE NOT is_robot
    ), coverage AS (
        SELECT subscription.id AS subscription_id, member.id AS member_id, subscription.organization_id,
               subscription.joins
        FROM open_subscription AS subscription
        JOIN active AS member
          ON member.id = subscription.member_id AND member.organization_id = subscription.organization_id
        UNION ALL
        SELECT subscription.id, person.id, subscription.organization_id, subscription.joins
        FROM open_subscription AS subscription
        JOIN team_memberships AS membership ON membership.team_id = subscription.team_id
        JOIN person ON person.id = membership.member_id AND person.organization_id = subscription.organization_id
        UNION ALL
        SELECT subscription.id, person.id, subscription.organization_id, subscription.joins
        FROM open_subscription AS subscription
        JOIN place ON place.above_id = subscription.department_id
        JOIN person
          ON person.department_id = place.department_id AND person.organization_id = subscription.organization_id
        UNION ALL
        SELECT subscription.id, person.id, subscription.organization_id, subscription.joins
        FROM open_subscription AS subscription
        JOIN person ON person.organization_id = subscription.organization_id
        WHERE num_nonnulls(subscription.member_id, subscription.team_id, subscription.department_id) = 0
    )
"""
_LIVING = "organization_id IN (SELECT id FROM organizations WHERE purge_decided_at IS NULL)"
_OPEN = "upper_inf(seat.during)"

SEATS = (
    Check(
        8,
        "grants of one subscription and member do not overlap",
        """
        SELECT one.organization_id, one.subscription_id, one.member_id FROM seat_grants AS one
        JOIN seat_grants AS other
          ON other.subscription_id = one.subscription_id AND other.member_id = one.member_id AND other.id > one.id
         AND other.during && one.during
        """,
    ),
    Check(
        8,
        "at most one grant of a subscription and member is open",
        f"""
        SELECT seat.organization_id, seat.subscription_id, seat.member_id FROM seat_grants AS seat WHERE {_OPEN}
        GROUP BY seat.organization_id, seat.subscription_id, seat.member_id HAVING count(*) > 1
        """,
    ),
    Check(
        8,
        "an open grant is of an active member, through a subscription in force that covers them",
        f"""
        {_COVERAGE}
        SELECT seat.organization_id, seat.subscription_id, seat.member_id FROM seat_grants AS seat
        WHERE {_OPEN} AND seat.{_LIVING}
        EXCEPT
        SELECT organization_id, subscription_id, member_id FROM coverage
        """,
    ),
    Check(
        8,
        "a grant lies within the time its subscription was in force",
        """
        SELECT seat.organization_id, seat.id FROM seat_grants AS seat
        JOIN seat_subscriptions AS subscription ON subscription.id = seat.subscription_id
        WHERE NOT seat.during <@ tstzrange(subscription.created_at, subscription.ended_at)
        """,
    ),
    Check(
        8,
        "grants begin and end at the instants of the changes that they name",
        """
        SELECT seat.organization_id, seat.id FROM seat_grants AS seat
        JOIN seat_changes AS began ON began.id = seat.granted_by_id
        LEFT JOIN seat_changes AS ended ON ended.id = seat.revoked_by_id
        WHERE lower(seat.during) <> began.at OR upper(seat.during) IS DISTINCT FROM ended.at
           OR began.organization_id <> seat.organization_id OR ended.organization_id <> seat.organization_id
        """,
    ),
    Check(
        9,
        "whoever is covered has an open grant or waits",
        f"""
        {_COVERAGE}
        SELECT organization_id, subscription_id, member_id FROM coverage
        WHERE coverage.joins <> 'NEVER' AND coverage.{_LIVING}
        EXCEPT
        (SELECT seat.organization_id, seat.subscription_id, seat.member_id FROM seat_grants AS seat WHERE {_OPEN}
         UNION ALL
         SELECT organization_id, subscription_id, member_id FROM seat_waits)
        """,
    ),
    Check(
        9,
        "whoever waits is covered, and holds no seat",
        f"""
        {_COVERAGE}
        (SELECT wait.organization_id, wait.subscription_id, wait.member_id FROM seat_waits AS wait
         WHERE wait.{_LIVING}
         EXCEPT
         SELECT organization_id, subscription_id, member_id FROM coverage WHERE joins <> 'NEVER')
        UNION ALL
        SELECT wait.organization_id, wait.subscription_id, wait.member_id FROM seat_waits AS wait
        JOIN seat_grants AS seat ON seat.member_id = wait.member_id AND {_OPEN}
        WHERE wait.{_LIVING}
        """,
    ),
    # The cap's history is in the audit log, that of contracts in their table. Who sat just before needs no room.
    Check(
        9,
        "no seat was granted past the cap or the seat limit then in force",
        """
        WITH span AS (
            SELECT organization_id, member_id, unnest(range_agg(during)) AS during
            FROM seat_grants GROUP BY organization_id, member_id
        ), step AS (
            SELECT organization_id, lower(during) AS at, 1 AS change FROM span
            UNION ALL
            SELECT organization_id, upper(during), -1 FROM span WHERE NOT upper_inf(during)
        ), held AS (
            SELECT organization_id, at, change,
                   sum(change) OVER (PARTITION BY organization_id ORDER BY at, change) AS seats
            FROM step
        ), grown AS (
            SELECT DISTINCT organization_id, at, seats FROM held WHERE change = 1
        ), dated AS (
            SELECT grown.*, coalesce(
                       (SELECT period.month FROM billing_periods AS period
                        WHERE period.organization_id = grown.organization_id
                          AND period.starts_at <= grown.at AND grown.at < period.ends_at),
                       to_char(grown.at AT TIME ZONE organization.time_zone, 'YYYY-MM')) AS month
            FROM grown JOIN organizations AS organization ON organization.id = grown.organization_id
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
    ),
    # What is sure without pricing: inside the free threshold, or while the trial covers the month, nothing costs more.
    Check(
        9,
        "nobody waits for a limit or for the amount where there is room at no cost",
        """
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
    ),
)

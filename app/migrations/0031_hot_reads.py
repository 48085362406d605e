"""What every request reads: when an organization was first subscribed.

Not one transaction, for indexes are made while others go on: each step can be taken again.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

INDEXES = {
    "seat_subscriptions_by_begin": "ON seat_subscriptions (organization_id, created_at)",
}
"""One that was not finished is there, and invalid: it is made again."""

FACTS = [
    """
    CREATE OR REPLACE VIEW organization_facts AS
    SELECT organization.id, organization.slug, organization.name, organization.time_zone, organization.currency,
           organization.created_at, organization.activated_at, organization.trial_ends_at,
           organization.purge_decided_at, organization.purged_at, organization.last_change_at, organization.sequence,
           organization.audit_hash, organization.test_clock_id, organization.budget, organization.closed_at,
           organization.legal_hold, organization.seat_cap, organization.spared_until, organization.earlier_zones,
           clock.advancing_to,
           greatest(coalesce(clock.now, clock_timestamp()), organization.last_change_at) AS now,
           (SELECT greatest(subscription.created_at, organization.trial_ends_at)
            FROM seat_subscriptions AS subscription
            WHERE subscription.organization_id = organization.id
              AND (subscription.ended_at IS NULL OR subscription.ended_at > organization.trial_ends_at)
            ORDER BY subscription.created_at LIMIT 1  -- in the order of an index, and not all of them
           ) AS subscribed_from,
           EXISTS (
               SELECT FROM suspensions AS suspension
               WHERE suspension.organization_id = organization.id AND suspension.cause = 'OVERDUE'
                 AND suspension.since <= greatest(coalesce(clock.now, clock_timestamp()), organization.last_change_at)
                 AND coalesce(suspension.until > greatest(coalesce(clock.now, clock_timestamp()),
                                                          organization.last_change_at), true)
           ) AS is_suspended,
           (SELECT coalesce(sum(payment.amount), 0)
            FROM payments AS payment LEFT JOIN payment_reversals AS reversal ON reversal.payment_id = payment.id
            WHERE payment.organization_id = organization.id AND reversal.id IS NULL)
           + (SELECT coalesce(sum(note.amount), 0) FROM credit_notes AS note
              WHERE note.organization_id = organization.id)
           - (SELECT coalesce(sum(invoice.total), 0) FROM invoices AS invoice
              WHERE invoice.organization_id = organization.id) AS balance
    FROM organizations AS organization
    LEFT JOIN test_clocks AS clock ON clock.id = organization.test_clock_id
    """,
    "ALTER VIEW organization_facts SET (security_invoker = true)",  # replacing a view takes that away
]

_COVERED = "RETURNS TABLE (subscription_id uuid, member_id uuid, joins varchar, started_by_id uuid)"
COVERAGE = [
    f"""
    CREATE OR REPLACE FUNCTION seat_coverage_of_many(of_organization uuid, of_members uuid[])
    {_COVERED}
    LANGUAGE sql STABLE ROWS 5000
    -- Rows of this transaction have no statistics yet: without this, thousands are joined pair by pair.
    SET enable_nestloop = off AS $$
        WITH RECURSIVE subscription AS MATERIALIZED (
            SELECT * FROM seat_subscriptions WHERE organization_id = of_organization AND ended_at IS NULL
        ), below AS (
            SELECT id, joins, started_by_id, department_id FROM subscription WHERE department_id IS NOT NULL
            UNION
            SELECT below.id, below.joins, below.started_by_id, child.id
            FROM below JOIN departments AS child ON child.parent_id = below.department_id
        ), person AS MATERIALIZED (
            SELECT id, department_id, is_robot FROM members
            WHERE organization_id = of_organization AND status = 'ACTIVE'
              AND (of_members IS NULL OR id = ANY(of_members))
        )
        SELECT subscription.id, person.id, subscription.joins, subscription.started_by_id
        FROM subscription JOIN person ON person.id = subscription.member_id
        UNION ALL
        SELECT subscription.id, person.id, subscription.joins, subscription.started_by_id
        FROM subscription CROSS JOIN person
        WHERE num_nonnulls(subscription.member_id, subscription.team_id, subscription.department_id) = 0
          AND NOT person.is_robot
        UNION ALL
        SELECT subscription.id, person.id, subscription.joins, subscription.started_by_id
        FROM subscription
        JOIN team_memberships AS membership ON membership.team_id = subscription.team_id
        JOIN person ON person.id = membership.member_id
        WHERE NOT person.is_robot
        UNION ALL
        SELECT below.id, person.id, below.joins, below.started_by_id
        FROM below JOIN person USING (department_id) WHERE NOT person.is_robot
    $$
    """,
    # Of few the same is read from the people to their subscriptions, and not the other way: by indexes, planned once.
    f"""
    CREATE OR REPLACE FUNCTION seat_coverage(of_organization uuid, of_members uuid[])
    {_COVERED}
    LANGUAGE plpgsql STABLE ROWS 5000 AS $$
    BEGIN
        IF of_members IS NULL OR cardinality(of_members) > 100 THEN
            RETURN QUERY SELECT * FROM seat_coverage_of_many(of_organization, of_members);
            RETURN;
        END IF;
        RETURN QUERY
        WITH RECURSIVE person AS MATERIALIZED (
            SELECT member.id, member.department_id, member.is_robot FROM members AS member
            WHERE member.organization_id = of_organization AND member.status = 'ACTIVE' AND member.id = ANY(of_members)
        ), above AS (
            SELECT person.id, person.department_id FROM person WHERE NOT person.is_robot
            UNION
            SELECT above.id, department.parent_id
            FROM above JOIN departments AS department ON department.id = above.department_id
        )
        SELECT own.id, person.id, own.joins, own.started_by_id
        FROM person JOIN seat_subscriptions AS own ON own.member_id = person.id
        WHERE own.ended_at IS NULL
        UNION ALL
        SELECT own.id, person.id, own.joins, own.started_by_id
        FROM seat_subscriptions AS own CROSS JOIN person
        WHERE own.organization_id = of_organization AND own.ended_at IS NULL
          AND own.member_id IS NULL AND own.team_id IS NULL AND own.department_id IS NULL AND NOT person.is_robot
        UNION ALL
        SELECT own.id, person.id, own.joins, own.started_by_id
        FROM person JOIN team_memberships AS membership ON membership.member_id = person.id
        JOIN seat_subscriptions AS own ON own.team_id = membership.team_id
        WHERE own.ended_at IS NULL AND NOT person.is_robot
        UNION ALL
        SELECT own.id, above.id, own.joins, own.started_by_id
        FROM above JOIN seat_subscriptions AS own ON own.department_id = above.department_id
        WHERE own.ended_at IS NULL;
    END $$
    """,
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0030_waits")]

    initial = False
    atomic = False

    operations = [
        *(
            ops.RunSQL([f"DROP INDEX CONCURRENTLY IF EXISTS {name}", f"CREATE INDEX CONCURRENTLY {name} {content}"])
            for name, content in INDEXES.items()
        ),
        ops.RunSQL(FACTS),
        ops.RunSQL(COVERAGE),
    ]

"""Who is covered by which subscription, and the constraints of people, groups and limits."""

from tortoise import migrations
from tortoise.migrations import operations as ops

INDEXES = [
    # The ORM makes an index with a table, and none with a column that is added to one.
    f"CREATE INDEX {table}_{column} ON {table} ({column})"
    for table, column in (
        ("members", "department_id"),
        ("seat_changes", "undone_by_id"),
        ("seat_subscriptions", "team_id"),
        ("seat_subscriptions", "department_id"),
        ("seat_subscriptions", "started_by_id"),
        ("seat_subscriptions", "ended_by_change_id"),
    )
]

CONSTRAINTS = [
    "DROP INDEX seat_subscriptions_one_open",
    "ALTER TABLE seat_subscriptions DROP CONSTRAINT seat_subscriptions_subject",
    """
    ALTER TABLE seat_subscriptions
        ADD CONSTRAINT seat_subscriptions_subject CHECK (num_nonnulls(member_id, team_id, department_id) <= 1)
    """,
    """
    CREATE UNIQUE INDEX seat_subscriptions_one_open
        ON seat_subscriptions (organization_id, member_id, team_id, department_id) NULLS NOT DISTINCT
        WHERE ended_at IS NULL
    """,
    """
    ALTER TABLE organizations
        ADD CONSTRAINT organizations_seat_cap CHECK (seat_cap >= 0),
        ADD CONSTRAINT organizations_budget CHECK (budget >= 0)
    """,
    """
    CREATE UNIQUE INDEX departments_name
        ON departments (organization_id, parent_id, lower(name)) NULLS NOT DISTINCT WHERE deleted_at IS NULL
    """,
    "CREATE UNIQUE INDEX teams_name ON teams (organization_id, lower(name)) WHERE deleted_at IS NULL",
    "CREATE UNIQUE INDEX invitations_open ON invitations (member_id) WHERE accepted_at IS NULL AND revoked_at IS NULL",
    """
    ALTER TABLE members
        ADD CONSTRAINT members_erased CHECK (erased_at IS NULL OR (status = 'DEACTIVATED' AND login IS NULL))
    """,
    "CREATE INDEX seat_grants_by_begin ON seat_grants (organization_id, lower(during))",
    """
    ALTER TABLE contracts
        ADD CONSTRAINT contracts_seat_limit CHECK (seat_limit > 0),
        ADD CONSTRAINT contracts_not_empty CHECK (from_month <= to_month)
    """,
]

COVERAGE = [
    """
    CREATE FUNCTION seat_coverage(of_organization uuid, of_members uuid[])
    RETURNS TABLE (subscription_id uuid, member_id uuid, joins varchar, started_by_id uuid)
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
    """
    COMMENT ON FUNCTION seat_coverage IS
        'The members whom the subscriptions in force of an organization cover now (R3.1); of_members NULL is all. '
        'Groups are of people: a robot is covered by a subscription of its own alone (R2.4)'
    """,
]

FACTS = [
    "DROP VIEW organization_facts",
    """
    CREATE VIEW organization_facts AS
    SELECT organization.*,
           clock.advancing_to,
           greatest(coalesce(clock.now, clock_timestamp()), organization.last_change_at) AS now,
           (SELECT min(greatest(subscription.created_at, organization.trial_ends_at))
            FROM seat_subscriptions AS subscription
            WHERE subscription.organization_id = organization.id
              AND (subscription.ended_at IS NULL OR subscription.ended_at > organization.trial_ends_at)
           ) AS subscribed_from,
           EXISTS (
               SELECT FROM suspensions AS suspension
               WHERE suspension.organization_id = organization.id
                 AND suspension.since <= greatest(coalesce(clock.now, clock_timestamp()), organization.last_change_at)
                 AND coalesce(suspension.until > greatest(coalesce(clock.now, clock_timestamp()),
                                                          organization.last_change_at), true)
           ) AS is_suspended,
           -(SELECT coalesce(sum(invoice.total), 0) FROM invoices AS invoice
             WHERE invoice.organization_id = organization.id) AS balance
    FROM organizations AS organization
    LEFT JOIN test_clocks AS clock ON clock.id = organization.test_clock_id
    """,
    "COMMENT ON VIEW organization_facts IS 'What an organization''s state is derived from (R1.1), and its clock now'",
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0004_people")]

    operations = [ops.RunSQL([*INDEXES, *CONSTRAINTS, *COVERAGE, *FACTS])]

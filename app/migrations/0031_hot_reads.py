"""What every request reads: who holds a seat, and when an organization was first subscribed.

Not one transaction, for indexes are made while others go on: each step can be taken again.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

INDEXES = {
    # The ledger's constraint has an index of the subscription and then the member: to look up what one member was
    # granted, all of it was read.
    "seat_grants_by_member": "ON seat_grants (member_id)",
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
    ]

"""Organizations whose last month is over and not closed, with ledgers full of spans: made by SQL alone, and always the
same for a seed and a day."""

from dataclasses import dataclass

from bench.copies import filling

SEED = 0.7
SPANS_EACH = 2
"""Spans of a member: one that touches the month before, and one that begins in the second half of the month."""


@dataclass(frozen=True, slots=True)
class Shape:
    """So many organizations, with so many spans in the ledger of each."""

    organizations: int
    spans: int

    @property
    def members(self) -> int:
        return self.spans // SPANS_EACH

    @property
    def rows(self) -> int:
        return self.organizations * self.members * SPANS_EACH

    def __str__(self) -> str:
        return f"{self.organizations:,} organizations of {self.spans:,} spans".replace(",", " ")


BOUNDS = """
    bounds AS (
        SELECT month.first - interval '1 month' AS previous_month, month.first,
               (month.first - interval '1 month') AT TIME ZONE 'Europe/Moscow' AS previous_start,
               month.first AT TIME ZONE 'Europe/Moscow' AS starts_at,
               (month.first + interval '1 month') AT TIME ZONE 'Europe/Moscow' AS ends_at,
               (month.first - interval '4 months') AT TIME ZONE 'Europe/Moscow' AS activated_at
        FROM (SELECT date_trunc('month', clock_timestamp() AT TIME ZONE 'Europe/Moscow') - interval '1 month' AS first)
            AS month
    )
"""
"""The last month of Moscow's calendar, the one before it, and an activation whose trial was over by then."""

_COMPANIES = f"""
    WITH {BOUNDS}, company AS (
        INSERT INTO organizations (id, slug, name, time_zone, currency, created_at, activated_at, trial_ends_at,
                                   last_change_at, sequence)
        SELECT md5('organization ' || number)::uuid, 'bench-' || number, 'Bench ' || number, 'Europe/Moscow', 'RUB',
               activated_at, activated_at, activated_at + interval '720 hours', activated_at, 0
        FROM generate_series(1, $1::int) AS number, bounds RETURNING id, activated_at
    ), profile AS (
        INSERT INTO billing_profiles (id, organization_id, legal_name, kind, tax_number, address, bank_details,
                                      contact_email, agreement_version, accepted_by, accepted_at)
        SELECT gen_random_uuid(), id, 'Bench LLC', 'LEGAL_ENTITY', '7707083893', '1 Arbat, Moscow',
               '40702810900000000001, BIC 044525225', 'accounts@bench.example', '2020-10', 'operator:bench',
               activated_at FROM company
    ), notice AS (
        INSERT INTO notices (id, organization_id, kind, due_at, written_at)
        SELECT gen_random_uuid(), id, 'TRIAL_ENDED', activated_at + interval '720 hours',
               activated_at + interval '720 hours' FROM company
    ), change AS (
        INSERT INTO seat_changes (id, organization_id, at, actor, description)
        SELECT id, id, activated_at, 'operator:bench', 'bench' FROM company
    ), subscription AS (
        INSERT INTO seat_subscriptions (id, organization_id, joins, created_at, created_by)
        SELECT id, id, 'ALWAYS', activated_at, 'operator:bench' FROM company
    )
    INSERT INTO billing_periods (id, organization_id, month, starts_at, ends_at, time_zone, closed_at, grace_seconds,
                                 is_first_month_prorated)
    SELECT gen_random_uuid(), id, to_char(previous_month, 'YYYY-MM'), previous_start, starts_at, 'Europe/Moscow',
           starts_at + interval '1 hour', 1800, false FROM company, bounds
    UNION ALL
    SELECT gen_random_uuid(), id, to_char(first, 'YYYY-MM'), starts_at, ends_at, 'Europe/Moscow', NULL, NULL, NULL
    FROM company, bounds
"""
"""The change and the subscription of an organization bear its id, so that the ledger needs no look at them."""

_MEMBERS = """
    INSERT INTO members (id, organization_id, email, name, role, status, is_robot, created_at)
    SELECT md5('member ' || company.id || ' ' || number)::uuid, company.id, number || '@bench.example',
           'Person ' || number, CASE number WHEN 1 THEN 'OWNER' ELSE 'MEMBER' END, 'ACTIVE', false, company.created_at
    FROM organizations AS company, generate_series(1, $1::int) AS number ORDER BY company.slug, number
"""
_SPANS = f"""
    WITH {BOUNDS}, chance AS (
        SELECT id, organization_id, random() AS begin, random() AS length, random() AS brevity,
               random() AS next_begin, random() AS next_length, random() AS next_kind
        FROM (SELECT id, organization_id FROM members ORDER BY organization_id, id) AS member
    ), first_span AS (
        SELECT chance.*, bounds.*, starts_at + (ends_at - starts_at) / 2 AS middle,
               previous_start + begin * (starts_at - previous_start) AS since FROM chance, bounds
    ), span AS (
        SELECT id, organization_id, tstzrange(since, CASE
                   WHEN brevity < 0.1 THEN since + interval '1 minute' + length * interval '28 minutes'
                   ELSE since + interval '31 minutes' + length * (middle - since - interval '31 minutes') END) AS during
        FROM first_span
        UNION ALL
        SELECT id, organization_id, tstzrange(since, CASE
                   WHEN next_kind < 0.5 THEN NULL
                   WHEN next_kind < 0.6 THEN since + interval '1 minute' + next_length * interval '28 minutes'
                   ELSE since + interval '31 minutes' + next_length * (ends_at - since - interval '31 minutes') END)
        FROM (SELECT id, organization_id, next_kind, next_length, ends_at,
                     middle + next_begin * 0.9 * (ends_at - middle) AS since FROM first_span) AS second_span
    )
    INSERT INTO seat_grants (id, organization_id, subscription_id, member_id, granted_by_id, revoked_by_id, during)
    SELECT gen_random_uuid(), organization_id, organization_id, id, organization_id,
           CASE WHEN NOT upper_inf(during) THEN organization_id END, during
    FROM span ORDER BY lower(during)
"""
"""One in ten spans is short enough to be forgiven; half of the second ones are open. The ledger grew by time, so that
an organization's rows lie apart, as they would."""

_TABLES = ("organizations", "billing_profiles", "notices", "billing_periods", "members", "seat_grants")


async def make_ledgers(database: str, shape: Shape) -> None:
    """Fill an empty database."""
    async with filling(database, _TABLES) as connection:
        await connection.execute("SELECT setseed($1)", SEED)
        await connection.execute(_COMPANIES, shape.organizations)
        await connection.execute(_MEMBERS, shape.members)
        await connection.execute(_SPANS)

"""Invariants 1, 5 and 7: statements, numbers, and what may be charged."""

from app.checks.check import Check

_KEPT = """
    NOT EXISTS (SELECT FROM tombstones AS stone
                WHERE stone.organization_id = organization.id AND stone.accounting_gone_at IS NOT NULL)
"""
_GONE = """
    SELECT (gone ->> 'seriesId')::uuid AS series_id, (gone ->> 'year')::int AS year,
           number.number_in_year::int AS number_in_year
    FROM audit_entries AS entry
    CROSS JOIN jsonb_array_elements(entry.after -> 'numbers') AS gone
    CROSS JOIN jsonb_array_elements_text(gone -> 'numbersInYear') AS number (number_in_year)
    WHERE entry.organization_id IS NULL AND entry.action IN ('accounting.deleted', 'numbers.skipped')
"""
"""The numbers of documents whose years were over, as the platform's record of their deletion has them, and of those
that a restored backup did not know."""


def _gapless(table: str) -> str:
    return f"""
        WITH numbered AS (
            SELECT organization_id, series_id, year, number_in_year, issued_at FROM {table}
            UNION ALL
            SELECT NULL, gone.series_id, gone.year, gone.number_in_year, NULL
            FROM ({_GONE}) AS gone JOIN invoice_series AS series ON series.id = gone.series_id
            WHERE series.kind = '{"INVOICE" if table == "invoices" else "CREDIT_NOTE"}'
        ), placed AS (
            SELECT numbered.*, row_number() OVER own AS place, max(issued_at) OVER earlier AS issued_before
            FROM numbered
            WINDOW own AS (PARTITION BY series_id, year ORDER BY number_in_year),
                   earlier AS (own ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        )
        SELECT organization_id, series_id, year, number_in_year FROM placed
        WHERE number_in_year <> place OR issued_at < issued_before
        UNION ALL
        SELECT NULL, counter.series_id, counter.year, counter.last_number
        FROM invoice_counters AS counter JOIN invoice_series AS series ON series.id = counter.series_id
        WHERE series.kind = '{"INVOICE" if table == "invoices" else "CREDIT_NOTE"}'
          AND counter.last_number <> (SELECT count(*) FROM numbered
                                      WHERE numbered.series_id = counter.series_id AND numbered.year = counter.year)
    """


STATEMENTS = (
    Check(
        1,
        "at most one statement of an organization and period",
        """
        SELECT organization_id, month FROM statements GROUP BY organization_id, month HAVING count(*) > 1
        """,
    ),
    Check(
        1,
        "at most one invoice of a statement is unreplaced, and each replaces one of the same statement",
        """
        SELECT invoice.organization_id, invoice.statement_id FROM invoices AS invoice
        LEFT JOIN invoices AS replaced ON replaced.id = invoice.replaces_id
        GROUP BY invoice.organization_id, invoice.statement_id
        HAVING count(*) FILTER (WHERE invoice.replaces_id IS NULL) <> 1
            OR count(DISTINCT invoice.replaces_id) <> count(invoice.replaces_id)
            OR bool_or(invoice.replaces_id IS NOT NULL
                       AND replaced.statement_id IS DISTINCT FROM invoice.statement_id)
        """,
    ),
    Check(
        1,
        "a statement is BILLED exactly when it has an invoice",
        """
        SELECT statement.organization_id, statement.id, statement.month FROM statements AS statement
        WHERE (statement.outcome = 'BILLED')
              <> EXISTS (SELECT FROM invoices AS invoice
                         WHERE invoice.statement_id = statement.id
                           AND invoice.organization_id = statement.organization_id)
        """,
    ),
    Check(
        1,
        "every period that was closed has a statement, and there is none of another",
        """
        SELECT coalesce(period.organization_id, statement.organization_id) AS organization_id,
               coalesce(period.month, statement.month) AS month
        FROM (SELECT * FROM billing_periods WHERE closed_at IS NOT NULL) AS period
        FULL JOIN (SELECT * FROM statements
                   WHERE organization_id IN (SELECT id FROM organizations WHERE purge_decided_at IS NULL)) AS statement
          ON statement.organization_id = period.organization_id AND statement.month = period.month
        JOIN organizations AS organization
          ON organization.id = coalesce(period.organization_id, statement.organization_id)
        WHERE organization.purge_decided_at IS NULL AND (period.id IS NULL OR statement.id IS NULL)
        """,
    ),
    Check(
        1,
        "statements follow each other without a gap from the month of the activation on",
        f"""
        SELECT placed.organization_id, placed.month FROM (
            SELECT statement.*, lag(statement.ends_at) OVER own AS previous_end,
                   row_number() OVER own AS place, organization.activated_at
            FROM statements AS statement
            JOIN organizations AS organization ON organization.id = statement.organization_id
            WHERE {_KEPT}
            WINDOW own AS (PARTITION BY statement.organization_id ORDER BY statement.starts_at)
        ) AS placed
        WHERE starts_at <> previous_end
           OR (place = 1 AND NOT coalesce(starts_at <= activated_at AND activated_at < ends_at, false))
        """,
    ),
)

NUMBERS = (
    Check(5, "invoices of an issuer and year are numbered 1, 2, 3 … in order of issue", _gapless("invoices")),
    Check(5, "credit notes of an issuer and year are numbered 1, 2, 3 … in order of issue", _gapless("credit_notes")),
    Check(
        5,
        "the number that is printed is the number that was taken",
        """
        SELECT organization_id, id, number FROM invoices
        WHERE number <> to_char(year, 'FM0000') || '-' || to_char(number_in_year, 'FM000000')
        UNION ALL
        SELECT organization_id, id, number FROM credit_notes
        WHERE number <> 'CN-' || to_char(year, 'FM0000') || '-' || to_char(number_in_year, 'FM000000')
        """,
    ),
)

CHARGES = (
    Check(
        7,
        "nothing is charged for an instant in the trial",
        """
        SELECT invoice.organization_id, invoice.id, statement.month FROM invoices AS invoice
        JOIN statements AS statement ON statement.id = invoice.statement_id
        JOIN organizations AS organization ON organization.id = invoice.organization_id
        WHERE NOT coalesce((invoice.document #>> '{peak,reachedAt}')::timestamptz >= organization.trial_ends_at, false)
           OR NOT coalesce((invoice.document #>> '{peak,reachedAt}')::timestamptz
                           <@ tstzrange(statement.starts_at, statement.ends_at), false)
           OR statement.ends_at <= organization.trial_ends_at
        """,
    ),
    Check(
        7,
        "nothing is charged at or under the free threshold",
        """
        SELECT invoice.organization_id, invoice.id FROM invoices AS invoice
        LEFT JOIN LATERAL (
            SELECT (prices ->> 'freeThreshold')::int AS free_threshold
            FROM jsonb_array_elements(
                jsonb_build_array(document #> '{terms,priceList}')
                || coalesce(document #> '{terms,alternatives}', '[]')
            ) AS prices
            WHERE prices ->> 'id' = coalesce(document ->> 'pricedBy', document #>> '{terms,priceList,id}')
        ) AS used ON true
        WHERE NOT coalesce((invoice.document #>> '{peak,seats}')::int > used.free_threshold, false)
        """,
    ),
    Check(
        7,
        "nothing is charged after a purge",
        """
        SELECT invoice.organization_id, invoice.id FROM invoices AS invoice
        JOIN organizations AS organization ON organization.id = invoice.organization_id
        WHERE invoice.issued_at > organization.purge_decided_at
        """,
    ),
    Check(
        7,
        "the credit notes of an invoice are not more than it",
        """
        SELECT invoice.organization_id, invoice.id, sum(note.amount) AS credited FROM invoices AS invoice
        JOIN credit_notes AS note ON note.invoice_id = invoice.id
        GROUP BY invoice.organization_id, invoice.id, invoice.total, invoice.currency
        HAVING sum(note.amount) > invoice.total OR bool_or(note.currency <> invoice.currency OR note.amount <= 0
               OR note.vat_net + note.vat_amount <> note.amount OR note.organization_id <> invoice.organization_id)
        """,
    ),
    Check(
        7,
        "the VAT of an invoice's credit notes is not more than its own, and all of it once it is credited in full",
        """
        SELECT invoice.organization_id, invoice.id, sum(note.vat_amount) AS credited FROM invoices AS invoice
        JOIN credit_notes AS note ON note.invoice_id = invoice.id
        GROUP BY invoice.organization_id, invoice.id, invoice.total, invoice.vat_amount, invoice.vat_net
        HAVING sum(note.amount) <= invoice.total
           AND (sum(note.vat_amount) > invoice.vat_amount OR sum(note.vat_net) > invoice.vat_net)
            OR sum(note.amount) = invoice.total AND sum(note.vat_amount) <> invoice.vat_amount
        """,
    ),
    Check(
        7,
        "the balance is payments and credits less invoices",
        """
        WITH entry AS (
            SELECT organization_id, -total AS amount FROM invoices
            UNION ALL
            SELECT organization_id, amount FROM credit_notes
            UNION ALL
            SELECT organization_id, amount FROM payments
            UNION ALL
            SELECT payment.organization_id, -payment.amount
            FROM payment_reversals AS reversal JOIN payments AS payment ON payment.id = reversal.payment_id
        ), balance AS (
            SELECT organization_id, sum(amount) AS amount FROM entry GROUP BY organization_id
        )
        SELECT facts.id AS organization_id, facts.balance AS shown, balance.amount AS summed
        FROM organization_facts AS facts LEFT JOIN balance ON balance.organization_id = facts.id
        WHERE facts.balance IS DISTINCT FROM coalesce(balance.amount, 0)
        """,
    ),
    Check(
        7,
        "an invoice, a credit note and a payment are in the currency of their organization",
        """
        SELECT document.organization_id, document.id FROM (
            SELECT organization_id, id, currency FROM invoices
            UNION ALL
            SELECT organization_id, id, currency FROM credit_notes
            UNION ALL
            SELECT organization_id, id, currency FROM payments
        ) AS document JOIN organizations AS organization ON organization.id = document.organization_id
        WHERE document.currency <> organization.currency
        """,
    ),
)

"""Contracts' lists, promo codes, baselines; credit notes, replacements, payments; what an invoice still lacks."""

from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

CONSTRAINTS = [
    "CREATE INDEX contracts_price_list ON contracts (price_list_id)",
    "CREATE UNIQUE INDEX promo_codes_code ON promo_codes (lower(code))",
    """
    ALTER TABLE promo_codes
        ADD CONSTRAINT promo_codes_one_kind CHECK (num_nonnulls(percent, price_list_id) = 1),
        ADD CONSTRAINT promo_codes_percent CHECK (percent > 0 AND percent <= 100),
        ADD CONSTRAINT promo_codes_periods CHECK (periods > 0),
        ADD CONSTRAINT promo_codes_within_uses CHECK (uses >= 0 AND (most_uses IS NULL OR uses <= most_uses)),
        ADD CONSTRAINT promo_codes_disabled_by CHECK ((disabled_at IS NULL) = (disabled_by IS NULL))
    """,
    "CREATE UNIQUE INDEX promo_code_payers_once ON promo_code_payers (promo_code_id, payer_hash)",
    """
    ALTER TABLE invoice_series
        ADD CONSTRAINT invoice_series_kind CHECK (kind IN ('INVOICE', 'CREDIT_NOTE'))
    """,
    "DROP INDEX invoice_series_one",
    "CREATE UNIQUE INDEX invoice_series_one ON invoice_series (issuer_id, test_clock_id, kind) NULLS NOT DISTINCT",
    "ALTER TABLE invoices DROP CONSTRAINT invoices_one_per_statement",
    "CREATE UNIQUE INDEX invoices_replaced_once ON invoices (replaces_id)",
    "CREATE UNIQUE INDEX invoices_first_of_statement ON invoices (statement_id) WHERE replaces_id IS NULL",
    """
    ALTER TABLE credit_notes
        ADD CONSTRAINT credit_notes_something CHECK (amount > 0),
        ADD CONSTRAINT credit_notes_vat_adds_up CHECK (vat_net + vat_amount = amount)
    """,
    """
    ALTER TABLE payments
        ADD CONSTRAINT payments_something CHECK (amount > 0 AND amount < 'Infinity')
    """,
    """
    CREATE FUNCTION promo_payer_hash(compared text) RETURNS bytea LANGUAGE sql STABLE AS $$
        SELECT sha256(salt || convert_to(compared, 'UTF8')) FROM trial_salt WHERE id = 1
    $$
    """,
    """
    COMMENT ON FUNCTION promo_payer_hash IS
        'Of a tax number as it is compared: its letters and digits alone, folded (the domain''s letters_and_digits)'
    """,
]

NEVER_CHANGED = [
    """
    CREATE FUNCTION refuse_more_credit_than_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT sum(note.amount) FROM credit_notes AS note WHERE note.invoice_id = NEW.invoice_id)
           > (SELECT invoice.total FROM invoices AS invoice WHERE invoice.id = NEW.invoice_id) THEN
            RAISE EXCEPTION 'credit notes may not exceed their invoice' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION lock_credited_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM FROM invoices WHERE id = NEW.invoice_id AND organization_id = NEW.organization_id
            AND currency = NEW.currency FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a credit note is of an invoice of its own organization and currency'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER credit_notes_one_at_a_time BEFORE INSERT ON credit_notes FOR EACH ROW EXECUTE FUNCTION lock_credited_invoice()",
    """
    CREATE TRIGGER credit_notes_within_invoice AFTER INSERT ON credit_notes
        FOR EACH ROW EXECUTE FUNCTION refuse_more_credit_than_invoice()
    """,
    """
    CREATE FUNCTION refuse_foreign_replacement() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT FROM invoices AS replaced
            WHERE replaced.id = NEW.replaces_id AND replaced.statement_id = NEW.statement_id
        ) THEN
            RAISE EXCEPTION 'an invoice replaces one of its own statement' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER invoices_replace_their_own BEFORE INSERT ON invoices
        FOR EACH ROW WHEN (NEW.replaces_id IS NOT NULL) EXECUTE FUNCTION refuse_foreign_replacement()
    """,
    *(
        statement
        for table in ("credit_notes", "payments", "payment_reversals")
        for statement in (
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"CREATE TRIGGER {table}_kept_for_years BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_delete_of_accounting()",
            f"CREATE TRIGGER {table}_kept_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        )
    ),
]

ACCOUNTS = [
    """
    CREATE VIEW invoice_accounts AS
    WITH owed AS (
        SELECT invoice.id, invoice.organization_id, invoice.issued_at, invoice.due_at, invoice.currency, invoice.total,
               coalesce(credit.amount, 0) AS credited, invoice.total - coalesce(credit.amount, 0) AS due,
               sum(invoice.total - coalesce(credit.amount, 0)) OVER (
                   PARTITION BY invoice.organization_id
                   ORDER BY invoice.issued_at, invoice.year, invoice.number_in_year, invoice.id
               ) AS due_by_then
        FROM invoices AS invoice
        LEFT JOIN (
            SELECT organization_id, invoice_id, sum(amount) AS amount FROM credit_notes
            GROUP BY organization_id, invoice_id
        ) AS credit ON credit.organization_id = invoice.organization_id AND credit.invoice_id = invoice.id
    ), received AS (
        SELECT payment.organization_id, sum(payment.amount) AS amount
        FROM payments AS payment LEFT JOIN payment_reversals AS reversal ON reversal.payment_id = payment.id
        WHERE reversal.id IS NULL GROUP BY payment.organization_id
    )
    SELECT owed.id, owed.organization_id, owed.issued_at, owed.due_at, owed.currency, owed.total, owed.credited,
           owed.due, owed.due_by_then,
           least(greatest(coalesce(received.amount, 0) - (owed.due_by_then - owed.due), 0), owed.due) AS paid
    FROM owed LEFT JOIN received ON received.organization_id = owed.organization_id
    """,
    """
    COMMENT ON VIEW invoice_accounts IS
        'What each invoice still lacks: payments settle the oldest first (R6.2). To be asked by organization_id'
    """,
    """
    CREATE VIEW payment_allocations AS
    WITH received AS (
        SELECT payment.id, payment.organization_id, payment.amount,
               sum(payment.amount) OVER (
                   PARTITION BY payment.organization_id ORDER BY payment.received_at, payment.recorded_at, payment.id
               ) AS received_by_then
        FROM payments AS payment LEFT JOIN payment_reversals AS reversal ON reversal.payment_id = payment.id
        WHERE reversal.id IS NULL
    )
    SELECT received.id AS payment_id, owed.id AS invoice_id, owed.organization_id,
           least(received.received_by_then, owed.due_by_then)
           - greatest(received.received_by_then - received.amount, owed.due_by_then - owed.due) AS amount
    FROM received JOIN invoice_accounts AS owed
      ON owed.organization_id = received.organization_id
     AND received.received_by_then - received.amount < owed.due_by_then
     AND owed.due_by_then - owed.due < received.received_by_then
    WHERE owed.due > 0
    """,
    """
    COMMENT ON VIEW payment_allocations IS
        'Which payment covers how much of which invoice (R6.2). To be asked by organization_id'
    """,
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
    "COMMENT ON VIEW organization_facts IS 'What an organization''s state is derived from (R1.1), and its clock now'",
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0010_explicit_changes")]

    initial = False

    operations = [
        ops.CreateModel(
            name="CreditNote",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "seatmark.Organization",
                        source_field="organization_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "invoice",
                    fields.ForeignKeyField(
                        "seatmark.Invoice",
                        source_field="invoice_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "series",
                    fields.ForeignKeyField(
                        "seatmark.InvoiceSeries",
                        source_field="series_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("year", fields.IntField()),
                ("number_in_year", fields.IntField()),
                ("number", fields.CharField(max_length=16)),
                ("issued_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("issued_by", fields.CharField(max_length=200)),
                ("currency", fields.CharField(max_length=3)),
                ("amount", fields.DecimalField(max_digits=24, decimal_places=6)),
                ("vat_net", fields.DecimalField(max_digits=24, decimal_places=6)),
                ("vat_amount", fields.DecimalField(max_digits=24, decimal_places=6)),
                ("reason", fields.CharField(max_length=500)),
                ("document", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("digest", fields.CharField(max_length=64)),
            ],
            options={
                "table": "credit_notes",
                "app": "seatmark",
                "unique_together": (("series", "year", "number_in_year"),),
                "pk_attr": "id",
                "table_description": "An amount of an invoice taken back, never changed (R5.5): positive, in the invoice's currency, VAT included.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="InvoiceNotice",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "seatmark.Organization",
                        source_field="organization_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "invoice",
                    fields.ForeignKeyField(
                        "seatmark.Invoice",
                        source_field="invoice_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("kind", fields.CharField(max_length=32)),
                ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("written_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "invoice_notices",
                "app": "seatmark",
                "unique_together": (("invoice", "kind"),),
                "pk_attr": "id",
                "table_description": "That an organization was told that an invoice falls due, or is overdue: each once (R6.3).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LegacyBaseline",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "seatmark.Organization",
                        source_field="organization_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "price_list",
                    fields.ForeignKeyField(
                        "seatmark.PriceList",
                        source_field="price_list_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("recorded_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("recorded_by", fields.CharField(max_length=200)),
            ],
            options={
                "table": "legacy_baselines",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "The list that an organization pays no more than while a newer one's legacy periods last (R4.7), in place of that",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Payment",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "seatmark.Organization",
                        source_field="organization_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("amount", fields.DecimalField(max_digits=24, decimal_places=6)),
                ("currency", fields.CharField(max_length=3)),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("external_reference", fields.CharField(max_length=200)),
                ("recorded_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("recorded_by", fields.CharField(max_length=200)),
            ],
            options={
                "table": "payments",
                "app": "seatmark",
                "unique_together": (("organization", "external_reference"),),
                "pk_attr": "id",
                "table_description": "Money that came in for an organization, once per external reference, never changed (R6.2).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PaymentReversal",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "seatmark.Organization",
                        source_field="organization_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "payment",
                    fields.OneToOneField(
                        "seatmark.Payment",
                        source_field="payment_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("reason", fields.CharField(max_length=500)),
                ("reversed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("reversed_by", fields.CharField(max_length=200)),
            ],
            options={
                "table": "payment_reversals",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "That a payment went back: as if it had never come (R6.2).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PromoCode",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("code", fields.CharField(max_length=40)),
                ("percent", fields.DecimalField(null=True, max_digits=5, decimal_places=2)),
                (
                    "price_list",
                    fields.ForeignKeyField(
                        "seatmark.PriceList",
                        source_field="price_list_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("periods", fields.IntField()),
                ("redeem_by", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("most_uses", fields.IntField(null=True)),
                ("uses", fields.IntField(default=0)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("created_by", fields.CharField(max_length=200)),
                ("disabled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("disabled_by", fields.CharField(null=True, max_length=200)),
            ],
            options={
                "table": "promo_codes",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "A percentage off, or a private list, for so many periods (R4.8). `uses` counts redemptions, also of",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PromoCodePayer",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "promo_code",
                    fields.ForeignKeyField(
                        "seatmark.PromoCode",
                        source_field="promo_code_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("payer_hash", fields.BinaryField()),
            ],
            options={
                "table": "promo_code_payers",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "That a payer has had a code (R4.8). No organization owns the row: it outlives a purge, and tells nothing but",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PromoCodeRedemption",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "seatmark.Organization",
                        source_field="organization_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "promo_code",
                    fields.ForeignKeyField(
                        "seatmark.PromoCode",
                        source_field="promo_code_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("from_month", fields.CharField(max_length=7)),
                ("periods", fields.IntField()),
                ("redeemed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("redeemed_by", fields.CharField(max_length=200)),
            ],
            options={
                "table": "promo_code_redemptions",
                "app": "seatmark",
                "unique_together": (("organization", "promo_code"),),
                "pk_attr": "id",
                "table_description": "That an organization redeemed a code: it lowers `periods` months from `from_month` on; which of them it was used",
            },
            bases=["Model"],
        ),
        ops.AlterModelOptions(
            name="Contract",
            options={
                "table": "contracts",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "Individual terms of an organization, from a month to a month; the one recorded last holds (R4.9). Without a list",
            },
        ),
        ops.AddField(
            model_name="Contract",
            name="price_list",
            field=fields.ForeignKeyField(
                "seatmark.PriceList",
                source_field="price_list_id",
                null=True,
                db_index=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="Invoice",
            name="replaces",
            field=fields.OneToOneField(
                "seatmark.Invoice",
                source_field="replaces_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AlterModelOptions(
            name="InvoiceSeries",
            options={
                "table": "invoice_series",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "A run of numbers of one `kind` of document: an issuer's own, or that of a test clock (R5.5, R9.2). Its row is the",
            },
        ),
        ops.AddField(
            model_name="InvoiceSeries",
            name="kind",
            field=fields.CharField(db_default="INVOICE", max_length=16),
        ),
        ops.AlterModelOptions(
            name="Statement",
            options={
                "table": "statements",
                "app": "seatmark",
                "unique_together": (("organization", "month"),),
                "pk_attr": "id",
                "table_description": "How a period of an organization ended: one per period (R5.4). It keeps the period's bounds itself, and which",
            },
        ),
        ops.AddField(
            model_name="Statement",
            name="promo_redemption_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="Organization",
            name="earlier_zones",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.RunSQL([*CONSTRAINTS, *NEVER_CHANGED, *ACCOUNTS]),
    ]

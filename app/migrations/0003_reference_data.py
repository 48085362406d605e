"""The issuer, its VAT rates, and the public list of October 2020 (R4.1, R4.2)."""

from tortoise import migrations
from tortoise.migrations import operations as ops

ISSUER = "5ea70000-0000-4000-8000-000000000001"
PRICE_LIST = "5ea70000-0000-4000-8000-000000202010"
SERIES = "5ea70000-0000-4000-8000-0000000000a1"

REFERENCE_DATA = [
    f"""
    INSERT INTO issuers (id, name, tax_number, address, time_zone)
    VALUES ('{ISSUER}', 'Seatmark', '', '', 'Europe/Moscow')
    """,
    f"""
    INSERT INTO vat_rates (id, issuer_id, since, percent) VALUES
        (gen_random_uuid(), '{ISSUER}', '2019-01-01', 20),
        (gen_random_uuid(), '{ISSUER}', '2026-01-01', 22)
    """,
    f"""
    INSERT INTO price_lists
        (id, name, currency, is_public, effective_from, free_threshold, vat_included, legacy_periods, baseline_id)
    VALUES ('{PRICE_LIST}', 'Public list of October 2020', 'RUB', true, '2020-10', 5, true, 6, NULL)
    """,
    f"""
    INSERT INTO price_list_tiers (id, price_list_id, position, up_to, unit_price, flat_amount) VALUES
        (gen_random_uuid(), '{PRICE_LIST}', 0, 100, 258, 0),
        (gen_random_uuid(), '{PRICE_LIST}', 1, 250, 222, 0),
        (gen_random_uuid(), '{PRICE_LIST}', 2, NULL, 185, 0)
    """,
    f"""
    INSERT INTO invoice_series (id, issuer_id, test_clock_id, last_issued_at) VALUES ('{SERIES}', '{ISSUER}', NULL, NULL)
    """,
    "INSERT INTO platform_chain (id, last_change_at, sequence, audit_hash) VALUES (1, clock_timestamp(), 0, NULL)",
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0002_ledger_and_constraints")]

    operations = [ops.RunSQL(REFERENCE_DATA)]

"""The issuer's details are set by operators, a VAT rate to come is taken back, a list that billed is kept (R4.1, R5.5)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

ROLE = [
    "GRANT DELETE ON vat_rates TO seatmark_app",
    # Its zone decides the year of every number and the day of every rate: nobody changes it.
    "REVOKE UPDATE ON issuers FROM seatmark_app",
    "GRANT UPDATE (name, tax_number, address, bank_details) ON issuers TO seatmark_app",
]

KEPT = [
    # By a test clock ahead of us a list prices months before it is in force; documents of before name no pricedBy.
    """
    CREATE INDEX invoices_priced_by
        ON invoices (coalesce(document ->> 'pricedBy', document #>> '{terms,priceList,id}'))
    """,
    """
    CREATE OR REPLACE FUNCTION price_list_is_in_use(list_id uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT EXISTS (
            SELECT FROM price_lists AS list WHERE list.id = list_id AND list.is_public
              AND list.effective_from <= to_char(clock_timestamp() AT TIME ZONE 'Pacific/Kiritimati', 'YYYY-MM')
        ) OR EXISTS (SELECT FROM contracts AS contract WHERE contract.price_list_id = list_id)
          OR EXISTS (SELECT FROM promo_codes AS code WHERE code.price_list_id = list_id)
          OR EXISTS (SELECT FROM legacy_baselines AS baseline WHERE baseline.price_list_id = list_id)
          OR EXISTS (SELECT FROM price_lists AS newer WHERE newer.baseline_id = list_id)
          OR EXISTS (
            SELECT FROM invoices AS invoice
            WHERE coalesce(invoice.document ->> 'pricedBy', invoice.document #>> '{terms,priceList,id}') = list_id::text
        )
    $$
    """,
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0014_permissions")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Issuer",
            name="bank_details",
            field=fields.CharField(db_default="", max_length=500),
        ),
        ops.RunSQL([*ROLE, *KEPT]),
    ]

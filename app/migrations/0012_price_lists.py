"""A price list is never edited, nor removed once in force or agreed upon; a VAT rate in force is never edited (R4.1)."""

from tortoise import migrations
from tortoise.migrations import operations as ops

KEPT = [
    "CREATE UNIQUE INDEX price_lists_public_once ON price_lists (currency, effective_from) WHERE is_public",
    # A month begins first where the sun rises first: until then no organization's period has begun.
    """
    CREATE FUNCTION price_list_is_in_use(list_id uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT EXISTS (
            SELECT FROM price_lists AS list WHERE list.id = list_id AND list.is_public
              AND list.effective_from <= to_char(clock_timestamp() AT TIME ZONE 'Pacific/Kiritimati', 'YYYY-MM')
        ) OR EXISTS (SELECT FROM contracts AS contract WHERE contract.price_list_id = list_id)
          OR EXISTS (SELECT FROM promo_codes AS code WHERE code.price_list_id = list_id)
          OR EXISTS (SELECT FROM legacy_baselines AS baseline WHERE baseline.price_list_id = list_id)
          OR EXISTS (SELECT FROM price_lists AS newer WHERE newer.baseline_id = list_id)
    $$
    """,
    """
    CREATE FUNCTION refuse_removal_of_list() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF price_list_is_in_use(OLD.id) THEN
            RAISE EXCEPTION 'a price list in use is never removed' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END $$
    """,
    """
    CREATE FUNCTION refuse_removal_of_tier() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF price_list_is_in_use(OLD.price_list_id) THEN
            RAISE EXCEPTION 'a tier of a price list in use is never removed' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END $$
    """,
    """
    CREATE FUNCTION refuse_tier_of_whole_list() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM price_list_tiers AS tier
                   WHERE tier.price_list_id = NEW.price_list_id AND tier.up_to IS NULL) THEN
            RAISE EXCEPTION 'a price list that has its last tier takes no more' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION refuse_change_of_rate_in_force() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.since <= (
            SELECT (clock_timestamp() AT TIME ZONE issuer.time_zone)::date FROM issuers AS issuer
            WHERE issuer.id = OLD.issuer_id
        ) THEN
            RAISE EXCEPTION 'a VAT rate in force is never changed' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $$
    """,
    *(
        statement
        for table in ("price_lists", "price_list_tiers")
        for statement in (
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"CREATE TRIGGER {table}_kept_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        )
    ),
    """
    CREATE TRIGGER price_lists_kept_in_use BEFORE DELETE ON price_lists
        FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_list()
    """,
    """
    CREATE TRIGGER price_list_tiers_kept_in_use BEFORE DELETE ON price_list_tiers
        FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_tier()
    """,
    """
    CREATE TRIGGER price_list_tiers_end BEFORE INSERT ON price_list_tiers
        FOR EACH ROW EXECUTE FUNCTION refuse_tier_of_whole_list()
    """,
    """
    CREATE TRIGGER vat_rates_kept BEFORE UPDATE OR DELETE ON vat_rates
        FOR EACH ROW EXECUTE FUNCTION refuse_change_of_rate_in_force()
    """,
    "CREATE TRIGGER vat_rates_kept_whole BEFORE TRUNCATE ON vat_rates FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0011_money")]

    initial = False

    operations = [ops.RunSQL(KEPT)]

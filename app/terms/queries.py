"""Reading what an amount depends on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app import db
from app.domain.agreements import Agreements, terms_of
from app.domain.errors import DomainError, ErrorCode
from app.domain.invoice import Terms, VatRate, share_charged, vat_percent_at
from app.domain.money import shortest
from app.domain.period import BillingPeriod, Month, parse_month
from app.domain.policies import Policies
from app.domain.pricing import PriceList, Tier, list_in_force


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who documents are from: what is not set yet is empty."""

    id: UUID
    name: str
    tax_number: str
    address: str
    bank_details: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Tariff:
    """Every price list, the issuer and its VAT rates: few rows, read once per operation."""

    price_lists: tuple[PriceList, ...]
    issuer: Issuer
    vat_rates: tuple[VatRate, ...]

    def prices(self, currency: str, month: Month) -> PriceList:
        """Raises: DomainError NOT_FOUND when no public list in the currency is in force in the month."""
        found = list_in_force(self.price_lists, currency, month)
        if found is None:
            raise _no_list(currency, month)
        return found

    def vat_percent(self, ends_at: datetime) -> Decimal:
        """Raises: DomainError NOT_FOUND before the first rate."""
        found = vat_percent_at(self.vat_rates, ends_at, self.issuer.time_zone)
        if found is None:
            raise DomainError(ErrorCode.NOT_FOUND, f"No VAT rate is known for {ends_at:%Y-%m-%d}.")
        return found

    def terms(
        self,
        currency: str,
        period: BillingPeriod,
        trial_ends_at: datetime | None,
        policies: Policies,
        agreements: Agreements,
    ) -> Terms:
        """The terms of an organization's period: the list in force at its start prices all of it (R4.1), unless
        something else was agreed with the organization (R4.7–R4.9).

        Raises: DomainError NOT_FOUND when there is no list or no rate.
        """
        share = share_charged(period, trial_ends_at or period.starts_at, policies.prorate_first_month)
        vat_percent = self.vat_percent(period.ends_at)
        terms = terms_of(agreements, period, self.price_lists, currency, vat_percent, share)
        if terms is None:
            raise _no_list(currency, period.month)
        return terms


@dataclass(frozen=True, slots=True)
class BillingProfile:
    """Who pays (R6.1)."""

    organization_id: UUID
    legal_name: str
    kind: str
    tax_number: str
    address: str
    bank_details: str
    contact_email: str
    agreement_version: str
    accepted_by: str
    accepted_at: datetime


async def load_tariff() -> Tariff:
    """One small statement."""
    row = await db.fetch_one(TARIFF)
    assert row is not None, "one row answers"
    return tariff_from(row)


def tariff_from(row: db.Row) -> Tariff:
    """From a row of `TARIFF`."""
    ((issuer_id, name, tax_number, address, bank_details, time_zone),) = row["tariff_issuers"]
    return Tariff(
        tuple(_list_from(one) for one in row["tariff_lists"]),
        Issuer(issuer_id, name, tax_number, address, bank_details, time_zone),
        tuple(VatRate(since, shortest(percent)) for since, percent in row["tariff_rates"]),
    )


async def find_issuer() -> Issuer:
    row = await db.fetch_one(
        "SELECT id, name, tax_number, address, bank_details, time_zone FROM issuers ORDER BY id LIMIT 1"
    )
    assert row is not None, "the issuer is made by a migration"
    return Issuer(**row)


async def list_price_lists() -> list[PriceList]:
    """Every list with its tiers, by currency and first month."""
    (row,) = await db.fetch(f"SELECT {_LISTS} AS tariff_lists")
    return [_list_from(one) for one in row["tariff_lists"]]


_LIST = """
    list.id, list.name, list.currency, list.is_public, list.effective_from, list.free_threshold, list.vat_included,
    list.legacy_periods, list.baseline_id, ARRAY(
        SELECT (tier.up_to, tier.unit_price, tier.flat_amount)
        FROM price_list_tiers AS tier WHERE tier.price_list_id = list.id ORDER BY tier.position
    )
"""
_LISTS = f"ARRAY(SELECT ({_LIST}) FROM price_lists AS list ORDER BY list.currency, list.effective_from, list.id)"
TARIFF = f"""
    SELECT ARRAY(
        SELECT (id, name, tax_number, address, bank_details, time_zone) FROM issuers ORDER BY id LIMIT 1
    ) AS tariff_issuers, ARRAY(
        SELECT (rate.since, rate.percent) FROM vat_rates AS rate
        WHERE rate.issuer_id = (SELECT id FROM issuers ORDER BY id LIMIT 1) ORDER BY rate.since
    ) AS tariff_rates, {_LISTS} AS tariff_lists
"""
"""One row, of `tariff_from`."""


def _list_from(found: Sequence[Any]) -> PriceList:
    (
        list_id,
        name,
        currency,
        is_public,
        effective_from,
        free_threshold,
        vat_included,
        legacy_periods,
        baseline,
        tiers,
    ) = found
    return PriceList(
        id=list_id,
        name=name,
        currency=currency,
        is_public=is_public,
        effective_from=parse_month(effective_from),
        free_threshold=free_threshold,
        tiers=tuple(Tier(up_to, shortest(price), shortest(amount)) for up_to, price, amount in tiers),
        vat_included=vat_included,
        legacy_periods=legacy_periods,
        baseline_id=baseline,
    )


async def find_billing_profiles(organization_ids: Sequence[UUID]) -> dict[UUID, BillingProfile]:
    """The profiles of those organizations that have one."""
    rows = await db.fetch(
        """
        SELECT organization_id, legal_name, kind, tax_number, address, bank_details, contact_email,
               agreement_version, accepted_by, accepted_at
        FROM billing_profiles WHERE organization_id = ANY($1)
        """,
        list(organization_ids),
    )
    return {row["organization_id"]: BillingProfile(**row) for row in rows}


async def database_clock() -> datetime:
    """The database's clock: now, where no organization is asked about."""
    row = await db.fetch_one("SELECT clock_timestamp() AS now")
    assert row is not None
    now: datetime = row["now"]
    return now


def _no_list(currency: str, month: Month) -> DomainError:
    return DomainError(ErrorCode.NOT_FOUND, f"No public price list in {currency} is in force in {month}.")

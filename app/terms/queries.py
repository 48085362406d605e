"""Reading what an amount depends on."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
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
    """Four small statements."""
    issuer = await find_issuer()
    rates = await db.fetch("SELECT since, percent FROM vat_rates WHERE issuer_id = $1 ORDER BY since", issuer.id)
    return Tariff(
        tuple(await list_price_lists()),
        issuer,
        tuple(VatRate(rate["since"], shortest(rate["percent"])) for rate in rates),
    )


async def find_issuer() -> Issuer:
    row = await db.fetch_one(
        "SELECT id, name, tax_number, address, bank_details, time_zone FROM issuers ORDER BY id LIMIT 1"
    )
    assert row is not None, "the issuer is made by a migration"
    return Issuer(**row)


async def list_price_lists() -> list[PriceList]:
    """Every list with its tiers, by currency and first month."""
    lists = await db.fetch("SELECT * FROM price_lists ORDER BY currency, effective_from, id")
    tiers: dict[UUID, list[Tier]] = defaultdict(list)
    for row in await db.fetch("SELECT * FROM price_list_tiers ORDER BY price_list_id, position"):
        tiers[row["price_list_id"]].append(
            Tier(row["up_to"], shortest(row["unit_price"]), shortest(row["flat_amount"]))
        )
    return [
        PriceList(
            id=row["id"],
            name=row["name"],
            currency=row["currency"],
            is_public=row["is_public"],
            effective_from=parse_month(row["effective_from"]),
            free_threshold=row["free_threshold"],
            tiers=tuple(tiers[row["id"]]),
            vat_included=row["vat_included"],
            legacy_periods=row["legacy_periods"],
            baseline_id=row["baseline_id"],
        )
        for row in lists
    ]


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

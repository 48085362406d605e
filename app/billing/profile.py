"""Who pays: the billing profile (R6.1)."""

from dataclasses import asdict, dataclass
from enum import Enum
from uuid import UUID

from app import db
from app.domain.actor import Actor, Permission
from app.domain.errors import invalid
from app.domain.policies import Policies
from app.domain.text import check_email, check_tax_number, check_text
from app.events.service import Change
from app.organizations.service import lock_organization, record
from app.seats.settling import settle_seats

AGREEMENT_VERSION = "2020-10"
"""The user agreement that accepting means."""


class PayerKind(Enum):
    LEGAL_ENTITY = "LEGAL_ENTITY"
    SOLE_TRADER = "SOLE_TRADER"
    INDIVIDUAL = "INDIVIDUAL"


@dataclass(frozen=True, slots=True)
class BillingProfileInput:
    """What a payer fills in (R6.1)."""

    legal_name: str
    kind: PayerKind
    tax_number: str
    address: str
    bank_details: str
    contact_email: str
    accept_agreement: bool


async def set_billing_profile(
    actor: Actor, organization_id: UUID, profile: BillingProfileInput, policies: Policies
) -> UUID:
    """Record who pays, replacing what was there; accepting the agreement is part of it. People who waited for it
    may be seated by that.

    Raises: DomainError INVALID_INPUT, and what `lock_organization` raises.
    """
    checked = _check(profile)
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.BILLING_MANAGE)
        await db.fetch(
            """
            INSERT INTO billing_profiles
                (id, organization_id, legal_name, kind, tax_number, address, bank_details, contact_email,
                 agreement_version, accepted_by, accepted_at)
            VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (organization_id) DO UPDATE SET
                legal_name = excluded.legal_name, kind = excluded.kind, tax_number = excluded.tax_number,
                address = excluded.address, bank_details = excluded.bank_details,
                contact_email = excluded.contact_email, agreement_version = excluded.agreement_version,
                accepted_by = excluded.accepted_by, accepted_at = excluded.accepted_at
            """,
            organization_id,
            *checked.values(),
            AGREEMENT_VERSION,
            actor.name_in(organization_id),
            organization.at,
        )
        after = {"kind": profile.kind.value, "agreementVersion": AGREEMENT_VERSION}
        settlement = await settle_seats(actor, organization, "the billing profile was set", policies, member_ids=[])
        await record(actor, organization, Change("billing_profile.set", after), *settlement.changes)
    return organization_id


def _check(profile: BillingProfileInput) -> dict[str, str]:
    if not profile.accept_agreement:
        raise invalid("The agreement must be accepted.", "input", "acceptAgreement")
    texts = asdict(profile) | {
        "legal_name": check_text(profile.legal_name, "The legal name", 300, "input", "legalName"),
        "kind": profile.kind.value,
        "tax_number": check_tax_number(profile.tax_number, "input", "taxNumber"),
        "address": check_text(profile.address, "The address", 500, "input", "address"),
        "bank_details": check_text(profile.bank_details, "The bank details", 500, "input", "bankDetails"),
        "contact_email": check_email(profile.contact_email, "input", "contactEmail"),
    }
    del texts["accept_agreement"]
    return texts

"""Founding an organization with its first owner."""

from dataclasses import dataclass
from uuid import UUID

from app import db
from app.domain.actor import Actor
from app.domain.errors import invalid, refuse_for
from app.domain.period import Month, month_at
from app.domain.pricing import list_in_force
from app.events.service import Change
from app.memberships.invitees import Invitee, check_invitee, insert_members
from app.organizations.service import insert_organization, record
from app.terms.queries import Tariff, load_tariff


@dataclass(frozen=True, slots=True)
class Founding:
    """An organization to be, with its first owner; `time_zone` IANA, `currency` ISO 4217."""

    name: str
    slug: str
    time_zone: str
    currency: str
    owner: Invitee
    test_clock_id: UUID | None


async def create_organization(actor: Actor, founding: Founding) -> UUID:
    """Found an organization with its first owner. Its currency must have a public price list by then (R4.1).

    Raises: DomainError INVALID_INPUT, ALREADY_EXISTS, NOT_FOUND, CONFLICT, FORBIDDEN.
    """
    owner, problems = check_invitee(founding.owner, ("input", "owner"))
    if problems:
        raise refuse_for(problems)
    tariff = await load_tariff()
    async with db.in_transaction():
        organization = await insert_organization(
            actor, founding.name, founding.slug, founding.time_zone, founding.currency, founding.test_clock_id
        )
        _check_currency(tariff, founding.currency, month_at(organization.at, founding.time_zone))
        (owner_id,) = await insert_members(organization.id, [owner], organization.at)
        created = {
            "timeZone": founding.time_zone,
            "currency": founding.currency,
            "ownerId": owner_id,
            "testClockId": founding.test_clock_id,
        }
        await record(actor, organization, Change("organization.created", created))
    return organization.id


def _check_currency(tariff: Tariff, currency: str, month: Month) -> None:
    """What is founded can be priced. Raises: DomainError INVALID_INPUT."""
    if list_in_force(tariff.price_lists, currency, month) is None:
        raise invalid(f"No public price list in {currency} is in force in {month}.", "input", "currency")

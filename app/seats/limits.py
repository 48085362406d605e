"""How many seats an organization may have, and setting it (R3.7, R3.8, R4.9)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from app import db
from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, ErrorCode, Problem, check_all, invalid, refuse, refuse_for
from app.domain.money import MINOR_UNIT_DIGITS
from app.domain.period import Month, check_time_zone
from app.domain.policies import Policies
from app.domain.seating import MOST_SEATS
from app.domain.text import check_text
from app.domain.unset import UNSET, Unset
from app.events.service import Change
from app.organizations.service import LockedOrganization, lock_organization, record
from app.seats.settling import settle_seats
from app.terms.price_lists import check_private, hold_price_list


@dataclass(frozen=True, slots=True)
class OrganizationUpdate:
    """What is to be changed; UNSET leaves a thing as it is, None takes a limit away and is no name or zone. `budget` is
    in the organization's currency, for a month."""

    name: str | Unset | None
    time_zone: str | Unset | None
    seat_cap: int | Unset | None
    budget: Decimal | Unset | None


async def update_organization(
    actor: Actor, organization_id: UUID, update: OrganizationUpdate, policies: Policies
) -> UUID:
    """Change an organization's name, time zone and own limits, at one instant; lowering a limit revokes nobody.

    After a change of zone the running period ends by the old one (R0.2). People who waited for a limit may be
    seated when it is raised.

    Raises: DomainError INVALID_INPUT with every problem, and what `lock_organization` raises.
    """
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.ORGANIZATION_MANAGE)
        wanted = check_update(update, organization)
        before = {field: getattr(organization.facts, field) for field in wanted}
        changed = {field: value for field, value in wanted.items() if value != before[field]}
        if not changed:
            return organization_id
        updated = await store_update(organization, changed)
        settlement = await settle_seats(
            actor, updated, "the organization's limits were changed", policies, member_ids=[]
        )
        change = Change("organization.updated", _told(changed), _told({field: before[field] for field in changed}))
        await record(actor, organization, change, *settlement.changes)
    return organization_id


async def store_update(organization: LockedOrganization, changed: Mapping[str, Any]) -> LockedOrganization:
    """Write columns that were checked, to be settled and recorded by the caller; gives the organization with them."""
    before = organization.facts
    zones = before.earlier_zones
    if "time_zone" in changed:
        zones = (*zones, (organization.at, before.time_zone))
    after = replace(before, **changed, earlier_zones=zones)
    await db.fetch(
        """
        UPDATE organizations SET name = $2, time_zone = $3, seat_cap = $4, budget = $5, earlier_zones = $6::jsonb
        WHERE id = $1
        """,
        organization.id,
        after.name,
        after.time_zone,
        after.seat_cap,
        after.budget,
        db.to_json([{"until": until, "timeZone": zone} for until, zone in zones]),
    )
    return replace(organization, facts=after)


async def set_contract(
    actor: Actor,
    organization_id: UUID,
    seat_limit: int,
    from_month: Month,
    to_month: Month | None,
    policies: Policies,
    *,
    price_list_id: UUID | None = None,
) -> UUID:
    """Record individual terms, from a month to a month; the one recorded last holds (R4.9). For operators.

    `price_list_id` is a private list, the public one without it. A month that has begun is lowered by it, never
    raised. People who waited may be seated by it.

    Raises: DomainError FORBIDDEN, INVALID_INPUT, NOT_FOUND (the list), PERIOD_CLOSED, and what `lock_organization`
    raises.
    """
    actor.require_operator()
    check_all(lambda: _check_limit(seat_limit), lambda: _check_order(from_month, to_month))
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.ORGANIZATION_MANAGE)
        await refuse_closed_months(organization_id, from_month, to_month)
        if price_list_id is not None:
            prices = await hold_price_list(price_list_id, organization.facts.currency, "input", "priceListId")
            check_private(prices, from_month, "input", "priceListId")
        contract = {
            "seatLimit": seat_limit,
            "priceListId": price_list_id,
            "fromMonth": str(from_month),
            "toMonth": str(to_month) if to_month is not None else None,
        }
        await _insert_contract(actor, organization, *contract.values())
        settlement = await settle_seats(actor, organization, "a contract was recorded", policies, member_ids=[])
        await record(actor, organization, Change("contract.set", contract), *settlement.changes)
    return organization_id


async def _insert_contract(actor: Actor, organization: LockedOrganization, *terms: Any) -> None:
    await db.fetch(
        """
        INSERT INTO contracts
            (id, organization_id, recorded_at, recorded_by, seat_limit, price_list_id, from_month, to_month)
        VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7)
        """,
        organization.id,
        organization.at,
        actor.name_in(organization.id),
        *terms,
    )


def _check_limit(seat_limit: int) -> None:
    if not 1 <= seat_limit <= MOST_SEATS:
        raise invalid(f"A seat limit is between 1 and {MOST_SEATS}.", "input", "seatLimit")


def _check_order(from_month: Month, to_month: Month | None) -> None:
    if to_month is not None and to_month < from_month:
        raise invalid("A contract does not end before it begins.", "input", "toMonth")


async def refuse_closed_months(organization_id: UUID, from_month: Month, to_month: Month | None) -> None:
    """A closed month keeps its terms; one that is parked waits for others.

    Raises: DomainError PERIOD_CLOSED.
    """
    row = await db.fetch_one(
        """
        SELECT max(month) AS month FROM statements
        WHERE organization_id = $1 AND month >= $2 AND ($3::text IS NULL OR month <= $3) AND outcome <> 'PARKED'
        """,
        organization_id,
        str(from_month),
        str(to_month) if to_month is not None else None,
    )
    if row is not None and row["month"] is not None:
        message = f"The months to {row['month']} are closed; a contract begins later."
        raise refuse(ErrorCode.PERIOD_CLOSED, message, "input", "fromMonth")


def check_update(update: OrganizationUpdate, organization: LockedOrganization) -> dict[str, Any]:
    """What is to be changed, by column. Raises: DomainError INVALID_INPUT with every problem."""
    wanted: dict[str, Any] = {}
    problems: list[Problem] = []
    checks: dict[str, Callable[[], Any]] = {
        "name": lambda: check_text(_text(update.name), "The name", 200, "input", "name"),
        "time_zone": lambda: check_time_zone(_text(update.time_zone), "input", "timeZone"),
        "seat_cap": lambda: _check_cap(update.seat_cap),
        "budget": lambda: _check_budget(update.budget, organization.facts.currency),
    }
    for field, check in checks.items():
        if getattr(update, field) is UNSET:
            continue
        try:
            wanted[field] = check()
        except DomainError as error:
            problems += error.problems
    if problems:
        raise refuse_for(problems)
    return wanted


def _text(value: str | Unset | None) -> str:
    """What is to be checked; null is as good as empty, and refused like it."""
    return value if isinstance(value, str) else ""


def _check_cap(cap: Any) -> int | None:
    if cap is not None and not 0 <= cap <= MOST_SEATS:
        raise invalid(f"A cap is between 0 and {MOST_SEATS} seats.", "input", "seatCap")
    return cap if cap is None else int(cap)


def _check_budget(budget: Any, currency: str) -> Decimal | None:
    digits = MINOR_UNIT_DIGITS[currency]
    if budget is not None and not 0 <= budget < Decimal(10) ** 12:
        raise invalid("A budget is between 0 and 999 999 999 999.", "input", "budget")
    if budget is not None and budget != round(budget, digits):
        raise invalid(f"A budget in {currency} has at most {digits} decimals.", "input", "budget")
    return budget if budget is None else Decimal(budget)


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """For the record, without the name, which is personal to nobody but kept out like every name."""
    names = {"name": "isNameChanged", "time_zone": "timeZone", "seat_cap": "seatCap", "budget": "budget"}
    return {names[field]: True if field == "name" else value for field, value in values.items()}

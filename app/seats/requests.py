"""Seats that a limit refused, kept for those who can raise it (R3.7)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app import db
from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, ErrorCode, Problem, check_all, invalid
from app.domain.paging import PageRequest
from app.domain.seat_change import Path
from app.domain.seating import MOST_SEATS, Refusal
from app.domain.text import check_text
from app.events.service import Change
from app.organizations.service import LockedOrganization, lock_organization, record

REQUESTS = (ErrorCode.SEAT_LIMIT_REACHED, ErrorCode.BUDGET_REACHED, ErrorCode.CONTRACT_REQUIRED)
"""Refusals that somebody else can lift."""


LONGEST_MESSAGE = 1000


class LimitError(DomainError):
    """A change that would make it so many seats passes a limit."""

    def __init__(self, refusal: Refusal, seats: int, path: Path) -> None:
        super().__init__(refusal.code, refusal.message, [Problem(refusal.code, refusal.message, path)])
        self.seats = seats


@dataclass(frozen=True, slots=True)
class SeatRequestRow:
    id: UUID
    at: datetime
    actor: str
    seats: int
    code: ErrorCode


async def list_requests(organization_id: UUID, page: PageRequest) -> list[SeatRequestRow]:
    """Oldest first."""
    rows = await db.fetch_page(
        "SELECT id, at, actor, seats, code FROM seat_requests WHERE organization_id = $1",
        "true",
        ("at", "id"),
        page,
        organization_id,
    )
    return [SeatRequestRow(**{**row, "code": ErrorCode(row["code"])}) for row in rows]


async def count_requests(organization_id: UUID) -> int:
    return await db.count("SELECT 1 FROM seat_requests WHERE organization_id = $1", organization_id)


async def request_contract(actor: Actor, organization_id: UUID, seats: int, message: str) -> UUID:
    """Ask us for a contract for so many seats; for those who manage seats, and those who manage billing (R3.7).

    Raises: DomainError INVALID_INPUT with every problem, and what `lock_organization` raises.
    """
    _, text = check_all(
        lambda: _check_seats(seats), lambda: check_text(message, "The message", LONGEST_MESSAGE, "input", "message")
    )
    async with db.in_transaction():
        organization = await lock_organization(
            actor, organization_id, Permission.BILLING_MANAGE, Permission.SEAT_MANAGE
        )
        await _insert_request(actor, organization, seats, ErrorCode.CONTRACT_REQUIRED)
        await record(actor, organization, Change("contract.requested", {"seats": seats, "message": text}))
    return organization_id


@asynccontextmanager
async def recording_refusal(actor: Actor, organization_id: UUID) -> AsyncIterator[None]:
    """Around the transaction of a change: if a limit refuses it, that alone is recorded."""
    try:
        yield
    except LimitError as refused:
        if refused.code not in REQUESTS:
            raise
        with suppress(DomainError):  # whoever cannot record it any more is told of the limit all the same
            await _record_request(actor, organization_id, refused)
        raise


async def _record_request(actor: Actor, organization_id: UUID, refused: LimitError) -> None:
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.SEAT_MANAGE)
        await _insert_request(actor, organization, refused.seats, refused.code)
        facts = {"seats": refused.seats, "code": refused.code.value}
        await record(actor, organization, Change("seats.requested", facts))


async def _insert_request(actor: Actor, organization: LockedOrganization, seats: int, code: ErrorCode) -> None:
    await db.fetch(
        """
        INSERT INTO seat_requests (id, organization_id, at, actor, seats, code)
        VALUES (gen_random_uuid(), $1, $2, $3, $4, $5)
        """,
        organization.id,
        organization.at,
        actor.name_in(organization.id),
        seats,
        code.value,
    )


def _check_seats(seats: int) -> None:
    if not 1 <= seats <= MOST_SEATS:
        raise invalid(f"A contract is for 1 to {MOST_SEATS} seats.", "input", "seats")

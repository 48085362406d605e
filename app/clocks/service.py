"""Test clocks: made, and advanced through everything that falls due, in order (R9.1)."""

from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from app import db
from app.billing.overdue import find_next_invoice_notice
from app.billing.queries import find_next_closing
from app.clocks.due import do_due
from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, ErrorCode, invalid, refuse
from app.domain.instants import instant_text
from app.domain.policies import Policies
from app.events.service import Change, record_platform_change
from app.faultpoints import fault_point
from app.organizations.partners import CLOCK_LENGTH, owns_clock, partner_key_id, refuse_when_over
from app.organizations.service import take_turn, wait_for_lock
from app.retention.accounting import find_next_accounting
from app.retention.notices import find_next_notice
from app.retention.purge import find_next_purge

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
LONGEST_ADVANCE = timedelta(days=400)


async def create_test_clock(actor: Actor, now: datetime) -> UUID:
    """A partner's is over 30 days of real time later (R9.2).

    Raises: DomainError FORBIDDEN, INVALID_INPUT for an instant before 2000 or after 2099, CONFLICT.
    """
    actor.require_own(Permission.TEST_CLOCK_MANAGE)
    if not EARLIEST <= now < LATEST:
        raise invalid("A test clock shows an instant from 2000 to 2099.", "input", "now")
    test_clock_id, key_id = uuid4(), partner_key_id(actor)
    if key_id is not None:
        await _insert_partner_clock(actor, test_clock_id, key_id, now)
    else:
        await _insert_clock(actor, test_clock_id, now)
    return test_clock_id


async def _insert_partner_clock(actor: Actor, test_clock_id: UUID, key_id: UUID, now: datetime) -> None:
    """In the transaction that the partner is in, which sees neither clocks nor the platform's chain."""
    async with db.in_transaction():
        (row,) = await wait_for_lock(
            "SELECT create_partner_clock($1, $2, $3, $4, $5) AS is_made",
            test_clock_id,
            now,
            key_id,
            CLOCK_LENGTH,
            actor.request_id,
        )
        if not row["is_made"]:
            raise DomainError(ErrorCode.FORBIDDEN, "This key was revoked, or makes no test clocks any more.")


async def _insert_clock(actor: Actor, test_clock_id: UUID, now: datetime) -> None:
    async with db.in_transaction():
        await db.fetch(
            "INSERT INTO test_clocks (id, now, created_at, created_by) VALUES ($1, $2, clock_timestamp(), $3)",
            test_clock_id,
            now,
            actor.name,
        )
        await record_platform_change(
            actor, Change("test_clock.created", {"testClockId": test_clock_id, "now": now.astimezone(UTC)})
        )


def _as_system(actor: Actor) -> AbstractContextManager[None]:
    """What falls due on a clock's way is the system's work, also where a partner asks for it."""
    return db.acting_apart() if partner_key_id(actor) is not None else nullcontext()


async def advance_test_clock(actor: Actor, test_clock_id: UUID, to: datetime, policies: Policies) -> UUID:
    """Advance the clock, doing everything that falls due on the way; returns when all of it is done.

    Raises: what `start_advance` raises.
    """
    await start_advance(actor, test_clock_id, to)
    await finish_advance(actor, test_clock_id, policies, is_patient=True)
    return test_clock_id


async def start_advance(actor: Actor, test_clock_id: UUID, to: datetime) -> None:
    """Set the clock on its way. Asking for the instant that it is on its way to already goes on with that.

    Raises: DomainError FORBIDDEN, NOT_FOUND (also for who is a partner and it is not theirs), CONFLICT while it is on
    its way to another instant, INVALID_INPUT for an instant that is not later, or more than 400 days later,
    TEST_CLOCK_EXPIRED.
    """
    actor.require_own(Permission.TEST_CLOCK_MANAGE)
    with _as_system(actor):
        await _begin_advance(actor, test_clock_id, to)


async def _begin_advance(actor: Actor, test_clock_id: UUID, to: datetime) -> None:
    async with db.in_transaction():
        clock = await _lock_clock(test_clock_id)
        if clock is None or not owns_clock(actor, clock["partner_key_id"]):
            raise refuse(ErrorCode.NOT_FOUND, "There is no such test clock.", "input", "testClockId")
        if clock["advancing_to"] != to:
            refuse_when_over(clock["is_over"])
            _check_advance(clock["now"], clock["advancing_to"], to)
            await db.fetch("UPDATE test_clocks SET advancing_to = $2, left_out = '{}' WHERE id = $1", test_clock_id, to)
            facts = {"testClockId": test_clock_id, "from": clock["now"], "to": to.astimezone(UTC)}
            await record_platform_change(actor, Change("test_clock.advanced", facts))


async def finish_advance(actor: Actor, test_clock_id: UUID, policies: Policies, *, is_patient: bool) -> int:
    """Do what is left of an advance, also one that another process began and did not end. It commits step by step;
    gives how many there were.

    Patient: return when all of it is done. Otherwise leave it to whoever is found to have the clock in hand.
    """
    steps = 0
    with _as_system(actor):
        while await take_step(actor, test_clock_id, policies, is_patient=is_patient):
            steps += 1
    return steps


async def list_advancing_clocks() -> list[UUID]:
    rows = await db.fetch("SELECT id FROM test_clocks WHERE advancing_to IS NOT NULL ORDER BY id")
    return [row["id"] for row in rows]


def _check_advance(now: datetime, advancing_to: datetime | None, to: datetime) -> None:
    if advancing_to is not None:
        message = f"The clock is on its way to {instant_text(advancing_to)}; ask for that to go on with it."
        raise DomainError(ErrorCode.CONFLICT, message)
    if to <= now:
        raise invalid(f"A test clock only goes forward; it shows {instant_text(now)}.", "input", "to")
    if to - now > LONGEST_ADVANCE or to >= LATEST:
        raise invalid("A test clock is advanced by at most 400 days at a time, and not past 2099.", "input", "to")


async def _lock_clock(test_clock_id: UUID, *, is_patient: bool = True) -> db.Row | None:
    """Waits for changes that hold the clock for reading, and for another process's step; else gives None."""
    if is_patient:
        await take_turn(test_clock_id)
    lock = "FOR NO KEY UPDATE" if is_patient else "FOR NO KEY UPDATE SKIP LOCKED"
    columns = "now, advancing_to, left_out, partner_key_id, coalesce(expires_at <= clock_timestamp(), false) AS is_over"
    rows = await wait_for_lock(f"SELECT {columns} FROM test_clocks WHERE id = $1 {lock}", test_clock_id)
    return rows[0] if rows else None


async def take_step(actor: Actor, test_clock_id: UUID, policies: Policies, *, is_patient: bool) -> bool:
    """One step of an advance, and its commit. False when the clock has arrived, or, for the impatient, is in hand."""
    is_taken = await _advance_step(actor, test_clock_id, policies, is_patient=is_patient)
    if is_taken:
        fault_point("advance.step")
    return is_taken


async def _advance_step(actor: Actor, test_clock_id: UUID, policies: Policies, *, is_patient: bool) -> bool:
    """One transaction: work on what is due at the clock's reading, else move the clock. False when it has arrived."""
    async with db.in_transaction():
        clock = await _lock_clock(test_clock_id, is_patient=is_patient)
        if clock is None or clock["advancing_to"] is None:
            return False
        done = await do_due(actor, test_clock_id, policies, clock["left_out"])
        if done.failed:
            await db.fetch(
                "UPDATE test_clocks SET left_out = left_out || $2::uuid[] WHERE id = $1", test_clock_id, done.failed
            )
        if done.number or done.failed:
            return True
        due_at = await _find_next_due(test_clock_id, clock["now"], policies)
        if due_at is not None and due_at <= clock["advancing_to"]:
            await db.fetch("UPDATE test_clocks SET now = $2 WHERE id = $1", test_clock_id, due_at)
            return True
        await db.fetch("UPDATE test_clocks SET now = advancing_to, advancing_to = NULL WHERE id = $1", test_clock_id)
    return True


async def _find_next_due(test_clock_id: UUID, now: datetime, policies: Policies) -> datetime | None:
    candidates = [
        await find_next_notice(test_clock_id, now),
        await find_next_closing(policies.grace, test_clock_id, now),
        await find_next_invoice_notice(test_clock_id, now),
        await find_next_purge(test_clock_id, now),
        await find_next_accounting(test_clock_id, now),
    ]
    return min((one for one in candidates if one is not None), default=None)

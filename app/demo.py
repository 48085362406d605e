"""The January of the source's example, played over HTTP against a running Seatmark: `make demo`.

It asks by the typed client that partners have, generated from the schema, and reads as what they write does.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import uuid4

import httpx
from pydantic import ValidationError

from seatmark_client import (
    Amount,
    BillingProfileSetInput,
    ChangeInput,
    Client,
    InviteeInput,
    InvoicesOrganization,
    InvoicesOrganizationInvoicesNodes,
    MemberInviteInput,
    OrganizationCreateInput,
    OwnerInput,
    PayerKind,
    Refusal,
    SeatsChangeInput,
    SubjectInput,
    TestClockAdvanceInput,
    TestClockCreateInput,
    TrackerActivateInput,
)
from seatmark_client.base_client import SeatmarkError

T = TypeVar("T")


class RefusedError(Exception):
    """The API answered with a mistake of ours, or not at all as it should."""


def done(answer: T | Refusal) -> T:
    """What a mutation did. Raises: RefusedError, with the API's reason."""
    if isinstance(answer, Refusal):
        raise RefusedError(f"{answer.code.value}: {answer.message}")
    return answer


def there(answer: T | None) -> T:
    """What a query found. Raises: RefusedError for nothing."""
    if answer is None:
        raise RefusedError("what was asked for is not there")
    return answer


def say(line: str) -> None:
    print(line, flush=True)


def play(url: str, operator_key: str) -> int:
    """Play the January of 2021 on a test clock; returns 0 when the invoice says 62 800, else 1."""
    return asyncio.run(_play(url, operator_key))


async def _play(url: str, operator_key: str) -> int:
    async with Client(url, operator_key, timeout=120) as client:
        try:
            return await _play_january(client)
        except (RefusedError, SeatmarkError, ValidationError, httpx.HTTPError) as error:
            say(f"The demo cannot go on: {error}")
            return 1


async def _play_january(client: Client) -> int:
    say("January 2021 in Moscow: 245 people hold seats for 14 days, 270 for 7, 260 for the other 10.")
    clock, organization = await _found(client)
    people = await _invite(client, organization, 270)
    await _advance(client, clock, "2021-01-01T00:00:00+03:00", "1 January; the trial ended on 10 December")
    await _show(client, organization)
    await _subscribe(client, organization, people[:245])
    await _advance(client, clock, "2021-01-15T00:00:00+03:00", "15 January: after 14 days with 245 seats")
    await _ask_first(client, organization, people[245:270])
    await _subscribe(client, organization, people[245:270])
    await _preview(client, organization)
    await _advance(client, clock, "2021-01-22T00:00:00+03:00", "22 January: after 7 days with 270 seats")
    await _unsubscribe(client, organization, people[260:270])
    closed = "1 February: after 10 days with 260 seats the month has closed"
    await _advance(client, clock, "2021-02-01T09:00:00+03:00", closed)
    return _tell_invoice(there(await client.invoices(organization, first=10)))


async def _found(client: Client) -> tuple[str, str]:
    now = "2020-11-10T09:00:00+03:00"
    clock = done(await client.test_clock_create(TestClockCreateInput(now=_instant(now)))).test_clock.id
    say(f"A test clock shows {now}.")
    romashka = OrganizationCreateInput(
        name="Romashka",
        slug=f"romashka-{uuid4().hex[:8]}",
        owner=OwnerInput(email="owner@romashka.example", name="Olga Owner"),
        test_clock_id=clock,
    )
    organization = done(await client.organization_create(romashka)).organization
    say(f"Organization {organization.slug} is {organization.state.value}.")
    active = done(await client.tracker_activate(TrackerActivateInput(organization_id=organization.id))).organization
    say(f"Its tracker is activated: {active.state.value} until {_told(there(active.trial).ends_at)}.")
    await _set_profile(client, organization.id)
    return clock, organization.id


async def _set_profile(client: Client, organization: str) -> None:
    payer = BillingProfileSetInput(
        organization_id=organization,
        legal_name="OOO Romashka",
        kind=PayerKind.LEGAL_ENTITY,
        tax_number="7701234567",
        address="Moscow, Tverskaya 1",
        bank_details="BIK 044525225",
        contact_email="billing@romashka.example",
        accept_agreement=True,
    )
    done(await client.billing_profile_set(payer))
    say("OOO Romashka is to pay, and has accepted the agreement.")


async def _invite(client: Client, organization: str, count: int) -> list[str]:
    people = [
        InviteeInput(email=f"p{number:03}@romashka.example", name=f"Person {number:03}", active=True)
        for number in range(1, count + 1)
    ]
    invited = done(await client.member_invite(MemberInviteInput(organization_id=organization, members=people)))
    say(f"{len(invited.members)} people join at once.")
    return [member.id for member in invited.members]


async def _advance(client: Client, clock: str, to: str, occasion: str) -> None:
    done(await client.test_clock_advance(TestClockAdvanceInput(test_clock_id=clock, to=_instant(to))))
    say(f"— {occasion}.")


async def _subscribe(client: Client, organization: str, people: list[str]) -> None:
    await _change_seats(client, SeatsChangeInput(organization_id=organization, subscribe=_subjects(people)))


async def _unsubscribe(client: Client, organization: str, people: list[str]) -> None:
    await _change_seats(client, SeatsChangeInput(organization_id=organization, unsubscribe=_subjects(people)))


async def _change_seats(client: Client, change: SeatsChangeInput) -> None:
    changed = done(await client.seats_change(change))
    used = there(changed.organization.seats).used
    say(f"{changed.seated_count} people are seated, {changed.unseated_count} lose their seat: {used} seats in use.")


def _subjects(people: list[str]) -> list[SubjectInput]:
    return [SubjectInput(member_id=member) for member in people]


async def _show(client: Client, organization: str) -> None:
    found = there(await client.organization(id=organization))
    say(f"It is in {found.state.value}: everyone is read-only, and the data go on {_told(there(found.purge_at))}.")


async def _preview(client: Client, organization: str) -> None:
    preview = there(there(await client.invoice_preview(organization)).invoice_preview)
    say(
        f"{preview.month} so far: peak {preview.peak.seats}, {_amount(preview.total)}; "
        f"the next seat costs {preview.next_seat_price.amount}."
    )


async def _ask_first(client: Client, organization: str, people: list[str]) -> None:
    """What the click would cost, before it."""
    proposed = await client.what_if(organization, ChangeInput(subscribe=_subjects(people)))
    impact = there(there(there(proposed).invoice_preview).impact)
    say(
        f"Seating {impact.newly_seated_count} more would bring January from {_amount(impact.total_before)} to "
        f"{_amount(impact.total_after)}, by {impact.difference.amount}."
    )
    for warning in impact.warnings:
        say(f"    {warning.message}")


def _tell_invoice(found: InvoicesOrganization) -> int:
    for statement in there(found.statements).nodes:
        say(f"Statement of {statement.month}: {statement.outcome.value}.")
    invoice = there(found.invoices).nodes[-1]
    for line in _invoice_lines(invoice):
        say(line)
    say("Why:")
    for sentence in invoice.explanation:
        say(f"    {sentence}")
    is_identical = invoice.verification.identical
    say(f"Recomputed from the ledger it is {'identical' if is_identical else 'different'}.")
    say(f"On paper: {invoice.russian_pdf_url}; for an auditor: {invoice.evidence_url}.")
    is_right = is_identical and (invoice.total.amount, invoice.total.currency) == (Decimal("62800.00"), "RUB")
    say("The invoice says 62 800." if is_right else "The invoice should say 62 800!")
    return 0 if is_right else 1


def _invoice_lines(invoice: InvoicesOrganizationInvoicesNodes) -> Iterator[str]:
    peak = invoice.peak
    cause = peak.raised_by.description if peak.raised_by else "carried in"
    yield f"Invoice {invoice.number}: peak {peak.seats}, reached {_told(there(peak.reached_at))} ({cause})."
    for line in invoice.lines:
        yield f"    {line.description}: {line.quantity} × {line.unit_price} = {line.amount.amount}"
    vat = invoice.vat
    yield f"    Total {_amount(invoice.total)}, with VAT at {vat.rate} % of {vat.amount.amount} inside."


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _told(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _amount(money: Amount) -> str:
    return f"{money.amount} {money.currency}"

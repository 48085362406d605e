"""Those who use the product during a soak: people who change seats and members, a bank, and the clocks' hands."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from tests.client import PAYER, Client, create_clock
from tests.faults.installation import Installation
from tests.soak.notes import Notes, uuid_in
from tests.soak.plan import BEGIN, END, Plan, instant_at

STAFF = 8
HOOKED = 10
NEVER = 0.15
"""The share of organizations that never subscribe, and are purged."""
OPERATIONS = {"seats": 40, "invite": 15, "deactivate": 5, "team": 10, "pay": 10, "read": 20}
READ = """
    query($id: ID!) { organization(id: $id) {
        state invoicePreview { ifNothingChanges { amount } } seats { used } statements(first: 5) { nodes { outcome } }
    } }
"""


@dataclass(slots=True)
class Customer:
    id: str
    clock_id: str
    slug: str
    subscribes: bool
    members: list[str] = field(default_factory=list)


@dataclass(slots=True)
class World:
    """Everyone there is, found before the first fault."""

    clocks: list[str]
    customers: list[Customer]


async def found_world(plan: Plan, client: Client, chance: Random, url: str) -> World:
    """Clocks, and organizations on them with people; those who subscribe have a payer, and each tenth organization has
    a webhook to the receiver."""
    clocks = [await create_clock(client, BEGIN.isoformat()) for _ in range(plan.clocks)]
    turns = asyncio.Semaphore(6)

    async def one(number: int, clock: str, *, subscribes: bool) -> Customer:
        async with turns:
            customer = await _found(client, number, clock, subscribes=subscribes)
            if number % HOOKED == 0:
                given = {"organizationId": customer.id, "url": url, "description": "Soak", "events": []}
                await client.change("webhookCreate", "webhook { id }", **given)
            return customer

    chosen = [(number, clocks[number % len(clocks)], chance.random() >= NEVER) for number in range(plan.organizations)]
    customers = await asyncio.gather(*(one(number, clock, subscribes=yes) for number, clock, yes in chosen))
    return World(clocks, list(customers))


async def _found(client: Client, number: int, clock: str, *, subscribes: bool) -> Customer:
    slug = f"soak-{number}-{uuid4().hex[:8]}"
    owner = {"email": f"owner@{slug}.example", "name": "Olga Owner"}
    zone = ("Europe/Moscow", "Asia/Kathmandu", "America/Havana", "Pacific/Chatham")[number % 4]
    given = {"name": "Soak", "slug": slug, "owner": owner, "timeZone": zone, "testClockId": clock}
    made = await client.change("organizationCreate", "organization { id }", **given)
    customer = Customer(made["organization"]["id"], clock, slug, subscribes)
    await client.change("trackerActivate", "organization { id }", organizationId=customer.id)
    people = [{"email": f"p{one}@{slug}.example", "name": f"Person {one}", "active": True} for one in range(STAFF)]
    invited = await client.change("memberInvite", "members { id }", organizationId=customer.id, members=people)
    customer.members += [one["id"] for one in invited["members"]]
    if subscribes:
        await client.change("billingProfileSet", "organization { id }", organizationId=customer.id, **PAYER)
        subjects = [{"memberId": one} for one in customer.members[: 1 + number % STAFF]]
        wanted = "change { id }"
        await client.change("seatsChange", wanted, organizationId=customer.id, subscribe=subjects)
    return customer


@dataclass(slots=True)
class Caller:
    """One of those who ask, one thing after the other."""

    notes: Notes
    world: World
    find_client: Callable[[], Client]
    chance: Random
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By what was asked, and what came of it at first."""

    async def go_on(self, is_over: asyncio.Event) -> None:
        while not is_over.is_set():
            (what,) = self.chance.choices(list(OPERATIONS), list(OPERATIONS.values()))
            customer = self.chance.choice(self.world.customers)
            if what == "read":
                await self._read(customer)
            elif customer.subscribes or what in ("invite", "team"):
                await self._change(what, customer)
            await asyncio.sleep(self.chance.uniform(0.0, 0.1))

    async def _read(self, customer: Customer) -> None:
        came = "ok"
        try:
            body = await self.find_client().post(READ, id=customer.id)
            if "errors" in body:
                came = body["errors"][0]["extensions"]["code"]
                self.notes.bugs["a query was answered INTERNAL"] += came == "INTERNAL"
        except (httpx.TransportError, ValueError) as error:
            came = type(error).__name__
        self.asked["read", came] += 1

    async def _change(self, what: str, customer: Customer) -> None:
        name, wanted, mark, given = getattr(self, f"_{what}")(customer)
        entry = await self.notes.ask(self.find_client(), name, wanted, customer.id, mark, given)
        answer = entry.answer
        if what == "invite" and isinstance(answer, dict) and "members" in answer:
            customer.members += [one["id"] for one in answer["members"]]
        self.asked[what, entry.outcome.value] += 1

    def _seats(self, customer: Customer) -> tuple[str, str, str | None, dict[str, Any]]:
        chosen = self.chance.sample(customer.members, min(4, len(customer.members)))
        subjects = [{"memberId": one} for one in chosen]
        at = self.chance.randrange(len(subjects) + 1)
        given = {"organizationId": customer.id, "skipAlreadySubscribed": True}
        way = {"subscribe": subjects[:at]} if at else {"unsubscribe": subjects[:1]}
        return "seatsChange", "change { id }", None, given | way

    def _invite(self, customer: Customer) -> tuple[str, str, str | None, dict[str, Any]]:
        email = f"{uuid4().hex}@{customer.slug}.example"
        person = {"email": email, "name": "Nora New", "active": True}
        return "memberInvite", "members { id }", email, {"organizationId": customer.id, "members": [person]}

    def _deactivate(self, customer: Customer) -> tuple[str, str, str | None, dict[str, Any]]:
        member = self.chance.choice(customer.members)
        return "memberDeactivate", "member { id }", None, {"memberId": member}

    def _team(self, customer: Customer) -> tuple[str, str, str | None, dict[str, Any]]:
        name = f"team-{uuid4().hex}"
        chosen = self.chance.sample(customer.members, min(2, len(customer.members)))
        given = {"organizationId": customer.id, "name": name, "memberIds": chosen}
        return "teamCreate", "team { id }", name, given

    def _pay(self, customer: Customer) -> tuple[str, str, str | None, dict[str, Any]]:
        reference = uuid4().hex
        amount = str(self.chance.randrange(100, 5_000))
        given = {"organizationId": customer.id, "amount": amount, "externalReference": reference}
        return "paymentRecord", "payment { id }", reference, given | {"receivedAt": BEGIN.isoformat()}


@dataclass(slots=True)
class Hand:
    """Moves one clock through the year. Every other clock only jumps, as a year goes by for real: what falls due on the
    way is the workers' alone."""

    clock_id: str
    jumps: bool
    plan: Plan
    find_client: Callable[[], Client]
    installation: Installation
    moved: Counter[str] = field(default_factory=Counter)

    async def go_on(self, began: float, is_over: asyncio.Event, chance: Random) -> None:
        while not is_over.is_set():
            await asyncio.sleep(chance.uniform(1.0, 5.0))
            share = (asyncio.get_running_loop().time() - began) / self.plan.seconds
            await self.move(instant_at(share))

    async def move(self, to: datetime) -> None:
        if self.jumps:
            await self._jump(to)
        else:
            await self._advance(to)

    async def arrive(self) -> None:
        """At the end of the year, whatever it takes; what falls due on the way is done within 13 months' steps."""
        await self.move(END)

    async def _jump(self, to: datetime) -> None:
        """Some days at a time. The database may be away now."""
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await self.installation.fetch(
                """
                UPDATE test_clocks SET now = least($2, now + interval '20 days')
                WHERE id = $1::uuid AND now < $2 AND advancing_to IS NULL
                """,
                uuid_in(self.clock_id),
                to,
            )
            self.moved["jumps"] += 1

    async def _advance(self, to: datetime) -> None:
        came = "ok"
        try:
            wanted = {"testClockId": self.clock_id, "to": to.isoformat()}
            document = "mutation($input: TestClockAdvanceInput!) { testClockAdvance(input: $input) { __typename } }"
            body = await self.find_client().post(document, input=wanted)
            came = body["errors"][0]["extensions"]["code"] if "errors" in body else "ok"
        except (httpx.TransportError, ValueError) as error:
            came = type(error).__name__
        self.moved[f"advances: {came}"] += 1

"""`python -m tests.soak`: a simulated year under faults. Exit status 1 if anything is not as it must be."""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from app.jobs.kinds import KINDS
from tests.client import Client
from tests.faults.harness.closing import check
from tests.faults.harness.journal import Outcome
from tests.faults.installation import Installation, client_of, run_installation
from tests.soak.callers import Caller, Hand, World, found_world
from tests.soak.notes import Notes
from tests.soak.plan import END, Plan, instant_at
from tests.soak.strangers import Strangers, run_strangers
from tests.soak.troubles import Troublemaker

CALLERS = 6
WORKERS = 2
PATIENCE = float(os.environ.get("PATIENCE") or 420)
"""Seconds for everything that is due to be done, once nothing is broken any more."""
SOON = {name for name, kind in KINDS.items() if kind.promised < timedelta(hours=1)}
"""Jobs that are done while one waits for them."""
LIMITS = {"SEATMARK_OPERATION_SECONDS": "10", "SEATMARK_STATEMENT_SECONDS": "20"}


@dataclass(slots=True)
class Report:
    """What is printed at the end, line by line, and what was found."""

    lines: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def table(self, title: str, rows: dict[str, Any]) -> None:
        self.lines += ["", title, *(f"  {name:<52}{value:>10}" for name, value in rows.items())]


async def main() -> int:
    plan, report = Plan.of_environment(), Report()
    print(f"SEED={plan.seed} MINUTES={plan.minutes:g} ORGANIZATIONS={plan.organizations}", flush=True)
    async with run_installation() as installation, run_strangers() as strangers:
        try:
            await Soak(plan, report, installation, strangers).run()
        finally:
            keep = os.environ.get("LOGS")
            for log in installation.directory.glob("*.log") if keep else ():
                Path(keep or "", log.name).write_bytes(log.read_bytes())
    print("\n".join(report.lines))
    print(f"\n{len(report.findings)} findings; SEED={plan.seed} repeats it", *report.findings[:50], sep="\n  ")
    return 1 if report.findings else 0


@dataclass(slots=True)
class Soak:
    plan: Plan
    report: Report
    installation: Installation
    strangers: Strangers

    async def run(self) -> None:
        variables = LIMITS | self.strangers.variables
        api = await self.installation.start_api(**variables)
        workers = [await self.installation.start("worker", **variables) for _ in range(WORKERS)]
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(client_of(self.installation, api))
            world = await self._found(client)
            size = psutil.Process(api.pid).memory_info().rss
            notes = Notes(self.installation.directory / "journal.jsonl")
            troubles = Troublemaker(self.installation, api, workers, self.plan.chance_of(-1), variables)
            callers = [Caller(notes, world, lambda: client, self.plan.chance_of(number)) for number in range(CALLERS)]
            hands = [
                Hand(clock, place % 2 == 1, self.plan, lambda: client, self.installation)
                for place, clock in enumerate(world.clocks)
            ]
            await self._year(callers, hands, troubles)
            await troubles.mend()
            await self._ready(client)
            await self._arrive(hands)
            self._tell_year(callers, hands, troubles)
            unknown = await notes.settle_all(lambda: client, PATIENCE)
            await self._judge(notes, unknown, client)
            now = psutil.Process(troubles.api.pid).memory_info().rss
            self.report.table("taken by strangers", self.strangers.taken)
            self.report.findings += [f"no {what} came" for what, count in self.strangers.taken.items() if not count]
            self.report.table("API", {"memory at the start, MB": size >> 20, "memory at the end, MB": now >> 20})
            self.report.findings += troubles.surprises

    async def _found(self, client: Client) -> World:
        began = time.monotonic()
        world = await found_world(self.plan, client, self.plan.chance_of(-2), self.strangers.receiver.url)
        seconds = time.monotonic() - began
        print(f"{len(world.customers)} organizations on {len(world.clocks)} clocks after {seconds:.0f} s", flush=True)
        return world

    async def _year(self, callers: list[Caller], hands: list[Hand], troubles: Troublemaker) -> None:
        is_over, began = asyncio.Event(), asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as tasks:
            for caller in callers:
                tasks.create_task(caller.go_on(is_over))
            for place, hand in enumerate(hands):
                tasks.create_task(hand.go_on(began, is_over, self.plan.chance_of(1000 + place)))
            tasks.create_task(self.strangers.have_moods(is_over, self.plan.chance_of(-4)))
            await troubles.make(self.plan.troubles())
            await asyncio.sleep(max(0.0, began + self.plan.seconds - asyncio.get_running_loop().time()))
            is_over.set()
        print(f"the clocks show {instant_at(1):%Y-%m-%d} and nothing is broken any more", flush=True)

    async def _ready(self, client: Client) -> None:
        async def answers() -> bool:
            return "errors" not in await client.post("{ viewer { __typename } }")

        await self._until(answers, "the API answers")

    async def _arrive(self, hands: list[Hand]) -> None:
        """Every clock is at the end of the year, and the workers have done what is due."""

        async def arrived() -> bool:
            await asyncio.gather(*(hand.arrive() for hand in hands))
            late = "SELECT FROM test_clocks WHERE now < $1 OR advancing_to IS NOT NULL"
            return not await self.installation.fetch(late, END)

        async def is_idle() -> bool:
            _, said = await self.installation.command("jobs", "--json")
            left.update(
                {one["job"]: (one["due"], one["waiting"]) for one in json.loads(said)["jobs"] if one["job"] in SOON}
            )
            return not any(due or waiting for due, waiting in left.values())

        await self._until(arrived, "every clock is at the end of the year")
        left: dict[str, tuple[int, int]] = {}
        if not await self._until(is_idle, "the workers have done everything that is due"):
            self.report.findings += [f"{job}: {one} are due and wait" for job, one in left.items() if any(one)]

    async def _until(self, is_so: Callable[[], Awaitable[bool]], what: str) -> bool:
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE:
            try:
                if await is_so():
                    print(f"{what} after {time.monotonic() - began:.0f} s", flush=True)
                    return True
            except (OSError, httpx.TransportError, ValueError):
                pass
            await asyncio.sleep(1)
        self.report.findings.append(f"waited {PATIENCE:.0f} s in vain until {what}")
        return False

    def _tell_year(self, callers: list[Caller], hands: list[Hand], troubles: Troublemaker) -> None:
        asked: Counter[tuple[str, str]] = sum((one.asked for one in callers), Counter())
        moved: Counter[str] = sum((one.moved for one in hands), Counter())
        self.report.table("faults injected", dict(sorted(troubles.done.items())) | {"all": troubles.done.total()})
        self.report.table(
            "operations, by what came of them at first", {" ".join(one): asked[one] for one in sorted(asked)}
        )
        self.report.table("clocks", dict(sorted(moved.items())))

    async def _judge(self, notes: Notes, unknown: int, client: Client) -> None:
        outcomes = {one.value: len(notes.of(one)) for one in Outcome}
        self.report.table("journal, once everything was asked again", outcomes)
        if unknown:
            self.report.findings.append(f"{unknown} changes have no outcome")
        self.report.findings += await notes.findings(client, self.installation, self.plan.chance_of(-3))
        await self._judge_jobs()
        held: Counter[bool] = Counter()
        for one in await check(self.installation.database.address):
            held[one["holds"]] += 1
            if not one["holds"]:
                self.report.findings.append(f"invariant {one['invariant']} {one['name']}: {one['rows'][:3]}")
        self.report.table("seatmark check", {"hold": held[True], "broken": held[False]})

    async def _judge_jobs(self) -> None:
        """What was parked or is late; and how much there is of what."""
        _, said = await self.installation.command("jobs", "--json")
        told = json.loads(said)
        self.report.findings += [f"parked: {one}" for one in told["parked"]]
        self.report.findings += [f"late: {one['job']}" for one in told["jobs"] if one["is_late"]]
        counted = ("statements", "invoices", "payments", "events", "notices", "tombstones", "seat_changes")
        rows = {name: (await self.installation.fetch(f"SELECT count(*) FROM {name}"))[0]["count"] for name in counted}
        self.report.table("in the database", rows)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

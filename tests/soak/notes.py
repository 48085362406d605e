"""The journal of a soak: many entries at once, what each was to come to, and answers that ought never to be given."""

import asyncio
import base64
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from tests.client import Client
from tests.faults.harness.journal import Entry, Journal, Outcome
from tests.faults.installation import Installation

AT_ONCE = 8
EFFECTS = {
    "memberInvite": "SELECT email AS mark FROM members WHERE email = ANY($1)",
    "teamCreate": "SELECT name AS mark FROM teams WHERE name = ANY($1)",
    "paymentRecord": "SELECT external_reference AS mark FROM payments WHERE external_reference = ANY($1)",
    "seatsChange": "SELECT id::text AS mark FROM seat_changes WHERE id::text = ANY($1)",
}
"""What a change leaves behind, by its mutation. A purge may have taken it away since; it is never there twice."""


@dataclass(slots=True)
class Noted:
    """What was asked for, of whom, and the mark it leaves."""

    field: str
    organization_id: str
    mark: str | None
    entry: Entry


class Notes(Journal):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.noted: list[Noted] = []
        self.bugs: Counter[str] = Counter()
        """Answers that say that something went wrong on our side, by what was asked."""

    async def ask(
        self, client: Client, field: str, wanted: str, organization_id: str, mark: str | None, given: dict[str, Any]
    ) -> Entry:
        entry = await self.change(client, field, wanted, None, patience=20.0, **given)
        self.noted.append(Noted(field, organization_id, mark, entry))
        self._look_at(field, entry)
        return entry

    async def settle_all(self, find_client: Callable[[], Client], seconds: float) -> int:
        """Send again whatever has no known outcome, many at once; gives how much has none in the end."""
        deadline = asyncio.get_running_loop().time() + seconds
        while (unknown := self.of(Outcome.UNKNOWN)) and asyncio.get_running_loop().time() < deadline:
            await self._at_once([self._again(find_client(), entry) for entry in unknown])
            await asyncio.sleep(0.2)
        return len(unknown)

    async def findings(self, client: Client, installation: Installation, chance: Random) -> list[str]:
        """What is not as the callers were told."""
        found = [f"{count} × {what}" for what, count in self.bugs.items() if count]
        found += await self._lost_and_doubled(installation)
        done = self.of(Outcome.OK)
        await self._at_once([self._replay(client, one, found) for one in chance.sample(done, min(500, len(done)))])
        return found

    async def _lost_and_doubled(self, installation: Installation) -> list[str]:
        """What was done and is not there, or not once; what was refused, and is there."""
        found: list[str] = []
        kept = {
            row["id"]
            for row in await installation.fetch("SELECT id::text FROM organizations WHERE purge_decided_at IS NULL")
        }
        for field, sql in EFFECTS.items():
            noted = [one for one in self.noted if one.field == field]
            marks = {id(one): one.mark or _id_in(one.entry) for one in noted}
            rows = await installation.fetch(sql, [mark for mark in marks.values() if mark])
            there = Counter(row["mark"] for row in rows)
            for one in noted:
                times = there[marks[id(one)] or ""]
                is_kept = uuid_in(one.organization_id) in kept
                is_done = one.entry.outcome is Outcome.OK or is_forgotten(one.entry)
                if times != int(is_done) and (is_kept or times):
                    found.append(f"{field} {one.entry.key} was {one.entry.outcome.value} and is there {times} times")
        return found

    async def _again(self, client: Client, entry: Entry) -> None:
        await self._send(client, entry, 20.0)
        self._look_at("settled", entry)

    async def _replay(self, client: Client, entry: Entry, found: list[str]) -> None:
        first = entry.answer
        await self._send(client, entry, 30.0)
        if (entry.outcome, entry.answer) != (Outcome.OK, first) and not is_forgotten(entry):
            found.append(f"{entry.key} was answered {first} and then {entry.outcome.value}: {entry.answer}")

    def _look_at(self, field: str, entry: Entry) -> None:
        codes = [one["extensions"]["code"] for one in entry.answer] if isinstance(entry.answer, list) else []
        if entry.answer == 500 or "INTERNAL" in codes:
            self.bugs[f"{field} was answered INTERNAL"] += 1

    async def _at_once(self, steps: Sequence[Awaitable[None]]) -> None:
        turns = asyncio.Semaphore(AT_ONCE)

        async def take(step: Awaitable[None]) -> None:
            async with turns:
                await step

        await asyncio.gather(*map(take, steps))


def is_forgotten(entry: Entry) -> bool:
    """Whether it was done, and all that is said of it is that it was: a purge forgets answers (decision 0063)."""
    return isinstance(entry.answer, dict) and entry.answer.get("code") == "IDEMPOTENCY_KEY_REUSED"


def uuid_in(global_id: str) -> str:
    return base64.b64decode(global_id).decode().partition(":")[2]


def _id_in(entry: Entry) -> str | None:
    """The id of what was made, where the answer tells."""
    answer = entry.answer
    return uuid_in(answer["change"]["id"]) if isinstance(answer, dict) and "change" in answer else None

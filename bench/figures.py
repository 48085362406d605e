"""What is measured, always beside the limit that it is held against: the two take turns in the same run, so that what
else the machine does falls on both."""

import json
import platform
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROUNDS = 7
MOST_GROWTH = 13
"""Times as long, for ten times as much: bare SQL took 10.4 times."""
Turn = Callable[[], Awaitable[float]]
"""One round of one side: seconds for some fixed amount of work, or for one request of very many."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Seconds of ours and of the limit, round by round. `at_least` is the promised share of the limit's speed."""

    name: str
    limit_name: str
    at_least: float
    ours: Sequence[float]
    limit: Sequence[float]
    notes: dict[str, Any] = field(default_factory=dict)
    """What else is to be told: requests per second, rows, statements."""
    unit: str = "s"

    @property
    def ratios(self) -> list[float]:
        """The limit's time as a share of ours, round by round: 1 is as fast as the limit."""
        return [limit / ours for ours, limit in zip(self.ours, self.limit, strict=True)]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    @property
    def is_met(self) -> bool:
        return self.ratio >= self.at_least

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "limit": self.limit_name,
            "ratio": round(self.ratio, 3),
            "at_least": self.at_least,
            "is_met": self.is_met,
            "ratios": [round(one, 3) for one in self.ratios],
            "unit": self.unit,
            "ours_rounds": list(self.ours),
            "limit_rounds": list(self.limit),
            "notes": self.notes,
        }


async def alternate(ours: Turn, limit: Turn, rounds: int = ROUNDS) -> tuple[list[float], list[float]]:
    """Let them take turns, each second round in the other order, after one round of each that is not counted."""
    await ours()
    await limit()
    of_ours: list[float] = []
    of_limit: list[float] = []
    for number in range(rounds):
        if number % 2:
            of_limit.append(await limit())
            of_ours.append(await ours())
        else:
            of_ours.append(await ours())
            of_limit.append(await limit())
    return of_ours, of_limit


def growth(name: str, tenth: Sequence[float], whole: Sequence[float], notes: dict[str, Any] | None = None) -> Figure:
    """Of what takes so many seconds with a tenth, and with all of it."""
    limit = [MOST_GROWTH * one for one in tenth]
    return Figure(name, f"{MOST_GROWTH} times as long as with a tenth", 1, whole, limit, notes or {})


def flat_memory(name: str, tenth: int, whole: int) -> Figure:
    """Of bytes: in megabytes, where others have seconds."""
    limit_name = "a quarter more than with a tenth"
    return Figure(name, limit_name, 1, [whole / 1e6], [1.25 * tenth / 1e6], unit="MB")


async def timed(work: Awaitable[object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


def tell(figures: Sequence[Figure], to: Path | None = None) -> None:
    """Print the table, and write it as JSON."""
    print(f"{'figure':<64}{'ours':>11}{'limit':>11}{'ratio':>8}{'from':>7}{'to':>7}{'at least':>10}")
    for one in figures:
        ours, limit = (_text(statistics.median(side), one.unit) for side in (one.ours, one.limit))
        ratios = sorted(one.ratios)
        print(
            f"{one.name:<64}{ours:>11}{limit:>11}{one.ratio:>8.2f}{ratios[0]:>7.2f}{ratios[-1]:>7.2f}"
            f"{one.at_least:>10.2f}{'' if one.is_met else '  missed'}"
        )
    if to is not None:
        told = {"at": datetime.now(UTC).isoformat(), "machine": platform.platform(), "figures": figures_json(figures)}
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(json.dumps(told, indent=2) + "\n")


def figures_json(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    return [one.to_json() for one in figures]


def _text(value: float, unit: str) -> str:
    return f"{value * 1000:.3f} ms" if unit == "s" and value < 1 else f"{value:.3f} {unit}"

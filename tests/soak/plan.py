"""What a soak is to be: read from the environment, and everything that is left to chance drawn from its seed."""

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

BEGIN = datetime(2026, 1, 3, 9, tzinfo=UTC)
END = datetime(2027, 1, 10, 12, tzinfo=UTC)
"""Twelve months later, and some days more, so that December is closed."""

PER_CLOCK = 50
"""Organizations that live by one clock."""

TROUBLES = {
    "worker killed": 4,
    "worker stopped for seconds": 3,
    "API killed": 2,
    "API stopped for seconds": 2,
    "PostgreSQL restarted immediately": 3,
    "Valkey flushed": 2,
    "Valkey killed and restarted empty": 2,
    "network to PostgreSQL cut": 2,
    "network to PostgreSQL reset": 2,
    "network to PostgreSQL silent": 2,
    "connections to PostgreSQL forgotten": 1,
    "network to PostgreSQL slow": 1,
    "network to Valkey cut": 1,
    "network to Valkey silent": 1,
    "connections to Valkey forgotten": 1,
}
"""Every fault there is, and how often it comes beside the others."""

PAUSES = 3.0, 12.0
"""Seconds from one fault to the next, at least and at most."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault, after so many seconds of the year, for so many."""

    after: float
    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int
    minutes: float
    organizations: int

    @classmethod
    def of_environment(cls) -> "Plan":
        """MINUTES=10 ORGANIZATIONS=1000 SEED=…"""
        return cls(
            int(os.environ.get("SEED") or secrets.randbelow(1_000_000)),
            float(os.environ.get("MINUTES") or 10),
            int(os.environ.get("ORGANIZATIONS") or 1000),
        )

    @property
    def clocks(self) -> int:
        return max(4, self.organizations // PER_CLOCK)

    @property
    def seconds(self) -> float:
        return self.minutes * 60

    def troubles(self) -> list[Trouble]:
        """In order; the same for the same seed."""
        chance, found, after = Random(self.seed), [], 0.0  # noqa: S311 - no secret
        while (after := after + chance.uniform(*PAUSES)) < self.seconds:
            (name,) = chance.choices(list(TROUBLES), list(TROUBLES.values()))
            found.append(Trouble(after, name, chance.uniform(1.0, 5.0)))
        return found

    def chance_of(self, caller: int) -> Random:
        """What one caller draws from."""
        return Random(f"{self.seed}:{caller}")  # noqa: S311 - no secret


def instant_at(share: float) -> datetime:
    """What the clocks are to show when so much of the time has gone by."""
    return BEGIN + (END - BEGIN) * min(max(share, 0.0), 1.0)

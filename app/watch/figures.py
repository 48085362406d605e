"""Figures that a process does not count but has to look up: its connections, and what the database says of all.

Those of the database are the same whichever process tells them; each asks for them once in a while, when it is asked
itself, however often that is.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from app import db
from app.connections import MOST_CONNECTIONS, pools

log = structlog.get_logger()

AFTER = 30.0
"""Seconds for which what the database said is good."""
_PATIENCE = 10.0


Figure = tuple[str, str, tuple[str, ...], Sequence[tuple[tuple[str, ...], float]]]
"""A gauge: name, what it is, labels, and a value for each set of labels."""


@dataclass(slots=True, eq=False)
class Figures(Collector):
    """`ask` looks them up in the database."""

    ask: Callable[[], Awaitable[Sequence[Figure]]]
    found: Sequence[Figure] = ()
    asked_at: float = -AFTER
    is_known: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def refresh(self) -> None:
        """Ask if what is known is old. Old figures are not told on when the database does not answer."""
        async with self.turn:
            if time.monotonic() < self.asked_at + AFTER:
                return
            try:
                async with asyncio.timeout(_PATIENCE):
                    with db.acting_for(None):
                        self.found = await self.ask()
                self.is_known = True
            except Exception as cause:  # noqa: BLE001 - whatever it is, the process's own figures are told
                log.warning("figures_unknown", error=type(cause).__name__)
                self.found, self.is_known = (), False
            self.asked_at = time.monotonic()

    def describe(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("seatmark_figures_known", "Whether the database told the figures of all.")

    @override
    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "seatmark_figures_known", "Whether the database told the figures of all.", self.is_known
        )
        for name, what, labels, values in self.found:
            family = GaugeMetricFamily(name, what, labels=labels)
            for named, value in values:
                family.add_metric(named, value)
            yield family
        yield from _of_pools()


def _of_pools() -> Iterator[Metric]:
    connections = GaugeMetricFamily("seatmark_pool_connections", "Connections by state.", labels=("pool", "state"))
    most = GaugeMetricFamily("seatmark_pool_most_connections", "As many may be open.", labels=("pool",))
    for name, pool in (("system", pools.system), ("tenants", pools.tenants)):
        if pool is not None:
            idle = pool.get_idle_size()
            connections.add_metric((name, "idle"), idle)
            connections.add_metric((name, "used"), pool.get_size() - idle)
            most.add_metric((name,), MOST_CONNECTIONS)
    yield connections
    yield most

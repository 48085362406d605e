"""The faults of a soak, each as it comes, and what was broken mended after it."""

import asyncio
import signal
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from redis.asyncio import Redis

from tests.faults.installation import Installation, Serving
from tests.faults.proxy import Proxy
from tests.soak.plan import Trouble


@dataclass(slots=True)
class Troublemaker:
    installation: Installation
    api: Serving
    workers: list[Serving]
    chance: Random
    variables: dict[str, str]
    done: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)
    """Processes that ended though nobody had killed them."""

    async def make(self, troubles: list[Trouble]) -> None:
        """One after the other."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for one in troubles:
            await asyncio.sleep(max(0.0, began + one.after - loop.time()))
            await self._look_after()
            await self._make(one)
            self.done[one.name] += 1

    async def mend(self) -> None:
        await self.installation.heal()
        await self._look_after()

    async def _make(self, trouble: Trouble) -> None:
        at = self.installation
        match trouble.name:
            case "worker killed":
                place = self.chance.randrange(len(self.workers))
                self.workers[place] = await self._killed(self.workers[place])
            case "worker stopped for seconds":
                await self._stopped(self.chance.choice(self.workers), 3 * trouble.seconds)
            case "API killed":
                self.api = await self._killed(self.api)
            case "API stopped for seconds":
                await self._stopped(self.api, trouble.seconds)
            case "PostgreSQL restarted immediately":
                await at.kill_database()
                await asyncio.sleep(trouble.seconds / 5)
                await at.database.start()
            case "Valkey flushed":
                async with Redis.from_url(at.valkey.address) as client:
                    await client.flushall()
            case "Valkey killed and restarted empty":
                await at.kill_valkey()
                await asyncio.sleep(trouble.seconds)
                await at.valkey.start()
            case "network to PostgreSQL slow":
                at.to_database.delay = 0.01
                await asyncio.sleep(trouble.seconds)
                await at.to_database.heal()
            case name:
                network = at.to_database if "PostgreSQL" in name else at.to_valkey
                await _disturb(network, name.rsplit(" ", 1)[-1], trouble.seconds)

    async def _killed(self, process: Serving) -> Serving:
        """Killed, and started again where it was."""
        await process.kill()
        self.installation.processes.remove(process)
        return await self._again(process)

    async def _again(self, process: Serving) -> Serving:
        """Started again, and waited for: whoever finds no database at its start ends, to be started by others again."""
        if process.name == "api":
            return await self.installation.start_api(**self.variables, SEATMARK_PORT=str(process.port))
        worker = await self.installation.start("worker", **self.variables)
        await worker.says("worker_started")
        return worker

    async def _stopped(self, process: Serving, seconds: float) -> None:
        process.send(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        process.send(signal.SIGCONT)

    async def _look_after(self) -> None:
        """Whoever has ended by itself is noted, and started again."""
        for place, worker in enumerate(self.workers):
            if not worker.is_alive:
                self.workers[place] = await self._surprised(worker)
        if not self.api.is_alive:
            self.api = await self._surprised(self.api)

    async def _surprised(self, process: Serving) -> Serving:
        said = process.log.read_text()[-600:]
        self.surprises.append(f"the {process.name} ended by itself with {process.running.returncode}: {said}")
        self.installation.processes.remove(process)
        return await self._again(process)


async def _disturb(network: Proxy, how: str, seconds: float) -> None:
    match how:
        case "cut":
            await network.cut()
        case "silent":
            network.silence()
        case "reset":
            network.reset()
        case "forgotten":
            network.forget()
    await asyncio.sleep(seconds)
    await network.heal()

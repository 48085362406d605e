"""Child processes that end when told to, and never outlive the process that started them."""

import asyncio
import ctypes
import functools
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class StartError(Exception):
    """Something could not be started. The message is one line for the person at the terminal, without secrets."""


def command(name: str) -> str:
    """Another command of ours, to be pasted: `.venv/bin/seatmark NAME` where a bare `seatmark` would not be found."""
    program = Path(sys.argv[0])
    found = shutil.which("seatmark")
    if program.name != "seatmark" or (found is not None and program.resolve() == Path(found).resolve()):
        return f"seatmark {name}"
    return f"{shlex.quote(str(program))} {name}"


def spawn(
    command: Sequence[str | Path],
    *,
    output: int | IO[Any],
    errors: int | IO[Any] | None = None,
    dies_by: signal.Signals,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    user: str | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that the terminal's Ctrl-C and hang-up reach only us.

    `output` takes both its streams, unless `errors` takes the second. On Linux the kernel sends it `dies_by` when our
    main thread dies, also by SIGKILL; call this from the main thread. `user` is the system user to become, which only
    root can ask for.

    Raises: OSError when the command cannot be run.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output if errors is None else errors,
        env=environment,
        cwd=directory,
        start_new_session=True,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        # Two system calls through ctypes, loaded before the fork: nothing here takes a lock another thread could hold.
        preexec_fn=functools.partial(_die_with_parent, os.getpid(), dies_by),  # noqa: PLW1509
    )


async def stop(process: subprocess.Popen[bytes], by: signal.Signals = signal.SIGTERM, *, patience: float) -> None:
    """End a child: `by`, then SIGKILL after `patience` seconds. Returns when it is gone."""
    if process.poll() is None:
        process.send_signal(by)
    deadline = asyncio.get_running_loop().time() + patience
    while process.poll() is None and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.02)
    if process.poll() is None:
        process.kill()
        process.wait()


def _die_with_parent(parent: int, by: signal.Signals) -> None:
    """Run between fork and exec. A parent that died before the call took effect is seen by its number."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(by))
        if os.getppid() != parent:
            os._exit(1)

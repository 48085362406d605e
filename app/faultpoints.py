"""Named places where a test may kill, stop, fail or slow the process, to see that nothing is left half done.

Inert unless SEATMARK_FAULT_POINT names one: "close.invoices" kills there the first time that it is passed. The whole
form is NAME:ACTION:NTH, and several are separated by commas: "purge.deleted:kill:3,close.recorded:raise".
"""

import os
import signal
import time
from collections import Counter

VARIABLE = "SEATMARK_FAULT_POINT"
KILL, HANG, RAISE, SLOW = "kill", "hang", "raise", "slow"

_SLOW = 0.5  # seconds
_passed: Counter[str] = Counter()


class FaultError(Exception):
    """What is raised at a place where a test asks for it."""


def fault_point(name: str) -> None:
    """Act here, when a test asks for it, the nth time that this place is passed and, but for a kill, ever after: end
    this process with SIGKILL, as a power failure would; stop it with SIGSTOP, as a machine that swaps does; raise
    FaultError; or let everything in it wait for half a second."""
    asked = os.environ.get(VARIABLE)
    if asked is None:
        return
    for one in asked.split(","):
        named, _, how = one.partition(":")
        if named == name:
            action, _, nth = how.partition(":")
            _act(name, action or KILL, int(nth or 1))


def _act(name: str, action: str, nth: int) -> None:
    _passed[name] += 1
    if _passed[name] < nth:
        return
    if action == RAISE:
        raise FaultError(name)
    if action == SLOW:
        time.sleep(_SLOW)
    else:
        os.kill(os.getpid(), signal.SIGSTOP if action == HANG else signal.SIGKILL)

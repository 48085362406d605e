"""Named places where a test may kill the process, to see that nothing is left half done.

Inert unless SEATMARK_FAULT_POINT names one: "close.invoices" kills there the first time it is passed.
"""

import os
import signal


def fault_point(name: str) -> None:
    """End this process with SIGKILL, as a power failure would, when a test asks for it at this place."""
    if os.environ.get("SEATMARK_FAULT_POINT") == name:
        os.kill(os.getpid(), signal.SIGKILL)

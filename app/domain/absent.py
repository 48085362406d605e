"""Not given at all, as opposed to given as nothing."""

from enum import Enum
from typing import Final


class Absent(Enum):
    """What an update says about a value that it leaves alone; None says that there is to be none."""

    ABSENT = "ABSENT"


ABSENT: Final = Absent.ABSENT

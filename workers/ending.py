"""Whether this process was told to end: long work stops at the end of a step, and goes on in another process."""

_asked: list[bool] = []


def ask_to_end() -> None:
    _asked.append(True)


def is_asked_to_end() -> bool:
    return bool(_asked)

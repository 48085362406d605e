"""Asking for part of a long list, by position and not by number."""

from dataclasses import dataclass
from typing import Any

from app.domain.errors import invalid

MOST_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The `limit` rows after a position, or before it and nearest to it; positions are ordering keys."""

    limit: int
    after: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None
    is_backward: bool = False

    def turned_round(self) -> "PageRequest":
        """The same page of a list in descending order, asked for of the one in ascending order."""
        return PageRequest(self.limit, self.before, self.after, not self.is_backward)


EVERYTHING = PageRequest(limit=2**31 - 2)


def page_request(
    first: int | None, last: int | None, after: tuple[Any, ...] | None, before: tuple[Any, ...] | None
) -> PageRequest:
    """`first` rows after, or `last` rows before; 50 when neither is said.

    Raises: DomainError INVALID_INPUT for both at once, or a number that is not between 0 and 100.
    """
    if first is not None and last is not None:
        raise invalid("Ask for `first` or for `last`, not for both.")
    limit = first if first is not None else last if last is not None else 50
    if not 0 <= limit <= MOST_PER_PAGE:
        raise invalid(f"A page has between 0 and {MOST_PER_PAGE} entries, not {limit}.")
    return PageRequest(limit, after, before, is_backward=last is not None)

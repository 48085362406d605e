"""Relay connections over keyset pages, with cursors bound to their list."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, Protocol, TypeVar
from uuid import UUID

import orjson
import strawberry
from strawberry.dataloader import DataLoader

from app.domain.errors import invalid
from app.domain.paging import PageRequest, page_request


class HasId(Protocol):
    @property
    def id(self) -> UUID: ...


_LARGEST = 2**63 - 1

Item = TypeVar("Item")
Identified = TypeVar("Identified", bound=HasId)
Node = TypeVar("Node")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is more before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last edge.")


@strawberry.type(description="An entry of a list with its position.")
class Edge(Generic[Node]):
    cursor: str = strawberry.field(description="The position, to be given as `after` or `before`.")
    node: Node = strawberry.field(description="The entry.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[Node]):
    nodes: list[Node] = strawberry.field(description="The entries.")
    has_next_page: strawberry.Private[bool]
    has_previous_page: strawberry.Private[bool]
    cursor_of: strawberry.Private[Callable[[int], str]]
    """Of an entry by its place; most who ask for a page ask for none."""
    counted: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="The entries with their positions.")
    def edges(self) -> list[Edge[Node]]:
        return [Edge(cursor=self.cursor_of(place), node=node) for place, node in enumerate(self.nodes)]

    @strawberry.field(description="Where the page stands.")
    def page_info(self) -> PageInfo:
        return PageInfo(
            has_next_page=self.has_next_page,
            has_previous_page=self.has_previous_page,
            start_cursor=self.cursor_of(0) if self.nodes else None,
            end_cursor=self.cursor_of(-1) if self.nodes else None,
        )

    @strawberry.field(description="How many entries the whole list has; counted only when asked for.")
    async def total_count(self) -> int:
        return await self.counted()


First = Annotated[
    int | None,
    strawberry.argument(
        description="At most so many, from the start: 0 to 100, and 50 where neither `first` nor `last` is given."
    ),
]
After = Annotated[
    str | None,
    strawberry.argument(description="Only what comes after this cursor: one of the same list in the same order."),
]
Last = Annotated[
    int | None, strawberry.argument(description="At most so many, from the end: 0 to 100; not together with `first`.")
]
Before = Annotated[
    str | None,
    strawberry.argument(description="Only what comes before this cursor: one of the same list in the same order."),
]


@dataclass(frozen=True, slots=True)
class Paging:
    """What a connection field is asked for."""

    first: int | None
    after: str | None
    last: int | None
    before: str | None


@dataclass(frozen=True, slots=True)
class Listing(Generic[Item]):
    """A list to page through: `name` and `scope` bind its cursors to it, `key` gives an entry's ordering key."""

    name: str
    scope: UUID
    key: Callable[[Item], tuple[Any, ...]]
    kinds: tuple[type, ...]
    load: Callable[[PageRequest], Awaitable[list[Item]]]
    count: Callable[[], Awaitable[int]]


async def connect(listing: Listing[Item], paging: Paging, wrap: Callable[[Item], Node]) -> Connection[Node]:
    """Load the page that is asked for.

    Raises: DomainError INVALID_INPUT for a page of a size that is not to be had, or a cursor of another list.
    """
    after, before = _position(listing, paging.after), _position(listing, paging.before)
    request = page_request(paging.first, paging.last, after, before)
    items = await listing.load(request)
    has_more = len(items) > request.limit
    items = items[: request.limit]
    if request.is_backward:
        items.reverse()
    return Connection(
        nodes=[wrap(item) for item in items],
        has_next_page=has_more if not request.is_backward else before is not None,
        has_previous_page=has_more if request.is_backward else after is not None,
        cursor_of=lambda place: _cursor(listing, listing.key(items[place])),
        counted=listing.count,
    )


def list_from(
    name: str, scope: UUID, ids: Sequence[UUID], rows: DataLoader[UUID, Identified | None]
) -> Listing[Identified]:
    """A listing of rows whose ids are known already, in ascending order of id."""

    async def load(request: PageRequest) -> list[Identified]:
        after = request.after[0] if request.after else None
        before = request.before[0] if request.before else None
        wanted = [one for one in ids if (after is None or one > after) and (before is None or one < before)]
        ordered = wanted[::-1] if request.is_backward else wanted
        found = await rows.load_many(ordered[: request.limit + 1])
        return [row for row in found if row is not None]

    async def count() -> int:
        return len(ids)

    return Listing(name, scope, lambda row: (row.id,), (UUID,), load, count)


def _cursor(listing: Listing[Item], key: tuple[Any, ...]) -> str:
    content = [listing.name, str(listing.scope), *(_as_text(part) for part in key)]
    return base64.urlsafe_b64encode(orjson.dumps(content)).decode()


def _as_text(part: Any) -> str:
    return part.isoformat() if isinstance(part, datetime) else str(part)


def _position(listing: Listing[Item], cursor: str | None) -> tuple[Any, ...] | None:
    if cursor is None:
        return None
    try:
        name, scope, *key = orjson.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        position = tuple(_parse(kind, part) for kind, part in zip(listing.kinds, key, strict=True))
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise invalid("That is not a cursor of ours.") from None
    if (name, scope) != (listing.name, str(listing.scope)):
        raise invalid("That cursor is of another list.")
    if _cursor(listing, position) != cursor:  # there is exactly one spelling for each
        raise invalid("That is not a cursor of ours.")
    return position


def _parse(kind: type, part: Any) -> Any:
    if not isinstance(part, str):
        raise TypeError("the parts of a cursor are strings")
    if kind is datetime:
        instant = datetime.fromisoformat(part)
        if instant.tzinfo is None:
            raise ValueError("an instant has an offset")
        return instant.astimezone(UTC)  # OverflowError for one that the calendar in UTC does not have
    if kind is date:
        return date.fromisoformat(part)
    if kind is int:
        return _parse_number(part)
    if "\x00" in part:
        raise ValueError("NUL cannot be stored, so no position has it")
    return kind(part)


def _parse_number(part: str) -> int:
    number = int(part)
    if abs(number) > _LARGEST:
        raise ValueError("no position has so large a number")
    return number

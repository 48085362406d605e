"""A list of objects of an input type, kept column by column."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

from typing_extensions import override

AS_TABLE = "seatmark-table"
"""Extension of an input type of which lists are given to their resolver so."""


class Table(Sequence[Mapping[str, Any]]):
    """As a list of objects that all have the same fields: a column costs as much as one object of it."""

    def __init__(self, columns: Mapping[str, list[Any]], length: int) -> None:
        self._columns = columns
        self._length = length

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]]) -> "Table":
        """Of one or more that have the same fields."""
        return cls({name: [one[name] for one in rows] for name in rows[0]}, len(rows))

    def column(self, name: str) -> list[Any]:
        return self._columns[name]

    @overload
    def __getitem__(self, place: int) -> Mapping[str, Any]: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Mapping[str, Any]]: ...

    @override
    def __getitem__(self, place: int | slice) -> Mapping[str, Any] | Sequence[Mapping[str, Any]]:
        return list(self)[place]

    @override
    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        names = tuple(self._columns)
        return (dict(zip(names, row, strict=True)) for row in zip(*self._columns.values(), strict=True))

    @override
    def __len__(self) -> int:
        return self._length

    @override
    def __repr__(self) -> str:
        return repr(list(self))

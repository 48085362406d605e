"""What the arguments of a field say of its cost: how many entries are asked for, and how many are given."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
    get_nullable_type,
    is_list_type,
)

from app.domain.paging import MOST_PER_PAGE
from app.http import weights

_GUESSED = tuple(sorted({place.rpartition(".")[2] for place in weights.GUESSES}))
_NESTED = frozenset({list, dict})
_PAGE = 50
"""Entries of a page when neither `first` nor `last` is given."""


@dataclass(frozen=True, slots=True)
class Given:
    length: int | None
    """How many entries the field may answer with; None where the arguments do not say."""
    items: int
    """Entries of lists in the arguments, at any depth."""
    extra: int
    """Points for arguments that make it dear."""
    guesses: int


def read_of(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Hashable:
    """All that `Arguments` can read of what was sent for a valid operation: where it is the same, so is what it says.
    It is small, whatever was sent, and has none of its text."""
    names = [one.variable.name.value for one in operation.variable_definitions or ()]
    return tuple((name, _read_of(variables[name])) for name in names if name in variables)


def _read_of(value: Any) -> Hashable:
    match value:
        case str():
            return str
        case list():
            return list, _count_json(value)
        case dict():
            return dict, _count_json(value), tuple(bool(value.get(name)) for name in _GUESSED)
        case _:
            return type(value), value


class Arguments:
    """Reads arguments as execution will: a variable that was not sent has its default.

    Values are not coerced as a whole, which takes long for a directory of 20 000 people and is done once more to
    execute: a page's size that is no whole number, and a list that is none, will be refused then.
    """

    def __init__(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> None:
        self._sent = variables
        definitions = operation.variable_definitions or ()
        self._defaults = {one.variable.name.value: one.default_value for one in definitions}
        self._counted: dict[str, int] = {}

    def of(self, field: GraphQLField, node: FieldNode, place: str) -> Given:
        nodes = {one.name.value: one.value for one in node.arguments or () if one.name.value in field.args}
        if not nodes and not field.args:
            return Given(None, 0, 0, 0)
        items = sum(self._count(one) for one in nodes.values())
        dear = [
            name for name in nodes if f"{place}.{name}" in weights.ARGUMENTS and self._value(nodes[name]) is not None
        ]
        extra = sum(weights.ARGUMENTS[f"{place}.{name}"] for name in dear)
        guesses = sum(self._is_guess(f"{place}.{name}", value) for name, value in nodes.items())
        return Given(self._length(field, nodes, items), items, extra, guesses)

    def _length(self, field: GraphQLField, nodes: Mapping[str, ValueNode], items: int) -> int | None:
        pages = [name for name in ("first", "last") if name in field.args]
        if pages:
            sizes = [self._page(nodes[name]) if name in nodes else field.args[name].default_value for name in pages]
            whole = [size for size in sizes if isinstance(size, int)]
            return max(0, min(max(whole, default=_PAGE), MOST_PER_PAGE))
        takes_list = any(is_list_type(get_nullable_type(one.type)) for one in field.args.values())
        return items if takes_list else max(items, weights.FEW) if "input" in field.args else None

    def _page(self, node: ValueNode) -> Any:
        """A size, or what cannot be one: then the page is as large as a page is when nothing is said."""
        value = self._value(node)
        return int(value.value) if isinstance(value, IntValueNode) else int(value) if _is_whole(value) else None

    def _value(self, node: ValueNode) -> Any:
        """A node, or what was sent for the variable; None for null and for nothing."""
        if isinstance(node, VariableNode):
            name = node.name.value
            return self._sent[name] if name in self._sent else self._value(self._defaults.get(name) or NullValueNode())
        return None if isinstance(node, NullValueNode) else node

    def _count(self, node: ValueNode) -> int:
        """Entries of lists in a value. What was sent for a variable is looked at once, however often it is used."""
        count = 0
        stack: list[ValueNode] = [node]
        while stack:
            match stack.pop():
                case ListValueNode(values=values):
                    count += len(values)
                    stack += values
                case ObjectValueNode(fields=fields):
                    stack += [one.value for one in fields]
                case VariableNode(name=name):
                    count += self._count_sent(name.value)
        return count

    def _count_sent(self, name: str) -> int:
        if name not in self._counted:
            default = self._defaults.get(name) or NullValueNode()
            self._counted[name] = _count_json(self._sent[name]) if name in self._sent else self._count(default)
        return self._counted[name]

    def _is_guess(self, place: str, node: ValueNode) -> bool:
        """Whether one of the fields of an argument is a guess."""
        value = self._value(node)
        if isinstance(value, ObjectValueNode):
            return any(
                f"{place}.{one.name.value}" in weights.GUESSES and self._value(one.value) for one in value.fields
            )
        return isinstance(value, dict) and any(
            f"{place}.{name}" in weights.GUESSES for name, one in value.items() if one
        )


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1


def _count_json(value: Any) -> int:
    """Entries of the lists in a value, at any depth."""
    count, level = 0, [value]
    while level:
        lists = [one for one in level if type(one) is list]
        within = chain(*lists, *(one.values() for one in level if type(one) is dict))
        count += sum(map(len, lists))
        level = [one for one in within if type(one) in _NESTED]
    return count

"""Whether an answer is what the schema promises to an operation."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    TypeNameMetaFieldDef,
    get_nullable_type,
    is_abstract_type,
    is_list_type,
    is_non_null_type,
)

_INT = range(-(2**31), 2**31)


def _is_instant(value: Any) -> bool:
    return isinstance(value, str) and value.endswith("Z") and datetime.fromisoformat(value).tzinfo is not None


# What a value of each scalar looks like in JSON. One that is not here fails, so that nothing new is forgotten.
SCALARS: dict[str, Callable[[Any], bool]] = {
    "Boolean": lambda value: isinstance(value, bool),
    "Date": lambda value: date.fromisoformat(value).isoformat() == value,
    "DateTime": _is_instant,
    "Decimal": lambda value: bool(re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", value)) and Decimal(value).is_finite(),
    "Email": lambda value: isinstance(value, str),  # of someone who was erased it is no address any more
    "Float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "ID": lambda value: isinstance(value, str) and value != "",
    "Int": lambda value: isinstance(value, int) and not isinstance(value, bool) and value in _INT,
    "JSON": lambda value: isinstance(value, dict),
    "Month": lambda value: bool(re.fullmatch(r"2[01]\d\d-(0[1-9]|1[0-2])", value)),
    "String": lambda value: isinstance(value, str),
    "TimeZone": lambda value: value in available_timezones(),
}


def find_faults(schema: GraphQLSchema, document: DocumentNode, answer: Any) -> list[str]:
    """What is wrong with the answer to a document with one operation, which has no @skip and no @include."""
    return list(_Reading(schema, document).faults(answer))


class _Reading:
    """An answer beside the operation that it is to."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self.schema = schema
        self.fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        (self.operation,) = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))

    def faults(self, answer: Any) -> Iterator[str]:
        if not isinstance(answer, dict) or not answer.keys() <= {"data", "errors", "extensions"}:
            yield f"not an answer: {answer!r:.200}"
            return
        yield from self._faults_of_errors(answer)
        if answer.get("data") is not None:
            root = self.schema.get_root_type(OperationType(self.operation.operation))
            assert root
            yield from self._object([self.operation.selection_set], root, answer["data"], [])
        elif not answer.get("errors"):
            yield "neither data nor errors"

    def _faults_of_errors(self, answer: dict[str, Any]) -> Iterator[str]:
        errors = answer.get("errors", [])
        if not isinstance(errors, list) or ("errors" in answer and not errors):
            yield f"errors: not a list of some: {errors!r:.200}"
            return
        for error in errors:
            if not isinstance(error.get("message"), str) or not error["message"]:
                yield f"errors: no message: {error!r:.200}"
            if not isinstance(error.get("extensions", {}).get("code"), str):
                yield f"errors: no code: {error!r:.200}"
            if not _leads_to_null(error.get("path", []), answer.get("data")):
                yield f"errors: the path leads to a value: {error!r:.200}"

    def _object(
        self, selections: list[SelectionSetNode], kind: GraphQLObjectType, value: Any, path: list[str | int]
    ) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path}: not an object: {value!r:.200}"
            return
        wanted: dict[str, list[FieldNode]] = {}
        for selection in selections:
            self._collect(selection, kind, wanted)
        if list(value) != list(wanted):
            yield f"{path}: fields {list(value)} instead of {list(wanted)}"
            return
        for key, nodes in wanted.items():
            name = nodes[0].name.value
            field = TypeNameMetaFieldDef if name == "__typename" else kind.fields[name]
            below = [node.selection_set for node in nodes if node.selection_set]
            if name == "__typename" and value[key] != kind.name:
                yield f"{[*path, key]}: {value[key]} instead of {kind.name}"
            yield from self._value(below, field.type, value[key], [*path, key])

    def _value(
        self, selections: list[SelectionSetNode], kind: GraphQLOutputType, value: Any, path: list[str | int]
    ) -> Iterator[str]:
        named = get_nullable_type(kind)
        if value is None:
            if is_non_null_type(kind):
                yield f"{path}: null in {kind}"
        elif is_list_type(named):
            if not isinstance(value, list):
                yield f"{path}: not a list: {value!r:.200}"
                return
            for number, item in enumerate(value):
                yield from self._value(selections, named.of_type, item, [*path, number])
        elif isinstance(named, GraphQLObjectType):
            yield from self._object(selections, named, value, path)
        elif isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            yield from self._abstract(selections, named, value, path)
        elif not self._is_leaf(named, value):
            yield f"{path}: no {named}: {value!r:.200}"

    def _abstract(
        self,
        selections: list[SelectionSetNode],
        kind: GraphQLInterfaceType | GraphQLUnionType,
        value: Any,
        path: list[str | int],
    ) -> Iterator[str]:
        """Of the possible types that of `__typename`; without one, any that the fields fit."""
        possible = self.schema.get_possible_types(kind)
        said = value.get("__typename") if isinstance(value, dict) else None
        tries = [list(self._object(selections, one, value, path)) for one in possible if said in (None, one.name)]
        if [] not in tries:
            yield from min(tries, key=len, default=[f"{path}: {said} is no {kind}"])

    def _is_leaf(self, kind: Any, value: Any) -> bool:
        if isinstance(kind, GraphQLEnumType):
            return value in kind.values
        try:
            return SCALARS[kind.name](value)
        except (TypeError, ValueError):
            return False

    def _collect(
        self, selection_set: SelectionSetNode, kind: GraphQLObjectType, wanted: dict[str, list[FieldNode]]
    ) -> None:
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                wanted.setdefault((selection.alias or selection.name).value, []).append(selection)
            elif isinstance(selection, FragmentSpreadNode):
                self._collect_part(self.fragments[selection.name.value], kind, wanted)
            elif isinstance(selection, InlineFragmentNode):
                self._collect_part(selection, kind, wanted)

    def _collect_part(
        self,
        part: FragmentDefinitionNode | InlineFragmentNode,
        kind: GraphQLObjectType,
        wanted: dict[str, list[FieldNode]],
    ) -> None:
        condition = self.schema.type_map[part.type_condition.name.value] if part.type_condition else kind
        if condition is kind or (is_abstract_type(condition) and self.schema.is_sub_type(condition, kind)):
            self._collect(part.selection_set, kind, wanted)


def _leads_to_null(path: list[str | int], data: Any) -> bool:
    """Whether the place of an error in the data is null, or lies in one that is."""
    for step in path:
        if data is None:
            return True
        data = data[step]
    return data is None

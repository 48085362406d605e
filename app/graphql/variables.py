"""Reading the variables of an operation: those that are as they should be, of which there may be hundreds, by readers
made once. Whatever else they are, graphql-core reads, and says what is wrong with it."""

from collections.abc import Callable, Collection, Mapping
from functools import cache
from itertools import repeat
from types import NoneType
from typing import Any, NamedTuple

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    VariableDefinitionNode,
    get_named_type,
    is_input_object_type,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.utilities.coerce_input_value import coerce_default_value

from app.graphql.table import AS_TABLE, Table

Reader = Callable[[Any], Any]
_MOST_ERRORS = 50
_AS_THEY_ARE: Mapping[object, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}


class _Unusual(Exception):  # noqa: N818 - nothing is wrong with it yet
    """Not what a reader reads."""


class _Variable(NamedTuple):
    signature: GraphQLVariableSignature
    read: Reader
    is_needed: bool
    """Whether it has a value to be read, or a default."""


class Variables:
    """Those of an operation, with their readers."""

    def __init__(self, schema: GraphQLSchema, definitions: Collection[VariableDefinitionNode]) -> None:
        self._schema = schema
        self._definitions = definitions
        self._variables: list[_Variable] | None = None

    def read(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values as `graphql.execution.get_variable_values` has them, or what is wrong with them."""
        try:
            return self._read(given)
        except Exception:  # noqa: BLE001 - it will be found again, and told
            return get_variable_values(self._schema, self._definitions, dict(given), max_errors=_MOST_ERRORS)

    def _read(self, given: Mapping[str, Any]) -> VariableValues:
        if self._variables is None:
            self._variables = [self._made(one) for one in self._definitions]
        values = VariableValues({}, {})
        for signature, read, is_needed in self._variables:
            name = signature.name
            if name in given:
                values.sources[name] = VariableValueSource(signature, given[name])
                values.coerced[name] = read(given[name])
            elif is_needed:
                raise _Unusual
            else:
                values.sources[name] = VariableValueSource(signature)
        return values

    def _made(self, definition: VariableDefinitionNode) -> _Variable:
        signature = get_variable_signature(self._schema, definition)
        if isinstance(signature, GraphQLError):
            raise signature
        is_needed = signature.default is not None or isinstance(signature.type, GraphQLNonNull)
        return _Variable(signature, _reader(signature.type), is_needed)


def _reader(kind: GraphQLInputType) -> Reader:
    if isinstance(kind, GraphQLNonNull):
        return _present(_reader_of_nullable(kind.of_type))
    return _optional(_reader_of_nullable(kind))


def _reader_of_nullable(kind: Any) -> Reader:
    if not isinstance(kind, GraphQLList):
        return _named(kind)
    item = kind.of_type.of_type if isinstance(kind.of_type, GraphQLNonNull) else kind.of_type
    read = _list(_reader(kind.of_type))
    is_even = isinstance(item, GraphQLInputObjectType) and not item.is_one_of and _is_read(item)
    return _objects(item, read) if is_even else read


def _present(read: Reader) -> Reader:
    def present(value: Any) -> Any:
        if value is None:
            raise _Unusual
        return read(value)

    return present


def _optional(read: Reader) -> Reader:
    return lambda value: None if value is None else read(value)


def _list(read: Reader) -> Reader:
    def items(value: Any) -> list[Any]:
        if type(value) is not list:
            raise _Unusual
        return [read(one) for one in value]

    return items


def _objects(kind: GraphQLInputObjectType, read_each: Reader) -> Reader:
    """A list of objects: of those that were all written with the same fields, field by field."""
    fields = [
        (name, field.out_name or name, _column(field.type), is_required_input_field(field), coerce_default_value(field))
        for name, field in kind.fields.items()
    ]
    is_plain = kind.out_type is GraphQLInputObjectType.out_type
    is_table = AS_TABLE in kind.extensions

    def objects(values: Any) -> Any:
        if type(values) is not list or set(map(type, values)) != {dict} or len(set(map(tuple, values))) != 1:
            return read_each(values)
        names = values[0].keys()
        if not names <= kind.fields.keys():
            raise _Unusual
        columns: dict[str, list[Any]] = {}
        for name, out_name, read, is_required, default in fields:
            if name in names:
                columns[out_name] = read([one[name] for one in values])
            elif is_required:
                raise _Unusual
            elif default is not Undefined:
                columns[out_name] = [default] * len(values)
        if is_table:
            return Table(columns, len(values))
        rows = map(dict, map(zip, repeat(columns), zip(*columns.values(), strict=True)))
        return list(rows) if is_plain else list(map(kind.out_type, rows))

    return objects


def _column(kind: GraphQLInputType) -> Reader:
    """Many values of the type."""
    named = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if named in _AS_THEY_ARE:
        known = {_AS_THEY_ARE[named]} if named is not kind else {_AS_THEY_ARE[named], NoneType}
        return lambda values: values if known.issuperset(map(type, values)) else _unread(values)
    read = _named(named) if isinstance(named, GraphQLEnumType) and named is not kind else _reader(kind)
    return lambda values: list(map(read, values))  # none of an enum's names is null


@cache
def _named(kind: Any) -> Reader:
    """Of a type of the schema."""
    if isinstance(kind, GraphQLInputObjectType):
        return _object(kind)
    if kind in _AS_THEY_ARE:
        return _as_it_is(_AS_THEY_ARE[kind])
    if isinstance(kind, GraphQLEnumType):
        return {name: kind.coerce_input_value(name) for name in kind.values}.__getitem__
    return _leaf(kind.coerce_input_value)


def _as_it_is(expected: type) -> Reader:
    def read(value: Any) -> Any:
        if type(value) is not expected:
            raise _Unusual
        return value

    return read


def _leaf(coerce: Reader) -> Reader:
    def read(value: Any) -> Any:
        found = coerce(value)
        if found is Undefined:
            raise _Unusual
        return found

    return read


def _object(kind: GraphQLInputObjectType) -> Reader:
    if not _is_read(kind):
        return _unread
    fields = [
        (name, field.out_name or name, _reader(field.type), is_required_input_field(field), coerce_default_value(field))
        for name, field in kind.fields.items()
    ]
    names = frozenset(kind.fields)

    def read(value: Any) -> Any:
        if type(value) is not dict or not names.issuperset(value):
            raise _Unusual
        found = {}
        for name, out_name, read_field, is_required, default in fields:
            if name in value:
                found[out_name] = read_field(value[name])
            elif is_required:
                raise _Unusual
            elif default is not Undefined:
                found[out_name] = default
        if kind.is_one_of and (len(found) != 1 or None in found.values()):
            raise _Unusual
        return kind.out_type(found)

    return read


def _is_read(kind: GraphQLInputObjectType) -> bool:
    """An object that may have itself in it could be nested too deeply, and is read by nobody here."""
    return kind not in _within(kind)


def _unread(_: Any) -> Any:
    raise _Unusual


def _within(kind: GraphQLInputObjectType) -> set[GraphQLInputObjectType]:
    """The types of objects that an object of the type may have in it, at any depth."""
    found: set[GraphQLInputObjectType] = set()
    left = [kind]
    while left:
        for field in left.pop().fields.values():
            one = get_named_type(field.type)
            if is_input_object_type(one) and one not in found:
                found.add(one)
                left.append(one)
    return found

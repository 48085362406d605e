"""Reading the variables of an operation: those that are as they should be, of which there may be hundreds, by a reader
made once for each type. Whatever else they are, graphql-core reads, and says what is wrong with it."""

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

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
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.utilities.coerce_input_value import coerce_default_value

Reader = Callable[[Any], Any]
_MOST_ERRORS = 50
_AS_THEY_ARE: Mapping[object, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}


class _Unusual(Exception):  # noqa: N818 - nothing is wrong with it yet
    """Not what a reader reads."""


def read_variables(
    schema: GraphQLSchema, definitions: Collection[VariableDefinitionNode], given: Mapping[str, Any]
) -> VariableValues | list[GraphQLError]:
    """The values as `graphql.execution.get_variable_values` has them, or what is wrong with them."""
    try:
        return _read(schema, definitions, given)
    except Exception:  # noqa: BLE001 - it will be found again, and told
        return get_variable_values(schema, definitions, dict(given), max_errors=_MOST_ERRORS)


def _read(
    schema: GraphQLSchema, definitions: Collection[VariableDefinitionNode], given: Mapping[str, Any]
) -> VariableValues:
    values = VariableValues({}, {})
    for definition in definitions:
        signature = get_variable_signature(schema, definition)
        if isinstance(signature, GraphQLError):
            raise signature
        if signature.name in given:
            values.sources[signature.name] = VariableValueSource(signature, given[signature.name])
            values.coerced[signature.name] = _reader(signature.type)(given[signature.name])
        elif signature.default is None and not isinstance(signature.type, GraphQLNonNull):
            values.sources[signature.name] = VariableValueSource(signature)
        else:
            raise _Unusual
    return values


def _reader(kind: GraphQLInputType) -> Reader:
    if isinstance(kind, GraphQLNonNull):
        return _present(_reader_of_nullable(kind.of_type))
    return _optional(_reader_of_nullable(kind))


def _reader_of_nullable(kind: Any) -> Reader:
    return _list(_reader(kind.of_type)) if isinstance(kind, GraphQLList) else _named(kind)


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
    """An object that may have itself in it could be nested too deeply, and is read by nobody here."""
    if kind in _within(kind):
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

"""Building inputs: what Strawberry finds out about a type for each value of it, found out once."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any

from graphql import GraphQLInputObjectType, get_nullable_type, is_leaf_type
from strawberry import Schema
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryObjectDefinition

Build = Callable[[type, Mapping[str, Any], InputContext], Any]


def build_by_plan(schema: Schema) -> None:
    """Build every input of the schema by a plan of its own, as Strawberry would have built it."""
    name_of = schema.config.name_converter.from_field
    for known in schema.schema_converter.type_map.values():
        if isinstance(known.implementation, GraphQLInputObjectType):
            assert isinstance(known.definition, StrawberryObjectDefinition)
            names = {field.python_name: name_of(field) for field in known.definition.fields}
            known.definition.from_input = _build(known.definition, known.implementation, names)


def _build(definition: StrawberryObjectDefinition, kind: GraphQLInputObjectType, names: Mapping[str, str]) -> Build:
    """`names` are those of the fields in the schema. A scalar or an enum is what graphql-core has made of it; whatever
    else, Strawberry converts."""
    absent = {
        field.python_name: None
        for field in definition.fields
        if field.default_value is MISSING and field.default_factory is MISSING
    }
    fields = {
        names[field.python_name]: (
            field.python_name,
            None
            if is_leaf_type(get_nullable_type(kind.fields[names[field.python_name]].type))
            else field.resolve_type(type_definition=definition),
        )
        for field in definition.fields
    }

    def build(of: type, value: Mapping[str, Any], context: InputContext) -> Any:
        given: dict[str, Any] = dict(absent)
        for name, one in value.items():
            python_name, converted = fields[name]
            given[python_name] = one if converted is None else context.convert(one, converted, name)
        return of(**given)

    return build

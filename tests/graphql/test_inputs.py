"""Inputs are built as Strawberry builds them."""

from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_nullable_type,
    is_required_input_field,
)
from strawberry.types.arguments import convert_argument

from app.graphql.schema import schema

INPUTS = sorted(
    (one for one in schema.core.type_map.values() if isinstance(one, GraphQLInputObjectType)),
    key=lambda one: one.name,
)


def sample(kind: Any, depth: int = 0) -> Any:
    """A value as graphql-core gives it, whatever a scalar takes it for."""
    kind = get_nullable_type(kind)
    if isinstance(kind, GraphQLList):
        return [sample(kind.of_type, depth), sample(kind.of_type, depth)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values.values())).value
    if isinstance(kind, GraphQLInputObjectType):
        return whole(kind, depth + 1)
    return f"{kind.name} of {depth}"


def whole(kind: GraphQLInputObjectType, depth: int = 0) -> dict[str, Any]:
    """Every field; deep down only those that have to be there."""
    fields = {name: one for name, one in kind.fields.items() if depth < 3 or is_required_input_field(one)}
    given = {name: sample(one.type, depth) for name, one in fields.items()}
    return dict(list(given.items())[:1]) if kind.is_one_of else given


def built(kind: GraphQLInputObjectType, value: dict[str, Any]) -> Any:
    converter = schema.schema_converter
    of = kind.extensions["strawberry-definition"].origin
    return convert_argument(value, of, converter.scalar_registry, schema.config)


@pytest.mark.parametrize("kind", INPUTS, ids=lambda kind: kind.name)
def test_an_input_is_built_as_strawberry_builds_it(
    kind: GraphQLInputObjectType, monkeypatch: pytest.MonkeyPatch
) -> None:
    values: list[dict[str, Any]] = [
        whole(kind),
        {name: sample(one.type) for name, one in kind.fields.items() if isinstance(one.type, GraphQLNonNull)},
    ]
    values += [{name: value} for name, value in whole(kind).items()] if kind.is_one_of else []
    values += [
        {**values[1], name: None} for name, one in kind.fields.items() if not isinstance(one.type, GraphQLNonNull)
    ]
    ours = [built(kind, value) for value in values]
    for one in INPUTS:
        monkeypatch.setattr(one.extensions["strawberry-definition"], "from_input", None)
    assert ours == [built(kind, value) for value in values]
    assert all(type(one) is kind.extensions["strawberry-definition"].origin for one in ours)

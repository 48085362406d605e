"""Giving the domain's enums to the schema, every value with its description."""

from collections.abc import Mapping
from enum import Enum

import strawberry


def describe_enum(enum: type[Enum], description: str, values: Mapping[str, str], name: str | None = None) -> None:
    """Make the enum a GraphQL type. Raises: KeyError when a value has no description."""
    described = strawberry.enum(enum, name=name, description=description)
    for value in described.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]

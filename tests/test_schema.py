"""The public schema: `schema.graphql` is what the code prints, and everything in it is described."""

import re
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    build_schema,
    is_specified_scalar_type,
)

from app.graphql.schema import print_sdl

STORED = Path(__file__).parent.parent / "schema.graphql"
DEPRECATION = re.compile(r"Removed after 20\d\d-[01]\d-[0-3]\d: use `[A-Za-z.]+`.*")
SENTENCE = re.compile(r"[A-Z\[`].*[.:\"]", re.DOTALL)
RULE_NUMBER = re.compile(r"\bR\d+\.\d+\b")


def named_types() -> list[GraphQLNamedType]:
    types = build_schema(print_sdl()).type_map.values()
    return [one for one in types if not one.name.startswith("__") and not is_specified_scalar_type(one)]


def descriptions_of(one: GraphQLNamedType) -> dict[str, str | None]:
    """Every description in a type, by where it stands."""
    found = {one.name: one.description}
    if isinstance(one, GraphQLEnumType):
        found |= {f"{one.name}.{name}": value.description for name, value in one.values.items()}
    if isinstance(one, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        found |= {f"{one.name}.{name}": field.description for name, field in one.fields.items()}
    if isinstance(one, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in one.fields.items():
            found |= {f"{one.name}.{name}({key})": argument.description for key, argument in field.args.items()}
    return found


def deprecations() -> dict[str, str]:
    """The reason of everything that is deprecated, by where it stands."""
    found: dict[str, str | None] = {}
    for one in named_types():
        parts = getattr(one, "values", None) if isinstance(one, GraphQLEnumType) else getattr(one, "fields", None)
        for name, part in (parts or {}).items():
            found[f"{one.name}.{name}"] = part.deprecation_reason
            arguments = getattr(part, "args", {})
            found |= {f"{one.name}.{name}({key})": value.deprecation_reason for key, value in arguments.items()}
    return {place: reason for place, reason in found.items() if reason is not None}


def all_descriptions() -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for one in named_types():
        found |= descriptions_of(one)
    return found


def test_the_stored_schema_is_the_one_the_code_prints() -> None:
    assert STORED.read_text() == print_sdl(), "run `make schema`"


def test_every_type_field_argument_and_enum_value_is_described() -> None:
    assert [place for place, text in all_descriptions().items() if not text] == []


def test_whatever_is_deprecated_says_until_when_it_is_there_and_what_to_use() -> None:
    assert [place for place, reason in deprecations().items() if not DEPRECATION.fullmatch(reason)] == []


def test_every_directive_is_described() -> None:
    directives = build_schema(print_sdl()).directives
    described = {one.name: [one.description, *(arg.description for arg in one.args.values())] for one in directives}
    assert [name for name, texts in described.items() if not all(texts)] == []


def test_descriptions_are_sentences() -> None:
    """They begin with a capital and end with a full stop; nothing is said twice in a row."""
    odd = [place for place, text in all_descriptions().items() if text and not SENTENCE.fullmatch(text.strip())]
    assert odd == []


def test_rule_numbers_stay_out_of_the_schema() -> None:
    assert [place for place, text in all_descriptions().items() if RULE_NUMBER.search(text or "")] == []


def test_every_mutation_takes_one_input_and_answers_its_payload_or_a_user_error() -> None:
    schema = build_schema(print_sdl())
    assert schema.mutation_type is not None
    for name, field in schema.mutation_type.fields.items():
        type_name = name[0].upper() + name[1:]
        assert list(field.args) == ["input"], name
        assert str(field.args["input"].type) == f"{type_name}Input!", name
        assert str(field.type) == f"{type_name}Result!", name
        union = schema.type_map[f"{type_name}Result"]
        assert sorted(one.name for one in union.types) == sorted([f"{type_name}Payload", "UserError"]), name  # type: ignore[attr-defined]

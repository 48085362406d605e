"""Where the schema takes something: every argument and every field of an input, with a document that brings it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
    is_required_input_field,
)

Value = Any
Ids = Mapping[str, str]
"""Ids that exist, by what inputs call them."""

ROUTES = {
    "Query": "%s",
    "Viewer": "viewer { %s }",
    "Organization": "node(id: $organizationId) { ... on Organization { %s } }",
    "BillingAccount": "node(id: $organizationId) { ... on Organization { billing { %s } } }",
    "Peak": "node(id: $organizationId) { ... on Organization { seats { peak { %s } } } }",
    "Team": "node(id: $teamId) { ... on Team { %s } }",
    "Issue": "node(id: $issueId) { ... on Issue { %s } }",
    "Board": "node(id: $boardId) { ... on Board { %s } }",
    "PartnerKey": "node(id: $partnerKeyId) { ... on PartnerKey { %s } }",
    "Webhook": "node(id: $webhookId) { ... on Webhook { %s } }",
    "TestClock": "node(id: $testClockId) { ... on TestClock { %s } }",
}
"""How to come to a field of a type, by the ids that exist."""

ANSWERS = {"invoicePreview": " { impact { __typename } }"}
"""What to ask of a field so that it looks at its arguments."""

SAMPLES: dict[str, Value] = {
    "Int": 1,
    "Float": 1.5,
    "Boolean": True,
    "Decimal": "1",
    "DateTime": "2021-02-01T00:00:00Z",
    "Date": "2021-02-01",
    "Month": "2021-01",
    "Email": "sample@sample.example",
    "TimeZone": "Europe/Moscow",
    "String": "sample",
}
OPTIONAL = {"WebhookCreateInput": {"organizationId"}}
"""What an operator has to give, though others may leave it out."""


def load_schema() -> GraphQLSchema:
    return build_schema(Path(__file__).parent.parent.parent.joinpath("schema.graphql").read_text())


SCHEMA = load_schema()


@dataclass(frozen=True, slots=True)
class Place:
    """An argument, or a field at any depth of its input object."""

    type_name: str
    field: str
    path: tuple[str, ...]
    scalar: str

    @property
    def name(self) -> str:
        return ".".join((self.type_name, self.field, *self.path))

    def document(self) -> str:
        """An operation that takes the argument as the variable `value`."""
        field = _type(self.type_name).fields[self.field]
        ids = f", ${start_of(self.type_name)}: ID!" if start_of(self.type_name) else ""
        is_object = not is_leaf_type(get_named_type(field.type))
        others = "".join(
            f", ${name}: {one.type}"
            for name, one in field.args.items()
            if name != self.path[0] and is_required_argument(one)
        )
        given = ", ".join(
            f"{name}: ${'value' if name == self.path[0] else name}"
            for name, one in field.args.items()
            if name == self.path[0] or is_required_argument(one)
        )
        answer = " { __typename ... on UserError { code problems { code path } } }" if self.is_mutation else ""
        answer = answer or ANSWERS.get(self.field) or (" { __typename }" if is_object else "")
        route = "%s" if self.is_mutation else ROUTES[self.type_name]
        kind = "mutation" if self.is_mutation else "query"
        value = f"$value: {field.args[self.path[0]].type}"
        return f"{kind}({value}{ids}{others}) {{ {route % f'{self.field}({given}){answer}'} }}"

    def variables(self, value: Value, ids: Ids) -> dict[str, Value]:
        """With the value at the place, and samples for whatever else is required."""
        field = _type(self.type_name).fields[self.field]
        filled = {name: sample(one.type, name, ids) for name, one in field.args.items() if is_required_argument(one)}
        given = filled | {"value": _with(field.args[self.path[0]].type, self.path, value, ids)}
        route_id = start_of(self.type_name)
        return given | ({route_id: ids[route_id]} if route_id in ids else {})

    @property
    def is_mutation(self) -> bool:
        return self.type_name == "Mutation"


def places(*scalars: str) -> Iterator[Place]:
    """Everywhere that one of these scalars is taken by what is asked once; subscriptions have tests of their own."""
    for one in SCHEMA.type_map.values():
        if not isinstance(one, GraphQLObjectType) or one.name.startswith("__") or one is SCHEMA.subscription_type:
            continue
        for name, field in one.fields.items():
            for argument, taken in field.args.items():
                for path, scalar in _leaves(taken.type, (argument,)):
                    if scalar in scalars:
                        yield Place(one.name, name, path, scalar)


def sample(wanted: Any, name: str, ids: Ids) -> Value:
    """Something of the type that means something."""
    bare, named = get_nullable_type(wanted), get_named_type(wanted)
    if is_list_type(bare):
        return [sample(bare.of_type, name.removesuffix("s"), ids)]
    if is_input_object_type(named):
        if named.is_one_of:
            key, one = next(iter(named.fields.items()))
            return {key: sample(one.type, key, ids)}
        also = OPTIONAL.get(named.name, ())
        needed = {key: one for key, one in named.fields.items() if is_required_input_field(one) or key in also}
        return {key: sample(one.type, key, ids) for key, one in needed.items()}
    if is_enum_type(named):
        return next(iter(named.values))
    return ids.get(name, "sample") if named.name == "ID" else SAMPLES[named.name]


def _with(wanted: Any, path: tuple[str, ...], value: Value, ids: Ids) -> Value:
    """A sample of the type with the value at the path, whose first part is the name of the whole."""
    bare = get_nullable_type(wanted)
    if is_list_type(bare):
        return [_with(bare.of_type, path, value, ids)]
    if len(path) == 1:
        return value
    named: GraphQLInputObjectType = get_named_type(wanted)
    filled = {} if named.is_one_of else sample(named, path[0], ids)
    return {**filled, path[1]: _with(named.fields[path[1]].type, path[1:], value, ids)}


def _leaves(wanted: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    named = get_named_type(wanted)
    if is_leaf_type(named):
        yield path, named.name
        return
    for name, field in named.fields.items():
        yield from _leaves(field.type, (*path, name))


def _type(name: str) -> GraphQLObjectType:
    found = SCHEMA.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found


def start_of(type_name: str) -> str:
    """The variable with the id that the route to a type starts from."""
    start = ROUTES.get(type_name, "").partition("(id: $")[2]
    return start.partition(")")[0]

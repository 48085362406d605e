"""Inputs made from the schema: something of the right type for every argument."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    get_named_type,
)

SCALARS: Mapping[str, Any] = {
    "String": "sample",
    "Int": 1,
    "Float": 1.0,
    "Boolean": True,
    "Decimal": "1",
    "DateTime": "2021-02-03T08:00:00Z",
    "Email": "sample@x.example",
    "TimeZone": "Europe/Moscow",
    "Date": "2021-02-03",
    "Month": "2021-03",
}
NAMED: Mapping[str, Any] = {
    "currency": "RUB",
    "key": "SAM",
    "contentType": "text/plain",
    "slug": "sample",
    "url": "https://receiver.example/",
    "taxNumber": "7707083893",
}
"""By the field's name, where the type does not say enough."""
NODES: Mapping[str, str] = {
    "parentId": "Department",
    "assigneeId": "Member",
    "authorId": "Member",
    "watchedBy": "Member",
    "baselineId": "PriceList",
    "changeId": "SeatChange",
    "robot": "Member",
    "deliveryIds": "WebhookDelivery",
}
"""By the field's name: the type that an id is of, where the name is not it."""


def node_type_of(name: str) -> str:
    """memberId, memberIds, addMemberIds → Member."""
    if name in NODES:
        return NODES[name]
    noun = name.removesuffix("s").removesuffix("Id")
    for prefix in ("add", "remove", "deactivate", "seatWaiting"):
        noun = noun.removeprefix(prefix)
    return noun[0].upper() + noun[1:]


def sample(kind: GraphQLInputType, name: str, ids: Mapping[str, str]) -> Any:
    """A value of the type for a field of that name, with the ids given by the type that they are of."""
    if isinstance(kind, GraphQLNonNull):
        return sample(kind.of_type, name, ids)
    if isinstance(kind, GraphQLList):
        return [sample(kind.of_type, name, ids)]
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        return sample_object(named, ids)
    if isinstance(named, GraphQLEnumType):
        return next(iter(named.values))
    return ids[node_type_of(name)] if named.name == "ID" else NAMED.get(name, SCALARS[named.name])


def sample_object(kind: GraphQLInputObjectType, ids: Mapping[str, str]) -> dict[str, Any]:
    """With everything that must be given, and nothing else; of a @oneOf input its first field."""
    if kind.is_one_of:
        first = next(iter(kind.fields))
        return {first: sample(kind.fields[first].type, first, ids)}
    return {
        name: sample(field.type, name, ids)
        for name, field in kind.fields.items()
        if isinstance(field.type, GraphQLNonNull) and field.default_value is Undefined
    }

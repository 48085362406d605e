"""Spans of resolvers that do work, put into the schema where traces are wanted; elsewhere fields are as they were."""

from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from graphql import GraphQLFieldResolver, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema
from graphql.pyutils import Path

from app.graphql.context import Context
from app.telemetry import traces


def trace_resolvers(schema: GraphQLSchema) -> None:
    """Fields that answer by themselves, from a row that is there, have no span, nor has any in a list: what those wait
    for is loaded for all of them at once, and seen as SQL."""
    for kind in schema.type_map.values():
        if not isinstance(kind, GraphQLObjectType):
            continue
        for name, field in kind.fields.items():
            definition = field.extensions.get("strawberry-definition")
            if field.resolve is not None and definition is not None and definition.is_async:
                field.resolve = Traced(f"{kind.name}.{name}", field.resolve)


@dataclass(frozen=True, slots=True)
class Traced:
    """A resolver with a span around it."""

    name: str
    resolve: GraphQLFieldResolver

    def __call__(self, source: Any, info: GraphQLResolveInfo[Context], **given: Any) -> Any:
        if not traces.is_on() or _is_in_list(info.path):
            return self.resolve(source, info, **given)
        return _resolved(self.name, self.resolve, source, info, given)


async def _resolved(
    name: str, resolve: GraphQLFieldResolver, source: Any, info: GraphQLResolveInfo[Context], given: dict[str, Any]
) -> Any:
    with traces.span(name):
        found = resolve(source, info, **given)
        return await found if isawaitable(found) else found


def _is_in_list(path: Path) -> bool:
    while path.prev is not None:
        path = path.prev
        if isinstance(path.key, int):
            return True
    return False

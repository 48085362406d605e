"""Fields that a loader answers: asked one by one, by way of it; of a whole list (`plans`), all at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import GraphQLFieldResolver, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema
from strawberry.dataloader import DataLoader

from app.graphql.context import Context, Info
from app.graphql.loaders import Loaders

_READING = "reading"


@dataclass(frozen=True, slots=True)
class Reading:
    """How such a field is read: `key` is what the loader is asked by for an object, where None asks nothing; `shown`
    makes what the field answers of what is found. What has no key or is not found is null."""

    loader: Callable[[Loaders], DataLoader[Any, Any]]
    key: Callable[[Any], Any]
    shown: Callable[[Any], Any]
    is_late: bool = False
    """Whether it is read after others of the same list, by which what it takes may be known."""

    async def of_one(self, source: Any, loaders: Loaders) -> Any:
        key = self.key(source)
        return self._shown(await self.loader(loaders).load(key)) if key is not None else None

    async def of_all(self, sources: Sequence[Any], loaders: Loaders) -> list[Any]:
        """As `of_one`, in the order of the objects; past the loader's cache. Raises: what the loader does."""
        keys = [self.key(one) for one in sources]
        asked = [key for key in keys if key is not None]
        found = iter(await self.loader(loaders).load_fn(asked) if asked else ())
        return [self._shown(next(found)) if key is not None else None for key in keys]

    def _shown(self, found: Any) -> Any:
        if isinstance(found, BaseException):  # of one key alone
            raise found
        return self.shown(found) if found is not None else None


@dataclass(frozen=True, slots=True)
class Together:
    """The resolver of such a field, as the schema has it."""

    resolve: GraphQLFieldResolver
    reading: Reading

    def __call__(self, source: Any, info: GraphQLResolveInfo[Context], **given: Any) -> Any:
        return self.resolve(source, info, **given)


def together(
    loader: Callable[[Loaders], DataLoader[Any, Any]],
    key: Callable[[Any], Any],
    shown: Callable[[Any], Any] = lambda found: found,
    *,
    is_late: bool = False,
    description: str,
) -> Any:
    """A field, the type of which is annotated; see `Reading`."""
    reading = Reading(loader, key, shown, is_late)

    async def resolve(self: Any, info: Info) -> Any:
        return await reading.of_one(self, info.context.loaders)

    return strawberry.field(resolver=resolve, description=description, metadata={_READING: reading})


def mark(schema: GraphQLSchema) -> None:
    """Let the resolvers of such fields be known by what they are."""
    for kind in schema.type_map.values():
        if not isinstance(kind, GraphQLObjectType):
            continue
        for field in kind.fields.values():
            definition = field.extensions.get("strawberry-definition")
            if definition is not None and field.resolve is not None and _READING in definition.metadata:
                field.resolve = Together(field.resolve, definition.metadata[_READING])

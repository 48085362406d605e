"""The fragments of a document, each after those that it spreads, so that none has to be looked at twice."""

from collections.abc import Iterator, Mapping

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    SelectionNode,
    SelectionSetNode,
)

INVALID = "GRAPHQL_VALIDATION_FAILED"

Fragments = Mapping[str, FragmentDefinitionNode]


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """By name. Of two with one name the last; validation refuses them."""
    return {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}


def walk(selection_set: SelectionSetNode | None) -> Iterator[SelectionNode]:
    """Every selection as it is written, spreading nothing."""
    stack = [selection_set]
    while stack:
        current = stack.pop()
        for selection in current.selections if current else ():
            yield selection
            stack.append(getattr(selection, "selection_set", None))


def spreads_of(selection_set: SelectionSetNode | None) -> dict[str, FragmentSpreadNode]:
    """The fragments that are spread somewhere in it, each once."""
    return {one.name.value: one for one in walk(selection_set) if isinstance(one, FragmentSpreadNode)}


def in_order(fragments: Fragments) -> list[FragmentDefinitionNode]:
    """Raises: GraphQLError for fragments that spread themselves, or one that there is none of."""
    spreads = {name: spreads_of(fragment.selection_set) for name, fragment in fragments.items()}
    done: dict[str, FragmentDefinitionNode] = {}
    for start in fragments:
        path = {} if start in done else {start: iter(spreads[start].items())}
        while path:
            name = next(reversed(path))
            step = next(path[name], None)
            if step is None:
                del path[name]
                done[name] = fragments[name]
                continue
            spread, node = step
            check_defined(fragments, spread, node)
            if spread in path:
                raise _invalid(f"Cannot spread fragment '{spread}' within itself.", node)
            if spread not in done:
                path[spread] = iter(spreads[spread].items())
    return list(done.values())


def check_defined(fragments: Fragments, name: str, node: FragmentSpreadNode) -> None:
    """Raises: GraphQLError."""
    if name not in fragments:
        raise _invalid(f"Unknown fragment '{name}'.", node)


def _invalid(message: str, node: FragmentSpreadNode) -> GraphQLError:
    return GraphQLError(message, nodes=[node], extensions={"code": INVALID})

"""What is asked for below a field, known before the field is resolved."""

from collections.abc import Iterable
from itertools import chain

from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionNode

from app.graphql.context import Context, Info


def below(info: Info) -> GraphQLResolveInfo[Context]:
    """What the functions here look at, of a resolver's own."""
    return info._raw_info  # noqa: SLF001 - Strawberry's selections are made anew, with every argument, each time


def is_asked_for(info: GraphQLResolveInfo[Context], name: str) -> bool:
    """Whether a field of this name may be asked of what the field answers: @skip and @include are not looked at."""
    return name in _asked(info)


def asks_only_for(info: GraphQLResolveInfo[Context], *names: str) -> bool:
    """Whether no other fields than these are asked of what the field answers, wherever @skip and @include are."""
    return _asked(info) <= {*names, "__typename"}


def _asked(info: GraphQLResolveInfo[Context]) -> set[str]:
    selections = [node.selection_set.selections for node in info.field_nodes if node.selection_set]
    return _names(chain.from_iterable(selections), info)


def _names(selections: Iterable[SelectionNode], info: GraphQLResolveInfo[Context]) -> set[str]:
    names: set[str] = set()
    for one in selections:
        match one:
            case FieldNode():
                names.add(one.name.value)
            case InlineFragmentNode():
                names |= _names(one.selection_set.selections, info)
            case FragmentSpreadNode():
                names |= _names(info.fragments[one.name.value].selection_set.selections, info)
    return names

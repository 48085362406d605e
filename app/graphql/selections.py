"""What is asked for below a field, known before the field is resolved."""

from collections.abc import Iterable

from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionNode

from app.graphql.context import Context


def is_asked_for(info: GraphQLResolveInfo[Context], name: str) -> bool:
    """Whether a field of this name may be asked of what the field answers: @skip and @include are not looked at."""
    return any(node.selection_set and _has(node.selection_set.selections, name, info) for node in info.field_nodes)


def _has(selections: Iterable[SelectionNode], name: str, info: GraphQLResolveInfo[Context]) -> bool:
    for one in selections:
        match one:
            case FieldNode():
                if one.name.value == name:
                    return True
            case InlineFragmentNode():
                if _has(one.selection_set.selections, name, info):
                    return True
            case FragmentSpreadNode():
                if _has(info.fragments[one.name.value].selection_set.selections, name, info):
                    return True
    return False

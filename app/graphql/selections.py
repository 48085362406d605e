"""What is asked for below a field, known before the field is resolved."""

from collections.abc import Iterable

from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionNode

from app.graphql.context import Context, Info


def is_asked_for(info: Info, name: str) -> bool:
    """Whether a field of this name may be asked of what the field answers: @skip and @include are not looked at."""
    raw: GraphQLResolveInfo[Context] = info._raw_info  # noqa: SLF001 - `selected_fields` reads every argument below
    return any(node.selection_set and _has(node.selection_set.selections, name, raw) for node in raw.field_nodes)


def _has(selections: Iterable[SelectionNode], name: str, raw: GraphQLResolveInfo[Context]) -> bool:
    for one in selections:
        match one:
            case FieldNode():
                if one.name.value == name:
                    return True
            case InlineFragmentNode():
                if _has(one.selection_set.selections, name, raw):
                    return True
            case FragmentSpreadNode():
                if _has(raw.fragments[one.name.value].selection_set.selections, name, raw):
                    return True
    return False

"""Queries of every sort: made from the schema by hypothesis-graphql, and varied in the ways that it does not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
    print_ast,
    validate,
)
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

Drawn = TypeVar("Drawn")
Draw = Callable[[st.SearchStrategy[Drawn]], Drawn]

_ROOTS = ("organization", "nodes", "accessCheck", "viewer")
VARIABLES = {"yes": True, "no": False}
_DIRECTIVES = ["@include(if: $yes)", "@include(if: $no)", "@skip(if: $yes)", "@skip(if: $no)", "@skip(if: true)"]
_DEFINED = "query($yes: Boolean!, $no: Boolean!) { __typename }"
_VALUES = {
    "Int": st.integers(0, 5).map(nodes.Int),
    "DateTime": st.just("2021-02-03T08:00:00Z").map(nodes.String),
    "Date": st.just("2021-02-03").map(nodes.String),
    "Month": st.sampled_from(["2021-01", "2021-02"]).map(nodes.String),
    "Decimal": st.just("1").map(nodes.String),
    "Email": st.just("seated@x.example").map(nodes.String),
    "TimeZone": st.just("Europe/Moscow").map(nodes.String),
}


def questions(schema: GraphQLSchema, ids: Mapping[str, str]) -> st.SearchStrategy[str]:
    """Valid documents that take VARIABLES, and ask by these ids, of which one is the organization's. hypothesis-graphql
    does not know of inputs of which exactly one field is given."""
    values = {**_VALUES, "ID": st.sampled_from(sorted(ids.values())).map(nodes.String)}
    made = [queries(schema, fields=[name], custom_scalars=values, allow_null=False) for name in _ROOTS]
    varied = st.composite(_varied)(st.one_of(made), schema, ids["Organization"])
    return varied.filter(lambda one: not validate(schema, parse(one)))


def questions_of_lists(schema: GraphQLSchema, ids: Mapping[str, str]) -> st.SearchStrategy[str]:
    """As `questions`, of the lists of an organization, which those of hypothesis-graphql seldom ask for."""
    kind = schema.type_map["Organization"]
    assert isinstance(kind, GraphQLObjectType)
    lists = [name for name, one in kind.fields.items() if get_named_type(one.type).name.endswith("Connection")]
    made = st.composite(_of_list)(schema, kind, [*["members"] * len(lists), *lists])
    return st.composite(_varied)(made, schema, ids["Organization"])


def _of_list(draw: Draw[Any], schema: GraphQLSchema, kind: GraphQLObjectType, lists: list[str]) -> str:
    name = draw(st.sampled_from(lists))
    connection = get_named_type(kind.fields[name].type)
    assert isinstance(connection, GraphQLObjectType)
    below = _selected(draw, schema, get_named_type(connection.fields["nodes"].type), 3)
    around = draw(st.sampled_from(["nodes %s", "edges { cursor node %s }", "totalCount nodes %s"]))
    return f"{{ organization {{ {name} {{ {around % below} }} }} }}"


def _selected(draw: Draw[Any], schema: GraphQLSchema, kind: GraphQLNamedType, depth: int) -> str:
    if isinstance(kind, GraphQLUnionType | GraphQLInterfaceType):
        one = draw(st.sampled_from(schema.get_possible_types(kind)))
        return f"{{ __typename ... on {one.name} {_selected(draw, schema, one, depth)} }}"
    assert isinstance(kind, GraphQLObjectType)
    asked = {name: one for name, one in kind.fields.items() if not any(map(is_required_argument, one.args.values()))}
    leaves = [name for name, one in asked.items() if is_leaf_type(get_named_type(one.type))]
    names = [name for name in asked if name not in leaves]
    fields = draw(st.lists(st.sampled_from(leaves), min_size=1, max_size=5, unique=True)) if leaves else ["__typename"]
    for name in draw(st.lists(st.sampled_from(names), max_size=2, unique=True)) if names and depth else ():
        fields.append(f"{name} {_selected(draw, schema, get_named_type(kind.fields[name].type), depth - 1)}")
    return f"{{ {' '.join(fields)} }}"


def _varied(draw: Draw[Any], made: st.SearchStrategy[str], schema: GraphQLSchema, organization_id: str) -> str:
    (operation,) = parse(draw(made), no_location=True).definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert schema.query_type is not None
    variation = _Variation(draw, schema, organization_id, keeps_arguments=draw(st.sampled_from([False, False, True])))
    selections = variation.of(operation.selection_set, schema.query_type)
    (defined,) = parse(_DEFINED, no_location=True).definitions
    assert isinstance(defined, OperationDefinitionNode)
    whole = OperationDefinitionNode(
        operation=defined.operation,
        variable_definitions=defined.variable_definitions,
        directives=(),
        selection_set=SelectionSetNode(selections=(*selections.selections, *_marked(defined.selection_set))),
    )
    return print_ast(DocumentNode(definitions=(whole, *variation.fragments)))


def _marked(selection_set: SelectionSetNode) -> list[FieldNode]:
    """Its fields with every directive, so that every variable is used."""
    (one,) = selection_set.selections
    assert isinstance(one, FieldNode)
    return [_field(one, alias=f"used{place}", directive=text) for place, text in enumerate(_DIRECTIVES)]


@dataclass(slots=True)
class _Variation:
    draw: Draw[Any]
    schema: GraphQLSchema
    organization_id: str
    keeps_arguments: bool
    fragments: list[FragmentDefinitionNode] = field(default_factory=list)

    def of(self, selection_set: SelectionSetNode, kind: GraphQLNamedType) -> SelectionSetNode:
        """The same fields, some twice, some not at all, some by way of a fragment."""
        selections: list[SelectionNode] = []
        for one in selection_set.selections:
            if isinstance(one, InlineFragmentNode):
                condition = one.type_condition.name.value if one.type_condition else kind.name
                inner = self.of(one.selection_set, self.schema.type_map[condition])
                selections.append(_inline(inner.selections, condition))
            else:
                assert isinstance(one, FieldNode)
                selections += self._ways_of(self._below(one, kind), kind)
        return SelectionSetNode(selections=tuple(selections))

    def _below(self, node: FieldNode, kind: GraphQLNamedType) -> FieldNode:
        fields = {**getattr(kind, "fields", {}), "__typename": None}
        known = fields[node.name.value]
        if known is None or node.selection_set is None:
            return self._with_arguments(node, known)
        inner = self.of(node.selection_set, get_named_type(known.type))
        return _field(self._with_arguments(node, known), selection_set=inner)

    def _with_arguments(self, node: FieldNode, known: Any) -> FieldNode:
        """Most arguments that need not be given are such that the field is refused."""
        if node.name.value == "organization" and known.args:
            given = parse(f'{{ organization(id: "{self.organization_id}") }}', no_location=True)
            (operation,) = given.definitions
            assert isinstance(operation, OperationDefinitionNode)
            (asked,) = operation.selection_set.selections
            assert isinstance(asked, FieldNode)
            return _field(node, arguments=asked.arguments)
        if self.keeps_arguments or known is None:
            return node
        return _field(
            node,
            arguments=tuple(one for one in node.arguments or () if is_required_argument(known.args[one.name.value])),
        )

    def _ways_of(self, node: FieldNode, kind: GraphQLNamedType) -> list[SelectionNode]:
        directive = self.draw(st.sampled_from(_DIRECTIVES))
        ways: dict[str, list[SelectionNode]] = {
            "twice": [node, node],
            "with a directive": [_field(node, directive=directive)],
            "under two names": [
                node,
                _field(node, alias=f"{(node.alias or node.name).value}Again", directive=directive),
            ],
            "also in a fragment": [_inline((node,), kind.name), node],
            "beside its type": [_typename(), node],
        }
        way = self.draw(st.sampled_from([*ways, "by a fragment", "once", "once", "once"]))
        return [self._spread(node, kind)] if way == "by a fragment" else ways.get(way, [node])

    def _spread(self, node: FieldNode, kind: GraphQLNamedType) -> FragmentSpreadNode:
        name = NameNode(value=f"F{len(self.fragments)}")
        condition = NamedTypeNode(name=NameNode(value=kind.name))
        within = SelectionSetNode(selections=(node,))
        self.fragments.append(
            FragmentDefinitionNode(name=name, type_condition=condition, selection_set=within, directives=())
        )
        return FragmentSpreadNode(name=name, directives=())


def _field(
    node: FieldNode,
    *,
    alias: str | None = None,
    directive: str | None = None,
    selection_set: SelectionSetNode | None = None,
    arguments: tuple[ArgumentNode, ...] | None = None,
) -> FieldNode:
    return FieldNode(
        alias=NameNode(value=alias) if alias else node.alias,
        name=node.name,
        arguments=node.arguments if arguments is None else arguments,
        directives=_directives(directive) if directive else node.directives,
        selection_set=selection_set or node.selection_set,
    )


def _directives(text: str) -> Any:
    (operation,) = parse(f"query($yes: Boolean!, $no: Boolean!) {text} {{ a }}", no_location=True).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation.directives


def _typename() -> FieldNode:
    return FieldNode(name=NameNode(value="__typename"), arguments=(), directives=())


def _inline(selections: tuple[SelectionNode, ...], kind: str) -> InlineFragmentNode:
    return InlineFragmentNode(
        type_condition=NamedTypeNode(name=NameNode(value=kind)),
        selection_set=SelectionSetNode(selections=selections),
        directives=(),
    )

"""What is the same each time that an operation is executed, found once."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Visitor,
    visit,
)
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from app.graphql.plans import Planner
from app.graphql.variables import Variables

_NO_VALUES = VariableValues({}, {})


class SameFields:
    """The fields of an operation without directives, which are the same whatever its variables: what is collected of
    them, and planned, is so for good."""

    def __init__(
        self, schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: dict[str, FragmentDetails]
    ) -> None:
        root = schema.get_root_type(operation.operation)
        assert root is not None
        self.root = root
        self.planner = Planner(self.below)
        self._asked = schema, operation, fragments
        self._below: dict[tuple[GraphQLObjectType, int], tuple[FieldDetailsList, CollectedFields]] = {}

    @cached_property
    def of_root(self) -> GroupedFieldSet:
        schema, operation, fragments = self._asked
        return collect_fields(schema, fragments, _NO_VALUES, self.root, operation).grouped_field_set

    def below(self, kind: GraphQLObjectType, details: FieldDetailsList) -> CollectedFields:
        key = (kind, id(details))
        if key not in self._below:  # kept with the details, so that nothing else comes to have their id
            schema, operation, fragments = self._asked
            self._below[key] = details, collect_subfields(schema, fragments, _NO_VALUES, operation, kind, details)
        return self._below[key][1]


@dataclass(frozen=True, slots=True)
class Prepared:
    """`same` is None where fields depend on variables, or are executed one after another."""

    operation: OperationDefinitionNode
    fragment_definitions: dict[str, FragmentDefinitionNode]
    fragments: dict[str, FragmentDetails]
    variables: Variables
    same: SameFields | None


def prepare(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> Prepared:
    definitions = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    fragments = {name: FragmentDetails(one) for name, one in definitions.items()}
    return Prepared(
        operation,
        definitions,
        fragments,
        Variables(schema, operation.variable_definitions or ()),
        _same(schema, document, operation, fragments),
    )


def _same(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    fragments: dict[str, FragmentDetails],
) -> SameFields | None:
    if operation.operation is OperationType.SUBSCRIPTION or _has_directives(document):
        return None
    same = SameFields(schema, operation, fragments)
    is_serial = operation.operation is OperationType.MUTATION and len(same.of_root) > 1
    return None if is_serial else same


def _has_directives(document: DocumentNode) -> bool:
    looking = _Looking()
    visit(document, looking)
    return looking.has_found


class _Looking(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.has_found = False

    def enter_directive(self, _: DirectiveNode, *__: Any) -> None:
        self.has_found = True

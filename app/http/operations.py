"""The one operation that a request means."""

from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
)

from app.http.documents import Document
from app.http.refusals import RequestRefused

_AMBIGUOUS = "The document has several operations, or none: name the one to execute as `operationName`."
_UNKNOWN = "The document has no operation of this `operationName`."


@dataclass(frozen=True, slots=True)
class Operation:
    """What is to be executed: one operation of a document, and its variables as they were sent."""

    document: Document
    node: OperationDefinitionNode
    variables: dict[str, Any]

    @property
    def name(self) -> str | None:
        return self.node.name.value if self.node.name else None

    @property
    def is_query(self) -> bool:
        return self.node.operation is OperationType.QUERY

    @property
    def is_subscription(self) -> bool:
        return self.node.operation is OperationType.SUBSCRIPTION

    @property
    def is_mutation(self) -> bool:
        return self.node.operation is OperationType.MUTATION

    @property
    def root_fields(self) -> list[FieldNode]:
        """The selections of fields on its root, also within fragments, each of which is looked at once."""
        definitions = self.document.node.definitions
        fragments = {one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)}
        found, left = [], [self.node.selection_set]
        while left:
            for node in left.pop().selections:
                if isinstance(node, FieldNode):
                    found.append(node)
                elif isinstance(node, InlineFragmentNode):
                    left.append(node.selection_set)
                elif isinstance(node, FragmentSpreadNode) and (one := fragments.pop(node.name.value, None)) is not None:
                    left.append(one.selection_set)
        return found

    @property
    def root_names(self) -> set[str]:
        """The names of the fields on its root."""
        return {one.name.value for one in self.root_fields}


def choose_operation(document: Document, name: str | None) -> OperationDefinitionNode:
    """The operation of that name, or the only one there is. Raises: RequestRefused 400: nobody guesses."""
    node = get_operation_ast(document.node, name)
    if node is not None:
        return node
    raise RequestRefused.because(400, "OPERATION_RESOLUTION_FAILURE", _AMBIGUOUS if name is None else _UNKNOWN)

"""Executing a document that was parsed and validated already."""

from collections.abc import Iterator

from strawberry.extensions import SchemaExtension
from typing_extensions import override


class Prepared(SchemaExtension):
    """Where the context brings a document, it is executed as it is, and its text not read once more."""

    @override
    def on_operation(self) -> Iterator[None]:
        self.execution_context.graphql_document = self.execution_context.context.document
        yield

    @override
    def on_validate(self) -> Iterator[None]:
        if self.execution_context.context.document is not None:
            self.execution_context.pre_execution_errors = []
        yield

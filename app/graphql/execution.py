"""Executing an operation of a document that was parsed and found valid already."""

from collections.abc import Mapping
from inspect import isawaitable
from typing import Any

from graphql import DocumentNode, ExecutionResult, Executor
from strawberry.execution.is_awaitable import optimized_is_awaitable

from app.graphql.context import Context
from app.graphql.errors import presented
from app.graphql.schema import schema


async def execute(
    document: DocumentNode,
    context: Context,
    variables: Mapping[str, Any] | None = None,
    operation_name: str | None = None,
    executor_class: type[Executor[Any]] = Executor,
) -> ExecutionResult:
    """What the operation answers, its errors presented.

    By graphql-core and not by way of `strawberry.Schema.execute`: what that does beside is to run extensions, of which
    there are none.
    """
    executor = executor_class.build(
        schema.core,
        document,
        context_value=context,
        raw_variable_values=dict(variables or {}),
        operation_name=operation_name,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type] # it says no more than bool
    )
    if isinstance(executor, list):
        return _presented(ExecutionResult(None, executor), context)
    executed = executor.execute_operation()
    return _presented(await executed if isawaitable(executed) else executed, context)


def _presented(result: Any, context: Context) -> ExecutionResult:
    """Mistakes of the caller keep their sentence and get a code; bugs are logged for us and masked for them."""
    assert isinstance(result, ExecutionResult), "nothing is deferred here"
    errors = [presented(error, context.request_id) for error in result.errors or ()]
    return ExecutionResult(result.data, errors or None)

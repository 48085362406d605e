"""Executing an operation of a document that was parsed and found valid already."""

from collections.abc import Callable, Iterable, Mapping
from inspect import isawaitable
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    Executor,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLOutputType,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    default_field_resolver,
    default_type_resolver,
    get_operation_ast,
)
from graphql.execution.collect_fields import FieldDetailsList, FragmentDetails
from graphql.pyutils import Path
from strawberry.execution.is_awaitable import optimized_is_awaitable
from typing_extensions import override

from app.graphql.context import Context
from app.graphql.errors import presented
from app.graphql.plans import Planner, Step
from app.graphql.schema import schema
from app.graphql.variables import read_variables


class PlannedExecutor(Executor[Any]):
    """graphql-core's, with plans for lists; see `plans`."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._planner: Planner | None = Planner(self)

    @override
    def complete_iterable_value(
        self,
        item_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Context],
        path: Path,
        items: Iterable[Any],
        position_context: Any,
    ) -> Any:
        def ordinary() -> Any:
            return super(PlannedExecutor, self).complete_iterable_value(
                item_type, field_details_list, info, path, items, position_context
            )

        if self._planner is None or not isinstance(items, list):
            return ordinary()
        try:
            step = self._planner.step(item_type, field_details_list)
            if step is not None:
                return self._planned(step, items, ordinary) if step.waits else step.run_at_once(items)
        except Exception:  # noqa: BLE001 - graphql-core finds it again, and says where it was
            self._planner = None  # what is to come is like it
        return ordinary()

    async def _planned(self, step: Step, items: list[Any], ordinary: Callable[[], Any]) -> Any:
        try:
            return await step.run(items)
        except Exception:  # noqa: BLE001 - as above
            self._planner = None
        found = ordinary()
        return await found if isawaitable(found) else found


async def execute(
    document: DocumentNode,
    context: Context,
    variables: Mapping[str, Any] | None = None,
    operation_name: str | None = None,
    executor_class: type[Executor[Any]] = PlannedExecutor,
) -> ExecutionResult:
    """What the operation answers, its errors presented.

    By graphql-core and not by way of `strawberry.Schema.execute`: what that does beside is to run extensions, of which
    there are none.
    """
    operation = get_operation_ast(document, operation_name)
    assert operation is not None, "the operation was chosen already"
    executor = _executor(executor_class, document, operation, context, variables or {})
    if isinstance(executor, list):
        return _presented(ExecutionResult(None, executor), context)
    executed = executor.execute_operation()
    return _presented(await executed if isawaitable(executed) else executed, context)


def _executor(
    executor_class: type[Executor[Any]],
    document: DocumentNode,
    operation: OperationDefinitionNode,
    context: Context,
    variables: Mapping[str, Any],
) -> Executor[Any] | list[GraphQLError]:
    """As `Executor.build` makes it, or what is wrong with the variables."""
    values = read_variables(schema.core, operation.variable_definitions or (), variables)
    if isinstance(values, list):
        return values
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    return executor_class(
        schema.core,
        fragments,
        {name: FragmentDetails(one) for name, one in fragments.items()},
        None,
        context,
        operation,
        values,
        default_field_resolver,
        default_type_resolver,
        default_field_resolver,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type] # it says no more than bool
    )


def _presented(result: Any, context: Context) -> ExecutionResult:
    """Mistakes of the caller keep their sentence and get a code; bugs are logged for us and masked for them."""
    assert isinstance(result, ExecutionResult), "nothing is deferred here"
    errors = [presented(error, context.request_id) for error in result.errors or ()]
    return ExecutionResult(result.data, errors or None)

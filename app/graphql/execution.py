"""Executing an operation of a document that was parsed and found valid already."""

from collections.abc import Callable, Iterable, Mapping
from inspect import isawaitable
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    Executor,
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    default_field_resolver,
    default_type_resolver,
    get_operation_ast,
)
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList
from graphql.execution.values import VariableValues
from graphql.pyutils import Path
from strawberry.execution.is_awaitable import optimized_is_awaitable
from typing_extensions import override

from app.graphql.context import Context
from app.graphql.errors import presented
from app.graphql.plans import Planner, Step
from app.graphql.prepared import Prepared, SameFields, prepare
from app.graphql.schema import schema


class PlannedExecutor(Executor[Any]):
    """graphql-core's, with plans for lists; see `plans`. `same`: the fields, where they are known from before."""

    def __init__(self, *given: Any, same: SameFields | None = None, **named: Any) -> None:
        super().__init__(*given, **named)
        self._same = same
        self._planner: Planner | None = same.planner if same is not None else Planner(self.collect_subfields)

    @override
    def execute_operation(self, serially: bool | None = None) -> Any:
        return self._execute_at_once(self._same) if self._same is not None else super().execute_operation(serially)

    async def _execute_at_once(self, same: SameFields) -> Any:
        """As graphql-core has it, where nothing is deferred, nor given up by a signal."""
        try:
            found = self.execute_fields(same.root, self.root_value, None, same.of_root, None)
            data = await found if isawaitable(found) else found
        except GraphQLError as error:
            self.collected_errors.add(error, None)
            data = None
        return self.build_response(data)

    @override
    def collect_subfields(
        self, return_type: GraphQLObjectType, field_details_list: FieldDetailsList
    ) -> CollectedFields:
        if self._same is not None:
            return self._same.below(return_type, field_details_list)
        return super().collect_subfields(return_type, field_details_list)

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
                context = self.context_value
                return self._planned(step, items, ordinary) if step.waits else step.run_at_once(items, context)
        except Exception:  # noqa: BLE001 - graphql-core finds it again, and says where it was
            self._planner = None  # what is to come is like it
        return ordinary()

    async def _planned(self, step: Step, items: list[Any], ordinary: Callable[[], Any]) -> Any:
        try:
            return await step.run(items, self.context_value)
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
    """What the operation answers, its errors presented."""
    operation = get_operation_ast(document, operation_name)
    assert operation is not None, "the operation was chosen already"
    return await execute_prepared(prepare(schema.core, document, operation), context, variables or {}, executor_class)


async def execute_prepared(
    prepared: Prepared,
    context: Context,
    variables: Mapping[str, Any],
    executor_class: type[Executor[Any]] = PlannedExecutor,
) -> ExecutionResult:
    """What the operation answers, its errors presented.

    By graphql-core and not by way of `strawberry.Schema.execute`: what that does beside is to run extensions, of which
    there are none.
    """
    values = prepared.variables.read(variables)
    if isinstance(values, list):
        return _presented(ExecutionResult(None, values), context)
    executed = _executor(executor_class, prepared, context, values).execute_operation()
    return _presented(await executed if isawaitable(executed) else executed, context)


def _executor(
    executor_class: type[Executor[Any]], prepared: Prepared, context: Context, values: VariableValues
) -> Executor[Any]:
    """As `Executor.build` makes it."""
    given: dict[str, Any] = {"same": prepared.same} if issubclass(executor_class, PlannedExecutor) else {}
    return executor_class(
        schema.core,
        prepared.fragment_definitions,
        prepared.fragments,
        None,
        context,
        prepared.operation,
        values,
        default_field_resolver,
        default_type_resolver,
        default_field_resolver,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type] # it says no more than bool
        **given,
    )


def _presented(result: Any, context: Context) -> ExecutionResult:
    """Mistakes of the caller keep their sentence and get a code; bugs are logged for us and masked for them."""
    assert isinstance(result, ExecutionResult), "nothing is deferred here"
    errors = [presented(error, context.request_id) for error in result.errors or ()]
    return ExecutionResult(result.data, errors or None)

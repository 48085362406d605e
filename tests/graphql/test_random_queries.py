"""Plans and graphql-core alone answer alike: the same data, errors and nulls to whatever is asked by whomever."""

from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import (
    REMOVE,
    ExecutionResult,
    Executor,
    OperationDefinitionNode,
    Visitor,
    parse,
    print_ast,
    validate,
    visit,
)
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from app import db
from app.domain.actor import Actor
from app.graphql.context import Context
from app.graphql.execution import PlannedExecutor, execute, execute_prepared
from app.graphql.prepared import Prepared, prepare
from app.graphql.schema import schema
from tests import servers
from tests.factories import POLICIES
from tests.graphql.questions import VARIABLES, questions, questions_of_lists
from tests.graphql.world import World, make_world, put_into

_unseen = settings(deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
"""To make a document smaller takes minutes, and one that is not alike is found by reading it."""


@pytest.fixture(scope="module")
async def world(database: str, clean_afterwards: None) -> World:
    await servers.reset(database)
    made = await make_world()
    await put_into(made, "SUBSCRIBED")
    return made


async def answer(actor: Actor, document: str, executor_class: type[Executor[Any]]) -> tuple[Any, list[Any]]:
    """Data and errors, which come in whatever order they were found. What is told of this very moment is no instant."""
    began = datetime.now(UTC)
    with db.acting_for(actor.organizations):
        result = await execute(parse(document), Context(actor, POLICIES), VARIABLES, executor_class=executor_class)
    return _told(result, began)


async def answer_again(actor: Actor, prepared: Prepared) -> tuple[Any, list[Any]]:
    began = datetime.now(UTC)
    with db.acting_for(actor.organizations):
        result = await execute_prepared(prepared, Context(actor, POLICIES), {})
    return _told(result, began)


def _told(result: ExecutionResult, began: datetime) -> tuple[Any, list[Any]]:
    errors = [(one.path, one.message, one.locations, one.extensions) for one in result.errors or ()]
    return _timeless(result.data, began), sorted(errors, key=repr)


def _timeless(told: Any, began: datetime) -> Any:
    """With "now" for every instant since then: the organizations live by a clock that stands."""
    if isinstance(told, dict):
        return {name: _timeless(one, began) for name, one in told.items()}
    if isinstance(told, list):
        return [_timeless(one, began) for one in told]
    try:
        return "now" if datetime.fromisoformat(told) >= began else told
    except (TypeError, ValueError):  # no text, no instant, or one without an offset
        return told


async def check(world: World, document: str, data: st.DataObject) -> None:
    assert validate(schema.core, parse(document)) == []
    actor = world.actors[data.draw(st.sampled_from(sorted(world.actors)))]
    planned = await answer(actor, document, PlannedExecutor)
    assert planned == await answer(actor, document, Executor)


@settings(_unseen, max_examples=50)
@given(data=st.data())
async def test_a_random_query_is_answered_alike(world: World, data: st.DataObject) -> None:
    await check(world, data.draw(questions(schema.core, world.ids)), data)


@settings(_unseen, max_examples=100)
@given(data=st.data())
async def test_a_random_list_is_answered_alike(world: World, data: st.DataObject) -> None:
    await check(world, data.draw(questions_of_lists(schema.core, world.ids)), data)


class _Bare(Visitor):
    """As most documents are: nothing in it hangs on variables."""

    def enter_directive(self, *_: Any) -> Any:
        return REMOVE

    def enter_variable_definition(self, *_: Any) -> Any:
        return REMOVE


@settings(_unseen, max_examples=60)
@given(data=st.data())
async def test_what_was_prepared_for_one_is_answered_alike_to_others(world: World, data: st.DataObject) -> None:
    asked = st.one_of(questions(schema.core, world.ids), questions_of_lists(schema.core, world.ids))
    document = print_ast(visit(parse(data.draw(asked)), _Bare()))
    node = parse(document)
    assume(validate(schema.core, node) == [])
    operation = node.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    prepared = prepare(schema.core, node, operation)
    assert prepared.same is not None
    first, *others = data.draw(st.permutations(sorted(world.actors)))[:3]
    for name in (first, *others, first):
        actor = world.actors[name]
        assert await answer_again(actor, prepared) == await answer(actor, document, Executor)

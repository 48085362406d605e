"""Plans and graphql-core alone answer alike: the same data, errors and nulls to whatever is asked by whomever."""

from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import Executor, parse, validate
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app import db
from app.domain.actor import Actor
from app.graphql.context import Context
from app.graphql.execution import PlannedExecutor, execute
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

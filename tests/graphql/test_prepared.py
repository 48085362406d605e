"""An operation that was executed before is executed alike: for others, with other variables, after an error."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse

from app import db
from app.domain.actor import Actor, Permission
from app.graphql.context import Context
from app.graphql.execution import execute, execute_prepared
from app.graphql.ids import global_id
from app.graphql.prepared import prepare
from app.graphql.schema import schema
from tests.factories import NOVEMBER, OPERATOR, POLICIES, found_at, someone_in

pytestmark = pytest.mark.usefixtures("clean_database")

PAGE = """query($id: ID!, $first: Int = 2, $role: Role) { organization(id: $id) { name ...People } }
    fragment People on Organization {
        members(first: $first, filter: {role: $role}) { totalCount nodes { __typename id role email access } } }"""
SKIPPED = """query($id: ID!, $bare: Boolean!) { organization(id: $id) {
    members { nodes { id role @skip(if: $bare) ... @include(if: $bare) { status } } } } }"""
MANY = "query($id: ID!) { one: organization(id: $id) { id } two: organization(id: $id) { name } node(id: $id) { id } }"


CHANGE = """mutation($input: SeatsChangeInput!) { seatsChange(input: $input) {
    __typename ... on SeatsChangePayload { seatedCount } ... on UserError { code } } }"""
CHANGES = "mutation($input: SeatsChangeInput!) { one: seatsChange(input: $input) { __typename } __typename }"


def told(result: Any) -> Any:
    errors = [(one.path, one.message, one.extensions) for one in result.errors or ()]
    return result.data, errors


@pytest.mark.parametrize(("document", "is_same"), [(PAGE, True), (MANY, True), (SKIPPED, False)])
async def test_what_is_executed_again_is_answered_as_if_it_were_the_first_time(document: str, is_same: bool) -> None:
    company = await found_at(NOVEMBER, 3)
    node = parse(document)
    operation = node.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    prepared = prepare(schema.core, node, operation)
    assert (prepared.same is not None) is is_same
    given = global_id("Organization", company.id)
    actors: list[Actor] = [
        OPERATOR,
        someone_in([company.id], {Permission.MEMBER_VIEW}),
        someone_in([company.id], set()),
    ]
    variables: list[dict[str, Any]] = [
        {"id": given, "bare": False}, {"id": given, "first": 1, "bare": True}, {"id": given, "role": "KING", "bare": 1},
        {"id": "nothing", "bare": True}, {"id": given, "role": "OWNER", "first": None, "bare": False}, {"first": 1},
    ]  # fmt: skip
    for actor in actors * 2:
        for sent in variables:
            with db.acting_for(actor.organizations):
                again = await execute_prepared(prepared, Context(actor, POLICIES), sent)
                first = await execute(node, Context(actor, POLICIES), sent)
            assert told(again) == told(first)


@pytest.mark.parametrize(("document", "is_same"), [(CHANGE, True), (CHANGES, False)])
async def test_a_mutation_alone_is_prepared_and_several_are_made_one_after_another(
    document: str, is_same: bool
) -> None:
    company = await found_at(NOVEMBER, 2)
    node = parse(document)
    operation = node.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    prepared = prepare(schema.core, node, operation)
    assert (prepared.same is not None) is is_same
    answers = []
    for verb in ("subscribe", "subscribe", "unsubscribe"):
        subjects = [{"memberId": global_id("Member", company.members[0])}]
        sent = {"input": {"organizationId": global_id("Organization", company.id), verb: subjects}}
        result = await execute_prepared(prepared, Context(OPERATOR, POLICIES), sent)
        assert result.errors is None
        assert result.data is not None
        answers.append(next(iter(result.data.values()))["__typename"])
    assert answers == ["SeatsChangePayload", "UserError", "SeatsChangePayload"]

"""Ids and e-mail addresses tell nothing: what is another organization's is answered as what does not exist is: the
same code, sentence and path, by as many statements, and nothing is changed (R2.6).

Every argument that takes an id is found in the schema.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull, get_named_type, parse

from app import db
from app.domain.actor import Actor
from app.graphql.context import Context
from app.graphql.execution import execute
from app.graphql.ids import global_id
from app.graphql.schema import schema
from tests import servers
from tests.client import contents, unknown
from tests.factories import OPERATOR, POLICIES
from tests.graphql.sampling import node_type_of, sample_object
from tests.graphql.world import World, do, find_change, make_world, put_into

Path = tuple[str, ...]
MUTATIONS = schema.core.mutation_type.fields if schema.core.mutation_type is not None else {}


@pytest.fixture(scope="module")
async def world(database: str, clean_afterwards: None) -> World:
    await servers.reset(database)
    made = await make_world()
    await put_into(made, "SUBSCRIBED")
    return made


def id_paths(kind: GraphQLInputObjectType, depth: int = 0) -> Iterator[Path]:
    """Where an input takes ids, also those that need not be given."""
    for name, field in kind.fields.items():
        named = get_named_type(field.type)
        if named.name == "ID":
            yield (name,)
        elif isinstance(named, GraphQLInputObjectType) and depth < 2:
            yield from ((name, *rest) for rest in id_paths(named, depth + 1))


def input_type(mutation: str) -> GraphQLInputObjectType:
    kind = get_named_type(MUTATIONS[mutation].args["input"].type)
    assert isinstance(kind, GraphQLInputObjectType)
    return kind


def with_id(kind: GraphQLInputObjectType, path: Path, one: str, ids: dict[str, str]) -> dict[str, Any]:
    """A sample with the id at that place."""
    name, *rest = path
    given = {} if kind.is_one_of else sample_object(kind, ids)
    wrapped: Any = one
    if rest:
        named = get_named_type(kind.fields[name].type)
        assert isinstance(named, GraphQLInputObjectType)
        wrapped = with_id(named, tuple(rest), one, ids)
    field_type = kind.fields[name].type
    bare = field_type.of_type if isinstance(field_type, GraphQLNonNull) else field_type
    return {**given, name: [wrapped] if isinstance(bare, GraphQLList) else wrapped}


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything that could tell two ids apart."""

    data: Any
    errors: list[tuple[str, Any, Any]]
    statements: int


async def ask(actor: Actor, document: str, variables: dict[str, Any]) -> Answer:
    with db.acting_for(actor.organizations), db.counted_statements() as statements:
        async with db.in_dry_run():
            result = await execute(parse(document), Context(actor, POLICIES), variables)
    errors = [(error.message, error.path, error.extensions) for error in result.errors or ()]
    return Answer(result.data, errors, len(statements))


def mutation_document(name: str) -> str:
    noun = name[0].upper() + name[1:]
    wanted = "__typename ... on UserError { code message problems { code message path } }"
    return f"mutation($input: {noun}Input!) {{ {name}(input: $input) {{ {wanted} }} }}"


PLACES = [(name, path) for name in MUTATIONS for path in id_paths(input_type(name))]


async def own_ids(world: World) -> dict[str, str]:
    """What the stranger has of each type; of most types nothing."""
    types = {*world.ids, "SeatChange"}
    ids = {name: unknown(name) for name in types}
    ids["Organization"] = global_id("Organization", world.other.id)
    ids["Member"] = global_id("Member", world.other.members[0])
    return ids


async def test_an_id_of_another_organization_is_answered_by_every_mutation_as_an_id_of_nothing(world: World) -> None:
    own, foreign = await own_ids(world), {**world.ids, "SeatChange": await find_change(world)}
    before = await contents()
    told = {}
    for name, path in PLACES:
        type_name = node_type_of(path[-1])
        if type_name in ("PriceList", "PromoCode", "ParkedJob"):  # what everyone or only operators may know
            continue
        answers = [
            await ask(
                world.actors["stranger"], mutation_document(name), {"input": with_id(input_type(name), path, one, own)}
            )
            for one in (foreign[type_name], unknown(type_name))
        ]
        if answers[0] != answers[1]:
            told[f"{name}.{'.'.join(path)}"] = answers
    assert told == {}
    assert await contents() == before
    assert len(PLACES) > 60


QUERIES = {
    "node": "query($id: ID!) { node(id: $id) { id } }",
    "nodes": "query($id: ID!) { nodes(ids: [$id, $id]) { id } }",
}


async def test_an_id_of_another_organization_is_answered_by_node_as_an_id_of_nothing(world: World) -> None:
    told = {}
    for type_name, one in world.ids.items():
        if type_name != "PriceList":
            for name, document in QUERIES.items():
                answers = [
                    await ask(world.actors["stranger"], document, {"id": each}) for each in (one, unknown(type_name))
                ]
                if (answers[0].data, answers[0].errors) != (answers[1].data, answers[1].errors):
                    told[f"{name} {type_name}"] = answers
    assert told == {}


OF_ROOT = "query($id: ID!) {{ {} }}"
OF_OWN = "query($id: ID!, $own: ID!) {{ {} }}"
OF_ORGANIZATION = "query($id: ID!, $own: ID!) {{ organization(id: $own) {{ {} }} }}"
CHECKED = "permission: ISSUE_VIEW}]) { allowed access code message sources { id } validUntil }"
ARGUMENTS = {
    "organization": ("Organization", OF_ROOT, "organization(id: $id) { id }"),
    "purgePreview": ("Organization", OF_ROOT, "purgePreview(organizationId: $id) { rows }"),
    "billingSimulation": (
        "TestClock",
        OF_ROOT,
        'billingSimulation(month: "2021-01", testClockId: $id) { purgedCount }',
    ),
    "organizations": ("TestClock", OF_ROOT, "organizations(filter: {testClockId: $id}) { nodes { id } }"),
    "priceQuote": ("PriceList", OF_ROOT, 'priceQuote(seats: 6, priceListId: $id, month: "2021-01") { seats }'),
    "accessCheck somewhere": (
        "Organization",
        OF_ROOT,
        f'accessCheck(checks: [{{organizationId: $id, login: "a", {CHECKED}',
    ),
    "accessCheck of someone": (
        "Member",
        OF_OWN,
        f"accessCheck(checks: [{{organizationId: $own, memberId: $id, {CHECKED}",
    ),
    "seatSpans": ("Member", OF_ORGANIZATION, "seatSpans(memberId: $id) { totalCount }"),
    "departments": ("Department", OF_ORGANIZATION, "departments(parentId: $id) { totalCount }"),
    "members of a department": (
        "Department",
        OF_ORGANIZATION,
        "members(filter: {departmentId: $id, includeBelow: true}) { totalCount }",
    ),
    "members of a team": ("Team", OF_ORGANIZATION, "members(filter: {teamId: $id}) { totalCount }"),
    "issues of a queue": ("Queue", OF_ORGANIZATION, "issues(filter: {queueId: [$id]}) { totalCount }"),
    "issues of an author": (
        "Member",
        OF_ORGANIZATION,
        "issues(filter: {authorId: [$id], watchedBy: [$id]}) { totalCount }",
    ),
}


@pytest.mark.parametrize("name", ARGUMENTS)
async def test_an_id_of_another_organization_is_answered_by_every_question_as_an_id_of_nothing(
    world: World, name: str
) -> None:
    type_name, template, asked = ARGUMENTS[name]
    document = template.format(asked)
    own = {"own": global_id("Organization", world.other.id)} if "$own" in document else {}
    foreign = world.ids[type_name] if type_name != "PriceList" else await _private_list()
    answers = [
        await ask(world.actors["stranger"], document, {"id": one, **own}) for one in (foreign, unknown(type_name))
    ]
    assert answers[0] == answers[1]


async def _private_list() -> str:
    """A list that serves nobody whom the stranger knows."""
    given = {
        "name": "Private", "currency": "RUB", "effectiveFrom": "2021-03", "isPublic": False, "vatIncluded": True,
        "tiers": [{"unitPrice": "1"}],
    }  # fmt: skip
    made = await do(OPERATOR, "priceListCreate", "priceList { id }", **given)
    one: str = made["priceList"]["id"]
    return one


async def test_an_address_of_another_organization_is_as_free_and_as_unknown_as_one_of_nobody(world: World) -> None:
    """Inviting, subscribing and asking after someone by an address tells nothing of who has it elsewhere."""
    own = global_id("Organization", world.other.id)
    documents: dict[str, Callable[[str], dict[str, Any]]] = {
        "memberInvite": lambda email: {"organizationId": own, "members": [{"email": email, "name": "A"}]},
        "seatsChange": lambda email: {"organizationId": own, "unsubscribe": [{"email": email}]},
        "directoryApply": lambda email: {
            "organizationId": own,
            "members": [{"email": email, "name": "A"}],
            "dryRun": True,
        },
    }
    for name, given in documents.items():
        answers = [
            await ask(world.actors["stranger"], mutation_document(name), {"input": given(email)})
            for email in ("seated@x.example", "nobody@x.example")
        ]
        assert answers[0] == answers[1], name
    document = """query($own: ID!, $email: String!) { accessCheck(checks: [{organizationId: $own, email: $email,
        permission: ISSUE_VIEW}]) { allowed access code message validUntil } }"""
    asked = [
        await ask(world.actors["stranger"], document, {"own": own, "email": email})
        for email in ("seated@x.example", "nobody@x.example")
    ]
    assert asked[0] == asked[1]

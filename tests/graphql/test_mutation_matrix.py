"""Every mutation: what it answers whom, by role, access, state and organization (R1.7, R1.10, R2.1–R2.6), and that
what is refused changes nothing.

The tables are literal, and the schema is walked: a mutation without a row fails. What is allowed is taken back.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type, parse
from strawberry.types import ExecutionResult

from app import db
from app.access.checks import AccessQuestion, check_access
from app.delivery.live import Listener
from app.domain.access import AccessCode, AccessDecision
from app.domain.actor import Actor, Permission
from app.domain.policy import TRACKER_PERMISSIONS
from app.graphql.context import Context
from app.graphql.errors import presented
from app.graphql.execution import execute
from app.graphql.ids import global_id
from app.graphql.schema import schema
from tests import servers
from tests.client import contents
from tests.factories import POLICIES, someone_in
from tests.graphql.sampling import sample_object
from tests.graphql.world import STATES, World, find_change, make_world, put_into, run

ACTORS = [
    "operator", "owner", "admin", "billing", "seated", "read_only",
    "person", "key", "partner", "invited", "stranger",
]  # fmt: skip
# Who: + is allowed, and then the state decides; F is FORBIDDEN and N is NOT_FOUND, in every state. In the tracker: w is
# a member with a seat, r one without, x is no member. `person` is `read_only` here and owns another organization;
# `key` acts as `seated` and may look at issues and queues; `partner` sees people and bills. All that are of other
# organizations, whatever they are there, are as `stranger`.
WHO = """
OWNERS     + + F F F F F F F N N
PEOPLE     + + + F F F F F F N N
SEATS      + + + F F F F F F N N
EXPORT     + + + F F F F F F N N
CONTRACT   + + + + F F F F F N N
PAYER      + + F + F F F F F N N
PAYMENTS   + F F F F F F F F N N
OPERATORS  + F F F F F F F F F F
TRACKER    x r r r w r r F F N N
READING    x r r r r r r r F N N
TOKEN      + + + + + + + + + + +
LISTENERS  + + + + + + + + + N N
"""
# By state, what who is allowed gets: + is what the sample gets, the others are codes. RETENTION is without any seat.
LIFE = """
           NOT_ACTIVATED TRIAL SUBSCRIBED SUSPENDED CLOSED RETENTION PURGING PURGED
OPEN       +             +     +          +         C      +         P       P
KEPT       +             +     +          +         +      +         P       P
SEATING    T             +     +          +         C      +         P       P
EVER       +             +     +          +         +      +         +       +
ACTIVATING +             A     A          A         C      A         P       P
EXTENDING  T             +     I          I         C      I         P       P
REOPENING  I             I     I          I         +      I         P       P
WRITING w  T             +     +          R         R      R         P       P
WRITING r  T             +     R          R         R      R         P       P
WRITING x  F             F     F          F         F      F         P       P
LOOKING r  T             +     +          +         +      +         P       P
LOOKING x  F             F     F          F         F      F         P       P
"""
CODES = {
    "F": "FORBIDDEN",
    "N": "NOT_FOUND",
    "R": "READ_ONLY",
    "C": "ORGANIZATION_CLOSED",
    "P": "ORGANIZATION_PURGED",
    "T": "TRACKER_NOT_ACTIVATED",
    "A": "TRACKER_ALREADY_ACTIVATED",
    "I": "INVALID_INPUT",
}
# By who and by state, the mutations; a name in parentheses is the same mutation with another sample.
MUTATIONS = {
    ("OWNERS", "OPEN"): "organizationUpdate organizationClose apiKeyCreate apiKeyRotate apiKeyRevoke "
    "webhookCreate webhookUpdate webhookDelete webhookSecretRotate webhookReplay",
    ("OWNERS", "ACTIVATING"): "trackerActivate",
    ("OWNERS", "REOPENING"): "organizationReopen",
    ("PEOPLE", "OPEN"): "memberInvite memberInvite(active) memberUpdate memberDeactivate memberReactivate memberErase "
    "invitationResend invitationRevoke departmentCreate departmentUpdate departmentDelete teamCreate teamUpdate "
    "teamDelete directoryApply",
    ("SEATS", "SEATING"): "seatsChange seatsChangeUndo waitingSeat",
    ("EXPORT", "KEPT"): "organizationExport",
    ("CONTRACT", "OPEN"): "contractRequest",
    ("PAYER", "OPEN"): "billingProfileSet promoCodeRedeem",
    ("PAYMENTS", "KEPT"): "paymentRecord paymentReverse",
    ("OPERATORS", "OPEN"): "contractSet legacyBaselineSet",
    ("OPERATORS", "EXTENDING"): "trialExtend",
    ("OPERATORS", "KEPT"): "legalHoldSet creditNoteIssue invoiceReplace jobRetry",
    ("OPERATORS", "EVER"): "issuerUpdate vatRateCreate vatRateDelete priceListCreate priceListDelete promoCodeCreate "
    "promoCodeDisable testClockCreate testClockAdvance sessionCreate organizationCreate partnerKeyCreate "
    "partnerKeyUpdate partnerKeyRotate partnerKeyRevoke",
    ("TRACKER", "WRITING"): "queueCreate issueCreate issueUpdate issueTransition issueComment issueWatch "
    "attachmentCreate attachmentDelete boardCreate boardUpdate boardDelete",
    ("READING", "LOOKING"): "notificationSettingsUpdate issueWatch(unwatch)",
    ("TOKEN", "OPEN"): "invitationAccept",
}
GIVEN: dict[str, dict[str, Any]] = {
    "legalHoldSet": {"reason": "A court said so"},
    "partnerKeyCreate": {"permissions": ["MEMBER_VIEW"]},
    "webhookCreate": {"organizationId": "$Organization"},
    "webhookReplay": {"replay": {"range": {"onlyDead": True}}},
    "trialExtend": {"endsAt": "2021-03-01T00:00:00Z"},
    "memberInvite(active)": {"members": [{"email": "new@x.example", "name": "New", "active": True}]},
    "invitationResend": {"memberId": "$Invited"},
    "invitationRevoke": {"memberId": "$Invited"},
    "invitationAccept": {"token": "$Token"},
    "seatsChange": {"subscribe": [{"teamId": "$Team"}]},
    "jobRetry": {"statementId": "$Statement"},
    "promoCodeRedeem": {"code": "SPRING"},
    "issueTransition": {"status": "IN_PROGRESS"},
    "issueWatch(unwatch)": {"watch": False},
}
"""What the samples need besides what must be given, or instead of it."""
SAMPLES = {
    "memberReactivate": "INVALID_INPUT",  # they are active
    "directoryApply": "INVALID_INPUT",  # nobody would be left to own it
    "seatsChangeUndo": "UNDO_EXPIRED",
    "waitingSeat": "INVALID_INPUT",  # they do not wait
    "jobRetry": "CONFLICT",  # the month is not parked
    "priceListCreate": "INVALID_INPUT",  # of a month that has begun
    "priceListDelete": "PRICE_LIST_IN_USE",
    "promoCodeCreate": "INVALID_INPUT",
    "vatRateCreate": "INVALID_INPUT",  # from an instant that is past
    "vatRateDelete": "NOT_FOUND",
    "testClockAdvance": "INVALID_INPUT",  # backward
    "apiKeyCreate operator": "INVALID_INPUT",  # they are no member that it could act as
}
"""What the sample of a mutation gets once nothing denies it, of some for one actor; all others +."""


def rows(table: str, columns: list[str]) -> dict[str, dict[str, str]]:
    found = {}
    for line in table.strip().splitlines():
        cells = line.split()
        found[" ".join(cells[: -len(columns)])] = dict(zip(columns, cells[-len(columns) :], strict=True))
    return found


LIFE_HEAD = LIFE.split()[: len(STATES)]
WHOS, LIVES = rows(WHO, ACTORS), rows(LIFE.strip().partition("\n")[2], LIFE_HEAD)
PLACES = {name: place for place, names in MUTATIONS.items() for name in names.split()}
FIELDS = schema.core.mutation_type.fields if schema.core.mutation_type is not None else {}
BY_STATE = [one if one in ("SUBSCRIBED", "CLOSED") else pytest.param(one, marks=pytest.mark.slow) for one in STATES]

Outcomes = dict[tuple[str, str], str]


@dataclass(frozen=True)
class Told:
    """What accessCheck decides on every permission, and what viewerPermissions are."""

    decisions: dict[Permission, AccessDecision]
    permissions: set[str]


_found: dict[str, Outcomes] = {}
"""By state, what was answered: by actor and mutation. Asked once for all tests of this file."""
_told: dict[str, dict[str, Told]] = {}
"""By state, what members were told before. Asked at the same time: nobody comes back from some states."""


@pytest.fixture(scope="module")
async def world(database: str, clean_afterwards: None) -> World:
    await servers.reset(database)
    _found.clear()
    _told.clear()
    return await make_world()


def expected(mutation: str, name: str, state: str) -> str:
    """What the tables say."""
    who, life = PLACES[mutation]
    mark = WHOS[who][name]
    if mark in CODES:
        return CODES[mark]
    in_state = LIVES[life if mark == "+" else f"{life} {mark}"][state]
    by_sample = SAMPLES.get(f"{mutation} {name}", SAMPLES.get(mutation, "+"))
    return by_sample if in_state == "+" else CODES[in_state]


def input_of(mutation: str, ids: dict[str, str]) -> dict[str, Any]:
    kind = get_named_type(FIELDS[field_of(mutation)].args["input"].type)
    assert isinstance(kind, GraphQLInputObjectType)
    given: dict[str, Any] = _filled(GIVEN.get(mutation, {}), ids)
    return {**sample_object(kind, ids), **given}


def field_of(mutation: str) -> str:
    return mutation.partition("(")[0]


def _filled(given: Any, ids: dict[str, str]) -> Any:
    """With the id of a type in place of $ and its name."""
    if isinstance(given, dict):
        return {name: _filled(one, ids) for name, one in given.items()}
    if isinstance(given, list):
        return [_filled(one, ids) for one in given]
    return ids[given[1:]] if isinstance(given, str) and given.startswith("$") else given


async def attempt(actor: Actor, mutation: str, given: dict[str, Any]) -> str:
    """The code that a mutation is refused with, or +; whatever it does is taken back."""
    name = field_of(mutation)
    noun = name[0].upper() + name[1:]
    document = (
        f"mutation($input: {noun}Input!) {{ {name}(input: $input) {{ __typename ... on UserError {{ code }} }} }}"
    )
    with db.acting_for(actor.organizations):
        async with db.in_dry_run():
            result = await execute(parse(document), Context(actor, POLICIES), {"input": given})
    if result.errors:
        return f"{(result.errors[0].extensions or {}).get('code')}: {result.errors[0].message}"
    assert result.data is not None
    return str(result.data[name].get("code", "+"))


async def outcomes(world: World, state: str) -> Outcomes:
    """Of every mutation by everyone, strangers of every kind among them; nothing of it is left."""
    if state not in _found:
        await put_into(world, state)
        ids = {**world.ids, "SeatChange": await find_change(world), "Token": world.token}
        before = await contents()
        ids["Invited"] = global_id("Member", world.people["invited"])
        _found[state] = {
            (name, mutation): await attempt(actor, mutation, input_of(mutation, ids))
            for name, actor in {**world.actors, **world.strangers}.items()
            for mutation in PLACES
        }
        assert await contents() == before
        _told[state] = {name: await ask_before(world, name) for name in MEMBERS}
    return _found[state]


def test_every_mutation_has_a_row() -> None:
    assert {field_of(one) for one in PLACES} == set(FIELDS)
    assert set(LIFE_HEAD) == set(STATES)
    used = {*GIVEN, *(one.split()[0] for one in SAMPLES)}
    assert used <= set(PLACES)


@pytest.mark.parametrize("state", BY_STATE)
async def test_every_mutation_answers_everyone_as_the_tables_say(world: World, state: str) -> None:
    found = await outcomes(world, state)
    said = {
        (name, mutation): expected(mutation, "stranger" if name in world.strangers else name, state)
        for name, mutation in found
    }
    assert {place: (found[place], said[place]) for place in found if found[place] != said[place]} == {}


# What accessCheck and viewerPermissions say before.

PERMISSIONS = {
    "organizationUpdate": Permission.ORGANIZATION_MANAGE,
    "organizationClose": Permission.ORGANIZATION_MANAGE,
    "organizationReopen": Permission.ORGANIZATION_MANAGE,
    "trackerActivate": Permission.ORGANIZATION_MANAGE,
    "apiKeyCreate": Permission.API_KEY_MANAGE,
    "apiKeyRotate": Permission.API_KEY_MANAGE,
    "apiKeyRevoke": Permission.API_KEY_MANAGE,
    **dict.fromkeys(
        ("webhookCreate", "webhookUpdate", "webhookDelete", "webhookSecretRotate", "webhookReplay"),
        Permission.WEBHOOK_MANAGE,
    ),
    "memberInvite(active)": Permission.MEMBER_PROVISION,
    **dict.fromkeys(set(MUTATIONS["PEOPLE", "OPEN"].split()) - {"memberInvite(active)"}, Permission.MEMBER_MANAGE),
    **dict.fromkeys(MUTATIONS["SEATS", "SEATING"].split(), Permission.SEAT_MANAGE),
    **dict.fromkeys(MUTATIONS["PAYER", "OPEN"].split(), Permission.BILLING_MANAGE),
    **dict.fromkeys(MUTATIONS["PAYMENTS", "KEPT"].split(), Permission.PAYMENT_RECORD),
    "queueCreate": Permission.QUEUE_MANAGE,
    "issueCreate": Permission.ISSUE_CREATE,
    "issueUpdate": Permission.ISSUE_UPDATE,
    "issueTransition": Permission.ISSUE_TRANSITION,
    "issueComment": Permission.ISSUE_COMMENT,
    "issueWatch": Permission.ISSUE_WATCH,
    "attachmentCreate": Permission.ISSUE_UPDATE,
    "attachmentDelete": Permission.ISSUE_UPDATE,
    **dict.fromkeys(("boardCreate", "boardUpdate", "boardDelete"), Permission.BOARD_MANAGE),
    "notificationSettingsUpdate": Permission.ISSUE_VIEW,
    "issueWatch(unwatch)": Permission.ISSUE_VIEW,
}
"""By mutation, the one permission that it takes. What takes one of two, what operators alone do and what takes a token
is left out, and an export, which is seeing."""
SEEING = {
    Permission.ISSUE_VIEW, Permission.QUEUE_VIEW, Permission.DATA_EXPORT, Permission.MEMBER_VIEW, Permission.SEAT_VIEW,
    Permission.BILLING_VIEW, Permission.AUDIT_VIEW,
}  # fmt: skip
UNBOUND = {Permission.ORGANIZATION_CREATE, Permission.TEST_CLOCK_MANAGE}
MEMBERS = ("owner", "admin", "billing", "seated", "read_only")
TOLD = {
    AccessCode.ROLE_TOO_LOW: "FORBIDDEN",
    AccessCode.NOT_ACTIVATED: "TRACKER_NOT_ACTIVATED",
    AccessCode.CLOSED: "ORGANIZATION_CLOSED",
    AccessCode.PURGED: "ORGANIZATION_PURGED",
}
"""The code that a change is refused with for each reason that is told of before; in the tracker READ_ONLY."""
DENIALS = {*TOLD.values(), "READ_ONLY"}
NOT_WHILE_CLOSED = {"organizationUpdate", "organizationClose", "trackerActivate"}
"""What ORGANIZATION_MANAGE gives besides reopening, for which it can be used in a closed organization too (R1.10)."""


def test_every_permission_to_change_something_has_its_mutations() -> None:
    assert set(PERMISSIONS.values()) == set(Permission) - SEEING - UNBOUND | {Permission.ISSUE_VIEW}


def agrees(mutation: str, decision: AccessDecision, outcome: str) -> bool:
    """Whether what was told of the permission before is what the mutation then answered."""
    if decision.allowed:
        return outcome not in DENIALS or (mutation in NOT_WHILE_CLOSED and outcome == "ORGANIZATION_CLOSED")
    if PERMISSIONS[mutation] in TRACKER_PERMISSIONS and decision.code not in (
        AccessCode.NOT_ACTIVATED,
        AccessCode.PURGED,
    ):
        return outcome == "READ_ONLY"
    return outcome == TOLD[decision.code]


@pytest.mark.parametrize("state", BY_STATE)
async def test_access_checks_and_mutations_agree(world: World, state: str) -> None:
    found = await outcomes(world, state)
    wrong: dict[tuple[str, str], Any] = {}
    for name, told in _told[state].items():
        for mutation, permission in PERMISSIONS.items():
            if not agrees(mutation, told.decisions[permission], found[name, mutation]):
                wrong[name, mutation] = (told.decisions[permission].code, found[name, mutation])
        allowed = {one.value for one, decision in told.decisions.items() if decision.allowed}
        if allowed != told.permissions:
            wrong[name, "viewerPermissions"] = (allowed, told.permissions)
    assert wrong == {}


async def ask_before(world: World, name: str) -> Told:
    questions = [AccessQuestion(world.company.id, one, world.people[name]) for one in Permission]
    answers = await check_access(world.actors["operator"], questions, None)
    decisions = {one.permission: answer.decision for one, answer in zip(questions, answers, strict=True)}
    return Told(decisions, await permissions_of(world, world.actors[name]))


async def permissions_of(world: World, actor: Actor) -> set[str]:
    """`Organization.viewerPermissions`, which are `Viewer.permissions` of who is in no other organization."""
    document = "query($id: ID!) { organization(id: $id) { viewerPermissions } viewer { permissions } }"
    result = await run(actor, document, id=world.ids["Organization"])
    assert result.data is not None, result.errors
    here, anywhere = result.data["organization"]["viewerPermissions"], result.data["viewer"]["permissions"]
    assert here == anywhere
    return set(here)


async def test_a_partner_is_told_what_it_may_do_now_in_each_state(world: World) -> None:
    """Whoever is no member changes nothing in the tracker, and nothing of a closed organization."""
    everything = someone_in([world.company.id])
    found = {}
    for state in ("SUBSCRIBED", "CLOSED"):
        await put_into(world, state)
        found[state] = await permissions_of(world, everything)
    closed = {one.value for one in SEEING | UNBOUND}
    closed |= {"ORGANIZATION_MANAGE", "PAYMENT_RECORD"}
    assert found["CLOSED"] == closed
    assert found["SUBSCRIBED"] == closed | {
        "MEMBER_MANAGE", "MEMBER_PROVISION", "SEAT_MANAGE", "BILLING_MANAGE", "API_KEY_MANAGE", "WEBHOOK_MANAGE",
    }  # fmt: skip


async def test_who_is_in_two_organizations_may_what_they_may_in_one_of_them(world: World) -> None:
    """The owner of one, in its trial, who is closed out of the other."""
    await put_into(world, "CLOSED")
    result = await run(
        world.actors["person"], "{ viewer { permissions organizations { nodes { viewerPermissions } } } }"
    )
    assert result.data is not None, result.errors
    each = [set(one["viewerPermissions"]) for one in result.data["viewer"]["organizations"]["nodes"]]
    assert sorted(len(one) for one in each) == [4, 21]
    assert set(result.data["viewer"]["permissions"]) == each[0] | each[1]


# Live updates.

SUBSCRIPTIONS = {"organizationEvents": ("LISTENERS", "EVER")}
"""What is told ends with the purge's decision, and what was written before can be heard again until it is deleted."""


def test_every_subscription_has_a_row() -> None:
    assert schema.core.subscription_type is not None
    assert set(SUBSCRIPTIONS) == set(schema.core.subscription_type.fields)


async def hear(world: World, actor: Actor) -> str:
    """+ when the organization's first event is heard, else the code."""

    async def who() -> Actor:
        return actor

    document = "subscription($id: ID!) { organizationEvents(organizationId: $id, after: 0) { sequence type } }"
    context = Context(actor, POLICIES, listener=Listener(who, 60))
    with db.acting_for(actor.organizations):
        heard = await schema.subscribe(document, {"id": world.ids["Organization"]}, context_value=context)
        if not isinstance(heard, AsyncGenerator):
            assert isinstance(heard, ExecutionResult)
            return _code(heard)
        first = await anext(heard)
        await heard.aclose()
    return _code(first) if first.errors else "+"


def _code(result: Any) -> str:
    return str((presented(result.errors[0], "request").extensions or {})["code"])


@pytest.mark.parametrize("state", BY_STATE)
async def test_events_are_heard_by_whoever_the_tables_say(world: World, state: str) -> None:
    await put_into(world, state)
    found, said = {}, {}
    for name, actor in {**world.actors, **world.strangers}.items():
        found[name] = await hear(world, actor)
        who, life = SUBSCRIPTIONS["organizationEvents"]
        mark = WHOS[who]["stranger" if name in world.strangers else name]
        said[name] = CODES.get(mark, LIVES[life][state])
    assert found == said

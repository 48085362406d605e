"""Every mutation: who may make it, by role and by state, and that what is refused changes nothing (R2.1–R2.4).

The table is literal, and the schema is walked: a mutation without a row fails. What is allowed is taken back.
"""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from app import db
from app.domain.actor import Actor
from app.graphql.context import Context
from app.graphql.schema import schema
from tests import servers
from tests.client import contents
from tests.factories import POLICIES
from tests.graphql.sampling import sample_object
from tests.graphql.world import World, find_change, make_world, put_into

ACTORS = [
    "operator", "owner", "admin", "billing", "seated", "read_only",
    "person", "key", "partner", "invited", "stranger",
]  # fmt: skip
# + is allowed (whatever else the sample is refused for), F is FORBIDDEN, N is NOT_FOUND, R is READ_ONLY.
TABLE = """
OWNERS     + + F F F F F F F N N
PEOPLE     + + + F F F F F F N N
SEATS_AND_BILLS + + + + F F F F F N N
PAYER      + + F + F F F F F N N
OPERATORS  + F F F F F F F F F F
OPERATORS_THERE + F F F F F F F F N N
TRACKER    F R R R + R R F F N N
OWN        F + + + + + + + F N N
NOBODY     N N N N N N N N N N N
"""
MUTATIONS = {
    "OWNERS": "organizationUpdate organizationClose organizationReopen trackerActivate apiKeyCreate apiKeyRotate "
    "apiKeyRevoke",
    "PEOPLE": "memberInvite memberUpdate memberDeactivate memberReactivate memberErase invitationResend "
    "invitationRevoke departmentCreate departmentUpdate departmentDelete teamCreate teamUpdate teamDelete "
    "directoryApply seatsChange seatsChangeUndo waitingSeat organizationExport",
    "SEATS_AND_BILLS": "contractRequest",
    "PAYER": "billingProfileSet promoCodeRedeem",
    "OPERATORS": "contractSet legacyBaselineSet creditNoteIssue invoiceReplace jobRetry issuerUpdate vatRateCreate "
    "vatRateDelete priceListCreate priceListDelete promoCodeCreate promoCodeDisable testClockCreate testClockAdvance "
    "sessionCreate organizationCreate partnerKeyCreate partnerKeyUpdate partnerKeyRotate partnerKeyRevoke",
    "OPERATORS_THERE": "legalHoldSet trialExtend paymentRecord paymentReverse",
    "TRACKER": "queueCreate issueCreate issueUpdate issueTransition issueComment issueWatch attachmentCreate "
    "attachmentDelete boardCreate boardUpdate boardDelete",
    "OWN": "notificationSettingsUpdate",
    "NOBODY": "invitationAccept",
}
NEEDS = {name: need for need, names in MUTATIONS.items() for name in names.split()}
MEANINGS = {line.split()[0]: dict(zip(ACTORS, line.split()[1:], strict=True)) for line in TABLE.strip().splitlines()}
GIVEN: dict[str, dict[str, Any]] = {
    "legalHoldSet": {"reason": "A court said so"},
    "partnerKeyCreate": {"permissions": ["MEMBER_VIEW"]},
}
"""What the samples need besides what must be given, or instead of it."""
ABSENT = {"vatRateDelete"}
"""What the sample of is not there, also for who may."""
CODES = {"F": "FORBIDDEN", "N": "NOT_FOUND", "R": "READ_ONLY"}
DENIALS = {*CODES.values(), "ORGANIZATION_CLOSED", "ORGANIZATION_PURGED", "TRACKER_NOT_ACTIVATED"}

FIELDS = schema.core.mutation_type.fields if schema.core.mutation_type is not None else {}


@pytest.fixture(scope="module")
async def world(database: str, clean_afterwards: None) -> World:
    await servers.reset(database)
    made = await make_world()
    await put_into(made, "SUBSCRIBED")
    return made


def test_every_mutation_has_a_row() -> None:
    assert set(NEEDS) == set(FIELDS)


def input_of(name: str, ids: dict[str, str]) -> dict[str, Any]:
    kind = get_named_type(FIELDS[name].args["input"].type)
    assert isinstance(kind, GraphQLInputObjectType)
    return {**sample_object(kind, ids), **GIVEN.get(name, {})}


async def attempt(actor: Actor, name: str, given: dict[str, Any]) -> str:
    """The code that a mutation is refused with, or +; whatever it does is taken back."""
    noun = name[0].upper() + name[1:]
    document = (
        f"mutation($input: {noun}Input!) {{ {name}(input: $input) {{ __typename ... on UserError {{ code }} }} }}"
    )
    with db.acting_for(actor.organizations):
        async with db.in_dry_run():
            result = await schema.execute(document, {"input": given}, context_value=Context(actor, POLICIES))
    if result.errors:
        return f"{(result.errors[0].extensions or {}).get('code')}: {result.errors[0].message}"
    assert result.data is not None
    return str(result.data[name].get("code", "+"))


@pytest.mark.parametrize("name", ACTORS)
async def test_every_mutation_is_made_by_whoever_the_table_says(world: World, name: str) -> None:
    ids = {**world.ids, "SeatChange": await find_change(world)}
    before = await contents()
    found = {mutation: await attempt(world.actors[name], mutation, input_of(mutation, ids)) for mutation in FIELDS}
    assert await contents() == before
    wrong = {}
    for mutation, code in found.items():
        mark = MEANINGS[NEEDS[mutation]][name]
        is_right = (
            code == CODES[mark]
            if mark != "+"
            else (code not in DENIALS or (mutation in ABSENT and code == "NOT_FOUND"))
        )
        if not is_right:
            wrong[mutation] = (code, mark)
    assert wrong == {}

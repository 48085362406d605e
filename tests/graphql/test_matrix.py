"""Every field of every type: who sees it, in which state, of their own organization and of another (R2.1–R2.7).

The tables are literal, and the schema is walked: a type or a field without a row fails.
"""

from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from app.domain.actor import Actor, ActorKind, Permission, Role, Standing
from app.graphql.ids import global_id
from app.graphql.schema import schema
from tests import servers
from tests.client import unknown
from tests.factories import someone_in
from tests.graphql.world import STATES, World, make_world, put_into, run

# What each need means for each actor: + is seen, F is null and FORBIDDEN, 0 is null as what does not exist.
# `person` is a member here without a seat and the owner of the other organization; `key` acts as `seated` and may look
# at issues and queues; `partner` may see people and billing; `stranger` owns the other organization.
ACTORS = [
    "operator", "owner", "admin", "billing", "seated", "read_only",
    "person", "key", "partner", "invited", "stranger",
]  # fmt: skip
NEEDS = """
ANYONE      + + + + + + + + + + +
OPEN        + + + + + + + + + 0 0
PEOPLE      + + + + + + + F + 0 0
MANAGED     + + + F + F F + F 0 0
OWN_PERSON  + + + + + + + + + 0 0
OWN_SEAT    + + + + + F F + F 0 0
SEATS       + + + + F F F F F 0 0
BILLING     + + + + F F F F + 0 0
TRACKER     + + + + + + + + F 0 0
API_KEYS    + + F F F F F F F 0 0
AUDIT       + + + F F F F F F 0 0
"""
# What finding the node of a type by its id means.
NODES = """
Organization        + + + + + + + + + 0 0
Member              + + + + + + + + + 0 0
Department          + + + + + + + 0 + 0 0
Team                + + + + + + + 0 + 0 0
SeatSubscription    + + + + 0 0 0 0 0 0 0
Statement           + + + + 0 0 0 0 + 0 0
Invoice             + + + + 0 0 0 0 + 0 0
Payment             + + + + 0 0 0 0 + 0 0
CreditNote          + + + + 0 0 0 0 + 0 0
OrganizationExport  + + + 0 0 0 0 0 0 0 0
TestClock           + 0 0 0 0 0 0 0 0 0 0
PromoCode           + 0 0 0 0 0 0 0 0 0 0
ApiKey              + + 0 0 0 0 0 0 0 0 0
PartnerKey          + 0 0 0 0 0 0 0 0 0 0
Webhook             + + 0 0 0 0 0 0 0 0 0
WebhookDelivery     + + 0 0 0 0 0 0 0 0 0
PriceList           + + + + + + + + + + +
Queue               + + + + + + + + 0 0 0
Issue               + + + + + + + + 0 0 0
Comment             + + + + + + + + 0 0 0
HistoryEntry        + + + + + + + + 0 0 0
Attachment          + + + + + + + + 0 0 0
Board               + + + + + + + + 0 0 0
"""
TRACKER_NODES = ("Queue", "Issue", "Comment", "HistoryEntry", "Attachment", "Board")
QUERIES = """
viewer             + + + + + + + + + + +
node               + + + + + + + + + 0 0
nodes              + + + + + + + + + + +
organization       + + + + + + + + + 0 0
organizations      + + + + + + + + + + +
accessCheck        + + + + + + + + + + +
priceLists         + + + + + + + + + + +
priceQuote         + + + + + + + + + + +
vatRates           + + + + + + + + + + +
issuer             + F F F F F F F F F F
promoCodes         + F F F F F F F F F F
partnerKeys        + F F F F F F F F F F
testClocks         + F F F F F F F F F F
billingSimulation  + F F F F F F F F F F
jobs               + F F F F F F F F F F
purgePreview       + F F F F F F F F F F
"""
# The tracker by state, for those who may look at it at all: members, and others.
TRACKER = {
    "NOT_ACTIVATED": ("TRACKER_NOT_ACTIVATED", "+"),
    "TRIAL": ("+", "+"),
    "SUBSCRIBED": ("+", "+"),
    "SUSPENDED": ("+", "+"),
    "CLOSED": ("+", "+"),
    "RETENTION": ("+", "+"),
    "PURGING": ("ORGANIZATION_PURGED", "ORGANIZATION_PURGED"),
    "PURGED": ("ORGANIZATION_PURGED", "ORGANIZATION_PURGED"),
}
NO_MEMBERS = ("operator", "partner")

FIELDS: dict[str, dict[str, str]] = {
    "Organization": {
        "OPEN": "id slug name timeZone currency createdAt state suspended trial purgeAt closedAt testClock tombstone "
        "viewerAccess viewerPermissions contacts",
        "PEOPLE": "members departments teams subjectSearch",
        "SEATS": "seats seatSpans seatSubscriptions waiting seatRequests seatTimeline",
        "BILLING": "billing invoicePreview statements invoices hindsight legalHold",
        "TRACKER": "queues issue issues boards notificationSettings notifications",
        "API_KEYS": "apiKeys webhooks",
        "AUDIT": "auditLog auditVerification",
    },
    "Member": {
        "OPEN": "id login name role status isRobot erasedAt organization",
        "OWN_PERSON": "department teams",
        "MANAGED": "email externalId invitation",
        "OWN_SEAT": "access accessReason seat waiting lastSeat",
    },
    "Department": {"OPEN": "id name createdAt deletedAt organization parent children childCount memberCount"},
    "Team": {"OPEN": "id name createdAt deletedAt organization memberCount", "PEOPLE": "members"},
    "SeatSubscription": {"OPEN": "id subject joins createdAt createdBy createdByMember endedAt seatCount waitingCount"},
    "Statement": {"OPEN": "id organization month outcome periodStart periodEnd closedAt parkedReason peak invoice"},
    "Invoice": {
        "OPEN": "id number month issuedAt dueAt digest state lines discounts subtotal total vat peak paid credited due "
        "outstanding creditNotes replaces replacedBy settledBy settledByCount verification explanation costSplit "
        "evidenceUrl pdfUrl organization"
    },
    "Payment": {
        "OPEN": "id amount externalReference organization receivedAt recordedAt recordedBy reversal settled "
        "settledCount"
    },
    "CreditNote": {"OPEN": "id number amount vat reason invoice issuedAt issuedBy digest pdfUrl"},
    "OrganizationExport": {
        "OPEN": "id organization state progress requestedAt expiresAt downloadUrl bytes rows sha256"
    },
    "TestClock": {"OPEN": "id now advancingTo createdAt expiresAt leftOut organizations"},
    "PromoCode": {"OPEN": "id code createdAt disabledAt mostUses percent periods priceList redeemBy uses"},
    "ApiKey": {
        "OPEN": "id organization member name prefix permissions createdAt createdBy expiresAt lastUsedAt revokedAt "
        "revokedBy secrets"
    },
    "PartnerKey": {
        "OPEN": "id organizations name prefix permissions createdAt createdBy expiresAt lastUsedAt revokedAt revokedBy "
        "secrets webhooks"
    },
    "Webhook": {
        "OPEN": "id url description events enabled disabledAt disabledReason failingSince createdAt createdBy secrets "
        "organization deliveries"
    },
    "WebhookDelivery": {
        "OPEN": "id messageId type sequence status createdAt endedAt nextAttemptAt attemptCount replayCount "
        "organization attempts"
    },
    "PriceList": {
        "ANYONE": "id name currency isPublic isDeletable effectiveFrom freeThreshold legacyPeriods vatIncluded tiers "
        "baseline"
    },
    "Queue": {"OPEN": "id key name createdAt author statistics"},
    "Issue": {
        "OPEN": "id key summary description type priority status resolution tags dueOn createdAt updatedAt author "
        "assignee queue attachments comments commentCount history isWatched watchers watcherCount"
    },
    "Comment": {"OPEN": "id author createdAt issue text"},
    "HistoryEntry": {"OPEN": "id at author field from to"},
    "Attachment": {"OPEN": "id author contentType createdAt fileName issue sha256 size uploadedAt url"},
    "Board": {"OPEN": "id author createdAt filter name order updatedAt", "TRACKER": "issues"},
}
"""By type and need, every field of what has an id."""

CROSSINGS = [
    "AccessDecision.sources", "AssigneeCount.assignee", "BillingProfileSetPayload.organization",
    "ChangeImpact.alreadySeated", "ChangeImpact.losingSeat", "ChangeImpact.newlySeated", "ChangeImpact.wouldWait",
    "AuditEntry.member", "Contract.priceList", "CostShare.subject", "Event.organization", "Everyone.organization",
    "Hindsight.idleAtPeak",
    "InvoicePreview.priceList", "IssuedInvitationToken.member", "Notification.author", "Notification.issue",
    "JobsOverview.parkedMonths", "LegacyBaseline.priceList", "ParkedJob.organization",
    "PeakCause.member", "PriceQuote.priceList", "PromoCodeRedemption.priceList", "RosterPerson.member",
    "Seat.member", "Seat.sources", "SeatRequest.member", "SeatSpan.endedByMember", "SeatSpan.member",
    "SeatSpan.sources", "Settlement.invoice", "Settlement.payment", "SimulatedParking.organization",
    "SimulationDifference.organization", "Viewer.member", "Viewer.members", "Viewer.webhooks", "Waiting.member",
    "Waiting.subscription", "WouldWait.member",
]  # fmt: skip
"""Every field of what has no id, and is seen with what it is part of, that leads to something that has one; payloads
of mutations are left out: what they lead to was changed by whoever asks."""

ARGUMENTS = {
    "Organization.seatTimeline": '(month: "2021-01")',
    "Organization.hindsight": '(month: "2021-01")',
    "Organization.subjectSearch": '(text: "a")',
    "Organization.issue": '(key: "OPS-1")',
    "Query.organization": "(id: $Organization)",
    "Query.node": "(id: $Organization)",
    "Query.nodes": "(ids: [$Organization])",
    "Query.accessCheck": '(checks: [{organizationId: $Organization, login: "a", permission: ISSUE_VIEW}])',
    "Query.priceQuote": '(seats: 6, month: "2021-01")',
    "Query.billingSimulation": '(month: "2021-01", testClockId: $TestClock)',
    "Query.purgePreview": "(organizationId: $Organization)",
}
TYPES = schema.core.type_map
ROWS = {line.split()[0]: dict(zip(ACTORS, line.split()[1:], strict=True)) for line in NODES.strip().splitlines()}
MEANINGS = {line.split()[0]: dict(zip(ACTORS, line.split()[1:], strict=True)) for line in NEEDS.strip().splitlines()}
ROOTS = {line.split()[0]: dict(zip(ACTORS, line.split()[1:], strict=True)) for line in QUERIES.strip().splitlines()}


@pytest.fixture(scope="module")
async def world(database: str, clean_afterwards: None) -> World:
    await servers.reset(database)
    return await make_world()


def object_types() -> dict[str, GraphQLObjectType]:
    return {
        name: one for name, one in TYPES.items() if isinstance(one, GraphQLObjectType) and not name.startswith("__")
    }


def node_types() -> set[str]:
    interface = TYPES["Node"]
    return {name for name, one in object_types().items() if interface in one.interfaces}


def fields_of(type_name: str) -> dict[str, GraphQLField]:
    kind = TYPES[type_name]
    assert isinstance(kind, GraphQLObjectType)
    return dict(kind.fields)


def needs_of(type_name: str) -> dict[str, str]:
    """The need of each field of a type, by the table."""
    return {name: need for need, names in FIELDS[type_name].items() for name in names.split()}


def select(type_name: str, name: str) -> str:
    """A field with the least of a selection, under an alias of its own."""
    field = fields_of(type_name)[name]
    arguments = ARGUMENTS.get(f"{type_name}.{name}", "")
    selection = "" if is_leaf_type(get_named_type(field.type)) else "{ __typename }"
    return f"{name}: {name}{arguments} {selection}"


def test_every_field_of_what_has_an_id_has_a_row() -> None:
    assert set(FIELDS) == set(ROWS) == node_types()
    for type_name in FIELDS:
        assert set(needs_of(type_name)) == set(fields_of(type_name)), type_name
    assert set(ROOTS) == set(fields_of("Query"))


def test_every_way_from_what_has_no_id_to_what_has_one_is_known() -> None:
    found = {
        f"{type_name}.{name}"
        for type_name, kind in object_types().items()
        for name, field in kind.fields.items()
        if type_name not in node_types() and type_name not in ("Query", "Mutation")
        and not type_name.endswith(("Payload", "Connection", "Edge")) and _leads_to_node(field)
    }  # fmt: skip
    assert found == {one for one in CROSSINGS if not one.split(".")[0].endswith("Payload")}


def _leads_to_node(field: GraphQLField) -> bool:
    named = get_named_type(field.type)
    if isinstance(named, GraphQLUnionType):
        return any(one.name in node_types() for one in named.types)
    return named.name in node_types() or isinstance(named, GraphQLInterfaceType)


def expected_node(type_name: str, name: str, state: str) -> str:
    mark = ROWS[type_name][name]
    if mark == "+" and type_name in TRACKER_NODES:
        return "+" if TRACKER[state][name in NO_MEMBERS] == "+" else "0"
    return mark


def expected_field(type_name: str, field: str, name: str, state: str) -> str:
    need = needs_of(type_name)[field]
    mark = MEANINGS[need][name]
    if need == "TRACKER" and mark == "+":
        return TRACKER[state][name in NO_MEMBERS]
    if mark == "+" and field == "hindsight" and state in ("PURGING", "PURGED"):
        return "ORGANIZATION_PURGED"
    return {"F": "FORBIDDEN"}.get(mark, mark)


async def ask_node(actor: Actor, type_name: str, node_id: str) -> dict[str, str] | None:
    """By field: + or the code of its error; None when there is no such node."""
    selection = " ".join(select(type_name, name) for name in fields_of(type_name))
    document = f"query($id: ID!) {{ node(id: $id) {{ ... on {type_name} {{ {selection} }} }} }}"
    result = await run(actor, document, id=node_id)
    assert result.data is not None, result.errors
    if result.data["node"] is None:
        assert result.errors is None, result.errors
        return None
    codes = {str(error.path[1]): _code(error) for error in result.errors or () if error.path}
    return {name: codes.get(name, "+") for name in fields_of(type_name)}


def _code(error: Any) -> str:
    return str((error.extensions or {}).get("code", error.message))


@pytest.mark.parametrize(
    "state", [one if one == "SUBSCRIBED" else pytest.param(one, marks=pytest.mark.slow) for one in STATES]
)
async def test_every_field_is_seen_by_whoever_the_table_says(world: World, state: str) -> None:
    await put_into(world, state)
    found, expected = {}, {}
    for called, actor in {**world.actors, **world.strangers}.items():
        name = "stranger" if called in world.strangers else called
        for type_name, node_id in world.ids.items():
            place = f"{called} {type_name}"
            mark = expected_node(type_name, name, state)
            answer = await ask_node(actor, type_name, node_id)
            found[place] = answer
            expected[place] = (
                {field: expected_field(type_name, field, name, state) for field in fields_of(type_name)}
                if mark == "+"
                else None
            )
    assert _differences(found, expected) == {}


def _differences(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Where they differ: what was found, and what the table says."""
    different: dict[str, Any] = {}
    for place, wanted in expected.items():
        got = found[place]
        if got is None or wanted is None:
            if got != wanted:
                different[place] = ("seen" if got else "not seen", "to be seen" if wanted else "not to be seen")
        else:
            different |= {
                f"{place}.{field}": (got[field], wanted[field]) for field in wanted if got[field] != wanted[field]
            }
    return different


async def test_every_question_is_answered_to_whoever_the_table_says(world: World) -> None:
    await put_into(world, "SUBSCRIBED")
    found, expected = {}, {}
    for name, actor in world.actors.items():
        for field, marks in ROOTS.items():
            place = f"{name} {field}"
            names = [one for one in ("Organization", "TestClock") if f"${one}" in ARGUMENTS.get(f"Query.{field}", "")]
            heading = f"query({', '.join(f'${one}: ID!' for one in names)})" if names else "query"
            result = await run(
                actor, f"{heading} {{ {select('Query', field)} }}", **{one: world.ids[one] for one in names}
            )
            codes = [_code(error) for error in result.errors or ()]
            value = result.data[field] if result.data is not None else None
            found[place] = codes[0] if codes else "0" if value is None else "+"
            expected[place] = {"F": "FORBIDDEN"}.get(marks[name], marks[name])
    assert {place: (found[place], expected[place]) for place in found if found[place] != expected[place]} == {}


HALVES = {
    "queues { nodes { key statistics { byStatus { count } } } }": {"QUEUE_VIEW"},
    "boards { name }": {"QUEUE_VIEW"},
    "boards { issues { totalCount } }": {"QUEUE_VIEW", "ISSUE_VIEW"},
    'issues { totalCount } issue(key: "OPS-1") { queue { key } comments { totalCount } }': {"ISSUE_VIEW"},
    "notifications { totalCount } notificationSettings { __typename }": {"ISSUE_VIEW"},
}
"""Fields of the tracker, by the permissions that they take: one of the two shows nothing of the other's."""


@pytest.mark.parametrize("selection", HALVES)
async def test_queues_and_boards_take_one_permission_and_issues_another(world: World, selection: str) -> None:
    await put_into(world, "SUBSCRIBED")
    document = f"query($id: ID!) {{ organization(id: $id) {{ {selection} }} }}"
    for held in ({"QUEUE_VIEW"}, {"ISSUE_VIEW"}, {"QUEUE_VIEW", "ISSUE_VIEW"}):
        standing = Standing(world.people["seated"], Role.MEMBER, frozenset(Permission(one) for one in held))
        key = Actor(ActorKind.API_KEY, "key", "request", None, {world.company.id: standing})
        result = await run(key, document, id=world.ids["Organization"])
        codes = {_code(error) for error in result.errors or ()}
        assert codes == (set() if HALVES[selection] <= held else {"FORBIDDEN"})


PARTS = "name role status login department { name } teams { name } email externalId access accessReason { code }"


async def test_who_sees_seats_alone_sees_names_beside_them_and_no_more_of_people(world: World) -> None:
    await put_into(world, "SUBSCRIBED")
    seats = someone_in([world.company.id], {Permission.SEAT_VIEW})
    document = (
        f"query($id: ID!) {{ organization(id: $id) {{ seatSpans(first: 1) {{ nodes {{ member {{ {PARTS} }} }} }} }} }}"
    )
    result = await run(seats, document, id=world.ids["Organization"])
    denied = sorted(str(error.path[-1]) for error in result.errors or () if error.path)
    assert denied == ["department", "email", "externalId", "teams"]
    assert {_code(error) for error in result.errors or ()} == {"FORBIDDEN"}


@pytest.mark.parametrize(
    "field", ["members(filter: {text: $text}) { totalCount }", "subjectSearch(text: $text) { __typename }"]
)
async def test_people_are_found_by_their_address_by_whoever_may_see_it(world: World, field: str) -> None:
    """A search is no way round: what it finds would tell the address letter by letter."""
    await put_into(world, "SUBSCRIBED")
    document = f"query($id: ID!, $text: String!) {{ organization(id: $id) {{ found: {field} }} }}"
    finders = []
    for name, actor in world.actors.items():
        result = await run(actor, document, id=world.ids["Organization"], text="admin@x.exam")
        organization = result.data["organization"] if result.data is not None else None
        if organization is not None and organization["found"] not in (None, [], {"totalCount": 0}):
            finders.append(name)
    assert finders == ["operator", "owner", "admin"]


async def test_nothing_of_another_organization_is_found_by_its_id_in_any_list_of_ids(world: World) -> None:
    await put_into(world, "SUBSCRIBED")
    ids = [one for name, one in world.ids.items() if name != "PriceList"]
    nothing = [unknown(name) for name in world.ids if name != "PriceList"]
    for actor in (*world.strangers.values(), world.actors["invited"]):
        for asked in (ids, nothing, [global_id("Member", world.other.members[0]), *ids][1:]):
            result = await run(actor, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=asked)
            assert result.errors is None
            assert result.data == {"nodes": [None] * len(asked)}

"""`Idempotency-Key` over HTTP: the same answer byte for byte, one effect, and what is not kept (invariant 16)."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from graphql import build_schema, is_enum_type, is_input_object_type, is_list_type, is_non_null_type

from app import db
from app.graphql.context import ShownOnce
from app.graphql.schema import print_sdl, schema
from tests.client import Client, by_id, contents, create_clock, found, mutation, start

pytestmark = pytest.mark.usefixtures("database")

CLOCK = mutation("testClockCreate", "testClock { id now }")
NOW = {"input": {"now": "2021-01-01T00:00:00Z"}}


async def send(client: Client, key: str | None, document: str, variables: Any, **more: Any) -> httpx.Response:
    content = {"query": document, "variables": variables, **more}
    headers = client.headers | ({"Idempotency-Key": key} if key is not None else {})
    return await client.http.post("/graphql", json=content, headers=headers)


def new_key() -> str:
    return str(uuid4())


async def clocks() -> int:
    return await db.count("SELECT 1 FROM test_clocks")


async def repeated(client: Client, document: str, variables: Any) -> Any:
    """What a mutation answers under a key: sent again it answers the same, byte for byte, and changes nothing."""
    key = new_key()
    first = await send(client, key, document, variables)
    before = await contents()
    again = await send(client, key, document, variables)
    assert await contents() == before
    assert again.content == first.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    return first.json()


async def test_a_mutation_sent_again_with_its_key_is_answered_the_same_and_done_once(client: Client) -> None:
    before = await clocks()
    answer = await repeated(client, CLOCK, NOW)
    assert answer["data"]["testClockCreate"]["testClock"]["now"] == "2021-01-01T00:00:00Z"
    assert await clocks() == before + 1


REFUSED = mutation("organizationCreate", "organization { id }").replace("UserError {", "UserError { why: message")
WRONG = {"input": {"name": "Romashka", "slug": "Not a slug", "owner": {"name": "", "email": "anna@romashka.example"}}}


async def test_a_refusal_is_told_again_in_the_language_of_whoever_asks_again(client: Client) -> None:
    key, answers = new_key(), []
    for language in ("ru", "en", "ru"):
        headers = client.headers | {"Idempotency-Key": key, "Accept-Language": language}
        asked = await client.http.post("/graphql", json={"query": REFUSED, "variables": WRONG}, headers=headers)
        answers.append(asked)
    first, english, again = answers
    assert english.headers["idempotency-replayed"] == again.headers["idempotency-replayed"] == "true"
    assert again.content == first.content
    told = [one.json()["data"]["organizationCreate"] for one in (first, english)]
    assert [one["message"] for one in told] == [one["why"] for one in told]
    assert [one["code"] for one in told] == ["INVALID_INPUT", "INVALID_INPUT"]
    assert told[0]["problems"][-1]["message"] == "Имя: обязательное поле."
    assert told[1]["problems"][-1]["message"] == "A person's name cannot be empty."
    assert "said" not in english.json()


async def test_without_a_key_it_is_done_again(client: Client) -> None:
    before = await clocks()
    for _ in range(2):
        assert (await send(client, None, CLOCK, NOW)).is_success
    assert await clocks() == before + 2


async def test_another_request_under_the_key_is_refused_and_nothing_is_changed(client: Client) -> None:
    key = new_key()
    await send(client, key, CLOCK, NOW)
    before = await contents()
    others = [
        (CLOCK, {"input": {"now": "2021-01-02T00:00:00Z"}}),
        (mutation("testClockCreate", "testClock { id }"), NOW),
    ]
    for document, variables in others:
        refused = (await send(client, key, document, variables)).json()["data"]["testClockCreate"]
        assert refused["__typename"] == "UserError"
        assert refused["code"] == "IDEMPOTENCY_KEY_REUSED"
        assert refused["message"] == "This idempotency key came with another request before."
    assert await contents() == before


async def test_the_same_request_laid_out_otherwise_is_the_same(client: Client) -> None:
    key = new_key()
    document = (
        "mutation Make($a: DateTime!, $b: Boolean!) "
        "{ testClockCreate(input: {now: $a}) { __typename @include(if: $b) } }"
    )
    first = await send(client, key, document, {"a": "2021-01-01T00:00:00Z", "b": True})
    spaced = document.replace(" ", "\n  ") + " # again"
    again = await send(client, key, spaced, {"b": True, "a": "2021-01-01T00:00:00Z"}, operationName="Make")
    assert again.headers["idempotency-replayed"] == "true"
    assert again.content == first.content


@pytest.mark.parametrize(
    ("given", "again"), [("a-key", '"a-key"'), ('"with \\" and \\\\"'.replace(" ", ""), 'with"and\\')]
)
async def test_a_key_is_a_structured_string_or_bare(client: Client, given: str, again: str) -> None:
    before = await clocks()
    mine = given.replace("key", new_key())
    assert (await send(client, mine, CLOCK, NOW)).is_success
    replayed = await send(client, again.replace("key", mine.removeprefix("a-")), CLOCK, NOW)
    assert replayed.headers["idempotency-replayed"] == "true"
    assert await clocks() == before + 1


@pytest.mark.parametrize(
    "key", ["", '""', '"', '"open', '"a"b', "two words", '"two words"', "x" * 256, f'"{"x" * 256}"', "caf\u00e9"]
)
async def test_what_is_no_key_is_a_bad_request(client: Client, key: str) -> None:
    before = await contents()
    headers = httpx.Headers([(b"Idempotency-Key", key.encode("latin-1"))])
    answer = await client.http.post("/graphql", json={"query": CLOCK, "variables": NOW}, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
    assert await contents() == before


async def test_the_longest_key_is_one_and_two_are_none(client: Client) -> None:
    key = (new_key() * 8)[:255]
    assert (await send(client, key, CLOCK, NOW)).is_success
    headers = httpx.Headers([("Idempotency-Key", "a"), ("Idempotency-Key", "b")])
    answer = await client.http.post("/graphql", json={"query": CLOCK, "variables": NOW}, headers=headers)
    assert answer.status_code == 400


TWICE = """
    mutation($input: TestClockCreateInput!) {
        a: testClockCreate(input: $input) { __typename }
        b: testClockCreate(input: $input) { __typename }
    }
"""
TWICE_BY_FRAGMENTS = """
    mutation($input: TestClockCreateInput!) { ...A ... { a: testClockCreate(input: $input) { __typename } } }
    fragment A on Mutation { b: testClockCreate(input: $input) { __typename } }
"""


@pytest.mark.parametrize("document", [TWICE, TWICE_BY_FRAGMENTS])
async def test_a_key_is_of_one_mutation(client: Client, document: str) -> None:
    before = await contents()
    answer = await send(client, new_key(), document, NOW)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"] == "Under an `Idempotency-Key` an operation is one mutation."
    assert await contents() == before
    assert (await send(client, None, document, NOW)).is_success


async def test_one_mutation_may_come_by_way_of_fragments_with_its_typename(client: Client) -> None:
    document = (
        "mutation($input: TestClockCreateInput!) { __typename ...A ...A ... on Mutation { ...A } } "
        "fragment A on Mutation { testClockCreate(input: $input) { __typename } }"
    )
    before = await clocks()
    await repeated(client, document, NOW)
    assert await clocks() == before + 1


async def test_a_query_takes_no_notice_of_a_key(client: Client) -> None:
    for key in ("a key", "a-key"):
        answer = await send(client, key, "{ viewer { __typename } }", {})
        assert answer.is_success
        assert "idempotency-replayed" not in answer.headers
    assert await db.count("SELECT 1 FROM idempotency_keys WHERE actor IS NULL") == 0


async def test_a_request_that_means_nothing_leaves_the_key_as_good_as_new(client: Client) -> None:
    key = new_key()
    before = await contents()
    answer = await send(client, key, CLOCK, {"input": {"now": "yesterday"}})
    assert "data" not in answer.json()
    assert await contents() == before
    assert "idempotency-replayed" not in (await send(client, key, CLOCK, NOW)).headers


async def test_a_conflict_is_not_kept_and_the_same_key_does_it_afterwards(client: Client) -> None:
    clock = await create_clock(client, "2021-01-01T00:00:00Z")
    company = await found(client, clock)
    key, document = new_key(), mutation("trackerActivate", "organization { state }")
    variables = {"input": {"organizationId": company.id}}
    await db.fetch("UPDATE test_clocks SET advancing_to = now + interval '1 day'")
    before = await contents()
    answer = await send(client, key, document, variables)
    assert answer.json()["data"]["trackerActivate"]["code"] == "CONFLICT"
    assert await contents() == before
    await db.fetch("UPDATE test_clocks SET advancing_to = NULL")
    done = await send(client, key, document, variables)
    assert done.json()["data"]["trackerActivate"]["organization"]["state"] == "TRIAL"
    assert "idempotency-replayed" not in done.headers


async def test_a_token_is_shown_once_and_stored_nowhere_and_its_mutation_is_not_done_again(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00Z")
    (member,) = await company.invite(1)
    key, variables = new_key(), {"input": {"memberId": member}}
    document = mutation("sessionCreate", "token")
    token = (await send(client, key, document, variables)).json()["data"]["sessionCreate"]["token"]
    before = await contents()
    again = (await send(client, key, document, variables)).json()["data"]["sessionCreate"]
    assert (again["__typename"], again["code"]) == ("UserError", "IDEMPOTENCY_KEY_REUSED")
    assert await contents() == before
    rows = await db.fetch(
        "SELECT convert_from(answer, 'UTF8') AS answer, row(k)::text AS row FROM idempotency_keys AS k"
    )
    assert [one for one in rows if token in (one["answer"] or "") or token.encode().hex() in one["row"]] == []
    await repeated(client, mutation("sessionCreate", "expiresAt"), variables)


def test_every_field_that_is_a_secret_says_so() -> None:
    sounds = ("token", "secret", "uploadurl", "password")
    marked, sounding = set(), set()
    for name, definition in schema.schema_converter.type_map.items():
        for field in getattr(definition.definition, "fields", ()):
            path = f"{name}.{schema.config.name_converter.get_graphql_name(field)}"
            if any(isinstance(one, ShownOnce) for one in field.extensions):
                marked.add(path)
            if any(sound in path.partition(".")[2].lower() for sound in sounds) and not name.endswith("Input"):
                sounding.add(path)
    assert sounding - marked == {  # which there are, not what they are; and what makes a new one
        "ApiKey.secrets",
        "PartnerKey.secrets",
        "Webhook.secrets",
        "Mutation.webhookSecretRotate",
    }
    assert marked == {
        "ApiKeyCreatePayload.secret",
        "ApiKeyRotatePayload.secret",
        "AttachmentCreatePayload.uploadUrl",
        "IssuedInvitationToken.token",
        "PartnerKeyCreatePayload.secret",
        "PartnerKeyRotatePayload.secret",
        "SessionCreatePayload.token",
        "WebhookCreatePayload.secret",
        "WebhookSecretRotatePayload.secret",
    }


_MUTATION = build_schema(print_sdl()).mutation_type
assert _MUTATION is not None
MUTATIONS = _MUTATION.fields


def senseless(kind: Any) -> Any:
    """An input of the type that means nothing, and is of its shape."""
    if is_non_null_type(kind):
        return senseless(kind.of_type)
    if is_list_type(kind):
        return [senseless(kind.of_type)]
    if is_input_object_type(kind):
        fields = list(kind.fields.items())
        needed = fields[:1] if kind.is_one_of else [one for one in fields if is_non_null_type(one[1].type)]
        return {name: senseless(one.type) for name, one in needed}
    if is_enum_type(kind):
        return next(iter(kind.values))
    return SENSELESS[kind.name]


SENSELESS = {
    "ID": "no id",
    "String": "",
    "Int": -1,
    "Float": -1.0,
    "Boolean": False,
    "DateTime": "1999-01-01T00:00:00Z",
    "Date": "1999-01-01",
    "Decimal": "-1",
    "Month": "2020-10",
    "TimeZone": "Europe/Moscow",
    "Email": "nobody@nowhere.example",
}


@pytest.mark.parametrize("name", MUTATIONS)
async def test_every_mutation_keeps_its_refusal_under_a_key(client: Client, name: str) -> None:
    given = {"name": " "} if name == "issuerUpdate" else senseless(MUTATIONS[name].args["input"].type)
    answer = await repeated(client, mutation(name, "__typename"), {"input": given})
    assert "errors" not in answer, answer["errors"]
    assert answer["data"][name]["__typename"] == "UserError"


async def test_a_story_under_keys(client: Client) -> None:
    async def do(field: str, wanted: str, /, **given: Any) -> Any:
        payload = (await repeated(client, mutation(field, wanted), {"input": given}))["data"][field]
        assert payload["__typename"] != "UserError", payload
        return payload

    clock = (await do("testClockCreate", "testClock { id }", now="2020-11-10T08:00:00Z"))["testClock"]["id"]
    slug = f"keys-{uuid4().hex}"
    owner = {"email": f"owner@{slug}.example", "name": "Olga Owner"}
    created = await do(
        "organizationCreate",
        "organization { id name }",
        name="Keys",
        slug=slug,
        owner=owner,
        timeZone="Europe/Moscow",
        testClockId=clock,
    )
    company = created["organization"]["id"]
    advanced = await do(
        "testClockAdvance", "testClock { now advancingTo }", testClockId=clock, to="2020-11-10T09:00:00Z"
    )
    assert advanced["testClock"] == {"now": "2020-11-10T09:00:00Z", "advancingTo": None}
    await do("trackerActivate", "organization { state }", organizationId=company)
    people = [{"email": f"p{number}@{slug}.example", "name": f"Person {number}", "active": True} for number in range(3)]
    invited = await do("memberInvite", "members { id name }", organizationId=company, members=people)
    members = [one["id"] for one in invited["members"]]
    changed = await do(
        "seatsChange", "seatedCount organization { seats { used } }", organizationId=company, subscribe=by_id(members)
    )
    assert changed["seatedCount"] == 3
    export = await do("organizationExport", "export { id state }", organizationId=company)
    assert export["export"]["state"] == "PENDING"
    line = {"email": f"new@{slug}.example", "name": "Nora New"}
    dry = await do(
        "directoryApply",
        "appliedAt differences { __typename } impact { __typename }",
        organizationId=company,
        members=[line],
        dryRun=True,
    )
    assert (dry["appliedAt"], dry["impact"]["__typename"]) == (None, "ChangeImpact")
    advanced = await do("testClockAdvance", "testClock { now }", testClockId=clock, to="2021-02-10T09:00:00Z")
    assert advanced["testClock"]["now"] == "2021-02-10T09:00:00Z"


async def test_what_a_limit_refuses_is_recorded_once_under_a_key(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00Z")
    members = await company.invite(2)
    await client.change("organizationUpdate", "organization { id }", organizationId=company.id, seatCap=1)
    variables = {"input": {"organizationId": company.id, "subscribe": by_id(members)}}
    answer = await repeated(client, mutation("seatsChange", "seatedCount"), variables)
    assert answer["data"]["seatsChange"]["code"] == "SEAT_LIMIT_REACHED"
    rows = await db.fetch(
        "SELECT seats FROM seat_requests JOIN organizations AS o ON o.id = organization_id WHERE o.slug = $1",
        company.slug,
    )
    assert [row["seats"] for row in rows] == [2]


async def test_a_proposed_change_in_the_payload_is_not_seen_by_the_fields_beside_it(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00Z")
    members = await company.invite(3)

    def proposed(member: str) -> str:
        return f'invoicePreview(change: {{subscribe: [{{memberId: "{member}"}}]}}) {{ impact {{ __typename }} }}'

    used, asked = "seats { used }", [proposed(member) for member in members[1:]]
    wanted = f"organization {{ a: {used} b: {asked[0]} c: {used} d: {asked[1]} e: {used} }}"
    variables = {"input": {"organizationId": company.id, "subscribe": by_id(members[:1])}}
    answer = await repeated(client, mutation("seatsChange", wanted), variables)
    assert "errors" not in answer, answer["errors"]
    told = answer["data"]["seatsChange"]["organization"]
    assert [told[name]["used"] for name in "ace"] == [1, 1, 1]
    assert told["b"] == told["d"] == {"impact": {"__typename": "ChangeImpact"}}


async def test_a_member_has_keys_of_their_own_by_the_login_of_tenants(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00Z")
    owner = (await company.read("members(first: 1) { nodes { id } }"))["members"]["nodes"][0]["id"]
    member = await client.as_member(owner)
    people = [{"email": f"p1@{company.slug}.example", "name": "Person 1"}]
    variables = {"input": {"organizationId": company.id, "members": people}}
    answer = await repeated(member, mutation("memberInvite", "members { id name }"), variables)
    (invited,) = answer["data"]["memberInvite"]["members"]
    assert invited["name"] == "Person 1"
    row = await db.fetch_one("""
        SELECT actor, cardinality(organization_ids) AS organizations FROM idempotency_keys
        ORDER BY created_at DESC LIMIT 1
    """)
    assert row is not None
    assert row["actor"].startswith("member:")
    assert row["organizations"] == 1
    key = new_key()
    erase, erased = mutation("memberErase", "member { name }"), {"input": {"memberId": invited["id"]}}
    assert (await send(member, key, erase, erased)).json()["data"]["memberErase"]["member"]["name"] == "Erased person"
    assert (await send(member, key, erase, erased)).headers["idempotency-replayed"] == "true"
    kept = await db.fetch(
        "SELECT convert_from(answer, 'UTF8') AS answer FROM idempotency_keys WHERE answer IS NOT NULL"
    )
    assert [one for one in kept if "Person 1" in one["answer"]] == []

"""Partners over HTTP: keys that operators make, what they open, and clocks of partners' own (R9.1, R9.2)."""

from typing import Any
from uuid import uuid4

from app import db
from app.graphql.ids import parse_global_id
from tests.client import PAYER, Client, Company, Problem, contents, found, start, unknown

NOW = "2020-11-10T12:00:00+03:00"
NODE = "query($id: ID!) { node(id: $id) { __typename } }"
KEY = """
    partnerKey {
        id name prefix permissions expiresAt revokedAt secrets { expiresAt }
        organizations { totalCount nodes { id } }
    } secret
"""
PROVISIONING = (
    "ORGANIZATION_CREATE",
    "ORGANIZATION_MANAGE",
    "MEMBER_VIEW",
    "MEMBER_MANAGE",
    "MEMBER_PROVISION",
    "SEAT_VIEW",
    "SEAT_MANAGE",
    "BILLING_VIEW",
    "BILLING_MANAGE",
    "PAYMENT_RECORD",
    "TEST_CLOCK_MANAGE",
)


async def make(client: Client, *organizations: str, permissions: tuple[str, ...] = PROVISIONING, **given: Any) -> Any:
    """The payload of `partnerKeyCreate`."""
    return await client.change(
        "partnerKeyCreate", KEY, name="Acme", organizationIds=organizations, permissions=permissions, **given
    )


async def partner_of(client: Client, *organizations: str, permissions: tuple[str, ...] = PROVISIONING) -> Client:
    """A client that holds a new key of a partner."""
    return Client(client.http, (await make(client, *organizations, permissions=permissions))["secret"])


async def status_of(client: Client) -> int:
    response = await client.http.post("/graphql", json={"query": "{ viewer { kind } }"}, headers=client.headers)
    return response.status_code


async def end_clock(clock_id: str) -> None:
    """As if the clock had been made 30 days ago."""
    await db.fetch(
        "UPDATE test_clocks SET created_at = created_at - interval '30 days', expires_at = clock_timestamp()"
        " WHERE id = $1",
        parse_global_id(clock_id)[1],
    )


async def clock_of(partner: Client) -> str:
    clock = (await partner.change("testClockCreate", "testClock { id }", now=NOW))["testClock"]
    return str(clock["id"])


async def test_a_key_is_shown_once_and_listed_for_operators(client: Client) -> None:
    company = await start(client, NOW)
    payload = await make(client, company.id, company.id, expiresAt="2199-01-01T00:00:00Z")
    key = payload["partnerKey"]
    assert key == {
        "id": key["id"],
        "name": "Acme",
        "prefix": payload["secret"][:26] + "…",
        "permissions": sorted(PROVISIONING),
        "expiresAt": "2199-01-01T00:00:00Z",
        "revokedAt": None,
        "secrets": [{"expiresAt": None}],
        "organizations": {"totalCount": 1, "nodes": [{"id": company.id}]},
    }
    assert len(payload["secret"]) == 75
    listed = await client.ask("{ partnerKeys(last: 1) { nodes { id } } }")
    assert listed["partnerKeys"]["nodes"] == [{"id": key["id"]}]
    partner = Client(client.http, payload["secret"])
    for other in (partner, await client.as_member(await owner_of(company))):
        failure = await other.fail("{ partnerKeys { nodes { id } } }")
        assert (failure.code, failure.data) == ("FORBIDDEN", {"partnerKeys": None})
        assert (await other.ask(NODE, id=key["id"]))["node"] is None
        refusals = [
            await other.refuse("partnerKeyCreate", name="Mine", organizationIds=[], permissions=["MEMBER_VIEW"]),
            await other.refuse("partnerKeyUpdate", partnerKeyId=key["id"], permissions=["AUDIT_VIEW"]),
            await other.refuse("partnerKeyRotate", partnerKeyId=key["id"]),
            await other.refuse("partnerKeyRevoke", partnerKeyId=key["id"]),
        ]
        assert [one.code for one in refusals] == ["FORBIDDEN"] * 4


async def test_a_partner_founds_fills_subscribes_and_is_paid_for(client: Client) -> None:
    partner = await partner_of(client)
    clock_id = await clock_of(partner)
    company = await found(partner, clock_id)  # everything below is asked with the partner's key
    assert (await company.read("id testClock { id }")) == {"id": company.id, "testClock": {"id": clock_id}}
    await company.advance("2020-11-10T12:00:01+03:00")
    await company.activate()
    await company.set_payer()
    people = await company.invite(5)
    await company.advance("2020-12-11T12:00:00+03:00")
    changed = await company.change_seats(subscribe=[{"memberId": one} for one in people])
    assert (changed["seatedCount"], changed["organization"]["seats"]) == (5, {"used": 5})
    (sixth,) = await company.invite(1)
    await company.subscribe([sixth])
    assert (await company.preview("total { amount currency }")) == {"total": {"amount": "1548.00", "currency": "RUB"}}
    await company.advance("2021-01-01T12:00:00+03:00")
    assert await company.bills() == [("2020-11", "TRIAL", 0, None), ("2020-12", "BILLED", 6, "1548.00")]
    paid = await partner.change(
        "paymentRecord",
        "payment { amount { amount } recordedBy }",
        organizationId=company.id,
        amount="1548.00",
        receivedAt="2021-01-01T12:00:00+03:00",
        externalReference=f"acme-{uuid4()}",
    )
    assert paid["payment"]["amount"] == {"amount": "1548.00"}
    assert paid["payment"]["recordedBy"].startswith("partner:")
    assert [one["state"] for one in await company.invoices("state")] == ["PAID"]
    viewer = (await partner.ask("{ viewer { kind member { id } organizations { nodes { id } } } }"))["viewer"]
    assert viewer == {"kind": "PARTNER", "member": None, "organizations": {"nodes": [{"id": company.id}]}}


async def test_a_partner_reaches_its_organizations_and_no_others(client: Client) -> None:
    ours, theirs = await start(client, NOW), await start(client, NOW)
    partner = await partner_of(client, ours.id)
    assert (await partner.ask(NODE, id=ours.id))["node"] == {"__typename": "Organization"}
    for node in (theirs.id, await owner_of(theirs), theirs.clock_id, ours.clock_id):
        assert (await partner.ask(NODE, id=node))["node"] is None
    payment = {"amount": "1.00", "receivedAt": NOW, "externalReference": str(uuid4())}
    member = {"email": "a@a.example", "name": "A", "active": True}
    refusals = [
        await partner.refuse("paymentRecord", organizationId=theirs.id, **payment),
        await partner.refuse("memberInvite", organizationId=theirs.id, members=[member]),
        await partner.refuse("billingProfileSet", organizationId=theirs.id, **PAYER),
        await partner.refuse("testClockAdvance", testClockId=theirs.clock_id, to="2021-01-01T00:00:00Z"),
        await partner.refuse("testClockAdvance", testClockId=ours.clock_id, to="2021-01-01T00:00:00Z"),
        await partner.refuse("testClockAdvance", testClockId=unknown("TestClock"), to="2021-01-01T00:00:00Z"),
    ]
    assert [one.code for one in refusals] == ["NOT_FOUND"] * 6


async def test_a_partner_does_only_what_its_key_allows(client: Client) -> None:
    company = await start(client, NOW)
    partner = await partner_of(client, company.id, permissions=("MEMBER_VIEW",))
    owner = {"email": "o@o.example", "name": "O"}
    refusals = [
        await partner.refuse("organizationCreate", name="N", slug=f"n-{uuid4().hex}", owner=owner),
        await partner.refuse("testClockCreate", now=NOW),
        await partner.refuse(
            "paymentRecord", organizationId=company.id, amount="1.00", receivedAt=NOW, externalReference="x"
        ),
        await partner.refuse("memberInvite", organizationId=company.id, members=[owner]),
        await partner.refuse("apiKeyCreate", organizationId=company.id, name="K", permissions=["MEMBER_VIEW"]),
        await partner.refuse("queueCreate", organizationId=company.id, key="OPS", name="Operations"),
    ]
    assert [one.code for one in refusals] == ["FORBIDDEN"] * 6


async def test_an_operator_moves_organizations_between_keys_and_changes_what_they_allow(client: Client) -> None:
    first, second = await start(client, NOW), await start(client, NOW)
    payload = await make(client, first.id)
    partner, key_id = Client(client.http, payload["secret"]), payload["partnerKey"]["id"]
    updated = await client.change(
        "partnerKeyUpdate",
        "partnerKey { name permissions organizations { nodes { id } } }",
        partnerKeyId=key_id,
        name="Acme Ltd",
        permissions=["MEMBER_VIEW"],
        addOrganizationIds=[second.id],
        removeOrganizationIds=[first.id],
    )
    assert updated["partnerKey"] == {
        "name": "Acme Ltd",
        "permissions": ["MEMBER_VIEW"],
        "organizations": {"nodes": [{"id": second.id}]},
    }
    assert (await partner.ask(NODE, id=first.id))["node"] is None
    assert (await partner.ask(NODE, id=second.id))["node"] == {"__typename": "Organization"}
    assert (await partner.ask("{ viewer { permissions } }"))["viewer"]["permissions"] == ["MEMBER_VIEW"]


async def test_a_rotated_out_and_a_revoked_key_answer_401(client: Client) -> None:
    payload = await make(client)
    key_id, first = payload["partnerKey"]["id"], Client(client.http, payload["secret"])
    rotated = await client.change("partnerKeyRotate", KEY, partnerKeyId=key_id, overlapHours=0)
    second = Client(client.http, rotated["secret"])
    assert [await status_of(one) for one in (first, second)] == [401, 200]
    await client.change("partnerKeyRevoke", "partnerKey { revokedAt }", partnerKeyId=key_id)
    assert await status_of(second) == 401
    for field in ("partnerKeyRotate", "partnerKeyRevoke", "partnerKeyUpdate"):
        assert (await client.refuse(field, partnerKeyId=key_id)).code == "INVALID_INPUT"
        assert (await client.refuse(field, partnerKeyId=unknown("PartnerKey"))).code == "NOT_FOUND"


async def test_what_a_partners_key_cannot_be_is_refused_with_its_place(client: Client) -> None:
    good: dict[str, Any] = {"name": "Acme", "organizationIds": [], "permissions": ["MEMBER_VIEW"]}
    wrong: list[tuple[dict[str, Any], Problem]] = [
        ({"name": ""}, Problem("INVALID_INPUT", ["input", "name"])),
        ({"permissions": []}, Problem("INVALID_INPUT", ["input", "permissions"])),
        ({"permissions": ["ISSUE_CREATE"]}, Problem("INVALID_INPUT", ["input", "permissions", "0"])),
        ({"organizationIds": [unknown("Organization")]}, Problem("NOT_FOUND", ["input", "organizationIds", "0"])),
        ({"organizationIds": [unknown("Member")]}, Problem("INVALID_INPUT", ["input", "organizationIds", "0"])),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, Problem("INVALID_INPUT", ["input", "expiresAt"])),
    ]
    for given, problem in wrong:
        assert (await client.refuse("partnerKeyCreate", **{**good, **given})).problems == [problem]


async def test_no_secret_of_a_partner_is_stored_anywhere(client: Client) -> None:
    payload = await make(client)
    rotated = await client.change("partnerKeyRotate", KEY, partnerKeyId=payload["partnerKey"]["id"])
    await status_of(Client(client.http, rotated["secret"]))
    for secret in (payload["secret"][-49:-6], rotated["secret"][-49:-6]):
        for table in await contents():
            assert await db.count(f'SELECT 1 FROM "{table}" AS row WHERE row::text LIKE $1', f"%{secret}%") == 0


async def test_a_clock_is_its_partners_alone(client: Client) -> None:
    partner, other = await partner_of(client), await partner_of(client)
    clock_id = await clock_of(partner)
    wanted = "query($id: ID!) { node(id: $id) { ... on TestClock { now expiresAt organizations { totalCount } } } }"
    clock = (await partner.ask(wanted, id=clock_id))["node"]
    assert (clock["now"], clock["organizations"]) == ("2020-11-10T09:00:00Z", {"totalCount": 0})
    (row,) = await db.fetch(
        "SELECT expires_at - created_at AS length, created_by FROM test_clocks WHERE id = $1",
        parse_global_id(clock_id)[1],
    )
    assert (row["length"].days, row["created_by"].split(":")[0]) == (30, "partner")
    assert (await client.ask(NODE, id=clock_id))["node"] == {"__typename": "TestClock"}
    assert (await other.ask(NODE, id=clock_id))["node"] is None
    new = {"name": "N", "slug": f"n-{uuid4().hex}", "owner": {"email": "o@o.example", "name": "O"}}
    refusals = [
        await other.refuse("testClockAdvance", testClockId=clock_id, to="2021-01-01T00:00:00Z"),
        await other.refuse("organizationCreate", testClockId=clock_id, **new),
        await other.refuse("organizationCreate", testClockId=unknown("TestClock"), **new),
        await partner.refuse("organizationCreate", testClockId=(await start(client, NOW)).clock_id, **new),
    ]
    assert [one.code for one in refusals] == ["NOT_FOUND"] * 4


async def test_a_partner_lists_its_own_clocks_and_an_operator_everybodys(client: Client) -> None:
    partner, other = await partner_of(client), await partner_of(client)
    own = [await clock_of(partner) for _ in range(3)]
    foreign = await clock_of(other)
    asked = "{ testClocks(last: 2) { totalCount pageInfo { startCursor } nodes { id now createdAt } } }"
    page = (await partner.ask(asked))["testClocks"]
    assert (page["totalCount"], [one["id"] for one in page["nodes"]]) == (3, own[1:])
    assert {one["now"] for one in page["nodes"]} == {"2020-11-10T09:00:00Z"}
    before = "query($before: String) { testClocks(last: 2, before: $before) { nodes { id } } }"
    rest = await partner.ask(before, before=page["pageInfo"]["startCursor"])
    assert rest["testClocks"]["nodes"] == [{"id": own[0]}]
    nothing = await other.ask(before, before=page["pageInfo"]["startCursor"])  # another's cursor is a place in time
    assert nothing["testClocks"]["nodes"] == []
    everybodys = (await client.ask("{ testClocks(last: 4) { nodes { id } } }"))["testClocks"]["nodes"]
    assert [one["id"] for one in everybodys] == [*own, foreign]
    company = await start(client, NOW)
    for nobody in (
        await client.as_member(await owner_of(company)),
        await partner_of(client, permissions=("SEAT_VIEW",)),
    ):
        failure = await nobody.fail("{ testClocks { totalCount } }")
        assert (failure.code, failure.data) == ("FORBIDDEN", {"testClocks": None})


async def test_a_partners_clock_is_over_after_30_days(client: Client) -> None:
    partner = await partner_of(client)
    company = await found(partner, await clock_of(partner))
    await company.advance("2020-11-11T12:00:00+03:00")
    await end_clock(company.clock_id)
    new = {"name": "N", "slug": f"n-{uuid4().hex}", "owner": {"email": "o@o.example", "name": "O"}}
    for asker in (partner, client):
        refusals = [
            await asker.refuse("testClockAdvance", testClockId=company.clock_id, to="2021-01-01T00:00:00Z"),
            await asker.refuse("organizationCreate", testClockId=company.clock_id, **new),
            await asker.refuse("trackerActivate", organizationId=company.id),
            await asker.refuse("memberInvite", organizationId=company.id, members=[new["owner"]]),
        ]
        assert [one.code for one in refusals] == ["TEST_CLOCK_EXPIRED"] * 4
    assert (await company.read("state"))["state"] == "NOT_ACTIVATED"


async def test_an_organization_on_a_partners_clock_has_50_active_members(client: Client) -> None:
    partner = await partner_of(client)
    company = await found(partner, await clock_of(partner))
    await company.advance("2020-11-11T12:00:00+03:00")
    people = await company.invite(49)  # the owner is the fiftieth
    invitee = {"email": "x@x.example", "name": "X"}
    crowded = [
        await partner.refuse("memberInvite", organizationId=company.id, members=[{**invitee, "active": True}]),
        await client.refuse("memberInvite", organizationId=company.id, members=[{**invitee, "active": True}]),
    ]
    waiting = await partner.change(
        "memberInvite", "members { id } invitations { token }", organizationId=company.id, members=[invitee]
    )
    crowded.append(await client.refuse("invitationAccept", token=waiting["invitations"][0]["token"]))
    await partner.change("memberDeactivate", "member { status }", memberId=people[0])
    await client.change("invitationAccept", "member { status }", token=waiting["invitations"][0]["token"])
    crowded.append(await partner.refuse("memberReactivate", memberId=people[0]))
    assert [one.code for one in crowded] == ["TEST_CLOCK_LIMIT_REACHED"] * 4


async def test_an_operators_clock_has_no_limit(client: Client) -> None:
    company = await start(client, NOW)
    assert len(await company.invite(51)) == 51
    clock = await client.ask(
        "query($id: ID!) { node(id: $id) { ... on TestClock { expiresAt } } }", id=company.clock_id
    )
    assert clock["node"] == {"expiresAt": None}


async def owner_of(company: Company) -> str:
    """The id of the first owner."""
    members = (await company.read("members { nodes { id role } }"))["members"]["nodes"]
    (owner,) = [one["id"] for one in members if one["role"] == "OWNER"]
    return str(owner)

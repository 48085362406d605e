"""What people of each role see of their own organization, and nothing of another (R2.3, R2.6)."""

import pytest

from tests.client import Client, Company, start

NOW = "2021-01-05T09:00:00+03:00"

OF_SEATS = [
    "seats { used }",
    "seatSpans { totalCount }",
    "seatSubscriptions { totalCount }",
    "waiting { totalCount }",
    'seatTimeline(month: "2021-01") { month }',
]
OF_BILLING = [
    "invoicePreview { seatsNow }",
    "statements { totalCount }",
    "invoices { totalCount }",
    "billing { profile { kind } }",
]
OF_PEOPLE = ["members { totalCount }", "teams { totalCount }", "departments { totalCount }"]
SEES = {
    "OWNER": [*OF_PEOPLE, *OF_SEATS, *OF_BILLING],
    "ADMIN": [*OF_PEOPLE, *OF_SEATS, *OF_BILLING],
    "BILLING_MANAGER": [*OF_PEOPLE, *OF_SEATS, *OF_BILLING],
    "MEMBER": OF_PEOPLE,
}


async def employ(company: Company, role: str) -> str:
    person = {"email": f"the-{role.lower()}@{company.slug}.example", "name": role, "role": role, "active": True}
    payload = await company.client.change("memberInvite", "members { id }", organizationId=company.id, members=[person])
    member: str = payload["members"][0]["id"]
    return member


@pytest.mark.parametrize("role", list(SEES))
async def test_a_role_sees_what_is_its_own_and_is_told_so_of_the_rest(client: Client, role: str) -> None:
    company = await start(client, NOW)
    person = await client.as_member(await employ(company, role))
    for wanted in [*OF_PEOPLE, *OF_SEATS, *OF_BILLING]:
        body = await person.post(f"query($id: ID!) {{ organization(id: $id) {{ {wanted} }} }}", id=company.id)
        (field,) = body["data"]["organization"]
        if wanted in SEES[role]:
            assert "errors" not in body, (wanted, body)
        else:
            assert body["data"]["organization"] == {field: None}
            assert [error["extensions"]["code"] for error in body["errors"]] == ["FORBIDDEN"]


async def test_a_member_sees_their_own_seat_and_why_and_not_the_seats_of_others(client: Client) -> None:
    company = await start(client, NOW)
    me, other = await company.invite(2)
    await company.subscribe([me, other])
    person = await client.as_member(me)
    wanted = "email seat { sources { id } } access accessReason { code sources { id } }"
    document = f"query($id: ID!) {{ node(id: $id) {{ ... on Member {{ name {wanted} }} }} }}"

    mine = (await person.ask(document, id=me))["node"]
    assert (len(mine["seat"]["sources"]), len(mine["accessReason"]["sources"]), mine["access"]) == (1, 1, "FULL")
    assert "@" in mine["email"]
    body = await person.post(document, id=other)
    theirs = body["data"]["node"]
    assert theirs.pop("name") is not None
    assert theirs == {"email": None, "seat": None, "access": None, "accessReason": None}
    assert [error["extensions"]["code"] for error in body["errors"]] == ["FORBIDDEN"] * 4


async def test_the_viewer_is_the_member_with_what_holds_now(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00Z")
    me = await employ(company, "MEMBER")
    person = await client.as_member(me)
    wanted = "{ viewer { kind permissions member { id } organizations { nodes { id } } } }"
    viewer = (await person.ask(wanted))["viewer"]
    assert (viewer["kind"], viewer["member"], viewer["organizations"]["nodes"]) == (
        "MEMBER",
        {"id": me},
        [{"id": company.id}],
    )
    assert "MEMBER_VIEW" in viewer["permissions"]
    assert "SEAT_VIEW" not in viewer["permissions"]

    now = "query($id: ID!) { organization(id: $id) { viewerAccess viewerPermissions } }"
    in_trial = (await person.ask(now, id=company.id))["organization"]
    assert (in_trial["viewerAccess"], "ISSUE_CREATE" in in_trial["viewerPermissions"]) == ("FULL", True)
    await company.advance("2020-12-20T09:00:00Z")
    after = (await person.ask(now, id=company.id))["organization"]
    assert after == {
        "viewerAccess": "READ_ONLY",
        "viewerPermissions": ["DATA_EXPORT", "ISSUE_VIEW", "MEMBER_VIEW", "QUEUE_VIEW"],
    }


async def test_an_operator_is_no_member_anywhere(client: Client) -> None:
    viewer = (await client.ask("{ viewer { kind member { id } permissions } }"))["viewer"]
    assert (viewer["kind"], viewer["member"], len(viewer["permissions"])) == ("OPERATOR", None, 17)
    assert "ISSUE_CREATE" not in viewer["permissions"]  # nobody but members changes anything in the tracker


async def test_another_organization_is_not_there_for_a_member(client: Client) -> None:
    company, other = await start(client, NOW), await start(client, NOW)
    person = await client.as_member(await employ(company, "OWNER"))
    (stranger,) = await other.invite(1)
    for wanted in (other.id, stranger, other.clock_id, company.clock_id):
        assert (await person.ask("query($id: ID!) { node(id: $id) { id } }", id=wanted))["node"] is None
    assert (await person.ask("query($id: ID!) { organization(id: $id) { id } }", id=other.id))["organization"] is None
    refusal = await person.refuse("seatsChange", organizationId=other.id, subscribe=[{"memberId": stranger}])
    assert refusal.code == "NOT_FOUND"


async def test_only_an_operator_acts_as_somebody_else(client: Client) -> None:
    company = await start(client, NOW)
    me, other = await company.invite(2)
    person = await client.as_member(me)
    assert (await person.refuse("sessionCreate", memberId=other)).code == "FORBIDDEN"


async def test_a_session_ends_with_the_membership(client: Client) -> None:
    company = await start(client, NOW)
    (me,) = await company.invite(1)
    person = await client.as_member(me)
    await client.change("memberDeactivate", "member { status }", memberId=me)
    response = await person.http.post("/graphql", json={"query": "{ viewer { kind } }"}, headers=person.headers)
    assert response.status_code == 401


async def test_the_last_seat_says_who_ended_it_and_why(client: Client) -> None:
    company = await start(client, NOW)
    (me,) = await company.invite(1)
    await company.subscribe([me])
    await client.change("memberDeactivate", "member { status }", memberId=me)
    wanted = "query($id: ID!) { node(id: $id) { ... on Member { seat { grantedAt } lastSeat { endedBy endReason } } } }"
    member = (await client.ask(wanted, id=me))["node"]
    assert member["seat"] is None
    assert member["lastSeat"]["endReason"] == "was deactivated"
    assert member["lastSeat"]["endedBy"].startswith("operator:")


async def test_subjects_are_searched_by_any_of_their_names(client: Client) -> None:
    company = await start(client, NOW)
    people = [{"email": f"anna@{company.slug}.example", "name": "Bella Anderson", "login": "bella", "active": True}]
    await client.change("memberInvite", "members { id }", organizationId=company.id, members=people)
    await client.change("teamCreate", "team { id }", organizationId=company.id, name="Analysts")
    await client.change("departmentCreate", "department { id }", organizationId=company.id, name="Finance")
    kinds = "__typename ... on Member { name } ... on Team { name } ... on Department { name }"
    for text, found in {
        "AN": [("Team", "Analysts"), ("Department", "Finance"), ("Member", "Bella Anderson")],
        "bella": [("Member", "Bella Anderson")],
        "%": [],
    }.items():
        field = f"subjectSearch(text: $text) {{ {kinds} }}"
        query = f"query($id: ID!, $text: String!) {{ organization(id: $id) {{ {field} }} }}"
        subjects = (await client.ask(query, id=company.id, text=text))["organization"]["subjectSearch"]
        named = [(one["__typename"], one["name"]) for one in subjects if one["name"] != "Olga Owner"]
        assert named == found

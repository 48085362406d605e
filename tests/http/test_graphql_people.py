"""Invitations, people, departments and teams as clients see them."""

from typing import Any

import pytest

from tests.client import Client, Company, start, unknown

NOW = "2021-01-05T09:00:00+03:00"


async def department(company: Company, name: str, parent: str | None = None) -> str:
    payload = await company.client.change(
        "departmentCreate", "department { id }", organizationId=company.id, name=name, parentId=parent
    )
    department_id: str = payload["department"]["id"]
    return department_id


async def team(company: Company, name: str, *members: str) -> str:
    payload = await company.client.change(
        "teamCreate", "team { id }", organizationId=company.id, name=name, memberIds=members
    )
    team_id: str = payload["team"]["id"]
    return team_id


async def look(client: Client, node: str, wanted: str) -> Any:
    return (await client.ask(f"query($id: ID!) {{ node(id: $id) {{ ... on {wanted} }} }}", id=node))["node"]


async def test_people_are_invited_into_departments_and_teams_and_accept_with_the_token_shown_once(
    client: Client,
) -> None:
    company = await start(client, NOW)
    sales = await department(company, "Sales")
    teams = [await team(company, name) for name in ("Lions", "Tigers")]
    members = [
        {"email": "ann@r.example", "name": "Ann", "departmentId": sales, "teamIds": teams},
        {"email": "bob@r.example", "name": "Bob", "active": True, "teamIds": teams[:1]},
        {"email": "bot@r.example", "name": "Bot", "robot": True},
    ]
    wanted = """members { id status isRobot department { name } teams { name } invitation { expiresAt } }
        invitations { token expiresAt member { id } }"""
    payload = await client.change("memberInvite", wanted, organizationId=company.id, members=members)

    ann, bob, bot = [member.pop("id") for member in payload["members"]]
    (invitation,) = payload["invitations"]
    assert invitation["member"] == {"id": ann}
    assert invitation["token"].startswith("smin_")
    assert payload["members"] == [
        {
            "status": "INVITED",
            "isRobot": False,
            "department": {"name": "Sales"},
            "teams": [{"name": "Lions"}, {"name": "Tigers"}],
            "invitation": {"expiresAt": invitation["expiresAt"]},
        },
        {"status": "ACTIVE", "isRobot": False, "department": None, "teams": [{"name": "Lions"}], "invitation": None},
        {"status": "ACTIVE", "isRobot": True, "department": None, "teams": [], "invitation": None},
    ]
    accepted = await client.change(
        "invitationAccept", "memberId member { status access invitation { expiresAt } }", token=invitation["token"]
    )
    assert (accepted["memberId"], accepted["member"]) == (
        ann, {"status": "ACTIVE", "access": "FULL", "invitation": None},
    )  # fmt: skip
    assert (await client.refuse("invitationAccept", token=invitation["token"])).code == "NOT_FOUND"
    assert await look(client, teams[0], "Team { memberCount members { nodes { id } } }") == {
        "memberCount": 2, "members": {"nodes": [{"id": ann}, {"id": bob}]},
    }  # fmt: skip
    assert (await company.read("members(filter: {isRobot: true}) { nodes { id } }"))["members"]["nodes"] == [
        {"id": bot}
    ]


async def test_someone_of_another_organization_accepts_and_does_not_see_it(client: Client) -> None:
    company, other = await start(client, NOW), await start(client, NOW)
    stranger = await client.as_member((await other.invite(1))[0])
    members = [{"email": "ann@r.example", "name": "Ann"}]
    payload = await client.change(
        "memberInvite", "invitations { token member { id } }", organizationId=company.id, members=members
    )
    (invitation,) = payload["invitations"]
    accepted = await stranger.change("invitationAccept", "memberId member { id }", token=invitation["token"])
    assert (accepted["memberId"], accepted["member"]) == (invitation["member"]["id"], None)
    assert await look(client, invitation["member"]["id"], "Member { status }") == {"status": "ACTIVE"}


async def test_an_invitation_expires_is_sent_again_and_is_revoked(client: Client) -> None:
    company = await start(client, NOW)
    wanted = "invitations { token expiresAt member { id } }"
    ann = {"email": "ann@r.example", "name": "Ann"}
    payload = await client.change("memberInvite", wanted, organizationId=company.id, members=[ann])
    (first,) = payload["invitations"]
    member_id = first["member"]["id"]
    await company.advance("2021-01-19T09:00:01+03:00")
    assert (await client.refuse("invitationAccept", token=first["token"])).code == "NOT_FOUND"

    again = await client.change("invitationResend", "invitation { token expiresAt member { id } }", memberId=member_id)
    assert again["invitation"]["member"] == {"id": member_id}
    assert again["invitation"]["expiresAt"] == "2021-02-02T06:00:01Z"

    revoked = await client.change(
        "invitationRevoke", "member { id name email login status erasedAt }", memberId=member_id
    )
    assert revoked["member"]["id"] == member_id
    assert (revoked["member"]["name"], revoked["member"]["status"]) == ("Erased person", "DEACTIVATED")
    assert revoked["member"]["email"].endswith("@erased.invalid")
    assert revoked["member"]["erasedAt"] is not None
    assert (await client.refuse("invitationAccept", token=again["invitation"]["token"])).code == "NOT_FOUND"
    await client.change("memberInvite", wanted, organizationId=company.id, members=[ann])


async def test_ids_that_are_none_are_reported_for_each_invitee(client: Client) -> None:
    company = await start(client, NOW)
    sales = await department(company, "Sales")
    members = [
        {"email": "a@r.example", "name": "A", "departmentId": company.id},
        {"email": "b@r.example", "name": "B", "departmentId": sales},
        {"email": "c@r.example", "name": "C", "teamIds": [sales, "?"]},
    ]
    refusal = await client.refuse("memberInvite", organizationId=company.id, members=members)
    assert refusal.code == "INVALID_INPUT"
    assert [one.path[1:] for one in refusal.problems] == [
        ["members", "0", "departmentId"],
        ["members", "2", "teamIds", "0"],
        ["members", "2", "teamIds", "1"],
    ]


async def test_an_update_leaves_what_it_does_not_name_and_null_takes_away(client: Client) -> None:
    company = await start(client, NOW)
    sales = await department(company, "Sales")
    (member_id,) = await company.invite(1)
    wanted = "member { name login role department { name } }"
    first = await client.change("memberUpdate", wanted, memberId=member_id, login="ann", departmentId=sales)
    assert first["member"] == {
        "name": "Person 0001", "login": "ann", "role": "MEMBER", "department": {"name": "Sales"},
    }  # fmt: skip
    second = await client.change("memberUpdate", wanted, memberId=member_id, login=None, role="ADMIN", name="Ann")
    assert second["member"] == {"name": "Ann", "login": None, "role": "ADMIN", "department": {"name": "Sales"}}
    third = await client.change("memberUpdate", wanted, memberId=member_id, departmentId=None)
    assert third["member"]["department"] is None
    refusal = await client.refuse(
        "memberUpdate", memberId=member_id, name=None, role=None, departmentId=unknown("Department")
    )
    assert [(one.code, one.path) for one in refusal.problems] == [
        ("INVALID_INPUT", ["input", "name"]),
        ("INVALID_INPUT", ["input", "role"]),
        ("NOT_FOUND", ["input", "departmentId"]),
    ]


async def test_a_deactivated_persons_session_is_over_and_they_return_with_their_groups(client: Client) -> None:
    company = await start(client, NOW)
    sales, (member_id,) = await department(company, "Sales"), await company.invite(1)
    await client.change("memberUpdate", "member { id }", memberId=member_id, departmentId=sales)
    themselves = await client.as_member(member_id)
    assert (await themselves.ask("query($id: ID!) { node(id: $id) { id } }", id=member_id))["node"] is not None

    gone = await client.change("memberDeactivate", "member { status access department { id } }", memberId=member_id)
    assert gone["member"] == {"status": "DEACTIVATED", "access": "NONE", "department": {"id": sales}}
    response = await client.http.post("/graphql", json={"query": "{ __typename }"}, headers=themselves.headers)
    assert response.status_code == 401

    back = await client.change("memberReactivate", "member { status access department { id } }", memberId=member_id)
    assert back["member"] == {"status": "ACTIVE", "access": "FULL", "department": {"id": sales}}


async def test_an_erased_person_is_left_out_of_lists_and_still_found_by_id(client: Client) -> None:
    company = await start(client, NOW)
    (member_id,) = await company.invite(1)
    await client.change("memberErase", "member { id }", memberId=member_id)
    assert (await company.read("members { nodes { name } }"))["members"]["nodes"] == [{"name": "Olga Owner"}]
    erased = await company.read("members(filter: {isErased: true}) { totalCount nodes { id name login } }")
    assert erased["members"] == {"totalCount": 1, "nodes": [{"id": member_id, "name": "Erased person", "login": None}]}
    assert (await client.refuse("memberReactivate", memberId=member_id)).code == "INVALID_INPUT"


async def test_the_last_owner_stays(client: Client) -> None:
    company = await start(client, NOW)
    owner = (await company.read("members { nodes { id } }"))["members"]["nodes"][0]["id"]
    for mutation, given in (
        ("memberUpdate", {"role": "ADMIN"}),
        ("memberDeactivate", {}),
        ("memberErase", {}),
    ):
        assert (await client.refuse(mutation, memberId=owner, **given)).code == "LAST_OWNER"


async def test_departments_form_a_tree_that_can_be_walked_both_ways(client: Client) -> None:
    company = await start(client, NOW)
    top = await department(company, "Company")
    sales, support = await department(company, "Sales", top), await department(company, "Support", top)
    north = await department(company, "North", sales)
    people = await company.invite(3)
    for member_id, place in zip(people, (top, north, north), strict=True):
        await client.change("memberUpdate", "member { id }", memberId=member_id, departmentId=place)

    wanted = """Department { name parent { name } childCount children(first: 1) { id name } memberCount
        all: memberCount(includeBelow: true) organization { id } deletedAt }"""
    assert await look(client, top, wanted) == {
        "name": "Company",
        "parent": None,
        "childCount": 2,
        "children": [{"id": sales, "name": "Sales"}],
        "memberCount": 1,
        "all": 3,
        "organization": {"id": company.id},
        "deletedAt": None,
    }
    everywhere, at_top, below = (
        await company.read(
            f"""a: departments {{ nodes {{ name }} }} b: departments(parentId: null) {{ nodes {{ name }} }}
                c: departments(parentId: "{top}", first: 1, after: null) {{ totalCount nodes {{ name }} }}"""
        )
    ).values()
    assert [one["name"] for one in everywhere["nodes"]] == ["Company", "North", "Sales", "Support"]
    assert [one["name"] for one in at_top["nodes"]] == ["Company"]
    assert below == {"totalCount": 2, "nodes": [{"name": "Sales"}]}
    listed = await company.read(f'members(filter: {{departmentId: "{top}", includeBelow: true}}) {{ totalCount }}')
    assert listed["members"]["totalCount"] == 3

    refusal = await client.refuse("departmentUpdate", departmentId=top, parentId=north)
    assert [(one.code, one.path) for one in refusal.problems] == [("INVALID_INPUT", ["input", "parentId"])]
    refusal = await client.refuse("departmentDelete", departmentId=sales)
    assert (refusal.code, refusal.problems[0].path) == ("INVALID_INPUT", ["input", "departmentId"])
    moved = await client.change("departmentUpdate", "department { parent { name } }", departmentId=north, parentId=None)
    assert moved["department"] == {"parent": None}
    gone = await client.change("departmentDelete", "department { id deletedAt }", departmentId=support)
    assert gone["department"]["id"] == support
    assert gone["department"]["deletedAt"] is not None
    assert (await client.refuse("departmentUpdate", departmentId=support, name="Back")).code == "NOT_FOUND"


async def test_teams_change_at_one_instant_and_say_who_cannot_come_or_go(client: Client) -> None:
    company = await start(client, NOW)
    ann, bob, cat = await company.invite(3)
    lions = await team(company, "Lions", ann)
    await team(company, "Tigers")
    changed = await client.change(
        "teamUpdate",
        "team { name memberCount members { nodes { id } } }",
        teamId=lions, name="Pride", addMemberIds=[bob, cat], removeMemberIds=[ann],
    )  # fmt: skip
    assert changed["team"] == {"name": "Pride", "memberCount": 2, "members": {"nodes": [{"id": bob}, {"id": cat}]}}
    refusal = await client.refuse(
        "teamUpdate", teamId=lions, name="tigers", addMemberIds=[bob, unknown("Member")], removeMemberIds=[ann]
    )
    assert [(one.code, one.path[1:]) for one in refusal.problems] == [
        ("ALREADY_EXISTS", ["name"]),
        ("NOT_FOUND", ["removeMemberIds", "0"]),
        ("ALREADY_EXISTS", ["addMemberIds", "0"]),
        ("NOT_FOUND", ["addMemberIds", "1"]),
    ]
    refusal = await client.refuse("teamUpdate", teamId=lions, addMemberIds=[lions, bob, "?"])
    assert [one.path[1:] for one in refusal.problems] == [["addMemberIds", "0"], ["addMemberIds", "2"]]
    gone = await client.change("teamDelete", "team { id deletedAt memberCount }", teamId=lions)
    assert (gone["team"]["deletedAt"] is None, gone["team"]["memberCount"]) == (False, 0)
    assert (await company.read("teams { nodes { name } }"))["teams"]["nodes"] == [{"name": "Tigers"}]


@pytest.mark.parametrize("order", ["NAME_DESC", "CREATED_AT_ASC", "CREATED_AT_DESC"])
async def test_members_are_paged_in_the_order_that_is_asked_for(client: Client, order: str) -> None:
    company = await start(client, NOW)
    await company.invite(2)
    await company.invite(2)
    (everyone,) = (await company.read(f"members(orderBy: {order}) {{ nodes {{ id }} }}")).values()
    found: list[Any] = []
    cursor = None
    while True:
        after = f', after: "{cursor}"' if cursor else ""
        page = f"members(orderBy: {order}, first: 2{after}) {{ nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }}"
        members = (await company.read(page))["members"]
        found += members["nodes"]
        cursor = members["pageInfo"]["endCursor"]
        if not members["pageInfo"]["hasNextPage"]:
            break
    assert found == everyone["nodes"]
    back = f'members(orderBy: {order}, last: 2, before: "{cursor}") {{ nodes {{ id }} }}'
    assert (await company.read(back))["members"]["nodes"] == found[2:4]
    failure = await company.fail(f'members(after: "{cursor}") {{ nodes {{ id }} }}')
    assert failure.code == "INVALID_INPUT"


async def test_a_subscription_names_the_group_it_covers_also_once_that_is_gone(client: Client) -> None:
    company = await start(client, NOW)
    ann, bob = await company.invite(2)
    sales, lions = await department(company, "Sales"), await team(company, "Lions", ann)
    await client.change("memberUpdate", "member { id }", memberId=bob, departmentId=sales)
    await company.change_seats(subscribe=[{"departmentId": sales}, {"teamId": lions}, {"everyone": True}])
    await client.change("teamDelete", "team { id }", teamId=lions)

    wanted = """seatSubscriptions { nodes { endedAt subject { __typename ... on Team { id deletedAt }
        ... on Department { id memberCount } ... on Everyone { memberCount } } } }"""
    found = (await company.read(wanted))["seatSubscriptions"]["nodes"]
    subjects = {one["subject"]["__typename"]: one["subject"] for one in found}
    assert subjects["Department"]["id"] == sales
    assert subjects["Department"]["memberCount"] == 1
    assert subjects["Everyone"]["memberCount"] == 3
    assert subjects["Team"]["id"] == lions
    (ended,) = [one["endedAt"] for one in found if one["endedAt"] is not None]
    assert subjects["Team"]["deletedAt"] == ended


async def test_an_invitation_is_accepted_with_nothing_but_its_token(client: Client) -> None:
    company = await start(client, NOW)
    given = [{"email": f"new@{company.slug}.example", "name": "New"}]
    payload = await client.change("memberInvite", "invitations { token }", organizationId=company.id, members=given)
    token = payload["invitations"][0]["token"]
    someone = Client(client.http, token)
    assert (await someone.ask("{ viewer { kind permissions organizations { totalCount } } }"))["viewer"] == {
        "kind": "INVITED",
        "permissions": [],
        "organizations": {"totalCount": 0},
    }
    await someone.change("invitationAccept", "__typename", token=token)
    refusal = await someone.refuse("invitationAccept", token=token)  # used: told so, not shut out
    assert refusal.code == "NOT_FOUND"
    stranger = Client(client.http, "smin_nobody_ever_had_this_one")
    response = await stranger.http.post("/graphql", json={"query": "{ viewer { kind } }"}, headers=stranger.headers)
    assert response.status_code == 401


async def test_a_member_cannot_ask_who_holds_a_seat(client: Client) -> None:
    company = await start(client, NOW)
    (me,) = await company.invite(1)
    person = await client.as_member(me)
    document = "query($id: ID!) { organization(id: $id) { members(filter: {hasSeat: true}) { totalCount } } }"
    failure = await person.fail(document, id=company.id)
    assert (failure.code, failure.data) == ("FORBIDDEN", {"organization": {"members": None}})

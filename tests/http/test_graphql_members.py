"""Inviting people, and reading who belongs to an organization."""

from typing import Any

import pytest

from tests.client import Client, create_clock, found, start, unknown

NOW = "2021-01-05T09:00:00+03:00"
MEMBER = "email name login role status isRobot access"


def people(*emails: str) -> list[dict[str, Any]]:
    return [{"email": email, "name": email.split("@", maxsplit=1)[0], "active": True} for email in emails]


async def test_invited_people_take_part_only_once_they_accept(client: Client) -> None:
    company = await start(client, NOW)
    given = [{"email": "Ann@romashka.example", "name": "Ann", "login": "Ann.A", "role": "ADMIN"}]
    payload = await client.change("memberInvite", f"members {{ {MEMBER} }}", organizationId=company.id, members=given)

    assert payload["members"] == [
        {
            "email": "Ann@romashka.example",
            "name": "Ann",
            "login": "Ann.A",
            "role": "ADMIN",
            "status": "INVITED",
            "isRobot": False,
            "access": "NONE",
        }
    ]


async def test_people_invited_as_active_take_part_at_once(client: Client) -> None:
    company = await start(client, NOW)
    given = people("ann@romashka.example")
    payload = await client.change("memberInvite", f"members {{ {MEMBER} }}", organizationId=company.id, members=given)

    (member,) = payload["members"]
    assert (member["status"], member["role"], member["access"]) == ("ACTIVE", "MEMBER", "FULL")


async def test_before_the_activation_nobody_has_access(client: Client) -> None:
    company = await found(client, await create_clock(client, NOW))
    (member,) = await company.invite(1)

    assert await company.access(member) == "NONE"


async def test_a_thousand_people_are_invited_at_once_and_answered_in_the_order_given(client: Client) -> None:
    company = await start(client, NOW)
    emails = [f"p{number * 7919 % 1000:04}@romashka.example" for number in range(1000)]
    payload = await client.change(
        "memberInvite", "members { email status }", organizationId=company.id, members=people(*emails)
    )

    assert [member["email"] for member in payload["members"]] == emails
    assert {member["status"] for member in payload["members"]} == {"ACTIVE"}
    assert (await company.read("members { totalCount }"))["members"]["totalCount"] == 1001


@pytest.mark.parametrize("count", [0, 1001])
async def test_nobody_or_more_than_a_thousand_are_refused(client: Client, count: int) -> None:
    company = await start(client, NOW)
    members = people(*(f"p{number}@romashka.example" for number in range(count)))

    refusal = await client.refuse("memberInvite", organizationId=company.id, members=members)

    assert (refusal.code, refusal.message) == ("INVALID_INPUT", "Invite between 1 and 1000 people at once.")


async def test_every_invitee_that_makes_no_sense_is_a_problem_of_its_own(client: Client) -> None:
    company = await start(client, NOW)
    members = [
        {"email": "good@romashka.example", "name": "Good"},
        {"email": "not an address", "name": "Bad"},
        {"email": "nameless@romashka.example", "name": " "},
        {"email": "login@romashka.example", "name": "Login", "login": "-no-"},
        {"email": "GOOD@romashka.example", "name": "Good again"},
        {"email": "nul@romashka.example", "name": "a\x00b"},
        {"email": "one@romashka.example", "name": "One", "login": "same"},
        {"email": "two@romashka.example", "name": "Two", "login": "SAME"},
    ]

    refusal = await client.refuse("memberInvite", organizationId=company.id, members=members)

    assert refusal.code == "INVALID_INPUT"
    assert [(one.code, one.path) for one in refusal.problems] == [
        ("INVALID_INPUT", ["input", "members", "1", "email"]),
        ("INVALID_INPUT", ["input", "members", "2", "name"]),
        ("INVALID_INPUT", ["input", "members", "3", "login"]),
        ("INVALID_INPUT", ["input", "members", "4"]),
        ("INVALID_INPUT", ["input", "members", "5", "name"]),
        ("INVALID_INPUT", ["input", "members", "7"]),
    ]


async def test_addresses_and_logins_that_are_taken_are_refused_whatever_their_case(client: Client) -> None:
    company = await start(client, NOW)
    ann = {"email": "ann@romashka.example", "name": "Ann", "login": "ann"}
    await client.change("memberInvite", "members { id }", organizationId=company.id, members=[ann])
    members = [
        {"email": "ANN@romashka.example", "name": "Ann"},
        {"email": "bob@romashka.example", "name": "Bob", "login": "bob"},
        {"email": "other@romashka.example", "name": "Other", "login": "ANN"},
    ]

    refusal = await client.refuse("memberInvite", organizationId=company.id, members=members)

    assert refusal.code == "ALREADY_EXISTS"
    assert [(one.code, one.path) for one in refusal.problems] == [
        ("ALREADY_EXISTS", ["input", "members", "0"]),
        ("ALREADY_EXISTS", ["input", "members", "2"]),
    ]


async def test_the_same_person_can_belong_to_two_organizations(client: Client) -> None:
    first, second = await start(client, NOW), await start(client, NOW)
    ann = [{"email": "ann@romashka.example", "name": "Ann", "login": "ann", "active": True}]
    ids = [
        (await client.change("memberInvite", "members { id }", organizationId=one.id, members=ann))["members"][0]["id"]
        for one in (first, second)
    ]

    assert ids[0] != ids[1]
    assert (await first.read("members { totalCount }"))["members"]["totalCount"] == 2


async def test_nobody_is_invited_to_an_unknown_organization(client: Client) -> None:
    given = people("ann@romashka.example")
    refusal = await client.refuse("memberInvite", organizationId=unknown("Organization"), members=given)

    assert refusal.code == "NOT_FOUND"


async def test_an_id_that_is_not_an_organizations_is_refused(client: Client) -> None:
    company = await start(client, NOW)
    refusal = await client.refuse("memberInvite", organizationId=company.clock_id, members=people("a@r.example"))

    assert refusal.code == "INVALID_INPUT"
    assert [one.path for one in refusal.problems] == [["input", "organizationId"]]


async def test_a_member_knows_their_organization_and_seat(client: Client) -> None:
    company = await start(client, NOW)
    seated, other = await company.invite(2)
    await company.advance("2021-01-05T12:00:00+03:00")
    await company.subscribe([seated])
    document = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on Member {
        organization { id }
        seat {
            grantedAt inGraceUntil member { id }
            sources { joins createdAt endedAt createdBy subject { ... on Member { id } } }
        }
    } } }"""

    first, second = (await client.ask(document, ids=[seated, other]))["nodes"]

    assert first["organization"] == second["organization"] == {"id": company.id}
    assert second["seat"] is None
    (source,) = first["seat"].pop("sources")
    assert first["seat"] == {
        "grantedAt": "2021-01-05T09:00:00Z",
        "inGraceUntil": "2021-01-05T09:30:00Z",
        "member": {"id": seated},
    }
    assert source.pop("createdBy").startswith("operator:")
    assert source == {
        "joins": "ALWAYS",
        "createdAt": "2021-01-05T09:00:00Z",
        "endedAt": None,
        "subject": {"id": seated},
    }

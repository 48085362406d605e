"""Ids that are none, in lists: each is reported with its place, beside whatever else is wrong."""

import pytest

from tests.client import Client, Company, Problem, start, unknown


@pytest.fixture(scope="module")
async def company(client: Client) -> Company:
    return await start(client, "2021-01-05T09:00:00+03:00")


async def test_an_invitation_reports_ids_that_are_none_with_everything_else(client: Client, company: Company) -> None:
    people = [
        {"email": "ann", "name": "", "departmentId": "?", "teamIds": [unknown("Member"), "?"]},
        {"email": f"bob@{company.slug}.example", "name": "Bob", "departmentId": unknown("Department")},
        {"email": f"eve@{company.slug}.example", "name": "Eve", "departmentId": ""},
    ]

    refusal = await client.refuse("memberInvite", organizationId=company.id, members=people)

    assert refusal.problems == [
        Problem("INVALID_INPUT", ["input", "members", "0", "departmentId"]),
        Problem("INVALID_INPUT", ["input", "members", "0", "teamIds", "0"]),
        Problem("INVALID_INPUT", ["input", "members", "0", "teamIds", "1"]),
        Problem("INVALID_INPUT", ["input", "members", "0", "email"]),
        Problem("INVALID_INPUT", ["input", "members", "0", "name"]),
        Problem("NOT_FOUND", ["input", "members", "1", "departmentId"]),
        Problem("INVALID_INPUT", ["input", "members", "2", "departmentId"]),
    ]


async def test_a_roster_reports_ids_that_are_none_with_everything_else(client: Client, company: Company) -> None:
    people = [
        {"email": "ann", "name": "Ann", "departmentId": "?"},
        {"email": f"bob@{company.slug}.example", "name": "Bob", "departmentId": unknown("Department")},
        {"email": f"eve@{company.slug}.example", "name": "Eve", "departmentId": unknown("Team")},
    ]

    refusal = await client.refuse("directoryApply", organizationId=company.id, members=people, dryRun=True)

    assert refusal.problems == [
        Problem("INVALID_INPUT", ["input", "members", "0", "departmentId"]),
        Problem("INVALID_INPUT", ["input", "members", "0", "email"]),
        Problem("NOT_FOUND", ["input", "members", "1", "departmentId"]),
        Problem("INVALID_INPUT", ["input", "members", "2", "departmentId"]),
    ]


async def test_seating_people_who_wait_reports_ids_that_are_none_with_everything_else(
    client: Client, company: Company
) -> None:
    members = [unknown("Member"), "?", unknown("Team")]

    refusal = await client.refuse("waitingSeat", organizationId=company.id, memberIds=members)

    assert refusal.problems == [
        Problem("INVALID_INPUT", ["input", "memberIds", "0"]),
        Problem("INVALID_INPUT", ["input", "memberIds", "1"]),
        Problem("INVALID_INPUT", ["input", "memberIds", "2"]),
    ]
    assert refusal.message == "This member does not wait for a seat. (and 2 more)"

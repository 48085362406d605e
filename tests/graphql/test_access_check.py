"""`accessCheck` and `organizations` as they are asked."""

from typing import Any

import pytest

from app.domain.actor import Actor
from app.graphql.ids import global_id
from tests.client import unknown
from tests.factories import NOVEMBER, OPERATOR, Company, found, found_at
from tests.graphql.world import run

pytestmark = pytest.mark.usefixtures("clean_database")

CHECK = """query($checks: [AccessCheckInput!]!, $at: DateTime) {
    accessCheck(checks: $checks, at: $at) { allowed access code message sources { id } validUntil } }"""


async def check(*checks: dict[str, Any], at: str | None = None, actor: Actor = OPERATOR) -> Any:
    """The answers, or the places of the problems."""
    result = await run(actor, CHECK, checks=list(checks), at=at)
    if result.errors:
        (error,) = result.errors
        assert result.data is None
        assert error.extensions is not None
        assert error.extensions["code"] == "INVALID_INPUT"
        return [one["path"] for one in error.extensions["problems"]]
    assert result.data is not None
    return result.data["accessCheck"]


def about(company: Company, **person: str) -> dict[str, Any]:
    return {"organizationId": global_id("Organization", company.id), "permission": "ISSUE_CREATE", **person}


async def test_an_answer_has_its_reason_and_until_when_it_holds() -> None:
    company = await found_at(NOVEMBER, 1)
    member = global_id("Member", company.members[0])
    assert await check(about(company, memberId=member)) == [
        {
            "allowed": True,
            "access": "FULL",
            "code": "TRIAL",
            "message": "The trial, in which everyone may do everything, lasts until 2020-12-10T09:00:00.000001Z.",
            "sources": [],
            "validUntil": "2020-12-10T09:00:00.000001Z",
        }
    ]
    assert await check() == []


async def test_every_question_that_asks_nothing_is_told_and_none_is_answered() -> None:
    company = await found_at(NOVEMBER, 1)
    member = global_id("Member", company.members[0])
    right = about(company, memberId=member)
    assert await check(
        right,
        about(company),
        about(company, email="a@x.example", login="a"),
        about(company, memberId=unknown("Team")),
        {**right, "organizationId": member},
    ) == [
        ["checks", "1"],
        ["checks", "2"],
        ["checks", "3", "memberId"],
        ["checks", "4", "organizationId"],
    ]
    assert await check(*[right] * 101) == [["checks"]]
    assert len(await check(*[right] * 100)) == 100
    assert await check(right, at="2030-01-01T00:00:00Z") == [["at"]]


async def test_organizations_are_paged_filtered_and_counted() -> None:
    first = await found_at(NOVEMBER)
    second = await found(first.clock_id, is_active=False)
    newest = sorted([first.id, second.id], reverse=True)  # created at one instant of their clock
    document = """query($after: String, $state: OrganizationState) {
        organizations(first: 1, after: $after, filter: {state: $state}, orderBy: CREATED_AT_DESC) {
            totalCount nodes { id } pageInfo { endCursor hasNextPage } } }"""
    page = await run(OPERATOR, document)
    assert page.data is not None
    found_first = page.data["organizations"]
    assert found_first["totalCount"] == 2
    assert found_first["pageInfo"]["hasNextPage"] is True
    assert [one["id"] for one in found_first["nodes"]] == [global_id("Organization", newest[0])]
    rest = await run(OPERATOR, document, after=found_first["pageInfo"]["endCursor"])
    assert rest.data is not None
    assert [one["id"] for one in rest.data["organizations"]["nodes"]] == [global_id("Organization", newest[1])]
    of_state = await run(OPERATOR, document, state="TRIAL")
    assert of_state.data is not None
    assert [one["id"] for one in of_state.data["organizations"]["nodes"]] == [global_id("Organization", first.id)]

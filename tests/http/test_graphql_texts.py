"""What people type: every text and every id that the schema takes, with what cannot be stored or is far too long."""

import re

import pytest

from tests.client import Client, contents
from tests.http.places import ROUTES, Ids, Place, places
from tests.http.world import fill

NASTY = {"NUL": "a\x00b", "half a character": "a\ud800b", "1 MB": "x" * 1_000_000}
TEXTS = [*places("String", "Email", "TimeZone", "ID")]
CHANGES = sorted({one.field for one in TEXTS if one.is_mutation})
READS = [one for one in TEXTS if not one.is_mutation]

LOOKED_UP = {
    "Mutation.invitationAccept.input.token": "NOT_FOUND",
    "Mutation.promoCodeRedeem.input.code": "PROMO_CODE_INVALID",
    "Mutation.seatsChange.input.subscribe.login": "NOT_FOUND",
    "Mutation.seatsChange.input.unsubscribe.login": "NOT_FOUND",
    "Mutation.seatsChange.input.unsubscribe.email": "NOT_FOUND",
}
"""What is only looked up, and the code of what is not there."""

NOT_THERE = {
    "Query.accessCheck.checks.email",
    "Query.accessCheck.checks.login",
    "Query.node.id",
    "Query.organizations.filter.currency",
    "Query.organizations.filter.text",
    "Query.nodes.ids",
    "Query.organization.slug",
    "Organization.issue.key",
    "Organization.members.filter.text",
    "Organization.subjectSearch.text",
}
"""What is only looked up, and null or empty when it is not there."""

SOUGHT = {
    "Organization.invoicePreview.change.promoCode": "PROMO_CODE_INVALID",
    "Organization.invoicePreview.change.subscribe.login": "NOT_FOUND",
    "Organization.invoicePreview.change.unsubscribe.login": "NOT_FOUND",
    "Organization.invoicePreview.change.unsubscribe.email": "NOT_FOUND",
}
"""The same of a proposed change, which cannot be made then."""


WORK = re.compile(r"board|issue(?!r)|queue|attachment|notification")
"""What only members may do: how its mutations and fields begin."""


@pytest.fixture(scope="module")
async def ids(client: Client) -> Ids:
    return (await fill(client))[1]


@pytest.fixture(scope="module")
async def member(client: Client, ids: Ids) -> Client:
    return await client.as_member(ids["memberId"])


def test_there_is_a_way_to_every_text_that_is_read() -> None:
    assert {one.type_name for one in READS} - set(ROUTES) == set()


@pytest.mark.parametrize("field", CHANGES)
async def test_a_change_refuses_texts_that_are_none_and_changes_nothing(
    client: Client, member: Client, ids: Ids, field: str
) -> None:
    asking = member if WORK.match(field) else client
    before = await contents()
    for place in (one for one in TEXTS if one.is_mutation and one.field == field):
        expected = {LOOKED_UP.get(place.name, "INVALID_INPUT")}
        for what, value in NASTY.items():
            body = await asking.post(place.document(), **place.variables(value, ids))

            assert "errors" not in body, (place.name, what, body["errors"])
            result = body["data"][field]
            assert result["__typename"] == "UserError", (place.name, what)
            about = [one["code"] for one in result["problems"] if is_about(one["path"], place)]
            assert set(about) == expected, (place.name, what, result)
    assert await contents() == before


@pytest.mark.parametrize("place", READS, ids=lambda place: place.name)
async def test_a_question_refuses_texts_that_are_none_or_finds_nothing(
    client: Client, member: Client, ids: Ids, place: Place
) -> None:
    asking = member if WORK.match(place.field) else client
    for what, value in NASTY.items():
        body = await asking.post(place.document(), **place.variables(value, ids))

        codes = {one["extensions"]["code"] for one in body.get("errors", [])}
        expected = set() if place.name in NOT_THERE else {SOUGHT.get(place.name, "INVALID_INPUT")}
        assert codes == expected, (what, str(body)[:500])


def is_about(path: list[str], place: Place) -> bool:
    """Whether a problem names the field, or something that it stands in."""
    names = [one for one in path if not one.isdigit()]
    return names == list(place.path)[: len(names)] and len(names) > 1

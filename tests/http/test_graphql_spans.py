"""Who held a seat when: spans by month and by member."""

from typing import Any

import pytest

from tests.client import Client, Company, start, unknown

SPAN = "grantedAt revokedAt counted member { id } endedBy endReason sources { createdAt endedAt }"


@pytest.fixture(scope="module")
async def busy(client: Client) -> tuple[Company, list[str]]:
    """Three people with seats over January to March 2021, in March: to be read, not changed."""
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(4)
    await company.advance("2021-01-05T09:00:00+03:00")
    await company.subscribe(people[:2])
    await company.advance("2021-01-20T09:00:00+03:00")
    await company.unsubscribe(people[:1])
    await company.advance("2021-02-10T09:00:00+03:00")
    await company.subscribe([people[0], people[2]])
    await company.advance("2021-02-10T09:30:00+03:00")
    await company.unsubscribe(people[2:3])
    await company.advance("2021-03-05T09:00:00+03:00")
    return company, people


async def spans(company: Company, arguments: str) -> list[Any]:
    found = (await company.read(f"seatSpans{arguments} {{ totalCount nodes {{ {SPAN} }} }}"))["seatSpans"]
    nodes: list[Any] = found["nodes"]
    assert found["totalCount"] == len(nodes)
    return nodes


def times(found: list[Any]) -> list[tuple[str, str | None]]:
    return [(span["grantedAt"], span["revokedAt"]) for span in found]


JANUARY = ("2021-01-05T06:00:00Z", "2021-01-20T06:00:00Z")
STANDING = ("2021-01-05T06:00:00Z", None)
AGAIN = ("2021-02-10T06:00:00Z", None)
SHORT = ("2021-02-10T06:00:00Z", "2021-02-10T06:30:00Z")


async def test_every_span_is_listed_from_the_oldest_on(busy: tuple[Company, list[str]]) -> None:
    company, people = busy
    found = await spans(company, "")

    assert sorted(times(found), key=str) == sorted([JANUARY, STANDING, AGAIN, SHORT], key=str)
    assert [span["grantedAt"] for span in found] == sorted(span["grantedAt"] for span in found)
    assert {span["member"]["id"] for span in found} == set(people[:3])


@pytest.mark.parametrize(
    ("month", "expected"),
    [
        ("2020-12", []),
        ("2021-01", [JANUARY, STANDING]),
        ("2021-02", [STANDING, AGAIN, SHORT]),
        ("2021-03", [STANDING, AGAIN]),
        ("2021-04", [STANDING, AGAIN]),  # the next month, as it will be
    ],
)
async def test_the_spans_of_a_month_are_those_that_touch_it(
    busy: tuple[Company, list[str]], month: str, expected: list[tuple[str, str | None]]
) -> None:
    company, _ = busy

    assert sorted(times(await spans(company, f'(month: "{month}")')), key=str) == sorted(expected, key=str)


async def test_the_spans_of_a_member_are_theirs_alone(busy: tuple[Company, list[str]]) -> None:
    company, people = busy
    first, second, third, fourth = [await spans(company, f'(memberId: "{member}")') for member in people]

    assert (times(first), times(second), times(third), times(fourth)) == ([JANUARY, AGAIN], [STANDING], [SHORT], [])
    assert times(await spans(company, f'(month: "2021-02", memberId: "{people[0]}")')) == [AGAIN]


async def test_a_span_says_whether_it_counts_where_it_came_from_and_what_ended_it(
    busy: tuple[Company, list[str]],
) -> None:
    company, people = busy
    (short,) = await spans(company, f'(memberId: "{people[2]}")')
    (standing,) = await spans(company, f'(memberId: "{people[1]}")')

    assert (short["counted"], short["endReason"]) == (False, "1 unsubscribed")
    assert short["endedBy"].startswith("operator:")
    assert short["sources"] == [{"createdAt": "2021-02-10T06:00:00Z", "endedAt": "2021-02-10T06:30:00Z"}]
    assert (standing["counted"], standing["endedBy"], standing["endReason"]) == (True, None, None)
    assert standing["sources"] == [{"createdAt": "2021-01-05T06:00:00Z", "endedAt": None}]


async def test_the_spans_of_strangers_are_not_there(client: Client, busy: tuple[Company, list[str]]) -> None:
    company, people = busy
    other = await start(client, "2021-01-05T09:00:00+03:00")

    assert await spans(other, f'(memberId: "{people[0]}")') == []
    assert await spans(company, f'(memberId: "{unknown("Member")}")') == []


async def test_an_id_that_is_not_a_members_is_refused(busy: tuple[Company, list[str]]) -> None:
    company, _ = busy
    failure = await company.fail(f'id seatSpans(memberId: "{company.id}") {{ totalCount }}')

    assert (failure.code, failure.data["organization"]) == ("INVALID_INPUT", {"id": company.id, "seatSpans": None})


async def test_a_month_without_a_period_has_no_spans_to_list(busy: tuple[Company, list[str]]) -> None:
    company, _ = busy
    failure = await company.fail('id seatSpans(month: "2020-10") { totalCount }')

    assert (failure.code, failure.data["organization"]) == ("NOT_FOUND", {"id": company.id, "seatSpans": None})


async def test_a_cursor_of_a_months_spans_is_good_for_all_of_them(busy: tuple[Company, list[str]]) -> None:
    company, _ = busy
    page = (await company.read('seatSpans(month: "2021-01", last: 1) { pageInfo { endCursor } }'))["seatSpans"]

    cursor = page["pageInfo"]["endCursor"]
    found = (await company.read(f'seatSpans(after: "{cursor}") {{ nodes {{ grantedAt }} }}'))["seatSpans"]["nodes"]

    assert [span["grantedAt"] for span in found] == ["2021-02-10T06:00:00Z"] * 2

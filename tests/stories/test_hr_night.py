"""Every night HR sends the whole roster: who joins and leaves, under each `joins` policy, and what it costs."""

from typing import Any

import pytest

from tests.client import Client, Company, start

STAFF = [f"p{number:02}" for number in range(20)]
SHOWN = """
    appliedAt
    differences {
        added { count } deactivated { count } returned { count }
        newlySeated { count nodes { name } } losingSeat { count } wouldWait { count nodes { name } }
    }
    price { totalBefore { amount } totalAfter { amount } ifNothingChangesAfter { amount } seatsAfter }
"""


async def send(company: Company, staff: list[str], **other: Any) -> Any:
    """Apply the roster of a night: everyone in the team Staff."""
    members = [{"email": f"{name}@romashka.example", "name": name, "teams": ["Staff"]} for name in staff]
    return await company.client.change("directoryApply", SHOWN, organizationId=company.id, members=members, **other)


async def open_january(client: Client, joins: str) -> Company:
    """20 people seated through the team Staff since the trial, on 10 January: 20 × 258 = 5 160 so far."""
    company = await start(client, "2020-11-10T09:00:00+03:00")
    await send(company, STAFF)
    (team,) = (await company.read("teams(first: 1) { nodes { id } }"))["teams"]["nodes"]
    await company.change_seats(subscribe=[{"teamId": team["id"]}], joins=joins)
    await company.advance("2021-01-10T01:00:00+03:00")
    assert (await company.preview("total { amount }"))["total"] == {"amount": "5160.00"}
    return company


def counts(answer: Any) -> tuple[int, int, int, int, int]:
    found = answer["differences"]
    kinds = ("added", "deactivated", "newlySeated", "losingSeat", "wouldWait")
    return tuple(found[kind]["count"] for kind in kinds)


@pytest.mark.parametrize(
    ("joins", "seated", "waiting", "total"),
    [("ALWAYS", 5, 0, "5676.00"), ("WITHIN_PEAK", 3, 2, "5160.00"), ("NEVER", 0, 0, "5160.00")],
)
async def test_three_leave_and_five_join_in_a_night(
    client: Client, joins: str, seated: int, waiting: int, total: str
) -> None:
    company = await open_january(client, joins)
    tonight = [*STAFF[3:], *(f"q{number:02}" for number in range(5))]

    asked = await send(company, tonight, dryRun=True)
    done = await send(company, tonight, expectedTotal=total)

    # ALWAYS: 22 × 258 = 5 676. The 17 who stay and 3 in place of those gone are 20 seats, the peak paid already.
    assert counts(done) == (5, 3, seated, 3, waiting)
    assert done["price"] == {
        "totalBefore": {"amount": "5160.00"},
        "totalAfter": {"amount": total},
        "ifNothingChangesAfter": {"amount": total},
        "seatsAfter": 17 + seated,
    }
    assert {**asked, "appliedAt": None} == {**done, "appliedAt": None}
    assert [one["name"] for one in done["differences"]["wouldWait"]["nodes"]] == ["q03", "q04"][:waiting]
    assert (await send(company, tonight))["appliedAt"] is None

    await company.advance("2021-02-01T09:00:00+03:00")
    assert (await company.bills())[-1] == ("2021-01", "BILLED", 20 + max(0, seated - 3), total)


async def test_those_who_wait_are_seated_the_night_that_others_leave(client: Client) -> None:
    company = await open_january(client, "WITHIN_PEAK")
    await send(company, [*STAFF, "q00", "q01"])
    waiting = await company.read("waiting(first: 5) { nodes { reason member { name } } }")
    assert sorted(one["member"]["name"] for one in waiting["waiting"]["nodes"]) == ["q00", "q01"]

    await company.advance("2021-01-11T01:00:00+03:00")
    answer = await send(company, [*STAFF[2:], "q00", "q01"])
    assert [one["name"] for one in answer["differences"]["newlySeated"]["nodes"]] == ["q00", "q01"]
    assert answer["price"]["totalAfter"] == {"amount": "5160.00"}


async def test_replacing_everyone_in_a_night_costs_nothing_more(client: Client) -> None:
    company = await open_january(client, "ALWAYS")
    answer = await send(company, [f"q{number:02}" for number in range(20)], maxDeactivations=20)
    assert counts(answer) == (20, 20, 20, 20, 0)
    assert answer["price"]["totalAfter"] == {"amount": "5160.00"}


async def test_a_roster_cut_in_half_does_not_empty_the_company(client: Client) -> None:
    company = await open_january(client, "ALWAYS")
    members = [{"email": f"{name}@romashka.example", "name": name} for name in STAFF[:10]]
    refusal = await client.refuse("directoryApply", organizationId=company.id, members=members)
    assert [(one.code, one.path) for one in refusal.problems] == [("INVALID_INPUT", ["input", "maxDeactivations"])]

"""What a month's amount was for, who sat in it for nothing, and a month simulated over everyone."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from app import db
from app.graphql.ids import parse_global_id
from tests.client import Client, Company, start, unknown
from tests.factories import as_superuser
from tests.http.test_graphql_people import department, team
from tests.http.test_graphql_price_lists import make_list

SPLIT = """
    seats amount { amount }
    subject { __typename ... on Department { name } ... on Team { name } ... on Everyone { memberCount } }
"""
HINDSIGHT = """
    hindsight(month: "2021-01") {
        month idleCount seats total { amount currency } seatsWithoutThem totalWithoutThem { amount }
        idleAtPeak(first: 1) { name }
    }
"""
SIMULATION = """
    query($month: Month!, $clock: ID) { billingSimulation(month: $month, testClockId: $clock) {
        organizationCount purgedCount outcomes { outcome count }
        totals { organizationCount seats total { amount currency } }
        parked { count nodes { organization { id } reason } }
        differences(first: 1) { count nodes {
            organization { id } reasons
            stored { outcome seats total { amount } } simulated { outcome seats total { amount } }
        } }
    } }
"""


@dataclass(frozen=True, slots=True)
class Crew:
    company: Company
    people: list[str]


@pytest.fixture
async def crew(client: Client) -> Crew:
    """Eight seats in January: three people in Sales, two in Support, three nowhere; one of Sales is in two teams, one
    of Support in one of them. On the tracker two of them do something. It is the 5th of February."""
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(8)
    for name, members in (("Sales", people[:3]), ("Support", people[3:5])):
        home = await department(company, name)
        for member in members:
            await client.change("memberUpdate", "member { id }", memberId=member, departmentId=home)
    await team(company, "Red", people[0])
    await team(company, "Blue", people[0], people[3])
    await company.advance("2021-01-05T09:00:00+03:00")
    await company.subscribe(people)
    worker, watcher = await client.as_member(people[0]), await client.as_member(people[1])
    made = await worker.change("queueCreate", "queue { id }", organizationId=company.id, key="OPS", name="Ops")
    issue = await worker.change("issueCreate", "issue { id }", queueId=made["queue"]["id"], summary="Fire")
    await watcher.change("issueWatch", "issue { id }", issueId=issue["issue"]["id"], watch=True)
    idler = await client.as_member(people[2])
    await idler.change("notificationSettingsUpdate", "__typename", organizationId=company.id, watchedIssues=False)
    await company.advance("2021-02-05T09:00:00+03:00")
    return Crew(company, people)


def share(subject: dict[str, Any], seats: int, amount: str) -> dict[str, Any]:
    return {"seats": seats, "amount": {"amount": amount}, "subject": subject}


DEPARTMENTS = [
    share({"__typename": "Department", "name": "Sales"}, 3, "774.00"),
    share({"__typename": "Department", "name": "Support"}, 2, "516.00"),
    share({"__typename": "Everyone", "memberCount": 9}, 3, "774.00"),
]


async def test_an_invoice_is_split_by_the_groups_of_then_and_a_preview_by_those_of_now(
    crew: Crew, client: Client
) -> None:
    company = crew.company
    wanted = f"costSplit {{ {SPLIT} }} byTeam: costSplit(by: TEAM) {{ {SPLIT} }}"
    blue, red = {"__typename": "Team", "name": "Blue"}, {"__typename": "Team", "name": "Red"}
    everyone = {"__typename": "Everyone", "memberCount": 9}
    by_team = [share(blue, 2, "387.00"), share(red, 1, "129.00"), share(everyone, 6, "1548.00")]
    (january,) = await company.invoices(wanted)
    assert january == {"costSplit": DEPARTMENTS, "byTeam": by_team}
    assert await company.preview(wanted) == january

    for member in crew.people[:3]:
        await client.change("memberUpdate", "member { id }", memberId=member, departmentId=None)
    assert await company.invoices(wanted) == [january]
    assert (await company.preview(wanted))["costSplit"] == [
        share({"__typename": "Department", "name": "Support"}, 2, "516.00"),
        share(everyone, 6, "1548.00"),
    ]


async def test_an_invoice_from_before_groups_were_written_down_is_split_by_those_of_now(crew: Crew) -> None:
    async with as_superuser():
        own = parse_global_id(crew.company.id)[1]
        await db.fetch("UPDATE invoices SET document = document #- '{peak,groups}' WHERE organization_id = $1", own)
    (january,) = await crew.company.invoices(f"costSplit {{ {SPLIT} }}")
    assert january == {"costSplit": DEPARTMENTS}


async def test_an_invoice_that_names_also_those_who_belonged_nowhere_is_split_alike(crew: Crew) -> None:
    own = parse_global_id(crew.company.id)[1]
    (row,) = await db.fetch("SELECT id, document #> '{peak}' AS peak FROM invoices WHERE organization_id = $1", own)
    peak = json.loads(row["peak"])
    assert (len(peak["holders"]), len(peak["groups"])) == (8, 5)
    nowhere = set(peak["holders"]) - {one["memberId"] for one in peak["groups"]}
    groups = [*peak["groups"], *({"memberId": one, "departmentId": None, "teamIds": []} for one in nowhere)]
    async with as_superuser():
        sql = "UPDATE invoices SET document = jsonb_set(document, '{peak,groups}', $2::jsonb) WHERE id = $1"
        await db.fetch(sql, row["id"], db.to_json(groups))
    (january,) = await crew.company.invoices(f"costSplit {{ {SPLIT} }}")
    assert january == {"costSplit": DEPARTMENTS}


async def test_hindsight_finds_who_did_nothing_and_what_they_cost(crew: Crew, client: Client) -> None:
    found = (await crew.company.read(HINDSIGHT))["hindsight"]
    assert len(found.pop("idleAtPeak")) == 1
    assert found == {
        "month": "2021-01",
        "idleCount": 6,
        "seats": 8,
        "total": {"amount": "2064.00", "currency": "RUB"},
        "seatsWithoutThem": 2,
        "totalWithoutThem": {"amount": "0.00"},  # two seats are free
    }

    await client.change("memberErase", "member { id }", memberId=crew.people[7])
    again = await crew.company.read('hindsight(month: "2021-01") { idleCount idleAtPeak { name } total { amount } }')
    assert (again["hindsight"]["idleCount"], again["hindsight"]["total"]["amount"]) == (6, "2064.00")
    assert sorted(one["name"] for one in again["hindsight"]["idleAtPeak"]) == [
        "Erased person",
        *(f"Person {number:04}" for number in range(3, 8)),
    ]


@pytest.mark.usefixtures("clean_afterwards")
async def test_hindsight_knows_the_invoice_that_stands_and_its_credits(crew: Crew, client: Client) -> None:
    """Eight seats at 258 become eight at 100; two seats, those of who did something, are 200."""
    (invoice,) = await crew.company.invoices("id")
    replacing = {"invoiceId": invoice["id"], "reason": "Agreed", "priceListId": await make_list(client)}
    invoice = (await client.change("invoiceReplace", "invoice { id }", **replacing))["invoice"]
    wanted = 'hindsight(month: "2021-01") { total { amount } totalWithoutThem { amount } }'
    credits_and_totals = ((None, "800.00", "200.00"), ("700.00", "100.00", "100.00"), ("100.00", "0.00", "0.00"))
    for amount, total, without in credits_and_totals:
        if amount is not None:
            given = {"invoiceId": invoice["id"], "amount": amount, "reason": "Goodwill"}
            await client.change("creditNoteIssue", "creditNote { id }", **given)
        found = (await crew.company.read(wanted))["hindsight"]
        assert found == {"total": {"amount": total}, "totalWithoutThem": {"amount": without}}


@pytest.mark.parametrize(
    ("month", "code"), [("2021-02", "PERIOD_NOT_CLOSED"), ("2020-10", "NOT_FOUND"), ("2030-01", "NOT_FOUND")]
)
async def test_hindsight_is_refused_for_a_month_that_is_not_closed_or_not_there(
    crew: Crew, month: str, code: str
) -> None:
    failure = await crew.company.fail(f'hindsight(month: "{month}") {{ idleCount }}')
    assert (failure.code, failure.data["organization"]) == (code, {"hindsight": None})


async def test_a_trial_month_cost_nothing_with_and_without_anyone(crew: Crew) -> None:
    found = await crew.company.read(
        'hindsight(month: "2020-11") { idleCount seats total { amount } totalWithoutThem { amount } }'
    )
    assert found["hindsight"] == {
        "idleCount": 0, "seats": 0, "total": {"amount": "0.00"}, "totalWithoutThem": {"amount": "0.00"},
    }  # fmt: skip


async def test_more_than_a_hundred_idle_people_are_not_listed_at_once(crew: Crew) -> None:
    failure = await crew.company.fail('hindsight(month: "2021-01") { idleAtPeak(first: 101) { name } }')
    assert failure.code == "INVALID_INPUT"


async def test_members_and_other_organizations_see_neither_split_nor_hindsight(crew: Crew, client: Client) -> None:
    member = await client.as_member(crew.people[0])
    for field in ('hindsight(month: "2021-01") { idleCount }', "invoicePreview { costSplit { seats } }"):
        failure = await member.fail(f"query($id: ID!) {{ organization(id: $id) {{ {field} }} }}", id=crew.company.id)
        assert failure.code == "FORBIDDEN"
    other = await start(client, "2020-11-10T09:00:00+03:00")
    (stranger,) = await other.invite(1)
    document = 'query($id: ID!) { organization(id: $id) { hindsight(month: "2021-01") { idleCount } } }'
    assert await (await client.as_member(stranger)).ask(document, id=crew.company.id) == {"organization": None}


async def test_a_simulation_comes_to_what_is_stored_and_tells_of_what_does_not(crew: Crew, client: Client) -> None:
    clock = crew.company.clock_id
    simulated = (await client.ask(SIMULATION, month="2021-01", clock=clock))["billingSimulation"]
    assert simulated == {
        "organizationCount": 1,
        "purgedCount": 0,
        "outcomes": [{"outcome": one, "count": int(one == "BILLED")} for one in ("BILLED", "FREE", "TRIAL", "PARKED")],
        "totals": [{"organizationCount": 1, "seats": 8, "total": {"amount": "2064.00", "currency": "RUB"}}],
        "parked": {"count": 0, "nodes": []},
        "differences": {"count": 0, "nodes": []},
    }
    async with as_superuser():
        own = parse_global_id(crew.company.id)[1]
        await db.fetch("UPDATE invoices SET total = 1806, vat_net = 1462 WHERE organization_id = $1", own)
    found = (await client.ask(SIMULATION, month="2021-01", clock=clock))["billingSimulation"]["differences"]
    assert found == {
        "count": 1,
        "nodes": [
            {
                "organization": {"id": crew.company.id},
                "reasons": ["The total is 1806, not 2064."],
                "stored": {"outcome": "BILLED", "seats": 8, "total": {"amount": "1806.00"}},
                "simulated": {"outcome": "BILLED", "seats": 8, "total": {"amount": "2064.00"}},
            }
        ],
    }


async def test_a_simulation_is_for_operators_and_for_months_and_clocks_that_there_are(
    crew: Crew, client: Client
) -> None:
    asked = {"month": "2021-01", "clock": crew.company.clock_id}
    assert (await (await client.as_member(crew.people[0])).fail(SIMULATION, **asked)).code == "FORBIDDEN"
    assert (await client.fail(SIMULATION, **asked | {"month": "2031-01"})).code == "NOT_FOUND"
    assert (await client.fail(SIMULATION, **asked | {"clock": unknown("TestClock")})).code == "NOT_FOUND"
    assert (await client.fail(SIMULATION, **asked | {"clock": crew.company.id})).code == "INVALID_INPUT"

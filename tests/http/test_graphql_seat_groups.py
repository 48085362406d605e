"""Seats of groups over HTTP: subjects of every kind, waiting, undo, limits, contracts."""

from typing import Any

import pytest

from tests.client import Client, Company, Problem, by_id, start, unknown

NOW = "2021-01-05T09:00:00+03:00"
MOSCOW_TRIAL = "2020-11-10T09:00:00Z"
SUBJECT = (
    "subject { __typename ... on Member { name } ... on Team { name memberCount } ... on Everyone { memberCount } }"
)


async def team(company: Company, members: list[str], name: str = "Crew") -> str:
    payload = await company.client.change(
        "teamCreate", "team { id }", organizationId=company.id, name=name, memberIds=members
    )
    made: str = payload["team"]["id"]
    return made


async def join(company: Company, team_id: str, *members: str, leave: tuple[str, ...] = ()) -> None:
    await company.client.change(
        "teamUpdate", "team { id }", teamId=team_id, addMemberIds=list(members), removeMemberIds=list(leave)
    )


async def waiting(company: Company) -> list[tuple[str, str]]:
    found = await company.read("waiting { nodes { reason since member { id } subscription { id } } }")
    return [(one["member"]["id"], one["reason"]) for one in found["waiting"]["nodes"]]


async def update(company: Company, **given: Any) -> Any:
    wanted = "organization { name timeZone seats { limit seatCap budget { amount currency } } }"
    return (await company.client.change("organizationUpdate", wanted, organizationId=company.id, **given))[
        "organization"
    ]


async def after_the_trial(client: Client, people: int) -> tuple[Company, list[str]]:
    company = await start(client, MOSCOW_TRIAL)
    members = await company.invite(people)
    await company.advance("2021-01-04T09:00:00Z")
    return company, members


async def test_a_subscription_names_its_subject_and_counts_who_sits_and_who_waits(client: Client) -> None:
    company, people = await after_the_trial(client, 7)
    crew = await team(company, people[:6])
    await company.change_seats(subscribe=[{"teamId": crew}], joins="WITHIN_PEAK")
    await company.change_seats(subscribe=by_id(people[:1]))
    await join(company, crew, people[6])

    wanted = f"seatSubscriptions(inForce: true) {{ totalCount nodes {{ joins seatCount waitingCount {SUBJECT} }} }}"
    found = (await company.read(wanted))["seatSubscriptions"]
    assert (found["totalCount"], found["nodes"]) == (
        2,
        [
            {
                "joins": "WITHIN_PEAK",
                "seatCount": 6,
                "waitingCount": 1,
                "subject": {"__typename": "Team", "name": "Crew", "memberCount": 7},
            },
            {
                "joins": "ALWAYS",
                "seatCount": 1,
                "waitingCount": 0,
                "subject": {"__typename": "Member", "name": "Person 0001"},
            },
        ],
    )
    assert await waiting(company) == [(people[6], "PEAK_WOULD_RISE")]
    assert (await company.read("seats { used waiting }"))["seats"] == {"used": 6, "waiting": 1}


async def test_everyone_is_subscribed_and_only_true_means_it(client: Client) -> None:
    company = await start(client, NOW)
    await company.invite(3)
    refusal = await company.refuse_seats(subscribe=[{"everyone": False}])
    assert refusal.problems == [Problem("INVALID_INPUT", ["input", "subscribe", "0"])]
    assert (await company.change_seats(subscribe=[{"everyone": True}]))["seatedCount"] == 4
    found = (await company.read(f"seatSubscriptions {{ nodes {{ {SUBJECT} }} }}"))["seatSubscriptions"]["nodes"]
    assert found == [{"subject": {"__typename": "Everyone", "memberCount": 4}}]
    refusal = await company.refuse_seats(subscribe=[{"everyone": True}])
    assert refusal.code == "ALREADY_SUBSCRIBED"


async def test_groups_that_are_not_there_are_not_found(client: Client) -> None:
    company, other = await start(client, NOW), await start(client, NOW)
    stranger = await team(other, [])
    refusal = await company.refuse_seats(
        subscribe=[{"teamId": stranger}, {"departmentId": unknown("Department")}, {"teamId": unknown("Department")}]
    )
    assert refusal.problems == [
        Problem("INVALID_INPUT", ["input", "subscribe", "2"]),
        Problem("NOT_FOUND", ["input", "subscribe", "0"]),
        Problem("NOT_FOUND", ["input", "subscribe", "1"]),
    ]


async def test_a_change_is_undone_as_a_whole_while_it_is_in_grace(client: Client) -> None:
    company = await start(client, NOW)
    people = await company.invite(3)
    await company.subscribe(people[:1])
    wanted = "change { id undoableUntil } seatedCount"
    payload = await client.change(
        "seatsChange", wanted, organizationId=company.id, subscribe=by_id(people[1:]), unsubscribe=by_id(people[:1])
    )
    change_id = payload["change"]["id"]
    undone = await client.change(
        "seatsChangeUndo", "seatedCount unseatedCount organization { seats { used } }", changeId=change_id
    )
    assert undone == {
        "__typename": "SeatsChangeUndoPayload",
        "seatedCount": 1,
        "unseatedCount": 2,
        "organization": {"seats": {"used": 1}},
    }
    refusal = await client.refuse("seatsChangeUndo", changeId=change_id)
    assert (refusal.code, refusal.problems) == ("UNDO_EXPIRED", [Problem("UNDO_EXPIRED", ["input", "changeId"])])


async def test_an_undo_comes_too_late_a_minute_after_the_grace(client: Client) -> None:
    company = await start(client, NOW)
    people = await company.invite(1)
    changed = await company.subscribe(people)
    await company.advance("2021-01-05T06:31:00Z")
    refusal = await client.refuse("seatsChangeUndo", changeId=changed["change"]["id"])
    assert refusal.code == "UNDO_EXPIRED"


async def test_a_member_neither_changes_nor_undoes_seats(client: Client) -> None:
    company = await start(client, NOW)
    people = await company.invite(2)
    changed = await company.subscribe(people[:1])
    person = await client.as_member(people[0])
    assert (await person.refuse("seatsChangeUndo", changeId=changed["change"]["id"])).code == "FORBIDDEN"
    refusal = await person.refuse("seatsChange", organizationId=company.id, subscribe=by_id(people[1:]))
    assert refusal.code == "FORBIDDEN"


async def test_someone_unknown_is_invited_in_the_step_that_subscribes_them(client: Client) -> None:
    company = await start(client, NOW)
    payload = await client.change(
        "seatsChange",
        "seatedCount invitations { token member { email status } }",
        organizationId=company.id,
        subscribe=[{"email": " New@people.example "}],
    )
    (invitation,) = payload["invitations"]
    assert (payload["seatedCount"], invitation["member"]) == (0, {"email": "New@people.example", "status": "INVITED"})
    await client.change("invitationAccept", "member { status }", token=invitation["token"])
    assert await company.read("seats { used }") == {"seats": {"used": 1}}


async def test_limits_are_set_refuse_and_are_taken_away(client: Client) -> None:
    company, people = await after_the_trial(client, 9)
    set_to = await update(company, name="Lutik", seatCap=7, budget="1806.00")
    assert set_to == {
        "name": "Lutik",
        "timeZone": "Europe/Moscow",
        "seats": {"limit": 7, "seatCap": 7, "budget": {"amount": "1806.00", "currency": "RUB"}},
    }
    refusal = await company.refuse_seats_by_limit(subscribe=by_id(people[:8]))
    assert refusal.code == "SEAT_LIMIT_REACHED"
    await update(company, seatCap=None)
    refusal = await company.refuse_seats_by_limit(subscribe=by_id(people[:8]))  # 8 × 258 = 2 064
    assert refusal.code == "BUDGET_REACHED"
    await company.subscribe(people[:7])  # 7 × 258 = 1 806
    await update(company, budget=None)
    assert (await company.subscribe(people[7:8]))["seatedCount"] == 1
    found = (await company.read("seatRequests { nodes { seats code actor } }"))["seatRequests"]["nodes"]
    assert [(one["seats"], one["code"]) for one in found] == [(8, "SEAT_LIMIT_REACHED"), (8, "BUDGET_REACHED")]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"name": " "}, "name"),
        ({"name": None}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"timeZone": None}, "timeZone"),
        ({"timeZone": "Moscow"}, "timeZone"),
        ({"seatCap": -1}, "seatCap"),
        ({"budget": "-0.01"}, "budget"),
        ({"budget": "10.001"}, "budget"),
    ],
)
async def test_limits_that_make_no_sense_are_refused(client: Client, given: dict[str, Any], path: str) -> None:
    company = await start(client, NOW)
    refusal = await client.refuse("organizationUpdate", organizationId=company.id, **given)
    assert refusal.problems == [Problem("INVALID_INPUT", ["input", path])]


async def test_only_an_owner_sets_limits_and_only_an_operator_a_contract(client: Client) -> None:
    company = await start(client, NOW)
    people = [
        {"email": f"the-{role}@{company.slug}.example", "name": role, "role": role, "active": True}
        for role in ("ADMIN", "OWNER")
    ]
    payload = await client.change("memberInvite", "members { id }", organizationId=company.id, members=people)
    admin, owner = [await client.as_member(member["id"]) for member in payload["members"]]
    assert (await admin.refuse("organizationUpdate", organizationId=company.id, seatCap=3)).code == "FORBIDDEN"
    await owner.change("organizationUpdate", "organization { id }", organizationId=company.id, seatCap=3)
    contract = {"organizationId": company.id, "seatLimit": 900, "fromMonth": "2021-01"}
    assert (await owner.refuse("contractSet", **contract)).code == "FORBIDDEN"
    refusal = await client.refuse("contractSet", **contract | {"seatLimit": 0, "toMonth": "2020-12"})
    assert [problem.path[-1] for problem in refusal.problems] == ["seatLimit", "toMonth"]
    await client.change("contractSet", "organization { id }", **contract)
    assert (await company.read("seats { limit }"))["seats"] == {"limit": 3}


async def test_who_waits_is_seated_for_the_price_that_was_seen(client: Client) -> None:
    company, people = await after_the_trial(client, 7)
    crew = await team(company, people[:6])
    await company.change_seats(subscribe=[{"teamId": crew}], joins="WITHIN_PEAK")
    await join(company, crew, people[6])
    wanted = {"organizationId": company.id, "memberIds": [people[6]]}
    stale = await client.refuse("waitingSeat", **wanted, expectedTotal="1548.00")
    assert stale.problems == [Problem("PREVIEW_STALE", ["input", "expectedTotal"])]
    refusal = await client.refuse("waitingSeat", organizationId=company.id, memberIds=[people[0], unknown("Member")])
    assert [(one.code, one.path[-1]) for one in refusal.problems] == [("INVALID_INPUT", "0"), ("INVALID_INPUT", "1")]
    payload = await client.change(
        "waitingSeat", "seatedCount waitingCount members { access }", **wanted, expectedTotal="1806.00"
    )
    assert (payload["seatedCount"], payload["waitingCount"], payload["members"]) == (1, 0, [{"access": "FULL"}])


async def test_a_change_of_zone_ends_the_running_month_by_the_old_one(client: Client) -> None:
    company = await start(client, NOW)
    await update(company, timeZone="Asia/Tokyo")
    preview = await company.preview("periodEnd timeZone")
    assert preview == {"periodEnd": "2021-01-31T21:00:00Z", "timeZone": "Europe/Moscow"}
    await company.advance("2021-02-02T00:00:00Z")
    preview = await company.preview("periodStart periodEnd timeZone")
    assert preview == {
        "periodStart": "2021-01-31T21:00:00Z",
        "periodEnd": "2021-02-28T15:00:00Z",
        "timeZone": "Asia/Tokyo",
    }


async def test_every_subject_that_means_nothing_is_told_with_the_rest(client: Client) -> None:
    company = await start(client, NOW)
    refusal = await company.refuse_seats(
        subscribe=[{"memberId": "junk"}, {"login": "nobody"}], unsubscribe=[{"everyone": False}, {"login": "nobody"}]
    )
    assert [(one.code, one.path[1:]) for one in refusal.problems] == [
        ("INVALID_INPUT", ["subscribe", "0"]),
        ("INVALID_INPUT", ["unsubscribe", "0"]),
        ("NOT_FOUND", ["subscribe", "1"]),
        ("NOT_FOUND", ["unsubscribe", "1"]),
    ]


async def test_what_was_agreed_and_who_asked_can_be_read(client: Client) -> None:
    company = await start(client, NOW)
    people = await company.invite(2)
    assert (await company.read("billing { balance { amount } contract { seatLimit } }"))["billing"] == {
        "balance": {"amount": "0.00"},
        "contract": None,
    }
    await client.change(
        "contractSet", "organization { id }", organizationId=company.id, seatLimit=900, fromMonth="2021-01"
    )
    contract = (await company.read("billing { contract { seatLimit fromMonth toMonth } }"))["billing"]["contract"]
    assert contract == {"seatLimit": 900, "fromMonth": "2021-01", "toMonth": None}
    await client.change("memberUpdate", "member { role }", memberId=people[0], role="ADMIN")
    admin = await client.as_member(people[0])
    await admin.change("seatsChange", "seatedCount", organizationId=company.id, subscribe=by_id(people[1:]))
    subscriptions = (await company.read("seatSubscriptions { nodes { createdByMember { id } } }"))["seatSubscriptions"]
    assert subscriptions["nodes"] == [{"createdByMember": {"id": people[0]}}]
    wanted = "seatedCount change { undoableUntil }"
    nothing = await admin.change(
        "seatsChange", wanted, organizationId=company.id, subscribe=by_id(people[1:]), skipAlreadySubscribed=True
    )
    assert (nothing["seatedCount"], nothing["change"]["undoableUntil"]) == (0, None)


async def test_someone_who_waits_sees_that_they_do(client: Client) -> None:
    company, people = await after_the_trial(client, 7)
    crew = await team(company, people[:6])
    await company.change_seats(subscribe=[{"teamId": crew}], joins="WITHIN_PEAK")
    await join(company, crew, people[6])
    person = await client.as_member(people[6])
    wanted = "query($id: ID!) { node(id: $id) { ... on Member { waiting { reason } } } }"
    assert (await person.ask(wanted, id=people[6]))["node"] == {"waiting": [{"reason": "PEAK_WOULD_RISE"}]}


async def test_a_longer_trial_seats_whoever_waited_for_what_it_would_cost(client: Client) -> None:
    company = await start(client, MOSCOW_TRIAL)
    people = await company.invite(7)
    await company.advance("2020-12-05T09:00:00Z")  # the trial ends on the 10th: what sits then is charged
    crew = await team(company, people[:6])
    await company.change_seats(subscribe=[{"teamId": crew}], joins="WITHIN_PEAK")
    await join(company, crew, people[6])
    assert await waiting(company) == [(people[6], "PEAK_WOULD_RISE")]
    await client.change(
        "trialExtend", "organization { trial { endsAt } }", organizationId=company.id, endsAt="2021-01-15T09:00:00Z"
    )
    assert await waiting(company) == []


async def test_a_closed_organization_is_shown_no_bill_to_come(client: Client) -> None:
    company, people = await after_the_trial(client, 8)
    await company.subscribe(people)
    await client.change("organizationClose", "organization { state }", organizationId=company.id)
    await company.advance("2021-02-02T09:00:00Z")
    preview = await company.preview("ifNothingChanges { amount } nextMonth { amount } nextSeatPrice { amount }")
    assert [preview[one]["amount"] for one in ("ifNothingChanges", "nextMonth", "nextSeatPrice")] == ["0.00"] * 3

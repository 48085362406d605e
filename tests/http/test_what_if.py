"""What a change would cost, asked before it is made: exact amounts, warnings, refusals, and nothing recorded."""

from typing import Any

import pytest

from tests.client import Client, Company, Failure, by_id, contents, start, unknown

TRIAL = "2020-11-10T09:00:00+03:00"
JANUARY = "2021-01-05T09:00:00+03:00"
LATER = "2021-01-05T10:00:00+03:00"
MONEY = """
    totalBefore { amount } totalAfter { amount } difference { amount } peakBefore peakAfter
    nextMonthBefore { amount } nextMonthAfter { amount }
"""
WARNINGS = "warnings { code message amount { amount } }"
ASK = "query($id: ID!, $change: ChangeInput) { organization(id: $id) { invoicePreview(change: $change) { %s } } }"


async def what_if(company: Company, change: dict[str, Any], wanted: str, client: Client | None = None) -> Any:
    """Fields of the impact; asking changes nothing in the whole database."""
    before = await contents()
    data = await (client or company.client).ask(ASK % f"impact {{ {wanted} }}", id=company.id, change=change)
    assert await contents() == before
    return data["organization"]["invoicePreview"]["impact"]


async def refuse(company: Company, change: dict[str, Any], client: Client | None = None) -> list[tuple[str, list[str]]]:
    """Every problem of a change that is none, with its place."""
    body = await (client or company.client).post(ASK % "impact { peakAfter }", id=company.id, change=change)
    (error,) = body["errors"]
    assert body["data"]["organization"]["invoicePreview"]["impact"] is None
    extensions = error["extensions"]
    return [
        (one["code"], one["path"]) for one in extensions.get("problems", [{"code": extensions["code"], "path": []}])
    ]


def amounts(impact: Any) -> tuple[Any, ...]:
    """Total before, after, the difference; the peaks; the next month before and after."""
    names = ("totalBefore", "totalAfter", "difference")
    months = ("nextMonthBefore", "nextMonthAfter")
    peaks = (impact["peakBefore"], impact["peakAfter"])
    return (*(impact[one]["amount"] for one in names), *peaks, *(impact[one]["amount"] for one in months))


def told(impact: Any) -> list[tuple[str, str | None]]:
    """Codes and amounts of the warnings."""
    return [(one["code"], one["amount"]["amount"] if one["amount"] else None) for one in impact["warnings"]]


async def seated(client: Client, seats: int, members: int, *, now: str = LATER) -> tuple[Company, list[str]]:
    """So many seats of so many members since 5 January 2021, the grace over."""
    company = await start(client, TRIAL)
    people = await company.invite(members)
    await company.advance(JANUARY)
    if seats:
        await company.subscribe(people[:seats])
    await company.advance(now)
    return company, people


async def create_team(company: Company, name: str, members: list[str]) -> str:
    given = {"organizationId": company.id, "name": name, "memberIds": members}
    team_id: str = (await company.client.change("teamCreate", "team { id }", **given))["team"]["id"]
    return team_id


async def test_the_sixth_seat_costs_every_seat(client: Client) -> None:
    company, people = await seated(client, 5, 7)
    impact = await what_if(company, {"subscribe": by_id(people[5:6])}, f"{MONEY} {WARNINGS}")

    assert amounts(impact) == ("0.00", "1548.00", "1548.00", 5, 6, "0.00", "1548.00")
    assert impact["warnings"] == [
        {
            "code": "FREE_THRESHOLD_CROSSED",
            "message": "6 seats pass the 5 that cost nothing: every seat of 2021-01 is charged, 1548.00 RUB more.",
            "amount": {"amount": "1548.00"},
        }
    ]


async def test_the_101st_seat_reaches_another_tier(client: Client) -> None:
    company, people = await seated(client, 100, 102)
    impact = await what_if(company, {"subscribe": by_id(people[100:101])}, f"{MONEY} {WARNINGS}")

    assert amounts(impact) == ("25800.00", "26022.00", "222.00", 100, 101, "25800.00", "26022.00")
    assert impact["warnings"] == [
        {
            "code": "TIER_CROSSED",
            "message": "101 seats reach the tier from seat 101 on in 2021-01: each costs 222 RUB there.",
            "amount": {"amount": "222.00"},
        }
    ]


async def test_revoking_first_saves_what_granting_first_would_have_cost(client: Client) -> None:
    company, people = await seated(client, 245, 280)
    change = {"unsubscribe": by_id(people[:10]), "subscribe": by_id(people[245:280])}
    impact = await what_if(
        company, change, f"{MONEY} {WARNINGS} grantFirst {{ peak total {{ amount }} saved {{ amount }} }}"
    )

    # 245 seats: 25 800 + 145 × 222; 270: 62 800; 280 at once: 62 800 + 10 × 185
    assert amounts(impact) == ("57990.00", "62800.00", "4810.00", 245, 270, "57990.00", "62800.00")
    assert impact["grantFirst"] == {"peak": 280, "total": {"amount": "64650.00"}, "saved": {"amount": "1850.00"}}
    assert told(impact) == [("TIER_CROSSED", "4810.00"), ("REVOKE_FIRST_SAVES", "1850.00")]


async def test_without_both_there_is_no_other_order(client: Client) -> None:
    company, people = await seated(client, 6, 7)
    assert await what_if(company, {"subscribe": by_id(people[6:])}, "grantFirst { peak }") == {"grantFirst": None}


async def test_seats_that_end_in_grace_are_not_counted(client: Client) -> None:
    company, people = await seated(client, 6, 7, now="2021-01-05T09:30:00+03:00")
    impact = await what_if(company, {"unsubscribe": by_id(people[5:6])}, f"{MONEY} {WARNINGS} losingSeat {{ name }}")

    assert amounts(impact) == ("1548.00", "0.00", "-1548.00", 6, 5, "1548.00", "0.00")
    assert told(impact) == [("IN_GRACE", "1548.00")]
    assert impact["losingSeat"] == [{"name": "Person 0006"}]


async def test_replacing_someone_in_grace_saves_nothing_by_its_order(client: Client) -> None:
    company, people = await seated(client, 6, 7, now="2021-01-05T09:30:00+03:00")
    change = {"unsubscribe": by_id(people[5:6]), "subscribe": by_id(people[6:])}
    impact = await what_if(company, change, f"{MONEY} {WARNINGS} grantFirst {{ peak saved {{ amount }} }}")

    assert amounts(impact)[:5] == ("1548.00", "1548.00", "0.00", 6, 6)
    assert impact["grantFirst"] == {"peak": 6, "saved": {"amount": "0.00"}}
    assert told(impact) == [("IN_GRACE", None)]


async def test_after_the_grace_the_peak_stands_and_the_next_month_is_cheaper(client: Client) -> None:
    company, people = await seated(client, 8, 8)
    impact = await what_if(company, {"unsubscribe": by_id(people[6:])}, f"{MONEY} {WARNINGS}")

    assert amounts(impact) == ("2064.00", "2064.00", "0.00", 8, 8, "2064.00", "1548.00")
    assert impact["warnings"] == [
        {
            "code": "PEAK_STANDS",
            "message": "2021-01 is charged by its peak of 8 all the same; the next month costs 516.00 RUB less.",
            "amount": {"amount": "516.00"},
        }
    ]


async def test_in_the_trial_it_is_the_first_month_after_it_that_costs(client: Client) -> None:
    company = await start(client, TRIAL)
    people = await company.invite(6)
    wanted = f"{MONEY} {WARNINGS} ifNothingChangesAfter {{ amount }} peakIfNothingChangesAfter"
    impact = await what_if(company, {"subscribe": by_id(people)}, wanted)

    assert amounts(impact) == ("0.00", "0.00", "0.00", 0, 0, "0.00", "1548.00")  # November is all of the trial's
    assert (impact["ifNothingChangesAfter"], impact["peakIfNothingChangesAfter"]) == ({"amount": "0.00"}, 0)
    assert told(impact) == [("FREE_THRESHOLD_CROSSED", "1548.00"), ("IN_TRIAL", "1548.00")]

    await company.advance("2020-12-09T09:00:00+03:00")  # the trial ends the day after
    impact = await what_if(company, {"subscribe": by_id(people)}, wanted)
    assert amounts(impact) == ("0.00", "0.00", "0.00", 0, 0, "0.00", "1548.00")
    assert (impact["ifNothingChangesAfter"], impact["peakIfNothingChangesAfter"]) == ({"amount": "1548.00"}, 6)
    assert told(impact) == [("FREE_THRESHOLD_CROSSED", "1548.00"), ("IN_TRIAL", "1548.00")]


async def test_what_a_cap_refuses_is_told_with_its_price(client: Client) -> None:
    company, people = await seated(client, 6, 9)
    await client.change("organizationUpdate", "organization { id }", organizationId=company.id, seatCap=7)
    wanted = f"{MONEY} {WARNINGS} refusals {{ code path message }} newlySeatedCount"
    impact = await what_if(company, {"subscribe": by_id(people[6:])}, wanted)

    assert impact["refusals"] == [
        {
            "code": "SEAT_LIMIT_REACHED",
            "path": ["change", "subscribe"],
            "message": "9 seats pass the organization's own cap of 7.",
        }
    ]
    assert amounts(impact) == ("1548.00", "2322.00", "774.00", 6, 9, "1548.00", "2322.00")
    assert (impact["newlySeatedCount"], told(impact)) == (3, [])

    impact = await what_if(company, {"subscribe": by_id(people[6:7])}, wanted)
    assert (impact["refusals"], told(impact)) == ([], [("LIMIT_REACHED", None)])
    impact = await what_if(company, {"subscribe": by_id(people[6:]), "seatCap": 10}, wanted)
    assert (impact["refusals"], told(impact)) == ([], [("LIMIT_NEAR", None)])


async def test_every_limit_that_refuses_is_told(client: Client) -> None:
    company, people = await seated(client, 6, 9)
    change = {"subscribe": by_id(people[6:]), "seatCap": 6, "budget": "1600"}
    impact = await what_if(company, change, "refusals { code } totalAfter { amount }")

    assert [one["code"] for one in impact["refusals"]] == ["SEAT_LIMIT_REACHED", "BUDGET_REACHED"]
    assert impact["totalAfter"] == {"amount": "2322.00"}


async def test_a_lower_cap_revokes_nobody_and_is_said_to_be_reached(client: Client) -> None:
    company, _ = await seated(client, 6, 6)
    impact = await what_if(company, {"seatCap": 3}, f"{MONEY} {WARNINGS} losingSeatCount")

    assert (impact["losingSeatCount"], amounts(impact)[:3]) == (0, ("1548.00", "1548.00", "0.00"))
    assert impact["warnings"] == [
        {"code": "LIMIT_REACHED", "message": "No seat is left to the organization's own cap, 3.", "amount": None}
    ]


async def test_a_raised_cap_seats_nobody_who_would_raise_the_month(client: Client) -> None:
    company, people = await seated(client, 0, 8)
    team = await create_team(company, "Core", people[:6])
    await company.change_seats(subscribe=[{"teamId": team}])
    await client.change("organizationUpdate", "organization { id }", organizationId=company.id, seatCap=6)
    impact = await what_if(
        company,
        {"joinTeams": [{"teamId": team, "memberId": one} for one in people[6:]]},
        f"{MONEY} {WARNINGS} wouldWaitCount wouldWait {{ name }} wouldWaitFor {{ member {{ name }} reason }}",
    )

    assert (impact["wouldWaitCount"], impact["wouldWait"]) == (2, [{"name": "Person 0007"}, {"name": "Person 0008"}])
    assert impact["wouldWaitFor"][0] == {"member": {"name": "Person 0007"}, "reason": "SEAT_LIMIT_REACHED"}
    assert impact["warnings"] == [
        {
            "code": "WOULD_WAIT",
            "message": "2 people would wait for a seat (SEAT_LIMIT_REACHED).",
            "amount": {"amount": "516.00"},
        }
    ]
    await client.change("teamUpdate", "team { id }", teamId=team, addMemberIds=people[6:])

    impact = await what_if(company, {"seatCap": 20}, f"{MONEY} newlySeatedCount")
    assert (amounts(impact)[:3], impact["newlySeatedCount"]) == (("1548.00", "1548.00", "0.00"), 0)
    impact = await what_if(company, {"seatCap": 20, "seatWaitingMemberIds": people[6:]}, f"{MONEY} newlySeatedCount")
    assert (amounts(impact)[:3], impact["newlySeatedCount"]) == (("1548.00", "2064.00", "516.00"), 2)


async def test_people_are_told_apart_by_what_becomes_of_their_seats(client: Client) -> None:
    company, people = await seated(client, 0, 7)
    team = await create_team(company, "Core", people[:3])
    await company.change_seats(subscribe=[{"teamId": team}, *by_id(people[2:4])])
    change = {
        "unsubscribe": by_id(people[2:4]),
        "subscribe": [*by_id(people[:1]), *by_id(people[4:5]), {"email": "new@romashka.example"}],
    }
    lists = "newlySeated { name } alreadySeated { name } losingSeat { name }"
    still = "stillSeated { member { name } sources { subject { ... on Team { name } } } }"
    counts = "newlySeatedCount alreadySeatedCount losingSeatCount stillSeatedCount seatsBefore seatsAfter"
    impact = await what_if(company, change, f"{lists} {still} {counts} invited {WARNINGS}")

    assert impact["newlySeated"] == [{"name": "Person 0005"}]
    assert impact["alreadySeated"] == [{"name": "Person 0001"}]
    assert impact["losingSeat"] == [{"name": "Person 0004"}]
    assert impact["stillSeated"] == [
        {"member": {"name": "Person 0003"}, "sources": [{"subject": {"name": "Core"}}]},
    ]
    assert impact["invited"] == ["new@romashka.example"]
    assert [impact[one] for one in counts.split()] == [1, 1, 1, 1, 4, 4]
    assert ("STILL_SEATED", None) in told(impact)


async def test_people_leave_join_move_and_go_at_one_instant(client: Client) -> None:
    company, people = await seated(client, 0, 9)
    core = await create_team(company, "Core", people[:6])
    other = await create_team(company, "Other", [])
    given = {"organizationId": company.id, "name": "Sales"}
    sales = (await client.change("departmentCreate", "department { id }", **given))["department"]["id"]
    await company.change_seats(subscribe=[{"teamId": core}, {"departmentId": sales}])
    change = {
        "deactivateMemberIds": people[:1],
        "leaveTeams": [{"teamId": core, "memberId": people[1]}],
        "joinTeams": [{"teamId": core, "memberId": people[6]}, {"teamId": other, "memberId": people[1]}],
        "moveMembers": [{"memberId": people[7], "departmentId": sales}, {"memberId": people[8]}],
        "subscribe": [{"teamId": other}],
    }
    wanted = f"{MONEY} newlySeated {{ name }} losingSeat {{ name }} stillSeated {{ member {{ name }} }}"
    impact = await what_if(company, change, wanted)

    assert impact["newlySeated"] == [{"name": "Person 0007"}, {"name": "Person 0008"}]
    assert impact["losingSeat"] == [{"name": "Person 0001"}]
    assert impact["stillSeated"] == [{"member": {"name": "Person 0002"}}]
    assert amounts(impact)[:5] == ("1548.00", "1806.00", "258.00", 6, 7)


async def test_everything_wrong_with_a_change_is_told_at_its_place(client: Client) -> None:
    company, people = await seated(client, 2, 4)
    other, strangers = await seated(client, 0, 1)
    team = await create_team(company, "Core", people[:1])
    foreign = await create_team(other, "Theirs", [])
    change = {
        "subscribe": [*by_id(people[:1]), *by_id([unknown("Member")]), {"teamId": company.id}],
        "unsubscribe": by_id(people[3:4]),
        "joinTeams": [
            {"teamId": team, "memberId": people[0]},
            {"teamId": foreign, "memberId": people[0]},
            {"teamId": team, "memberId": strangers[0]},
            {"teamId": "?", "memberId": people[0]},
        ],
        "leaveTeams": [{"teamId": team, "memberId": people[3]}],
        "moveMembers": [{"memberId": strangers[0]}, {"memberId": people[1], "departmentId": unknown("Department")}],
        "deactivateMemberIds": [*strangers, people[2], people[2]],
        "seatWaitingMemberIds": people[:1],
        "seatCap": -1,
        "budget": "0.001",
    }
    before = await contents()
    problems = await refuse(company, change)

    assert sorted(problems) == sorted(
        [
            ("ALREADY_SUBSCRIBED", ["change", "subscribe", "0"]),
            ("NOT_FOUND", ["change", "subscribe", "1"]),
            ("INVALID_INPUT", ["change", "subscribe", "2"]),
            ("NOT_SUBSCRIBED", ["change", "unsubscribe", "0"]),
            ("ALREADY_EXISTS", ["change", "joinTeams", "0"]),
            ("NOT_FOUND", ["change", "joinTeams", "1"]),
            ("NOT_FOUND", ["change", "joinTeams", "2"]),
            ("INVALID_INPUT", ["change", "joinTeams", "3", "teamId"]),
            ("NOT_FOUND", ["change", "leaveTeams", "0"]),
            ("NOT_FOUND", ["change", "moveMembers", "0"]),
            ("NOT_FOUND", ["change", "moveMembers", "1"]),
            ("NOT_FOUND", ["change", "deactivateMemberIds", "0"]),
            ("INVALID_INPUT", ["change", "deactivateMemberIds", "2"]),
            ("INVALID_INPUT", ["change", "seatWaitingMemberIds", "0"]),
            ("INVALID_INPUT", ["change", "seatCap"]),
            ("INVALID_INPUT", ["change", "budget"]),
        ]
    )
    assert await contents() == before


async def test_a_change_of_nothing_is_none(client: Client) -> None:
    company, _ = await seated(client, 0, 1)
    assert await refuse(company, {}) == [("INVALID_INPUT", ["change"])]
    failure: Failure = await client.fail(
        ASK % "peak { seats } impact { peakAfter }", id=company.id, change={"subscribe": [{"everyone": False}]}
    )
    assert (failure.code, failure.data["organization"]["invoicePreview"]["peak"]) == ("INVALID_INPUT", {"seats": 0})


async def test_without_a_change_there_is_no_impact(client: Client) -> None:
    company, _ = await seated(client, 0, 1)
    assert await company.preview("impact { peakAfter }") == {"impact": None}


async def test_an_impact_is_the_same_alone_and_beside_the_preview(client: Client) -> None:
    """Alone, the preview is not computed."""
    company, people = await seated(client, 5, 7)
    asked = {"id": company.id, "change": {"subscribe": [{"memberId": people[5]}]}}

    async def ask(selections: str, fragments: str = "") -> Any:
        return (await client.ask(ASK % selections + fragments, **asked))["organization"]["invoicePreview"]

    impact = "impact { peakAfter totalAfter { amount } newlySeatedCount }"
    alone = await ask(impact)
    assert alone == {"impact": {"peakAfter": 6, "totalAfter": {"amount": "1548.00"}, "newlySeatedCount": 1}}
    assert await ask(f"__typename kept: {impact}") == {"__typename": "InvoicePreview", "kept": alone["impact"]}
    assert await ask("...It", f" fragment It on InvoicePreview {{ {impact} }}") == alone
    beside = await ask("...It", f" fragment It on InvoicePreview {{ {impact} ... on InvoicePreview {{ seatsNow }} }}")
    assert beside == alone | {"seatsNow": 5}
    assert await ask(f"seatsNow @skip(if: true) {impact}") == alone
    lists = await ask("impact { peakAfter ...Who }", " fragment Who on ChangeImpact { them: newlySeated { id } }")
    assert lists == {"impact": {"peakAfter": 6, "them": [{"id": people[5]}]}}


async def test_an_impact_beside_a_month_that_there_is_not_is_none_either(client: Client) -> None:
    company, people = await seated(client, 5, 7)
    query = """
        query($id: ID!, $change: ChangeInput) { organization(id: $id) {
            invoicePreview(month: "2019-01", change: $change) { impact { peakAfter } }
        } }
    """
    failure = await client.fail(query, id=company.id, change={"subscribe": [{"memberId": people[5]}]})
    assert (failure.code, failure.data["organization"]["invoicePreview"]) == ("NOT_FOUND", None)


@pytest.mark.parametrize(
    ("role", "part", "is_allowed"),
    [
        ("ADMIN", "subscribe", True),
        ("ADMIN", "deactivateMemberIds", True),
        ("ADMIN", "seatCap", False),
        ("OWNER", "seatCap", True),
        ("BILLING_MANAGER", "subscribe", False),
        ("BILLING_MANAGER", "deactivateMemberIds", False),
        ("MEMBER", "subscribe", False),
    ],
)
async def test_a_what_if_needs_what_the_change_needs(client: Client, role: str, part: str, is_allowed: bool) -> None:
    company, people = await seated(client, 0, 2)
    await client.change("memberUpdate", "member { id }", memberId=people[0], role=role)
    someone = await client.as_member(people[0])
    changes: dict[str, Any] = {
        "subscribe": by_id(people[1:]),
        "deactivateMemberIds": people[1:],
        "seatCap": 5,
    }
    body = await someone.post(ASK % "impact { peakAfter }", id=company.id, change={part: changes[part]})

    assert [error["extensions"]["code"] for error in body.get("errors", [])] == ([] if is_allowed else ["FORBIDDEN"])


async def test_nobody_asks_about_someone_above_them(client: Client) -> None:
    company, people = await seated(client, 0, 2)
    await client.change("memberUpdate", "member { id }", memberId=people[0], role="ADMIN")
    await client.change("memberUpdate", "member { id }", memberId=people[1], role="OWNER")
    admin = await client.as_member(people[0])

    assert await refuse(company, {"deactivateMemberIds": people[1:]}, admin) == [
        ("FORBIDDEN", ["change", "deactivateMemberIds", "0"])
    ]


async def test_several_in_one_operation_take_turns(client: Client) -> None:
    company, people = await seated(client, 5, 25)
    asked = " ".join(
        f'a{number}: invoicePreview(change: {{subscribe: [{{memberId: "{people[4 + number]}"}}]}}) '
        "{ impact { totalAfter { amount } } }"
        for number in range(1, 20)
    )
    answers = await company.read(asked)

    assert {one["impact"]["totalAfter"]["amount"] for one in answers.values()} == {"1548.00"}


async def test_the_preview_says_how_far_the_cliff_and_each_limit_are(client: Client) -> None:
    company, people = await seated(client, 3, 9, now="2021-01-05T09:10:00+03:00")
    limits = {"organizationId": company.id, "seatCap": 8, "budget": "1806"}
    await client.change("organizationUpdate", "organization { id }", **limits)
    wanted = """
        cliff { month seats amount { amount } } inGrace undoable
        limits { code seats limit budget { amount } left { amount } }
    """
    preview = await company.preview(wanted)

    assert preview["cliff"] == {"month": "2021-01", "seats": 3, "amount": {"amount": "1548.00"}}
    assert (preview["inGrace"], preview["undoable"]) == (3, 3)
    in_seats = {"budget": None, "left": None}
    assert preview["limits"] == [
        {"code": "SEAT_LIMIT_REACHED", "seats": 5, "limit": 8, **in_seats},
        # 7 seats cost 1 806
        {
            "code": "BUDGET_REACHED",
            "seats": 4,
            "limit": None,
            "budget": {"amount": "1806.00"},
            "left": {"amount": "1806.00"},
        },
        {"code": "CONTRACT_REQUIRED", "seats": 497, "limit": 500, **in_seats},
    ]
    await company.subscribe(people[3:6])
    preview = await company.preview(wanted)
    assert (preview["cliff"], preview["limits"][1]["left"]) == (None, {"amount": "258.00"})


async def test_a_promo_code_is_priced_before_it_is_redeemed(client: Client) -> None:
    company, people = await seated(client, 10, 12)
    code = f"spring-{company.slug[-12:]}"
    await client.change("promoCodeCreate", "promoCode { id }", code=code, percent="25", periods=1)
    wanted = f"{MONEY} {WARNINGS}"

    impact = await what_if(company, {"promoCode": code, "subscribe": by_id(people[10:])}, wanted)
    assert amounts(impact) == ("2580.00", "2322.00", "-258.00", 10, 12, "2580.00", "3096.00")  # 12 × 258 × 75 %
    impact = await what_if(company, {"promoCode": code}, wanted)
    assert amounts(impact) == ("2580.00", "1935.00", "-645.00", 10, 10, "2580.00", "2580.00")
    assert told(impact) == []
    await client.change("promoCodeRedeem", "organization { id }", organizationId=company.id, code=code)
    assert await company.preview("total { amount } nextMonth { amount }") == {
        "total": {"amount": "1935.00"},
        "nextMonth": {"amount": "2580.00"},
    }
    assert await refuse(company, {"promoCode": code}) == [("PROMO_CODE_USED", ["change", "promoCode"])]
    assert await refuse(company, {"promoCode": "none", "seatCap": -1}) == [
        ("INVALID_INPUT", ["change", "seatCap"]),
        ("PROMO_CODE_INVALID", ["change", "promoCode"]),
    ]


async def test_a_promo_code_that_takes_nothing_off_is_said_to(client: Client) -> None:
    company, _ = await seated(client, 4, 4)
    code = f"autumn-{company.slug[-12:]}"
    await client.change("promoCodeCreate", "promoCode { id }", code=code, percent="25", periods=1)
    impact = await what_if(company, {"promoCode": code}, WARNINGS)

    assert impact["warnings"] == [
        {
            "code": "PROMO_NOT_WORTH",
            "message": "The promo code takes nothing off 2021-01 nor 2021-02.",
            "amount": None,
        }
    ]


async def test_a_billing_manager_asks_about_promo_codes_and_an_admin_does_not(client: Client) -> None:
    company, people = await seated(client, 0, 2)
    for member, role in zip(people, ("BILLING_MANAGER", "ADMIN"), strict=True):
        await client.change("memberUpdate", "member { id }", memberId=member, role=role)
    manager, admin = [await client.as_member(one) for one in people]

    assert await refuse(company, {"promoCode": "none"}, manager) == [("PROMO_CODE_INVALID", ["change", "promoCode"])]
    assert await refuse(company, {"promoCode": "none"}, admin) == [("FORBIDDEN", [])]


async def test_a_roster_says_the_same_of_itself_before_it_is_applied_and_after(client: Client) -> None:
    company, people = await seated(client, 0, 6)
    team = await create_team(company, "Core", people[:5])
    await company.change_seats(subscribe=[{"teamId": team}])
    emails = [f"p{number:04}@{company.slug}.example" for number in range(1, 7)]
    roster = [{"email": one, "name": "Somebody", "teams": ["Core"]} for one in emails[1:]]
    roster.append({"email": "new@people.example", "name": "Zoe", "teams": ["Core"], "department": "New"})
    wanted = f"""
        appliedAt impact {{ {MONEY} {WARNINGS} losingSeat {{ email }} refusals {{ code }} invited
        newlySeatedCount newlySeated {{ email status department {{ name }} access }} }}
    """
    given = {"organizationId": company.id, "members": roster}
    before = await contents()
    dry = await client.change("directoryApply", wanted, dryRun=True, **given)
    assert await contents() == before
    done = await client.change("directoryApply", wanted, **given)

    assert (dry["appliedAt"], done["appliedAt"] is None) == (None, False)
    impact = dry["impact"]
    assert amounts(impact) == ("0.00", "1548.00", "1548.00", 5, 6, "0.00", "1548.00")
    assert ("FREE_THRESHOLD_CROSSED", "1548.00") in told(impact)
    assert impact["newlySeatedCount"] == 2
    assert impact["newlySeated"][1] == {
        "email": "new@people.example",
        "status": "ACTIVE",
        "department": None,
        "access": "READ_ONLY",  # as it stands: they are not there yet
    }
    after = done["impact"]
    assert after["newlySeated"][1]["access"] == "FULL"
    assert {**impact, "newlySeated": None} == {**after, "newlySeated": None}

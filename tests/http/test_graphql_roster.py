"""`directoryApply` over HTTP: the differences and their price, then the same applied."""

from typing import Any

from tests.client import Client, Company, start, unknown

NOW = "2021-01-05T09:00:00+03:00"
DIFFERENCES = """
    appliedAt organization { id members { totalCount } }
    differences {
        added { count nodes { place before { email } after { email login externalId name role status department teams
                                                             member { email } } } }
        admitted { count } returned { count }
        deactivated { count nodes { place before { status } after { email status member { status } } } }
        renamed { count nodes { place before { name } after { name } } }
        roleChanged { count nodes { before { role } after { role } } }
        moved { count nodes { before { department } after { department } } }
        joinedTeams { count nodes { before { teams } after { teams } } } leftTeams { count }
        kept { count nodes { email role } }
        newDepartments { count names } newTeams { count names }
        newlySeated { count } losingSeat { count nodes { email } } wouldWait { count }
    }
"""
PRICE = """
    price {
        month totalBefore { amount currency } totalAfter { amount } ifNothingChangesBefore { amount }
        ifNothingChangesAfter { amount } peakBefore peakAfter seatsBefore seatsAfter
    }
"""


def person(name: str, **other: Any) -> dict[str, Any]:
    return {"email": f"{name}@romashka.example", "name": name.title(), **other}


async def apply(company: Company, *members: dict[str, Any], wanted: str = DIFFERENCES, **other: Any) -> Any:
    given = {"organizationId": company.id, "members": members, **other}
    return await company.client.change("directoryApply", wanted, **given)


FIRST = (
    person("ann", login="ann", externalId="1", role="ADMIN", department="Продажи/Север", teams=["Core", "Web"]),
    person("bob"),
)


async def test_a_dry_run_shows_the_differences_and_changes_nothing(client: Client) -> None:
    company = await start(client, NOW)
    dry = await apply(company, *FIRST, dryRun=True)

    ann, bob = (one["after"] for one in dry["differences"]["added"]["nodes"])
    assert ann == {
        "email": "ann@romashka.example",
        "login": "ann",
        "externalId": "1",
        "name": "Ann",
        "role": "ADMIN",
        "status": "ACTIVE",
        "department": "Продажи/Север",
        "teams": ["Core", "Web"],
        "member": None,
    }
    assert (bob["role"], bob["department"], bob["teams"]) == ("MEMBER", None, [])
    assert dry["differences"]["newDepartments"] == {"count": 2, "names": ["Продажи", "Продажи/Север"]}
    assert dry["differences"]["newTeams"] == {"count": 2, "names": ["Core", "Web"]}
    assert [one["role"] for one in dry["differences"]["kept"]["nodes"]] == ["OWNER"]
    assert (dry["appliedAt"], dry["organization"]["members"]["totalCount"]) == (None, 1)


async def test_a_roster_is_applied_at_one_instant_and_shows_the_same(client: Client) -> None:
    company = await start(client, NOW)
    done = await apply(company, *FIRST)

    added = done["differences"]["added"]
    assert [(one["place"], one["before"], one["after"]["member"]) for one in added["nodes"]] == [
        (0, None, {"email": "ann@romashka.example"}),
        (1, None, {"email": "bob@romashka.example"}),
    ]
    assert (done["appliedAt"], done["organization"]["members"]["totalCount"]) == ("2021-01-05T06:00:00.000002Z", 3)

    again = await apply(company, *FIRST)
    assert again["appliedAt"] is None
    counts = {kind: one["count"] for kind, one in again["differences"].items()}
    assert {kind for kind, count in counts.items() if count} == {"kept"}


async def test_everything_that_changes_about_people_is_shown(client: Client) -> None:
    company = await start(client, NOW)
    await apply(company, *FIRST)
    changed = person("ann", department="Продажи", teams=["web", "Ops"], role="MEMBER") | {"name": "Anna"}
    found = (await apply(company, changed))["differences"]

    assert found["deactivated"]["nodes"] == [
        {
            "place": None,
            "before": {"status": "ACTIVE"},
            "after": {"email": "bob@romashka.example", "status": "DEACTIVATED", "member": {"status": "DEACTIVATED"}},
        }
    ]
    assert found["renamed"]["nodes"] == [{"place": 0, "before": {"name": "Ann"}, "after": {"name": "Anna"}}]
    assert found["roleChanged"]["nodes"] == [{"before": {"role": "ADMIN"}, "after": {"role": "MEMBER"}}]
    assert found["moved"]["nodes"] == [{"before": {"department": "Продажи/Север"}, "after": {"department": "Продажи"}}]
    assert found["joinedTeams"]["nodes"] == [{"before": {"teams": ["Core", "Web"]}, "after": {"teams": ["Ops", "Web"]}}]
    assert (found["leftTeams"]["count"], found["newTeams"]["names"]) == (1, ["Ops"])


async def test_the_month_s_money_is_shown_before_and_after(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00+03:00")
    members = [person(f"p{number}") for number in range(7)]
    added = (await apply(company, *members))["differences"]["added"]["nodes"]
    await company.advance("2021-01-05T09:00:00+03:00")
    await company.change_seats(subscribe=[{"email": one["after"]["email"]} for one in added])
    await company.advance("2021-01-06T09:00:00+03:00")
    done = await apply(company, *members[:6], wanted=PRICE, dryRun=True, expectedTotal="1806.00")

    assert done["price"]["month"] == "2021-01"
    assert done["price"]["totalBefore"] == {"amount": "1806.00", "currency": "RUB"}
    assert done["price"]["totalAfter"] == {"amount": "1806.00"}
    assert (done["price"]["peakBefore"], done["price"]["peakAfter"]) == (7, 7)

    refusal = await client.refuse(
        "directoryApply", organizationId=company.id, members=members[:6], expectedTotal="1548.00"
    )
    assert (refusal.code, refusal.problems[0].path) == ("PREVIEW_STALE", ["input", "expectedTotal"])


async def test_every_refused_line_is_a_problem_with_its_place(client: Client) -> None:
    company = await start(client, NOW)
    await apply(company, *FIRST)
    members = [
        person("ann", login="-"),
        person("bob", departmentId=unknown("Department")),
        {"email": "no address", "name": ""},
        person("ANN"),
        person("new", department="a//b", teams=[" "]),
    ]
    refusal = await client.refuse("directoryApply", organizationId=company.id, members=members, dryRun=True)

    assert refusal.code == "INVALID_INPUT"
    assert [(one.code, one.path[2:]) for one in refusal.problems] == [
        ("INVALID_INPUT", ["0", "login"]),
        ("NOT_FOUND", ["1", "departmentId"]),
        ("INVALID_INPUT", ["2", "email"]),
        ("INVALID_INPUT", ["2", "name"]),
        ("INVALID_INPUT", ["3", "email"]),
        ("INVALID_INPUT", ["4", "department"]),
        ("INVALID_INPUT", ["4", "teams"]),
    ]


async def test_an_id_that_is_no_department_s_is_refused_with_its_place(client: Client) -> None:
    company = await start(client, NOW)
    members = [person("ann"), person("bob", departmentId=company.id)]
    refusal = await client.refuse("directoryApply", organizationId=company.id, members=members)
    assert [one.path for one in refusal.problems] == [["input", "members", "1", "departmentId"]]


async def test_an_admin_applies_a_roster_and_cannot_touch_those_above(client: Client) -> None:
    company = await start(client, NOW)
    added = (await apply(company, *FIRST, wanted="differences { added { nodes { after { member { id } } } } }"))[
        "differences"
    ]["added"]["nodes"]
    admin = await client.as_member(added[0]["after"]["member"]["id"])
    done = await admin.change(
        "directoryApply",
        f"differences {{ deactivated {{ count }} kept {{ nodes {{ name }} }} }} {PRICE}",
        organizationId=company.id,
        members=[person("new")],
    )
    assert done["differences"]["deactivated"]["count"] == 1
    assert [one["name"] for one in done["differences"]["kept"]["nodes"]] == ["Ann", "Olga Owner"]
    assert done["price"]["totalAfter"] == {"amount": "0.00"}

    refusal = await admin.refuse("directoryApply", organizationId=company.id, members=[person("new", role="OWNER")])
    assert (refusal.code, refusal.problems[0].path) == ("FORBIDDEN", ["input", "members", "0", "role"])


async def test_members_cannot_apply_a_roster_and_nobody_to_another_s_organization(client: Client) -> None:
    company, other = await start(client, NOW), await start(client, NOW)
    (bob,) = await company.invite(1)
    colleague = await client.as_member(bob)
    given = [person("ann")]
    assert (await colleague.refuse("directoryApply", organizationId=company.id, members=given)).code == "FORBIDDEN"
    assert (await colleague.refuse("directoryApply", organizationId=other.id, members=given)).code == "NOT_FOUND"
    assert (
        await client.refuse("directoryApply", organizationId=unknown("Organization"), members=given)
    ).code == "NOT_FOUND"

"""Rosters over a real database: brought in line at one instant, or nothing; a dry run is the same taken back."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

import orjson
import pytest

from app import db
from app.directory.queries import find_members
from app.domain.actor import Actor, Permission, Role
from app.domain.errors import ErrorCode
from app.domain.roles import member
from app.domain.roster import RosterLine
from app.identity.sessions import create_session
from app.memberships.invitations import invite_members
from app.memberships.invitees import Invitee
from app.memberships.members import erase_member
from app.memberships.roster import Roster, RosterReport, apply_roster
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, count_of, found_at, refused, snapshot, someone_in

pytestmark = pytest.mark.usefixtures("clean_database")

OWNER = "owner@romashka.example"


def line(place: int, email: str, name: str = "A Person", **other: Any) -> RosterLine:
    return RosterLine(("input", "members", str(place)), email, name, **other)


async def apply(
    company: Company, *people: dict[str, Any], actor: Actor = OPERATOR, dry: bool = False, most: int | None = 1000
) -> RosterReport:
    lines = [line(place, **one) for place, one in enumerate(people)]
    return await apply_roster(actor, company.id, Roster(lines, dry, most, None), POLICIES)


def person(email: str, **other: Any) -> dict[str, Any]:
    return {"email": f"{email}@x.example", **other}


async def directory(company: Company) -> list[tuple[Any, ...]]:
    """Everyone but the owner: address, name, login, role, status, department, teams."""
    rows = await db.fetch(
        """
        SELECT split_part(email, '@', 1) AS who, member.name, login, role, status, department.name AS department,
               array(SELECT team.name FROM team_memberships AS membership JOIN teams AS team ON team.id = team_id
                     WHERE member_id = member.id ORDER BY 1) AS teams
        FROM members AS member LEFT JOIN departments AS department ON department.id = department_id
        WHERE member.organization_id = $1 AND role <> 'OWNER' ORDER BY email
        """,
        company.id,
    )
    return [tuple(row.values()) for row in rows]


async def departments(company: Company) -> dict[str, str | None]:
    rows = await db.fetch(
        """
        SELECT child.name, parent.name AS parent FROM departments AS child
        LEFT JOIN departments AS parent ON parent.id = child.parent_id
        WHERE child.organization_id = $1 ORDER BY child.name
        """,
        company.id,
    )
    return {row["name"]: row["parent"] for row in rows}


FIRST = (
    person("ann", name="Ann", login="ann", role=Role.ADMIN, department="Sales/North", teams=("Core", "Web")),
    person("bob", name="Bob", login="bob", department="Sales"),
    person("eve", name="Eve", teams=("Core",)),
)


async def test_a_roster_makes_people_departments_and_teams_at_one_instant() -> None:
    company = await found_at(NOVEMBER)
    report = await apply(company, *FIRST)

    assert await directory(company) == [
        ("ann", "Ann", "ann", "ADMIN", "ACTIVE", "North", ["Core", "Web"]),
        ("bob", "Bob", "bob", "MEMBER", "ACTIVE", "Sales", []),
        ("eve", "Eve", None, "MEMBER", "ACTIVE", None, ["Core"]),
    ]
    assert await departments(company) == {"North": "Sales", "Sales": None}
    instants = await db.fetch(
        """
        SELECT created_at AS at FROM members WHERE organization_id = $1 AND role <> 'OWNER'
        UNION SELECT created_at FROM departments UNION SELECT created_at FROM teams
        UNION SELECT joined_at FROM team_memberships
        """,
        company.id,
    )
    assert [row["at"] for row in instants] == [report.applied_at]


async def test_the_same_roster_twice_changes_nothing_the_second_time() -> None:
    company = await found_at(NOVEMBER)
    await apply(company, *FIRST)
    before = await snapshot()
    report = await apply(company, *FIRST)

    assert (report.applied_at, report.differences) == (None, ())
    assert await snapshot() == before


async def test_people_are_brought_in_line_and_those_missing_are_deactivated() -> None:
    company = await found_at(NOVEMBER)
    first = await apply(company, *FIRST)
    second = (
        person("ANN", name="Anna", login="anna", role=Role.MEMBER, department="sales", teams=("web", "Ops")),
        person("robert", name="Bob", login="BOB", department="Support"),
    )
    report = await apply(company, *second)

    assert await directory(company) == [
        ("ann", "Anna", "anna", "MEMBER", "ACTIVE", "Sales", ["Ops", "Web"]),
        ("eve", "Eve", None, "MEMBER", "DEACTIVATED", None, ["Core"]),
        ("robert", "Bob", "bob", "MEMBER", "ACTIVE", "Support", []),
    ]
    assert {one.after.id for one in report.differences} == {one.after.id for one in first.differences}
    assert [one.after.name for one in report.differences if one.is_deactivated] == ["Eve"]

    back = await apply(company, *second, person("eve", name="Eve"))
    assert [one.is_returned for one in back.differences] == [True]
    assert (await directory(company))[1] == ("eve", "Eve", None, "MEMBER", "ACTIVE", None, ["Core"])


async def test_logins_can_go_round_in_a_circle() -> None:
    company = await found_at(NOVEMBER)
    await apply(company, person("a", login="x"), person("b", login="y"), person("c", login="z"))
    await apply(company, person("a", login="y"), person("b", login="z"), person("c", login="x"))
    assert [one[2] for one in await directory(company)] == ["y", "z", "x"]


async def test_who_has_an_external_id_can_change_all_else() -> None:
    company = await found_at(NOVEMBER)
    first = await apply(
        company, person("a", external_id="1"), person("b", external_id="2"), person("c", external_id="3")
    )
    report = await apply(
        company, person("b", external_id="1"), person("c", external_id="2"), person("a", external_id="3")
    )

    assert [one.after.id for one in report.differences] == [one.after.id for one in first.differences]
    rows = await db.fetch("SELECT email, external_id FROM members WHERE external_id IS NOT NULL ORDER BY external_id")
    assert [row["email"][0] for row in rows] == ["b", "c", "a"]


async def test_names_of_groups_are_compared_as_the_database_compares_them() -> None:
    company = await found_at(NOVEMBER)
    await apply(company, person("a", department="Продажи/Юг", teams=("Ядро", "İstanbul", "ΟΔΟΣ")))
    same = person("a", department="ПРОДАЖИ/юг", teams=("ядро", "İSTANBUL", "ΟΔΟΣ"))
    assert (await apply(company, same)).differences == ()


async def test_a_deleted_group_is_made_anew() -> None:
    company = await found_at(NOVEMBER)
    await apply(company, person("a", department="Sales", teams=("Core",)))
    await apply(company, person("a", department="", teams=()))
    await db.fetch("UPDATE departments SET deleted_at = now()")
    await db.fetch("UPDATE teams SET deleted_at = now()")
    report = await apply(company, person("a", department="sales", teams=("core",)))

    assert (report.new_departments, report.new_teams) == ((("sales",),), ("core",))
    assert await directory(company) == [("a", "A Person", None, "MEMBER", "ACTIVE", "sales", ["core"])]


async def test_an_invited_person_in_the_roster_takes_part_and_their_invitation_ends() -> None:
    company = await found_at(NOVEMBER)
    ina = Invitee("i@x.example", "Ina", None, Role.MEMBER, False)
    (invited,) = (await invite_members(OPERATOR, company.id, [ina], POLICIES)).member_ids
    assert (await apply(company, person("other"))).differences[0].is_added  # the invited stay invited
    report = await apply(company, person("other"), person("i", name="Ina"))

    assert [(one.after.id, one.is_admitted) for one in report.differences] == [(invited, True)]
    assert await db.count("SELECT 1 FROM invitations WHERE revoked_at = $1", report.applied_at) == 1


async def test_whoever_is_deactivated_is_signed_out() -> None:
    company = await found_at(NOVEMBER)
    report = await apply(company, *FIRST)
    for one in report.differences:
        await create_session(OPERATOR, one.after.id)
    await apply(company, *FIRST[:2])
    assert await count_of("sessions", company.id) == 2


async def test_whoever_is_erased_has_no_external_id_any_more_and_their_address_is_someone_new_s() -> None:
    company = await found_at(NOVEMBER)
    (first,) = (await apply(company, person("a", external_id="1"))).differences
    await erase_member(OPERATOR, first.after.id, POLICIES)
    assert [one.external_id for one in await find_members([first.after.id])] == [None]
    (again,) = (await apply(company, person("a", external_id="1"))).differences
    assert again.is_added


async def test_a_dry_run_reports_what_the_run_does_and_changes_nothing() -> None:
    company = await found_at(NOVEMBER)
    await apply(company, *FIRST)
    second = (person("bob", name="Bobby", department="Labs", teams=("Core",)), person("new", name="Nina"))
    before = await snapshot()
    dry = await apply(company, *second, dry=True)

    assert await snapshot() == before
    assert dry.applied_at is None
    real = await apply(company, *second)
    assert real.applied_at is not None
    assert [shown(one) for one in (dry, real)] == [shown(real)] * 2


def shown(report: RosterReport) -> tuple[Any, ...]:
    """Everything but the instant."""
    return report.differences, report.kept, report.new_departments, report.new_teams, report.impact


async def test_one_event_tells_the_whole_and_others_who_by_ids() -> None:
    company = await found_at(NOVEMBER)
    await apply(company, *FIRST)
    await apply(company, FIRST[0] | {"role": Role.MEMBER}, FIRST[1], person("new", teams=("Ops",)))

    events = await db.fetch(
        "SELECT type, payload FROM events WHERE type IN ('directory.applied', 'members.changed') ORDER BY sequence"
    )
    assert [row["type"] for row in events] == ["directory.applied", "members.changed"] * 2
    whole, changed = (orjson.loads(row["payload"]) for row in events[2:])
    teams = await db.fetch("SELECT id FROM teams WHERE name = 'Ops'")
    assert whole == {
        "added": 1, "admitted": 0, "returned": 0, "deactivated": 1, "renamed": 0, "roleChanged": 1, "moved": 0,
        "joined": 1, "left": 0, "departmentIds": [], "teamIds": [str(teams[0]["id"])],
    }  # fmt: skip
    assert [(one["role"], one["status"], len(one["teamIds"])) for one in changed["members"]] == [
        ("MEMBER", "ACTIVE", 2), ("MEMBER", "ACTIVE", 1), ("MEMBER", "DEACTIVATED", 1),
    ]  # fmt: skip
    audit = await db.fetch("SELECT before FROM audit_entries WHERE action = 'members.changed' ORDER BY sequence")
    before = orjson.loads(audit[-1]["before"])["members"]
    assert [(one["role"], one["status"]) for one in before] == [("ADMIN", "ACTIVE"), ("MEMBER", "ACTIVE")]
    everything = str([row["payload"] for row in await db.fetch("SELECT payload::text FROM events")])
    assert "x.example" not in everything


async def test_every_line_refused_is_reported_and_nothing_is_changed() -> None:
    company = await found_at(NOVEMBER)
    await apply(company, *FIRST)
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await apply(
            company,
            person("ann", name=" "),
            person("bob", login="ann"),
            person("new", department="A//B"),
            {"email": "bad", "teams": ("a\x00b",)},
        )
    assert [(one.code, one.path[2:]) for one in refusal.value.problems] == [
        (ErrorCode.INVALID_INPUT, ("0", "name")),
        (ErrorCode.ALREADY_EXISTS, ("1", "login")),
        (ErrorCode.INVALID_INPUT, ("2", "department")),
        (ErrorCode.INVALID_INPUT, ("3", "email")),
        (ErrorCode.INVALID_INPUT, ("3", "teams")),
    ]


@pytest.mark.parametrize("count", [0, 20_001])
async def test_an_empty_roster_or_one_too_long_is_refused(count: int) -> None:
    company = await found_at(NOVEMBER)
    async with refused(ErrorCode.INVALID_INPUT):
        await apply(company, *[person(f"p{number}") for number in range(count)])


@pytest.mark.parametrize("dry", [False, True])
async def test_more_than_a_fifth_are_deactivated_only_when_allowed(*, dry: bool) -> None:
    company = await found_at(NOVEMBER)
    people = [person(f"p{number}") for number in range(20)]
    await apply(company, *people)
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await apply(company, *people[6:], dry=dry, most=None)
    assert [one.path for one in refusal.value.problems] == [("input", "maxDeactivations")]
    assert len((await apply(company, *people[6:], most=6)).differences) == 6


async def test_the_total_expected_holds_or_nothing_is_changed() -> None:
    company = await found_at(NOVEMBER)
    lines = [line(0, "new@x.example")]
    async with refused(ErrorCode.PREVIEW_STALE) as refusal:
        await apply_roster(OPERATOR, company.id, Roster(lines, False, None, Decimal("1548.00")), POLICIES)
    assert [one.path for one in refusal.value.problems] == [("input", "expectedTotal")]


async def test_adding_people_needs_the_right_to_provision_and_all_else_that_to_manage() -> None:
    company = await found_at(NOVEMBER)
    await apply(company, person("ann"))
    manager = someone_in([company.id], [Permission.MEMBER_MANAGE, Permission.MEMBER_VIEW])
    async with refused(ErrorCode.FORBIDDEN):
        await apply(company, person("ann"), person("bob"), actor=manager)
    viewer = member(uuid4(), company.id, Role.BILLING_MANAGER, "r")
    async with refused(ErrorCode.FORBIDDEN):
        await apply(company, person("ann", department="Sales"), actor=viewer)
    async with refused(ErrorCode.NOT_FOUND):
        await apply(company, person("ann"), actor=member(uuid4(), uuid4(), Role.OWNER, "r"))


async def test_an_admin_keeps_themselves_and_never_rises() -> None:
    company = await found_at(NOVEMBER)
    await apply(company, *FIRST)
    (ann,) = await db.fetch("SELECT id FROM members WHERE login = 'ann'")
    admin = member(ann["id"], company.id, Role.ADMIN, "r")
    async with refused(ErrorCode.FORBIDDEN) as refusal:
        await apply(company, person("ann", role=Role.OWNER), {"email": OWNER, "login": "boss"}, actor=admin)
    assert [one.path for one in refusal.value.problems] == [
        ("input", "members", "0", "role"),
        ("input", "members", "1"),
    ]
    report = await apply(company, person("bob", name="Bob"), actor=admin)
    assert [one.email.split("@")[0] for one in report.kept] == ["ann", "owner"]
    assert [one.after.email for one in report.differences] == ["eve@x.example"]


async def test_another_organization_s_people_and_groups_are_left_alone() -> None:
    one, other = await found_at(NOVEMBER), await found_at(NOVEMBER)
    for company in (one, other):
        await apply(company, *FIRST)
    before = await directory(other)
    (theirs,) = await db.fetch("SELECT id FROM departments WHERE organization_id = $1 AND name = 'North'", other.id)
    await apply(one, person("ann"), person("bob", login="anna"))
    assert await directory(other) == before
    async with refused(ErrorCode.NOT_FOUND):
        await apply(one, person("ann", department_id=theirs["id"]))


async def test_the_number_of_statements_does_not_depend_on_the_number_of_people() -> None:
    counts = []
    for many in (3, 700):
        company = await found_at(NOVEMBER)
        counts.append([await statements(company, roster) for roster in rosters(many)])
        assert await count_of("members", company.id) == 1 + many + many
    assert counts[0] == counts[1]


def rosters(many: int) -> list[Sequence[dict[str, Any]]]:
    """To found, to change everyone and replace as many, and for nothing."""

    def people(login: str, department: str, *teams: str, **other: Any) -> list[dict[str, Any]]:
        return [
            person(
                f"{login}{one}",
                login=f"{login}{one}",
                department=department.format(one % 3),
                teams=tuple(team.format(one % 3) for team in teams),
                **other,
            )
            for one in range(many)
        ]

    first, second = people("p", "A/B", "T", "T{}"), people("q", "D{}", "T{}", "New")
    third = people("q", "A", "T", name="B")
    return [first, second, third, third]


async def statements(company: Company, people: Sequence[dict[str, Any]]) -> int:
    with db.counted_statements() as counted:
        await apply(company, *people)
    return len(counted)

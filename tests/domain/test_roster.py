"""A roster against a directory: what it changes, what it leaves, what it refuses (R2.3, R3.10)."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.access import MemberStatus
from app.domain.actor import Actor, Role, operator
from app.domain.errors import ErrorCode, Problem
from app.domain.roles import member
from app.domain.roster import Difference, Directory, Person, RosterLine, RosterPlan
from app.domain.roster_plan import group_names, in_order, plan_roster
from tests.domain.strategies import thorough

HERE = UUID(int=9)
HR = operator("hr", "request")
SALES, NORTH = ("sales",), ("sales", "north")


def someone(number: int, name: str, **other: object) -> Person:
    person = Person(UUID(int=number), f"{name}@x.example", name, name.title(), Role.MEMBER, MemberStatus.ACTIVE)
    return replace(person, **other)  # type: ignore[arg-type]


OLGA = someone(1, "olga", role=Role.OWNER)
ANN, BOB, EVE = someone(2, "ann", department=NORTH, teams=frozenset({"core"})), someone(3, "bob"), someone(4, "eve")


def line(place: int, name: str, **other: object) -> RosterLine:
    return replace(RosterLine(("input", "members", str(place)), f"{name}@x.example", name.title()), **other)  # type: ignore[arg-type]


def plan(
    people: Sequence[Person], lines: Sequence[RosterLine], actor: Actor = HR, most: int | None = 1000
) -> RosterPlan:
    directory = Directory(people, {SALES: UUID(int=101), NORTH: UUID(int=102)}, {"core", "web"})
    return plan_roster(directory, lines, actor.standing_in(HERE), most, str.lower, 20)


def problems(found: RosterPlan) -> list[tuple[ErrorCode, tuple[str, ...]]]:
    return [(one.code, one.path) for one in found.problems]


def kinds(one: Difference) -> set[str]:
    flags = (
        "is_added", "is_admitted", "is_returned", "is_deactivated", "is_renamed", "has_another_role", "is_moved",
        "touches_seats", "changes_who_they_are",
    )  # fmt: skip
    return {flag for flag in flags if getattr(one, flag)}


def test_people_come_stay_as_they_are_and_go() -> None:
    found = plan([OLGA, ANN, BOB], [line(0, "olga"), line(1, "ann"), line(2, "new")])

    assert [(one.path, one.before, one.after) for one in found.differences] == [
        (("input", "members", "2"), None, Person(None, "new@x.example", None, "New", Role.MEMBER, MemberStatus.ACTIVE)),
        (None, BOB, replace(BOB, status=MemberStatus.DEACTIVATED)),
    ]
    assert [kinds(one) for one in found.differences] == [
        {"is_added", "touches_seats"},
        {"is_deactivated", "touches_seats", "changes_who_they_are"},
    ]
    assert (found.kept, found.problems) == ((), ())


def test_what_a_line_leaves_out_stays_as_it_is() -> None:
    assert plan([ANN], [line(0, "ann")]).is_empty
    assert plan(
        [ANN], [line(0, "ann", department="Sales/NORTH", teams=("Core", "core"), login="ANN", role=Role.MEMBER)]
    ).is_empty
    assert plan([ANN], [replace(line(0, "ann"), email=" ANN@x.Example ", name=" Ann ")]).is_empty


def test_an_address_that_is_stored_stays_although_nobody_gets_such_a_one_any_more() -> None:
    old = someone(5, "old", email="o..ld@x.example")
    lines = [replace(line(0, "old"), email="O..ld@x.example"), replace(line(1, "new"), email="n..ew@x.example")]
    assert problems(plan([old], lines)) == [(ErrorCode.INVALID_INPUT, ("input", "members", "1", "email"))]


def test_names_roles_departments_and_teams_are_brought_in_line() -> None:
    lines = [replace(line(0, "ann"), name="Anna", role=Role.ADMIN, department=" sales ", teams=("web",))]
    (one,) = plan([ANN], lines).differences

    after = replace(ANN, name="Anna", role=Role.ADMIN, department=SALES, teams=frozenset({"web"}))
    assert (one.after, one.joined, one.left) == (after, frozenset({"web"}), frozenset({"core"}))
    assert kinds(one) == {"is_renamed", "has_another_role", "is_moved", "touches_seats", "changes_who_they_are"}


def test_a_blank_department_and_no_teams_take_someone_out_of_all() -> None:
    (one,) = plan([ANN], [line(0, "ann", department=" ", teams=())]).differences
    assert (one.after.department, one.after.teams) == ((), frozenset())


def test_a_department_is_named_by_its_id_too() -> None:
    (one,) = plan([BOB], [line(0, "bob", department_id=UUID(int=102))]).differences
    assert one.after.department == NORTH
    assert problems(plan([BOB], [line(0, "bob", department_id=UUID(int=999))])) == [
        (ErrorCode.NOT_FOUND, ("input", "members", "0", "departmentId"))
    ]
    assert problems(plan([BOB], [line(0, "bob", department_id=UUID(int=102), department="Sales")])) == [
        (ErrorCode.INVALID_INPUT, ("input", "members", "0", "departmentId"))
    ]


def test_missing_departments_and_teams_are_made_once_parents_first() -> None:
    lines = [
        line(0, "ann", department="Sales/South/Sochi", teams=("Core", "Ops")),
        line(1, "bob", department="SALES/south", teams=("OPS",)),
    ]
    found = plan([ANN, BOB], lines)

    south = ("sales", "south")
    assert list(found.new_departments.items()) == [(south, "South"), ((*south, "sochi"), "Sochi")]
    assert found.new_teams == {"ops": "Ops"}
    assert [one.after.department for one in found.differences] == [(*south, "sochi"), south]


def test_someone_is_met_by_login_where_nobody_has_the_address() -> None:
    (one,) = plan([ANN], [replace(line(0, "ann"), email="married@x.example", login="ANN")]).differences
    assert one.after == replace(ANN, email="married@x.example")
    assert kinds(one) == {"is_renamed", "changes_who_they_are"}


def test_the_address_counts_before_the_login() -> None:
    swapped = [line(0, "ann", login="bob"), line(1, "bob", login="ann")]
    found = plan([ANN, BOB], swapped)
    assert [(one.before, one.after.login) for one in found.differences] == [(ANN, "bob"), (BOB, "ann")]

    passed_on = [line(0, "ann", login="anna"), line(1, "new", login="ann")]
    found = plan([ANN], passed_on)
    assert [(one.before, one.after.login) for one in found.differences] == [(ANN, "anna"), (None, "ann")]


def test_the_external_id_counts_before_everything_and_lets_all_else_change() -> None:
    ann, bob = replace(ANN, external_id="1"), replace(BOB, external_id="2")
    swapped = [
        replace(line(0, "bob", external_id="1"), name="Ann"),
        replace(line(1, "ann", external_id="2", login="zoe"), name="Bob"),
    ]
    found = plan([ann, bob], swapped)
    assert [(one.before, one.after.email, one.after.login) for one in found.differences] == [
        (ann, "bob@x.example", "ann"),
        (bob, "ann@x.example", "zoe"),
    ]
    assert problems(plan([ann, bob], [line(0, "bob", external_id="1")])) == [
        (ErrorCode.ALREADY_EXISTS, ("input", "members", "0", "email"))
    ]


def test_an_external_id_is_given_once_and_blank_leaves_it() -> None:
    ann = replace(ANN, external_id="1")
    (one,) = plan([ANN], [line(0, "ann", external_id=" 1 ")]).differences
    assert (one.after, kinds(one)) == (ann, {"is_renamed"})
    assert plan([ann], [line(0, "ann", external_id=" ")]).is_empty
    assert problems(plan([], [line(0, "ann", external_id="1"), line(1, "bob", external_id="1")])) == [
        (ErrorCode.INVALID_INPUT, ("input", "members", "1", "externalId"))
    ]


def test_a_login_that_somebody_keeps_is_not_given_to_another() -> None:
    gone = replace(EVE, status=MemberStatus.DEACTIVATED)
    path = ("input", "members", "0", "login")
    assert problems(plan([ANN, BOB], [line(0, "ann", login="BOB"), line(1, "bob")])) == [
        (ErrorCode.ALREADY_EXISTS, path)
    ]
    assert problems(plan([ANN, gone], [line(0, "ann", login="eve")])) == [(ErrorCode.ALREADY_EXISTS, path)]
    assert problems(plan([ANN, BOB], [line(0, "ann", login="bob")])) == [(ErrorCode.ALREADY_EXISTS, path)]


def test_the_deactivated_return_and_the_invited_take_part() -> None:
    gone, invited = replace(ANN, status=MemberStatus.DEACTIVATED), replace(BOB, status=MemberStatus.INVITED)
    found = plan([gone, invited], [line(0, "ann"), line(1, "bob")])
    assert [one.after for one in found.differences] == [ANN, BOB]
    assert [kinds(one) - {"touches_seats", "changes_who_they_are"} for one in found.differences] == [
        {"is_returned"},
        {"is_admitted"},
    ]


def test_robots_the_invited_owners_and_oneself_stay_without_a_line() -> None:
    robot, invited = replace(BOB, is_robot=True), replace(EVE, status=MemberStatus.INVITED)
    admin = someone(5, "adam", role=Role.ADMIN)
    payer = someone(6, "paul", role=Role.BILLING_MANAGER)
    me = member(admin.id, HERE, Role.ADMIN, "request")

    found = plan([OLGA, ANN, robot, invited, admin, payer], [line(0, "ann")], me)
    assert (found.differences, found.kept) == ((), (OLGA, admin, payer))

    found = plan([OLGA, ANN, robot, invited, admin, payer], [line(0, "ann")])
    assert ([one.before for one in found.differences], found.kept) == ([admin, payer], (OLGA,))


def test_robots_and_the_erased_are_nobody_s_line() -> None:
    robot, erased = replace(BOB, is_robot=True), replace(EVE, is_erased=True, status=MemberStatus.DEACTIVATED)
    found = plan([ANN, robot, erased], [line(0, "ann"), line(1, "bob"), line(2, "eve")])
    assert problems(found) == [
        (ErrorCode.ALREADY_EXISTS, ("input", "members", "1")),
        (ErrorCode.ALREADY_EXISTS, ("input", "members", "2")),
    ]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"name": " "}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"login": "-no-"}, "login"),
        ({"department": "Sales//North"}, "department"),
        ({"department": "/".join("x" * 21)}, "department"),
        ({"department": "x" * 201}, "department"),
        ({"teams": ("",)}, "teams"),
        ({"teams": ("x" * 201,)}, "teams"),
    ],
)
def test_a_line_that_makes_no_sense_is_a_problem_with_its_place(given: dict[str, object], field: str) -> None:
    flawed = replace(line(1, "new"), **given)  # type: ignore[arg-type]
    found = plan([ANN], [line(0, "ann"), flawed])
    assert problems(found) == [(ErrorCode.INVALID_INPUT, ("input", "members", "1", field))]


def test_everything_wrong_is_reported_at_once_in_the_order_of_the_lines() -> None:
    lines = [
        line(0, "ann", role=Role.OWNER),
        line(1, "new", login="!"),
        line(2, "ANN"),
        replace(line(3, "other", login="bob"), name=""),
        line(4, "more", login="BOB"),
    ]
    me = member(OLGA.id, HERE, Role.ADMIN, "request")
    assert problems(plan([OLGA, ANN, BOB], lines, me)) == [
        (ErrorCode.FORBIDDEN, ("input", "members", "0", "role")),
        (ErrorCode.INVALID_INPUT, ("input", "members", "1", "login")),
        (ErrorCode.INVALID_INPUT, ("input", "members", "2", "email")),
        (ErrorCode.INVALID_INPUT, ("input", "members", "3", "name")),
        (ErrorCode.INVALID_INPUT, ("input", "members", "4", "login")),
    ]


def test_nobody_makes_or_touches_a_role_above_their_own() -> None:
    me = member(UUID(int=77), HERE, Role.ADMIN, "request")
    people = [OLGA, someone(7, "otto", role=Role.OWNER), ANN]
    assert problems(
        plan(people, [line(0, "olga", role=Role.ADMIN), line(1, "ann", role=Role.BILLING_MANAGER)], me)
    ) == [
        (ErrorCode.FORBIDDEN, ("input", "members", "0")),
        (ErrorCode.FORBIDDEN, ("input", "members", "1", "role")),
    ]
    assert problems(plan(people, [line(0, "olga", login="admin"), line(1, "new", role=Role.OWNER)], me)) == [
        (ErrorCode.FORBIDDEN, ("input", "members", "0")),
        (ErrorCode.FORBIDDEN, ("input", "members", "1", "role")),
    ]
    renamed = [replace(line(0, "olga"), name="Olga O."), line(1, "ann")]
    assert problems(plan(people, renamed, me)) == [(ErrorCode.FORBIDDEN, ("input", "members", "0"))]
    moved = [line(0, "olga", department="Sales", teams=("core",), external_id="1"), line(1, "ann")]
    assert problems(plan(people, moved, me)) == []


def test_the_last_owner_stays_one() -> None:
    demoted = line(0, "olga", role=Role.ADMIN)
    assert problems(plan([OLGA, ANN], [demoted, line(1, "ann")])) == [
        (ErrorCode.LAST_OWNER, ("input", "members", "0", "role"))
    ]
    handed_over = plan([OLGA, ANN], [demoted, line(1, "ann", role=Role.OWNER)])
    assert (handed_over.problems, len(handed_over.differences)) == ((), 2)


@pytest.mark.parametrize(("active", "allowed"), [(4, 3), (15, 3), (16, 4), (100, 20), (101, 21)])
def test_a_roster_that_would_deactivate_more_than_a_fifth_is_asked_about(active: int, allowed: int) -> None:
    people = [someone(100 + number, f"p{number}") for number in range(active)]
    lines = [line(place, f"p{place}") for place in range(active)]
    assert plan(people, lines[allowed:], most=None).problems == ()
    assert problems(plan(people, lines[allowed + 1 :], most=None)) == [
        (ErrorCode.INVALID_INPUT, ("input", "maxDeactivations"))
    ]
    assert plan(people, lines[allowed + 1 :], most=allowed + 1).problems == ()


def test_the_refusal_to_deactivate_many_says_how_many_to_allow() -> None:
    (one,) = plan([OLGA, ANN, BOB], [line(0, "olga")], most=1).problems
    assert one.message == (
        "2 of 3 active people are not in the roster and would be deactivated, more than the 1 allowed. "
        "If that is what you mean, allow 2."
    )


def test_a_column_mistaken_for_teams_is_refused() -> None:
    lines = [line(place, f"p{place}", teams=(f"t{place}",)) for place in range(1001)]
    assert problems(plan([], lines)) == [(ErrorCode.INVALID_INPUT, ("input", "members"))]
    assert plan([], lines[:1000]).problems == ()


def test_every_name_of_a_group_is_known_before_it_is_folded() -> None:
    lines = [line(0, "ann", department=" Sales / North", teams=(" Core",)), line(1, "bob", department="")]
    assert group_names(lines) == {"Sales", "North", "Core", ""}


def test_problems_without_a_line_come_last() -> None:
    paths = [("input", "maxDeactivations"), ("input", "members", "10"), ("input", "members", "9", "name")]
    given = [Problem(ErrorCode.INVALID_INPUT, "", path) for path in paths]
    assert [one.path for one in in_order(given)] == [paths[2], paths[1], paths[0]]


NAMES = ["ann", "bob", "eve", "ian", "kim"]
GROUPS = st.sampled_from([(), SALES, NORTH])

directories = st.lists(
    st.builds(
        Person,
        st.none(),
        st.sampled_from([f"{name}@x.example" for name in NAMES]),
        st.one_of(st.none(), st.sampled_from(NAMES)),
        st.sampled_from(["Ann", "Bob"]),
        st.sampled_from(list(Role)),
        st.sampled_from(list(MemberStatus)),
        GROUPS,
        st.frozensets(st.sampled_from(["core", "web"])),
        st.sampled_from([False, False, False, True]),
        st.just(False),
        st.one_of(st.none(), st.sampled_from(["1", "2", "3"])),
    ),
    max_size=5,
    unique_by=(lambda one: one.email, lambda one: one.login or object(), lambda one: one.external_id or object()),
).map(lambda people: [replace(one, member_id=UUID(int=place + 1)) for place, one in enumerate(people)])

rosters = st.lists(
    st.builds(
        RosterLine,
        st.none(),
        st.sampled_from([f"{name}@x.example" for name in [*NAMES, "NEW", "ANN"]]),
        st.sampled_from(["Ann", "Bob"]),
        st.one_of(st.none(), st.sampled_from([*NAMES, "BOB", "zoe"])),
        st.one_of(st.none(), st.sampled_from(list(Role))),
        st.one_of(st.none(), st.sampled_from(["", "Sales", "sales/north", "New/Inner"])),
        st.none(),
        st.one_of(st.none(), st.lists(st.sampled_from(["Core", "web", "New"])).map(tuple)),
        st.one_of(st.none(), st.sampled_from(["1", "2", "3", "4"])),
    ),
    max_size=5,
).map(lambda lines: [replace(one, path=("input", "members", str(place))) for place, one in enumerate(lines)])

actors = st.sampled_from([HR, member(UUID(int=1), HERE, Role.ADMIN, "r"), member(UUID(int=2), HERE, Role.OWNER, "r")])


@settings(thorough, max_examples=400)
@given(directories, rosters, actors)
def test_applying_a_plan_gives_exactly_the_roster_and_applying_it_twice_is_nothing(
    people: list[Person], lines: list[RosterLine], actor: Actor
) -> None:
    found = plan(people, lines, actor)
    if found.problems:
        return
    after = applied(people, found)
    by_email = {one.email.lower(): one for one in after}
    with_line = set()
    for one in lines:
        person = by_email[one.email.lower()]
        with_line.add(person.member_id)
        assert (person.name, person.status) == (one.name, MemberStatus.ACTIVE)
        assert one.login is None or (person.login or "").lower() == one.login.lower()
        assert one.external_id in (None, person.external_id)
        assert one.role in (None, person.role)
        assert one.department is None or person.department == tuple(
            part.lower() for part in one.department.split("/") if part
        )
        assert one.teams is None or person.teams == {team.lower() for team in one.teams}
    for person in people:
        if person.member_id not in with_line:
            stays = not person.takes_part or person.is_robot or person in found.kept
            assert (person in after) is stays
    for names in (
        [one.login.lower() for one in after if one.login],
        [one.external_id for one in after if one.external_id],
    ):
        assert len(set(names)) == len(names)
    assert len(by_email) == len(after)
    owners = [any(one.role is Role.OWNER and one.takes_part for one in then) for then in (people, after)]
    assert owners[1] or not owners[0]

    departments = {SALES: UUID(int=101), NORTH: UUID(int=102), **{key: UUID(int=200) for key in found.new_departments}}
    again = plan_roster(
        Directory(after, departments, {"core", "web", *found.new_teams}),
        lines,
        actor.standing_in(HERE),
        1000,
        str.lower,
        20,
    )
    assert again.is_empty
    assert again.problems == ()


def applied(people: Sequence[Person], found: RosterPlan) -> list[Person]:
    changed = {one.before.member_id: one.after for one in found.differences if one.before is not None}
    added = [
        replace(one.after, member_id=UUID(int=1000 + place))
        for place, one in enumerate(found.differences)
        if one.is_added
    ]
    return [*(changed.get(one.member_id, one) for one in people), *added]

"""Checking a roster against the directory, and planning what brings the directory in line with it (R2.3, R3.10)."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar
from uuid import UUID

from app.domain.access import MemberStatus
from app.domain.actor import Role, Standing
from app.domain.errors import DomainError, ErrorCode, Problem, invalid, refuse
from app.domain.roles import can_give
from app.domain.roster import DepartmentKey, Difference, Directory, Path, Person, RosterLine, RosterPlan
from app.domain.text import check_email, check_email_to_find, check_login, check_text

T = TypeVar("T")

MOST_NEW_GROUPS = 1000
"""The most departments, and the most teams, that one roster may make."""

LEAST_ALLOWANCE = 3
"""So many people may be deactivated without being asked for, however few there are; of many, a fifth."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A line that was checked, its groups by key."""

    path: Path
    email: str
    name: str
    login: str | None
    role: Role | None
    department: DepartmentKey | None
    teams: frozenset[str] | None
    external_id: str | None


def group_names(lines: Iterable[RosterLine]) -> set[str]:
    """Every name of a department or a team that the lines mention: what `fold` has to know."""
    names = {name.strip() for line in lines for name in line.teams or ()}
    paths = {line.department for line in lines if line.department is not None}
    return names | {name.strip() for path in paths for name in path.split("/")}


def plan_roster(
    directory: Directory,
    lines: Sequence[RosterLine],
    standing: Standing,
    most_deactivated: int | None,
    fold: Callable[[str], str],
    deepest: int,
) -> RosterPlan:
    """Bring everyone in line with the roster, and find everything that forbids it.

    Whoever has a line takes part afterwards; whoever has none is deactivated, but for robots, the invited, owners,
    those whose role is not the actor's to give, and the actor. `most_deactivated` None is a fifth of those who take
    part. `fold` gives a name of a group as such names are compared; `deepest` is the most levels of departments.
    """
    groups = _Groups(directory, fold, deepest)
    flaws = _Flaws()
    stored = frozenset(person.email.lower() for person in directory.people)
    wanted = [_check(line, groups, flaws, stored) for line in lines]
    pairs = _match(directory.people, wanted, flaws)
    met = {person.member_id for _, person in pairs if person is not None}
    present = [Difference(one.path, person, _in_line(person, one)) for one, person in pairs]
    kept, leaving = _absent(directory.people, met, standing)
    differences = [one for one in (*present, *leaving) if one.before != one.after]
    flaws.problems += _refused_for_groups(groups)
    flaws.problems += _refused_for_roles(differences, standing)
    flaws.problems += _refused_for_names(directory.people, differences)
    flaws.problems += _refused_for_owners(directory.people, differences)
    if not flaws.problems:
        flaws.problems += _refused_for_many(directory.people, len(leaving), most_deactivated)
    return RosterPlan(
        groups.new_departments, groups.new_teams, tuple(differences), tuple(kept), tuple(in_order(flaws.problems))
    )


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """By the line that they are about; what is about none comes last."""
    return sorted(problems, key=lambda one: int(one.path[2]) if len(one.path) > 2 else len(one.path) + 10**9)  # noqa: PLR2004


@dataclass(slots=True)
class _Flaws:
    """Collects what is wrong, so that all of it is reported at once."""

    problems: list[Problem] = field(default_factory=list)

    def tried(self, check: Callable[[], T], otherwise: T) -> T:
        try:
            return check()
        except DomainError as error:
            self.problems += error.problems
            return otherwise

    def add(self, code: ErrorCode, message: str, *path: str) -> None:
        self.problems.append(Problem(code, message, path))


class _Groups:
    """Departments and teams by key, and those that the roster makes."""

    def __init__(self, directory: Directory, fold: Callable[[str], str], deepest: int) -> None:
        self._departments = directory.departments
        self._by_id = {department_id: key for key, department_id in directory.departments.items()}
        self._teams = directory.teams
        self._fold = fold
        self._deepest = deepest
        self.new_departments: dict[DepartmentKey, str] = {}
        self.new_teams: dict[str, str] = {}

    def department(self, line: RosterLine) -> DepartmentKey | None:
        """Raises: DomainError INVALID_INPUT, NOT_FOUND."""
        if line.department_id is not None:
            return self._by_department_id(line, line.department_id)
        if line.department is None or not line.department.strip():
            return None if line.department is None else ()
        parts = line.department.split("/")
        if len(parts) > self._deepest:
            raise invalid(f"A tree of departments has at most {self._deepest} levels.", *line.path, "department")
        key: DepartmentKey = ()
        for part in parts:
            name = check_text(part, "A department's name", 200, *line.path, "department")
            key = (*key, self._fold(name))
            if key not in self._departments:
                self.new_departments.setdefault(key, name)
        return key

    def teams(self, line: RosterLine) -> frozenset[str] | None:
        """Raises: DomainError INVALID_INPUT."""
        if line.teams is None:
            return None
        keys = set()
        for given in line.teams:
            name = check_text(given, "A team's name", 200, *line.path, "teams")
            key = self._fold(name)
            keys.add(key)
            if key not in self._teams:
                self.new_teams.setdefault(key, name)
        return frozenset(keys)

    def _by_department_id(self, line: RosterLine, department_id: UUID) -> DepartmentKey:
        if line.department is not None:
            raise invalid("Give the department by its path or by its id, not by both.", *line.path, "departmentId")
        if department_id not in self._by_id:
            raise refuse(ErrorCode.NOT_FOUND, "There is no such department.", *line.path, "departmentId")
        return self._by_id[department_id]


def _check(line: RosterLine, groups: _Groups, flaws: _Flaws, stored: frozenset[str]) -> _Wanted:
    """The line with trimmed texts; what is wrong with it is among the flaws, and it is still someone's line. `stored`
    are the addresses that people have, in lower case."""
    login, external_id = (line.login or "").strip(), (line.external_id or "").strip()
    check_address = check_email_to_find if line.email.strip().lower() in stored else check_email
    flaws.problems += line.flaws
    return _Wanted(
        line.path,
        flaws.tried(lambda: check_address(line.email, *line.path, "email"), line.email.strip()),
        flaws.tried(lambda: check_text(line.name, "A person's name", 200, *line.path, "name"), line.name),
        flaws.tried(lambda: check_login(login, *line.path, "login") if login else None, None),
        line.role,
        flaws.tried(lambda: groups.department(line), None),
        flaws.tried(lambda: groups.teams(line), None),
        flaws.tried(lambda: _external_id(external_id, *line.path, "externalId"), None),
    )


def _external_id(given: str, *path: str) -> str | None:
    return check_text(given, "The external id", 200, *path) if given else None


@dataclass(frozen=True, slots=True)
class _Key:
    """One of the things that say who is meant, no two people alike; `field` as the input names it."""

    field: str
    label: str
    of: Callable[[Person | _Wanted], str | None]


def _folded(text: str | None) -> str | None:
    return text.lower() if text is not None else None


_KEYS = (
    _Key("externalId", "external id", lambda one: one.external_id),
    _Key("email", "e-mail address", lambda one: one.email.lower()),
    _Key("login", "login", lambda one: _folded(one.login)),
)
"""What counts more comes first."""


def _match(people: Sequence[Person], wanted: Sequence[_Wanted], flaws: _Flaws) -> list[tuple[_Wanted, Person | None]]:
    """Each line with the person it is about: by external id, else by e-mail address, else by login, each unless
    another line has that person already."""
    lines = _without_repeats(wanted, flaws)
    found: dict[Path, Person] = {}
    met: set[UUID | None] = set()
    for key in _KEYS:
        known = {key.of(person): person for person in people if key.of(person) is not None}
        for one in lines:
            person = known.get(key.of(one)) if one.path not in found else None
            if person is not None and person.member_id not in met:
                found[one.path] = person
                met.add(person.member_id)
    for one in lines:
        person = found.get(one.path)
        if person is not None and (person.is_robot or person.is_erased):
            kind = "a robot" if person.is_robot else "someone who was erased"
            flaws.add(ErrorCode.ALREADY_EXISTS, f"{one.email} or their login is that of {kind}.", *one.path)
    return [(one, found.get(one.path)) for one in lines]


def _without_repeats(wanted: Sequence[_Wanted], flaws: _Flaws) -> list[_Wanted]:
    lines: list[_Wanted] = []
    seen: dict[str, set[str]] = {key.field: set() for key in _KEYS}
    for one in wanted:
        repeated = [key for key in _KEYS if key.of(one) in seen[key.field]]
        for key in repeated:
            flaws.add(
                ErrorCode.INVALID_INPUT, f"The {key.label} {key.of(one)} is in the roster twice.", *one.path, key.field
            )
        lines += [] if repeated else [one]
        for key in _KEYS:
            value = key.of(one)
            seen[key.field] |= {value} if value is not None else set()
    return lines


def _in_line(person: Person | None, one: _Wanted) -> Person:
    """The person as the line has them. An address or a login that differs by case alone is the same."""
    if person is None:
        role = one.role or Role.MEMBER
        groups = (one.department or (), one.teams or frozenset())
        new = Person(None, one.email, one.login, one.name, role, MemberStatus.ACTIVE, *groups)
        return replace(new, external_id=one.external_id)
    return replace(
        person,
        email=_spelled(person.email, one.email),
        login=_spelled(person.login, one.login),
        name=one.name,
        role=one.role or person.role,
        status=MemberStatus.ACTIVE,
        department=person.department if one.department is None else one.department,
        teams=person.teams if one.teams is None else one.teams,
        external_id=one.external_id or person.external_id,
    )


def _spelled(now: T, given: T | None) -> T:
    if given is None:
        return now
    return now if str(now).lower() == str(given).lower() else given


def _absent(
    people: Sequence[Person], met: Collection[UUID | None], standing: Standing
) -> tuple[list[Person], list[Difference]]:
    """Those who take part and have no line: who stays all the same, and who leaves."""
    absent = [one for one in people if one.takes_part and not one.is_robot and one.member_id not in met]
    kept = [one for one in absent if _stays(one, standing)]
    leaving = [
        Difference(None, one, replace(one, status=MemberStatus.DEACTIVATED))
        for one in absent
        if not _stays(one, standing)
    ]
    return kept, leaving


def _stays(person: Person, standing: Standing) -> bool:
    return person.role is Role.OWNER or person.member_id == standing.member_id or not can_give(standing, person.role)


def _refused_for_groups(groups: _Groups) -> list[Problem]:
    """So many new groups are a column mistaken for another."""
    made = {"departments": len(groups.new_departments), "teams": len(groups.new_teams)}
    message = f"A roster makes at most {MOST_NEW_GROUPS} new {{}}, not {{}}."
    return [
        Problem(ErrorCode.INVALID_INPUT, message.format(kind, number), ("input", "members"))
        for kind, number in made.items()
        if number > MOST_NEW_GROUPS
    ]


def _refused_for_roles(differences: Iterable[Difference], standing: Standing) -> list[Problem]:
    """Nobody gives a role above their own, or touches who someone above is (R2.3)."""
    problems = []
    for one in differences:
        if one.path is None:
            continue
        if not can_give(standing, one.after.role) and (one.before is None or one.has_another_role):
            message = f"Your own role does not allow you to make {one.after.email} {one.after.role.value}."
            problems.append(Problem(ErrorCode.FORBIDDEN, message, (*one.path, "role")))
        elif one.changes_who_they_are and one.before is not None and not can_give(standing, one.before.role):
            message = f"{one.before.email} has a role above yours: only their department and teams are yours to change."
            problems.append(Problem(ErrorCode.FORBIDDEN, message, one.path))
    return problems


def _refused_for_names(people: Sequence[Person], differences: Sequence[Difference]) -> list[Problem]:
    """What says who is meant, given to someone while another keeps it."""
    changed = {one.before.member_id for one in differences if one.before is not None}
    unchanged = [one for one in people if one.member_id not in changed]
    problems = []
    for key in _KEYS:
        given = [one for one in differences if one.before is None or key.of(one.before) != key.of(one.after)]
        placed = {one.path for one in given}
        kept = {key.of(one) for one in unchanged}
        kept |= {key.of(one.after) for one in differences if one.path is None or one.path not in placed}
        kept.discard(None)
        problems += [
            Problem(
                ErrorCode.ALREADY_EXISTS,
                f"The {key.label} {key.of(one.after)} is somebody else's.",
                (*one.path, key.field),
            )
            for one in given
            if one.path is not None and key.of(one.after) in kept
        ]
    return problems


def _refused_for_owners(people: Sequence[Person], differences: Iterable[Difference]) -> list[Problem]:
    """An organization keeps at least one active owner (R2.3). None is deactivated for having no line."""
    owners = {one.member_id for one in people if one.takes_part and one.role is Role.OWNER}
    losing = [one for one in differences if one.before is not None and one.before.member_id in owners]
    losing = [one for one in losing if one.after.role is not Role.OWNER]
    made = any(one.after.role is Role.OWNER and one.after.takes_part for one in differences)
    if not losing or made or len(losing) < len(owners):
        return []
    message = "An organization keeps at least one active owner."
    return [Problem(ErrorCode.LAST_OWNER, message, (*(one.path or ()), "role")) for one in losing]


def _refused_for_many(people: Sequence[Person], leaving: int, most: int | None) -> list[Problem]:
    """More would be deactivated than a roster may without being asked: perhaps half of the file is missing."""
    active = sum(one.takes_part and not one.is_robot for one in people)
    allowed = max(LEAST_ALLOWANCE, -(-active // 5)) if most is None else most
    if leaving <= allowed:
        return []
    message = (
        f"{leaving} of {active} active people are not in the roster and would be deactivated, more than the {allowed} "
        f"allowed. If that is what you mean, allow {leaving}."
    )
    return [Problem(ErrorCode.INVALID_INPUT, message, ("input", "maxDeactivations"))]

"""A roster: the whole of an organization's people as they should be, and what it changes about them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.access import MemberStatus
from app.domain.actor import Role
from app.domain.errors import Problem

Path = tuple[str, ...]

DepartmentKey = tuple[str, ...]
"""A department by the names from the root down, each folded as names are compared; empty for none."""


@dataclass(frozen=True, slots=True)
class RosterLine:
    """Someone as the roster has them; None leaves things as they are. `department` is a path such as "Sales/North",
    blank for none; `external_id` is what another system calls them; `path` is the input that it came from."""

    path: Path
    email: str
    name: str
    login: str | None = None
    role: Role | None = None
    department: str | None = None
    department_id: UUID | None = None
    teams: tuple[str, ...] | None = None
    external_id: str | None = None
    flaws: tuple[Problem, ...] = ()
    """What was wrong with it before, and was left out."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone in the directory, as they are or as they will be; without an id they are new. Teams by folded names."""

    member_id: UUID | None
    email: str
    login: str | None
    name: str
    role: Role
    status: MemberStatus
    department: DepartmentKey = ()
    teams: frozenset[str] = frozenset()
    is_robot: bool = False
    is_erased: bool = False
    external_id: str | None = None

    @property
    def id(self) -> UUID:
        assert self.member_id is not None, "whoever is new is given an id before being stored"
        return self.member_id

    @property
    def keys(self) -> tuple[str, str | None, str | None]:
        """What says who is meant; nobody else in the organization has the same."""
        return self.email, self.login, self.external_id

    @property
    def takes_part(self) -> bool:
        return self.status is MemberStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class Directory:
    """The people, departments and teams that there are."""

    people: Sequence[Person]
    departments: Mapping[DepartmentKey, UUID]
    teams: Collection[str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What the roster changes about someone; `path` is their line, None when they have none."""

    path: Path | None
    before: Person | None
    after: Person

    @property
    def is_added(self) -> bool:
        return self.before is None

    @property
    def is_admitted(self) -> bool:
        return self._was(MemberStatus.INVITED) and self.after.takes_part

    @property
    def is_returned(self) -> bool:
        return self._was(MemberStatus.DEACTIVATED) and self.after.takes_part

    @property
    def is_deactivated(self) -> bool:
        return self._was(MemberStatus.ACTIVE) and not self.after.takes_part

    @property
    def is_renamed(self) -> bool:
        was, will = self.before, self.after
        return was is not None and (was.name, was.keys) != (will.name, will.keys)

    @property
    def changes_who_they_are(self) -> bool:
        """Whether it touches what a role guards: who someone is, not where they sit (R2.3)."""
        was, will = self.before, self.after
        return was is not None and (
            (was.name, was.email, was.login, was.role, was.status)
            != (will.name, will.email, will.login, will.role, will.status)
        )

    @property
    def has_another_role(self) -> bool:
        return self.before is not None and self.before.role is not self.after.role

    @property
    def is_moved(self) -> bool:
        return self.before is not None and self.before.department != self.after.department

    @property
    def joined(self) -> frozenset[str]:
        return self.after.teams - self.before.teams if self.before is not None else self.after.teams

    @property
    def left(self) -> frozenset[str]:
        return self.before.teams - self.after.teams if self.before is not None else frozenset()

    @property
    def touches_seats(self) -> bool:
        """Whether it may change who is covered by a subscription."""
        was = self.before
        return was is None or was.status is not self.after.status or self.is_moved or bool(self.joined or self.left)

    def _was(self, status: MemberStatus) -> bool:
        return self.before is not None and self.before.status is status


@dataclass(frozen=True, slots=True)
class RosterPlan:
    """What brings the directory in line. New groups by key with the name to give them, parents first; `kept` take
    part and go on doing so although the roster does not have them. With any problem nothing may be stored."""

    new_departments: Mapping[DepartmentKey, str]
    new_teams: Mapping[str, str]
    differences: tuple[Difference, ...]
    kept: tuple[Person, ...]
    problems: tuple[Problem, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.new_departments or self.new_teams or self.differences)

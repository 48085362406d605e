"""The walk in which every change is asked about first, and does what was promised."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from app import db
from app.billing.preview import preview_invoice
from app.billing.what_if import NamedMove, ProposedChange, ask_what_if
from app.domain.errors import DomainError
from app.domain.impact import Impact, Picture
from app.domain.seat_change import JoinsPolicy
from app.domain.unset import UNSET
from app.memberships.placements import Placement
from app.seats.limits import OrganizationUpdate
from app.seats.service import RequestedChange
from tests.factories import OPERATOR, snapshot
from tests.machine.machine import SeatMachine
from tests.machine.state import Subject
from tests.machine.walk import POLICIES, reference

PATH = ("input", "change", "0")
NO_SEATS = RequestedChange([], [], JoinsPolicy.ALWAYS, skip_already_subscribed=False, expected_total=None)
NOTHING = ProposedChange(NO_SEATS, (), (), (), (), (), OrganizationUpdate(UNSET, UNSET, UNSET, UNSET))

Seen = tuple[Any, ...]


class PromiseMachine(SeatMachine):
    """What is promised by a what-if: who is seated, who waits for what, the peak and the amounts; the same, whether it
    is only decided or made and taken back."""

    kept = 0
    """How many promises of a change that was made."""
    decided = 0
    """How many what-ifs wrote no grants."""

    def change(self, subscribe: Sequence[Subject], unsubscribe: Sequence[Subject], joins: str, *, skip: bool) -> None:
        requested = RequestedChange(
            [reference("subscribe", place, one) for place, one in enumerate(subscribe)],
            [reference("unsubscribe", place, one) for place, one in enumerate(unsubscribe)],
            JoinsPolicy(joins),
            skip,
            None,
        )
        if subscribe or unsubscribe:
            make = super().change
            self.promised(replace(NOTHING, seats=requested), lambda: make(subscribe, unsubscribe, joins, skip=skip))

    def update_team(self, team: UUID, add: list[UUID], remove: list[UUID]) -> None:
        joining = [Placement(team, one, ("input", "joinTeams", str(place))) for place, one in enumerate(add)]
        leaving = [Placement(team, one, ("input", "leaveTeams", str(place))) for place, one in enumerate(remove)]
        if add or remove:
            make = super().update_team
            self.promised(replace(NOTHING, joining=joining, leaving=leaving), lambda: make(team, add, remove))

    def deactivate_person(self, member: UUID) -> None:
        make = super().deactivate_person
        self.promised(replace(NOTHING, deactivating=[(member, PATH)]), lambda: make(member))

    def move_person(self, member: UUID, home: UUID | None) -> None:
        make = super().move_person
        self.promised(replace(NOTHING, moving=[NamedMove(member, home, PATH)]), lambda: make(member, home))

    def seat_people(self, members: list[UUID]) -> None:
        waiting = [(one, ("input", "seatWaitingMemberIds", str(place))) for place, one in enumerate(members)]
        make = super().seat_people
        self.promised(replace(NOTHING, waiting=waiting), lambda: make(members))

    def set_limits(self, cap: int | None, budget: Decimal | None) -> None:
        make = super().set_limits
        limits = OrganizationUpdate(UNSET, UNSET, cap, budget)
        self.promised(replace(NOTHING, limits=limits), lambda: make(cap, budget))

    def promised(self, change: ProposedChange, make: Callable[[], None]) -> None:
        before, holders = self.run(snapshot()), self.run(self.holders())
        impact, codes = self.run(self.ask(change))
        if change.is_proposable:
            assert (impact, codes) == self.run(self.ask_by_making(change))
        assert self.run(snapshot()) == before, "a what-if has changed something"
        stands = self.run(self.see()) if impact is not None else None
        make()
        if impact is None:
            assert set(codes) == set(self.codes), f"a what-if said {codes}, the change {self.codes}"
            return
        if impact.before.at == self.clock:  # else it is a tick after the last change, and the preview is at it
            assert pictured(impact.before) == stands
        assert codes[:1] == self.codes[:1], f"a what-if said {codes}, the change {self.codes}"
        if not codes:
            assert pictured(impact.after) == self.run(self.see())
            holders_then = self.run(self.holders())
            assert (impact.newly_seated, impact.losing_seat) == (holders_then - holders, holders - holders_then)
            type(self).kept += 1

    async def ask(self, change: ProposedChange) -> tuple[Impact | None, list[str]]:
        """The impact with the limits that refuse, or for what the change is none."""
        try:
            with db.counted_statements() as statements:
                impact = (await ask_what_if(OPERATOR, self.company.id, change, POLICIES)).impact
        except DomainError as error:
            return None, [one.code.value for one in error.problems] or [error.code.value]
        writes_grants = any("INSERT INTO seat_grants" in one for one in statements)
        type(self).decided += change.is_proposable and not writes_grants
        return impact, [one.code.value for one in impact.refusals]

    async def ask_by_making(self, change: ProposedChange) -> tuple[Impact | None, list[str]]:
        """The same, with a cap in it that is there already."""
        cap = (await self.company.facts()).seat_cap
        return await self.ask(replace(change, limits=OrganizationUpdate(UNSET, UNSET, cap, UNSET)))

    async def holders(self) -> frozenset[UUID]:
        rows = await db.fetch(
            "SELECT member_id FROM seat_grants WHERE organization_id = $1 AND upper_inf(during)", self.company.id
        )
        return frozenset(row["member_id"] for row in rows)

    async def see(self) -> Seen:
        """What a picture says, from the preview and the rows."""
        preview = await preview_invoice(await self.company.facts(), None, POLICIES)
        seated = await db.count(
            "SELECT DISTINCT member_id FROM seat_grants WHERE organization_id = $1 AND upper_inf(during)",
            self.company.id,
        )
        waiting = await db.fetch("SELECT member_id, reason FROM seat_waits WHERE organization_id = $1", self.company.id)
        return (
            seated,
            {row["member_id"]: row["reason"] for row in waiting},
            preview.peak.seats,
            preview.draft.total,
            preview.if_nothing_changes,
            preview.next_month,
        )


def pictured(picture: Picture) -> Seen:
    return (
        picture.seats,
        {member: reason.value for member, reason in picture.waiting.items()},
        picture.peak_so_far,
        picture.total,
        picture.this_month.total,
        picture.next_month.total,
    )

"""A proposed change: what it takes, and what it would do and cost."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, TypeVar
from uuid import UUID

import strawberry

from app.billing.what_if import NamedMove, ProposedChange, ask_what_if
from app.domain.errors import DomainError, Problem
from app.domain.seat_change import JoinsPolicy, NamedMember
from app.domain.unset import UNSET
from app.graphql.context import Info
from app.graphql.ids import row_id
from app.graphql.impacts import LISTS_OF_PEOPLE, ChangeImpact, impact_from
from app.graphql.seat_changes import SubjectInput, references
from app.graphql.selections import below, is_asked_for
from app.graphql.unset import or_unset
from app.memberships.placements import Placement
from app.seats.limits import OrganizationUpdate
from app.seats.service import RequestedChange

Given = TypeVar("Given")
Named = TypeVar("Named")


@strawberry.input(description="Someone and a team.")
class JoinInput:
    team_id: strawberry.ID = strawberry.field(description="The team.")
    member_id: strawberry.ID = strawberry.field(description="Who joins or leaves it.")

    def placement(self, *path: str) -> Placement:
        """Raises: DomainError INVALID_INPUT."""
        team_id = row_id("Team", self.team_id, *path, "teamId")
        return Placement(team_id, row_id("Member", self.member_id, *path, "memberId"), path)


@strawberry.input(description="Someone and the department that they move to.")
class MoveInput:
    member_id: strawberry.ID = strawberry.field(description="Who moves.")
    department_id: strawberry.ID | None = strawberry.field(
        default=None, description="The department; none when it is left out or null."
    )

    def move(self, *path: str) -> NamedMove:
        """Raises: DomainError INVALID_INPUT."""
        wanted = self.department_id
        department_id = row_id("Department", wanted, *path, "departmentId") if wanted is not None else None
        return NamedMove(row_id("Member", self.member_id, *path, "memberId"), department_id, path)


@strawberry.input(
    description="A proposed change, for a what-if: everything in it happens at one instant, leaves first. At most 1000 "
    "in each list."
)
class ChangeInput:
    subscribe: list[SubjectInput] = strawberry.field(
        default_factory=list, description="Whom to subscribe; an e-mail address that nobody has invites that person."
    )
    unsubscribe: list[SubjectInput] = strawberry.field(default_factory=list, description="Whom to unsubscribe, first.")
    joins: JoinsPolicy = strawberry.field(
        default=JoinsPolicy.ALWAYS,
        description="What happens to people who join a subscribed group, for the subscriptions that begin.",
    )
    skip_already_subscribed: bool = strawberry.field(
        default=False, description="Pass over subjects that are subscribed already, instead of refusing them."
    )
    join_teams: list[JoinInput] = strawberry.field(default_factory=list, description="Who joins which team.")
    leave_teams: list[JoinInput] = strawberry.field(default_factory=list, description="Who leaves which team, first.")
    move_members: list[MoveInput] = strawberry.field(default_factory=list, description="Who moves to which department.")
    deactivate_member_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Who takes part no more."
    )
    seat_waiting_member_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Who waits and is to be seated, also where that raises the month's amount."
    )
    seat_cap: int | None = strawberry.field(
        default=strawberry.UNSET, description="At most so many seats at once; null takes the cap away."
    )
    budget: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="At most this amount for a month, in the organization's currency; null takes the budget away.",
    )

    promo_code: str | None = strawberry.field(default=None, description="A promo code to redeem.")

    def proposed(self) -> ProposedChange:
        """The change, with what is wrong with it by itself."""
        flaws: list[Problem] = []
        subscribe, wrong = references("subscribe", self.subscribe)
        unsubscribe, wrong_too = references("unsubscribe", self.unsubscribe)
        return ProposedChange(
            seats=RequestedChange(
                subscribe, unsubscribe, self.joins, self.skip_already_subscribed, None, (*wrong, *wrong_too)
            ),
            leaving=_each("leaveTeams", self.leave_teams, JoinInput.placement, flaws),
            joining=_each("joinTeams", self.join_teams, JoinInput.placement, flaws),
            moving=_each("moveMembers", self.move_members, MoveInput.move, flaws),
            deactivating=_each("deactivateMemberIds", self.deactivate_member_ids, _named, flaws),
            waiting=_each("seatWaitingMemberIds", self.seat_waiting_member_ids, _named, flaws),
            limits=OrganizationUpdate(UNSET, UNSET, or_unset(self.seat_cap), or_unset(self.budget)),
            promo_code=self.promo_code,
            flaws=flaws,
        )


Change = Annotated[
    ChangeInput | None, strawberry.argument(description="A proposed change, whose `impact` is asked for.")
]


@strawberry.type
class ImpactOfPreview:
    organization_id: strawberry.Private[UUID]
    change: strawberry.Private[ChangeInput | None]

    @strawberry.field(
        description="What the proposed change would do and cost in the current and the next month; null without one. "
        "All else here is as it stands, without the change. It needs SEAT_VIEW and what the change itself needs: "
        "SEAT_MANAGE for seats, MEMBER_MANAGE for people, ORGANIZATION_MANAGE for limits, BILLING_MANAGE for a "
        "promo code."
    )
    async def impact(self, info: Info) -> ChangeImpact | None:
        return await load_impact(info, self.organization_id, self.change) if self.change is not None else None


async def load_impact(info: Info, organization_id: UUID, change: ChangeInput) -> ChangeImpact:
    """Several in one operation take turns: each holds the organization's lock and a connection. People are looked up
    if any list of them may be asked for.

    Raises: DomainError with every problem, its place in `change`.
    """
    context, proposed = info.context, change.proposed()
    is_shown = any(is_asked_for(below(info), name) for name in LISTS_OF_PEOPLE)
    try:
        async with context.turn:
            found = await ask_what_if(context.actor, organization_id, proposed, context.policies, is_shown=is_shown)
    except DomainError as error:
        raise DomainError(error.code, error.message, _placed(error.problems)) from None
    return impact_from(replace(found.impact, refusals=_placed(found.impact.refusals)), found.shown)


def _each(field: str, given: Sequence[Given], read: Callable[..., Named], flaws: list[Problem]) -> list[Named]:
    """What each of a list means; what means nothing is a flaw."""
    found: list[Named] = []
    for place, one in enumerate(given):
        try:
            found.append(read(one, "input", field, str(place)))
        except DomainError as error:
            flaws += error.problems
    return found


def _named(member_id: strawberry.ID, *path: str) -> NamedMember:
    return row_id("Member", member_id, *path), path


def _placed(problems: Sequence[Problem]) -> list[Problem]:
    """Below `change`, where mutations say `input`."""
    return [replace(one, path=("change", *one.path[1:])) for one in problems]

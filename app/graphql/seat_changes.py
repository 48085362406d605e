"""Changing seats: inputs, results, mutations."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from app.domain.errors import DomainError, Problem, invalid
from app.domain.seat_change import JoinsPolicy
from app.graphql.context import FreshLoaders, Info
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id, row_id_or_flaw
from app.graphql.invitations import IssuedInvitationToken, issued_from
from app.graphql.member import Member, load_members
from app.graphql.scalars import Email
from app.memberships.subscribing import change_seats_and_invite
from app.seats.service import RequestedChange, SeatsChanged
from app.seats.subjects import SubjectReference
from app.seats.undo import undo_change, undoable_until
from app.seats.waiting import PATH, seat_waiting

if TYPE_CHECKING:
    from app.graphql.organization import Organization


@strawberry.input(one_of=True, description="Whom a subscription covers, by exactly one of these.")
class SubjectInput:
    member_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="A member, by id.")
    login: str | None = strawberry.field(default=strawberry.UNSET, description="A member, by login.")
    email: Email | None = strawberry.field(
        default=strawberry.UNSET, description="By e-mail address: a member, or someone to be invited when subscribing."
    )
    team_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="A team.")
    department_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="A department, with those below it."
    )
    everyone: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Everyone in the organization; only true means something."
    )

    def reference(self, *path: str) -> SubjectReference:
        if isinstance(self.member_id, str):
            return SubjectReference(path, member_id=row_id("Member", self.member_id, *path))
        if isinstance(self.team_id, str):
            return SubjectReference(path, team_id=row_id("Team", self.team_id, *path))
        if isinstance(self.department_id, str):
            return SubjectReference(path, department_id=row_id("Department", self.department_id, *path))
        if isinstance(self.everyone, bool):
            return everyone(self.everyone, path)
        if isinstance(self.login, str):
            return SubjectReference(path, login=self.login)
        return SubjectReference(path, email=(self.email or "").strip())


def everyone(is_everyone: bool, path: tuple[str, ...]) -> SubjectReference:
    """Raises: DomainError INVALID_INPUT for `everyone: false`."""
    if not is_everyone:
        raise invalid("`everyone` can only be true.", *path)
    return SubjectReference(path, is_everyone=True)


def references(field: str, subjects: Sequence[SubjectInput]) -> tuple[list[SubjectReference], list[Problem]]:
    """What is meant, and a problem for each that means nothing."""
    found: list[SubjectReference] = []
    problems: list[Problem] = []
    for place, subject in enumerate(subjects):
        try:
            found.append(subject.reference("input", field, str(place)))
        except DomainError as error:
            problems += error.problems
    return found, problems


@strawberry.input(description="What `seatsChange` takes.")
class SeatsChangeInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    subscribe: list[SubjectInput] = strawberry.field(default_factory=list, description="Whom to subscribe.")
    unsubscribe: list[SubjectInput] = strawberry.field(default_factory=list, description="Whom to unsubscribe, first.")
    joins: JoinsPolicy = strawberry.field(
        default=JoinsPolicy.ALWAYS, description="What happens to people who join a subscribed group later."
    )
    expected_total: Decimal | None = strawberry.field(
        default=None,
        description="What this month is to cost so far after the change, in the organization's currency; else nothing "
        "is changed.",
    )
    skip_already_subscribed: bool = strawberry.field(
        default=False, description="Pass over subjects that are subscribed already, instead of refusing them."
    )

    def requested(self) -> RequestedChange:
        subscribe, flaws = references("subscribe", self.subscribe)
        unsubscribe, more = references("unsubscribe", self.unsubscribe)
        return RequestedChange(
            subscribe,
            unsubscribe,
            self.joins,
            self.skip_already_subscribed,
            self.expected_total,
            (*flaws, *more),
        )


@strawberry.input(description="What `seatsChangeUndo` takes.")
class SeatsChangeUndoInput:
    change_id: strawberry.ID = strawberry.field(description="The change to take back.")


@strawberry.input(description="What `waitingSeat` takes.")
class WaitingSeatInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    member_ids: list[strawberry.ID] = strawberry.field(description="People who wait, 1 to 1000, all or none.")
    expected_total: Decimal | None = strawberry.field(
        default=None, description="What this month is to cost so far after it; else nothing is changed."
    )


@strawberry.type(description="A change that was made.")
class SeatChange:
    id: strawberry.ID = strawberry.field(description="The change's id.")
    at: datetime = strawberry.field(description="The one instant at which all of it happened.")
    undoable_until: datetime | None = strawberry.field(
        description="Until when it can be undone, that instant included; null when it cannot."
    )


@strawberry.type
class SeatsChangedPayload:
    """What every change of seats answers with."""

    organization_id: strawberry.Private[UUID]
    change: SeatChange = strawberry.field(description="The change.")
    seated_count: int = strawberry.field(description="How many hold a seat now who did not before.")
    unseated_count: int = strawberry.field(description="How many held a seat before who do not now.")
    waiting_count: int = strawberry.field(description="How many members wait for a seat after it.")

    @strawberry.field(description="The organization after the change.")
    async def organization(self, info: Info) -> Annotated["Organization", strawberry.lazy("app.graphql.organization")]:
        from app.graphql.organization import load_organization

        return await load_organization(info, self.organization_id)


@strawberry.type(description="What `seatsChange` answers.")
class SeatsChangePayload(SeatsChangedPayload):
    invitations: list[IssuedInvitationToken] = strawberry.field(
        description="Those of the people invited by it; their tokens are shown this once."
    )


@strawberry.type(description="What `seatsChangeUndo` answers.")
class SeatsChangeUndoPayload(SeatsChangedPayload):
    pass


@strawberry.type(description="What `waitingSeat` answers.")
class WaitingSeatPayload(SeatsChangedPayload):
    members: list[Member] = strawberry.field(description="The people who waited.")


SeatsChangeResult = Annotated[
    SeatsChangePayload | UserError,
    strawberry.union("SeatsChangeResult", description="What changed, or why nothing did."),
]
SeatsChangeUndoResult = Annotated[
    SeatsChangeUndoPayload | UserError,
    strawberry.union("SeatsChangeUndoResult", description="What changed back, or why nothing did."),
]
WaitingSeatResult = Annotated[
    WaitingSeatPayload | UserError,
    strawberry.union("WaitingSeatResult", description="Who was seated, or why nobody was."),
]


@strawberry.type
class SeatsMutation:
    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Unsubscribe and subscribe, all or nothing, at one instant, revokes first.",
    )
    async def seats_change(
        self, info: Info, input: Annotated[SeatsChangeInput, strawberry.argument(description="Who and where.")]
    ) -> SeatsChangeResult:
        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        actor, policies = info.context.actor, info.context.policies
        done = await change_seats_and_invite(actor, organization_id, input.requested(), policies)
        invitations = [issued_from(one) for one in done.invitations]
        payload = payload_of(info, done.changed, is_undoable=done.changed.is_something)
        return SeatsChangePayload(**payload, invitations=invitations)

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Take a whole change back, as one change, while it is in grace: what it began ends, what it ended "
        "begins anew.",
    )
    async def seats_change_undo(
        self, info: Info, input: Annotated[SeatsChangeUndoInput, strawberry.argument(description="Which change.")]
    ) -> SeatsChangeUndoResult:
        change_id = row_id("SeatChange", input.change_id, "input", "changeId")
        changed = await undo_change(info.context.actor, change_id, info.context.policies)
        return SeatsChangeUndoPayload(**payload_of(info, changed, is_undoable=True))

    @strawberry.mutation(
        extensions=[FreshLoaders()], description="Seat people who wait, also where that raises the month's amount."
    )
    async def waiting_seat(
        self, info: Info, input: Annotated[WaitingSeatInput, strawberry.argument(description="Who and where.")]
    ) -> WaitingSeatResult:
        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        member_ids = [row_id_or_flaw("Member", one, *PATH, str(n)) for n, one in enumerate(input.member_ids)]
        total = input.expected_total
        changed = await seat_waiting(
            info.context.actor, organization_id, member_ids, info.context.policies, expected_total=total
        )
        members = await load_members(info, [one for one in member_ids if isinstance(one, UUID)])
        return WaitingSeatPayload(**payload_of(info, changed, is_undoable=True), members=members)


def payload_of(info: Info, changed: SeatsChanged, *, is_undoable: bool) -> dict[str, Any]:
    """The fields that every change of seats answers with."""
    until = undoable_until(changed.at, info.context.policies) if is_undoable else None
    return {
        "organization_id": changed.organization_id,
        "change": SeatChange(id=global_id("SeatChange", changed.change_id), at=changed.at, undoable_until=until),
        "seated_count": changed.seated,
        "unseated_count": changed.unseated,
        "waiting_count": changed.waiting,
    }

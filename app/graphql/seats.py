"""Seats: who holds one, who held one when, and changing it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from app.domain import seats as domain_seats
from app.domain.errors import DomainError, Problem, refuse_for
from app.domain.paging import page_request
from app.domain.period import Month
from app.graphql.connections import After, Before, Connection, First, Last, Paging, connect, list_from
from app.graphql.context import FreshLoaders, Info
from app.graphql.enums import describe_enum
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id
from app.graphql.member import Member, load_members, member_from
from app.graphql.node import Node
from app.organizations.queries import OrganizationFacts
from app.seats import usage as domain_usage
from app.seats.queries import (
    PeakCauseRow,
    SeatRow,
    SeatSpanRow,
    SpanEnd,
    SubscriptionRow,
    find_peak_cause,
)
from app.seats.service import RequestedChange, SeatsChanged, SubjectReference, change_seats
from app.seats.timeline import Timeline, list_cause_spans

if TYPE_CHECKING:
    from app.graphql.organization import Organization


class JoinsPolicy(Enum):
    ALWAYS = "ALWAYS"
    WITHIN_PEAK = "WITHIN_PEAK"
    NEVER = "NEVER"


describe_enum(
    JoinsPolicy,
    "What happens to people who join a subscribed group.",
    {
        "ALWAYS": "They are granted a seat at once.",
        "WITHIN_PEAK": "They wait if the month's amount would rise.",
        "NEVER": "They are not granted a seat.",
    },
)

SubscriptionSubject = Annotated[
    Member, strawberry.union("SubscriptionSubject", description="Whom a subscription covers.")
]


@strawberry.type(description="What seats a subject while it is in force.")
class SeatSubscription(Node):
    joins: JoinsPolicy = strawberry.field(description="What happens to people who join a covered group.")
    created_at: datetime = strawberry.field(description="When it began.")
    ended_at: datetime | None = strawberry.field(description="When it ended; null while it is in force.")
    created_by: str = strawberry.field(description="Who made it: an actor's id.")
    row: strawberry.Private[SubscriptionRow]

    @strawberry.field(description="Whom it covers.")
    async def subject(self, info: Info) -> SubscriptionSubject:
        return (await load_members(info, [self.row.member_id]))[0]


@strawberry.type(description="A seat held now.")
class Seat:
    granted_at: datetime = strawberry.field(description="When it was granted.")
    in_grace_until: datetime | None = strawberry.field(
        description="Until when revoking it would keep it off the bill; null when that is over."
    )
    row: strawberry.Private[SeatRow]

    @strawberry.field(description="Who holds it.")
    async def member(self, info: Info) -> Member:
        return (await load_members(info, [self.row.member_id]))[0]

    @strawberry.field(description="Every subscription that it comes from.")
    async def sources(self, info: Info) -> list[SeatSubscription]:
        key = (self.row.member_id, self.row.granted_at, None)
        return [subscription_from(source) for source in await info.context.loaders.sources.load(key)]


@strawberry.type(description="A stretch of time in which someone held a seat.")
class SeatSpan:
    granted_at: datetime = strawberry.field(description="When it began.")
    revoked_at: datetime | None = strawberry.field(description="When it ended; null while it goes on.")
    counted: bool = strawberry.field(description="Whether it counts for the bill; the first short one is forgiven.")
    row: strawberry.Private[SeatSpanRow]

    @strawberry.field(description="Who held the seat.")
    async def member(self, info: Info) -> Member:
        return (await load_members(info, [self.row.member_id]))[0]

    @strawberry.field(description="Every subscription that it came from.")
    async def sources(self, info: Info) -> list[SeatSubscription]:
        key = (self.row.member_id, self.row.granted_at, self.row.revoked_at)
        return [subscription_from(source) for source in await info.context.loaders.sources.load(key)]

    @strawberry.field(description="Who ended it: an actor's id; null while it goes on.")
    async def ended_by(self, info: Info) -> str | None:
        ended = await _span_end(info, self.row)
        return ended.actor if ended is not None else None

    @strawberry.field(description="What ended it; null while it goes on.")
    async def end_reason(self, info: Info) -> str | None:
        ended = await _span_end(info, self.row)
        return ended.description if ended is not None else None


@strawberry.type(description="The change that raised the peak.")
class PeakCause:
    at: datetime = strawberry.field(description="When it was made.")
    actor: str = strawberry.field(description="Who made it: an actor's id.")
    description: str = strawberry.field(description="What it did.")
    row: strawberry.Private[PeakCauseRow]
    organization: strawberry.Private[OrganizationFacts]

    @strawberry.field(description="The spans of those whom it seated.")
    async def spans(
        self, info: Info, first: Annotated[int, strawberry.argument(description="At most so many, up to 100.")] = 50
    ) -> list[SeatSpan]:
        limit = page_request(first, None, None, None).limit
        spans = await list_cause_spans(self.organization, self.row, info.context.policies, limit)
        return [span_from(span) for span in spans]


@strawberry.type(description="The most seats held at one instant.")
class Peak:
    seats: int = strawberry.field(description="How many seats.")
    reached_at: datetime | None = strawberry.field(description="The first such instant; null when none was held.")
    organization: strawberry.Private[OrganizationFacts]
    load_holders: strawberry.Private[Callable[[], Awaitable[Sequence[UUID]]]]

    @strawberry.field(description="The change that raised it; null when it was carried in.")
    async def raised_by(self) -> PeakCause | None:
        cause = await find_peak_cause(self.organization.id, self.reached_at) if self.reached_at else None
        return cause_from(cause, self.organization) if cause is not None else None

    @strawberry.field(description="Who held the seats then.")
    async def holders(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Member]:
        listing = list_from("holders", self.organization.id, await self.load_holders(), info.context.loaders.members)
        return await connect(listing, Paging(first, after, last, before), member_from)


@strawberry.type(description="From an instant on, so many hold a seat.")
class SeatStep:
    at: datetime = strawberry.field(description="When it begins.")
    seats: int = strawberry.field(description="How many hold a seat, until the next step.")


@strawberry.type(description="The seats in use over a month.")
class SeatTimeline:
    month: Month = strawberry.field(description="The month.")
    period_start: datetime = strawberry.field(description="When its billing period begins.")
    period_end: datetime = strawberry.field(description="When it ends; that instant is not part of it.")
    steps: list[SeatStep] = strawberry.field(description="Seats in use until now, those later forgiven included.")
    peak: Peak = strawberry.field(description="The peak so far, as the bill counts it.")


@strawberry.type(description="How many seats an organization uses, and how many it may.")
class SeatUsage:
    used: int = strawberry.field(description="How many hold a seat now.")
    in_grace: int = strawberry.field(description="How many of them would still be forgiven if revoked now.")
    limit: int = strawberry.field(description="How many seats it may have at once.")
    free_threshold: int = strawberry.field(description="Up to how many seats a month costs nothing.")
    peak: Peak = strawberry.field(description="The peak of the current month so far.")


@strawberry.input(one_of=True, description="A member, by exactly one of these.")
class SubjectInput:
    member_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="By id.")
    login: str | None = strawberry.field(default=strawberry.UNSET, description="By login.")
    email: str | None = strawberry.field(default=strawberry.UNSET, description="By e-mail address.")

    def reference(self, *path: str) -> SubjectReference:
        if isinstance(self.member_id, str):
            return SubjectReference(path, member_id=row_id("Member", self.member_id, *path))
        if isinstance(self.login, str):
            return SubjectReference(path, login=self.login)
        return SubjectReference(path, email=self.email)


def references(field: str, subjects: Sequence[SubjectInput]) -> list[SubjectReference]:
    """Raises: DomainError INVALID_INPUT with a problem for each id that is none."""
    found: list[SubjectReference] = []
    problems: list[Problem] = []
    for place, subject in enumerate(subjects):
        try:
            found.append(subject.reference("input", field, str(place)))
        except DomainError as error:
            problems += error.problems
    if problems:
        raise refuse_for(problems)
    return found


@strawberry.input(description="What `seatsChange` takes.")
class SeatsChangeInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    subscribe: list[SubjectInput] = strawberry.field(default_factory=list, description="Whom to subscribe.")
    unsubscribe: list[SubjectInput] = strawberry.field(default_factory=list, description="Whom to unsubscribe, first.")
    expected_total: Decimal | None = strawberry.field(
        default=None,
        description="What this month is to cost so far after the change, in the organization's currency; else nothing "
        "is changed.",
    )
    skip_already_subscribed: bool = strawberry.field(
        default=False, description="Pass over subjects that are subscribed already, instead of refusing them."
    )

    def requested(self) -> RequestedChange:
        return RequestedChange(
            references("subscribe", self.subscribe),
            references("unsubscribe", self.unsubscribe),
            self.skip_already_subscribed,
            self.expected_total,
        )


@strawberry.type(description="A change that was made.")
class SeatChange:
    id: strawberry.ID = strawberry.field(description="The change's id.")
    at: datetime = strawberry.field(description="The one instant at which all of it happened.")


@strawberry.type(description="What `seatsChange` answers.")
class SeatsChangePayload:
    organization: Annotated["Organization", strawberry.lazy("app.graphql.organization")] = strawberry.field(
        description="The organization after the change."
    )
    change: SeatChange = strawberry.field(description="The change.")
    seated_count: int = strawberry.field(description="How many hold a seat now who did not before.")
    unseated_count: int = strawberry.field(description="How many held a seat before who do not now.")


SeatsChangeResult = Annotated[
    SeatsChangePayload | UserError,
    strawberry.union("SeatsChangeResult", description="What changed, or why nothing did."),
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
        from app.graphql.organization import load_organization

        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        changed = await change_seats(info.context.actor, organization_id, input.requested(), info.context.policies)
        return changed_from(changed, await load_organization(info, organization_id))


def changed_from(changed: SeatsChanged, organization: "Organization") -> SeatsChangePayload:
    return SeatsChangePayload(
        organization=organization,
        change=SeatChange(id=global_id("SeatChange", changed.change_id), at=changed.at),
        seated_count=changed.seated,
        unseated_count=changed.unseated,
    )


async def _span_end(info: Info, row: SeatSpanRow) -> SpanEnd | None:
    if row.revoked_at is None:
        return None
    return await info.context.loaders.span_ends.load((row.member_id, row.revoked_at))


def subscription_from(row: SubscriptionRow) -> SeatSubscription:
    return SeatSubscription(
        id=global_id("SeatSubscription", row.id),
        joins=JoinsPolicy(row.joins),
        created_at=row.created_at,
        ended_at=row.ended_at,
        created_by=row.created_by,
        row=row,
    )


def seat_from(row: SeatRow) -> Seat:
    return Seat(granted_at=row.granted_at, in_grace_until=row.in_grace_until, row=row)


def span_from(row: SeatSpanRow) -> SeatSpan:
    return SeatSpan(granted_at=row.granted_at, revoked_at=row.revoked_at, counted=row.is_counted, row=row)


def cause_from(row: PeakCauseRow, organization: OrganizationFacts) -> PeakCause:
    return PeakCause(at=row.at, actor=row.actor, description=row.description, row=row, organization=organization)


def peak_from(
    peak: domain_seats.Peak, organization: OrganizationFacts, load_holders: Callable[[], Awaitable[Sequence[UUID]]]
) -> Peak:
    return Peak(seats=peak.seats, reached_at=peak.reached_at, organization=organization, load_holders=load_holders)


def usage_from(usage: domain_usage.SeatUsage, peak: Peak) -> SeatUsage:
    return SeatUsage(
        used=usage.used,
        in_grace=usage.in_grace,
        limit=usage.limit,
        free_threshold=usage.free_threshold,
        peak=peak,
    )


def timeline_from(timeline: Timeline, peak: Peak) -> SeatTimeline:
    return SeatTimeline(
        month=timeline.period.month,
        period_start=timeline.period.starts_at,
        period_end=timeline.period.ends_at,
        steps=[SeatStep(at=at, seats=seats) for at, seats in timeline.steps],
        peak=peak,
    )

"""Seats: who holds one, who held one when, and changing it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from app.directory.queries import MemberFilter, count_members
from app.domain import seats as domain_seats
from app.domain.access import MemberStatus
from app.domain.actor import member_id_of
from app.domain.errors import ErrorCode
from app.domain.paging import page_request
from app.domain.period import Month
from app.domain.seat_change import JoinsPolicy
from app.graphql.connections import After, Before, Connection, First, Last, Paging, connect, list_from
from app.graphql.context import Info
from app.graphql.departments import Department, load_department
from app.graphql.enums import describe_enum
from app.graphql.ids import global_id
from app.graphql.member import Member, load_member, load_members, member_from
from app.graphql.money import Money, money_of
from app.graphql.node import Node
from app.graphql.teams import Team, load_team
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
from app.seats.requests import SeatRequestRow
from app.seats.timeline import Timeline, list_cause_spans
from app.seats.waiting import WaitRow

if TYPE_CHECKING:
    from app.graphql.organization import Organization

describe_enum(
    JoinsPolicy,
    "What happens to people who join a subscribed group.",
    {
        "ALWAYS": "They are granted a seat at once.",
        "WITHIN_PEAK": "They wait if the month's amount would rise.",
        "NEVER": "They are not granted a seat.",
    },
)


@strawberry.type(description="Everyone in an organization.")
class Everyone:
    organization_id: strawberry.Private[UUID]

    @strawberry.field(description="The organization.")
    async def organization(self, info: Info) -> Annotated["Organization", strawberry.lazy("app.graphql.organization")]:
        from app.graphql.organization import load_organization

        return await load_organization(info, self.organization_id)

    @strawberry.field(description="How many people take part; robots are not among them.")
    async def member_count(self) -> int:
        return await count_members(self.organization_id, MemberFilter(status=MemberStatus.ACTIVE, is_robot=False))


SubscriptionSubject = Annotated[
    Member | Team | Department | Everyone,
    strawberry.union("SubscriptionSubject", description="Whom a subscription covers."),
]


@strawberry.type(description="What seats a subject while it is in force.")
class SeatSubscription(Node):
    joins: JoinsPolicy = strawberry.field(description="What happens to people who join a covered group.")
    created_at: datetime = strawberry.field(description="When it began.")
    ended_at: datetime | None = strawberry.field(description="When it ended; null while it is in force.")
    created_by: str = strawberry.field(description="Who made it: an actor, as in `member:<id>`.")

    @strawberry.field(description="The member who made it; null for operators and jobs.")
    async def created_by_member(self, info: Info) -> Member | None:
        return await member_named(info, self.created_by)

    row: strawberry.Private[SubscriptionRow]

    @strawberry.field(description="Whom it covers.")
    async def subject(self, info: Info) -> SubscriptionSubject:
        return await subject_of(info, self.row)

    @strawberry.field(description="How many hold a seat through it now.")
    async def seat_count(self, info: Info) -> int:
        return (await info.context.loaders.subscription_counts.load(self.row.id))[0]

    @strawberry.field(description="How many whom it covers wait for a seat.")
    async def waiting_count(self, info: Info) -> int:
        return (await info.context.loaders.subscription_counts.load(self.row.id))[1]


@strawberry.type(description="Someone whom a subscription covers and who has no seat yet.")
class Waiting:
    since: datetime = strawberry.field(description="Since when they wait.")
    reason: ErrorCode = strawberry.field(description="What they wait for.")
    row: strawberry.Private[WaitRow]

    @strawberry.field(description="Who waits.")
    async def member(self, info: Info) -> Member:
        return (await load_members(info, [self.row.member_id]))[0]

    @strawberry.field(description="The subscription that covers them.")
    async def subscription(self, info: Info) -> SeatSubscription:
        row = await info.context.loaders.subscriptions.load(self.row.subscription_id)
        assert row is not None, "who waits is covered by a subscription of the same organization"
        return subscription_from(row)


@strawberry.type(description="Seats that were asked for and refused by a limit.")
class SeatRequest:
    at: datetime = strawberry.field(description="When.")
    actor: str = strawberry.field(description="Who asked: an actor, as in `member:<id>`.")

    @strawberry.field(description="The member who asked; null for operators.")
    async def member(self, info: Info) -> Member | None:
        return await member_named(info, self.actor)

    seats: int = strawberry.field(description="How many seats it would have been.")
    code: ErrorCode = strawberry.field(description="The limit that refused them.")


@strawberry.type(description="A seat held now.")
class Seat:
    granted_at: datetime = strawberry.field(description="When it was granted.")
    in_grace_until: datetime | None = strawberry.field(
        description="Until when revoking it would keep it off the bill; null when that is over."
    )
    row: strawberry.Private[SeatRow]
    known_sources: strawberry.Private[Sequence[SubscriptionRow] | None] = None

    @strawberry.field(description="Who holds it.")
    async def member(self, info: Info) -> Member:
        return (await load_members(info, [self.row.member_id]))[0]

    @strawberry.field(description="Every subscription that it comes from now.")
    async def sources(self, info: Info) -> list[SeatSubscription]:
        sources = self.known_sources
        if sources is None:
            sources = await info.context.loaders.open_sources.load(self.row.member_id)
        return [subscription_from(source) for source in sources]


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

    @strawberry.field(description="Who ended it: an actor, as in `member:<id>`; null while it goes on.")
    async def ended_by(self, info: Info) -> str | None:
        ended = await _span_end(info, self.row)
        return ended.actor if ended is not None else None

    @strawberry.field(description="The member who ended it; null while it goes on, and for operators and jobs.")
    async def ended_by_member(self, info: Info) -> Member | None:
        ended = await _span_end(info, self.row)
        return await member_named(info, ended.actor) if ended is not None else None

    @strawberry.field(description="What ended it; null while it goes on.")
    async def end_reason(self, info: Info) -> str | None:
        ended = await _span_end(info, self.row)
        return ended.description if ended is not None else None


@strawberry.type(description="The change that raised the peak.")
class PeakCause:
    at: datetime = strawberry.field(description="When it was made.")
    actor: str = strawberry.field(description="Who made it: an actor, as in `member:<id>`.")

    @strawberry.field(description="The member who made it; null for operators and jobs.")
    async def member(self, info: Info) -> Member | None:
        return await member_named(info, self.actor)

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
    waiting: int = strawberry.field(description="How many members wait for a seat.")
    limit: int = strawberry.field(description="How many seats it may have at once, by its own cap and by contract.")
    seat_cap: int | None = strawberry.field(description="The cap that it set itself.")
    budget: Money | None = strawberry.field(description="The budget for a month that it set itself.")
    free_threshold: int = strawberry.field(description="Up to how many seats a month costs nothing.")
    peak: Peak = strawberry.field(description="The peak of the current month so far.")


async def _span_end(info: Info, row: SeatSpanRow) -> SpanEnd | None:
    if row.revoked_at is None:
        return None
    return await info.context.loaders.span_ends.load((row.member_id, row.revoked_at))


async def member_named(info: Info, actor: str) -> Member | None:
    """The member behind an actor's name, "member:<id>"; None for operators and jobs."""
    member_id = member_id_of(actor)
    row = await info.context.loaders.members.load(member_id) if member_id is not None else None
    return member_from(row) if row is not None else None


async def load_subject(info: Info, kind: str, id: UUID) -> Member | Team | Department:
    """A subject of a search, which found it just now."""
    if kind == "team":
        return await load_team(info, id)
    return await load_department(info, id) if kind == "department" else await load_member(info, id)


async def subject_of(info: Info, row: SubscriptionRow) -> Member | Team | Department | Everyone:
    """Groups that were deleted and people who were erased are found too."""
    if row.member_id is not None:
        return await load_member(info, row.member_id)
    if row.team_id is not None:
        return await load_team(info, row.team_id)
    if row.department_id is not None:
        return await load_department(info, row.department_id)
    return Everyone(organization_id=row.organization_id)


def subscription_from(row: SubscriptionRow) -> SeatSubscription:
    return SeatSubscription(
        id=global_id("SeatSubscription", row.id),
        joins=JoinsPolicy(row.joins),
        created_at=row.created_at,
        ended_at=row.ended_at,
        created_by=row.created_by,
        row=row,
    )


def waiting_from(row: WaitRow) -> Waiting:
    return Waiting(since=row.since, reason=row.reason, row=row)


def seat_request_from(row: SeatRequestRow) -> SeatRequest:
    return SeatRequest(at=row.at, actor=row.actor, seats=row.seats, code=row.code)


def seat_from(row: SeatRow, known_sources: Sequence[SubscriptionRow] | None = None) -> Seat:
    """With its sources where they are known, as those after a change that is not made."""
    return Seat(granted_at=row.granted_at, in_grace_until=row.in_grace_until, row=row, known_sources=known_sources)


def span_from(row: SeatSpanRow) -> SeatSpan:
    return SeatSpan(granted_at=row.granted_at, revoked_at=row.revoked_at, counted=row.is_counted, row=row)


def cause_from(row: PeakCauseRow, organization: OrganizationFacts) -> PeakCause:
    return PeakCause(at=row.at, actor=row.actor, description=row.description, row=row, organization=organization)


def peak_from(
    peak: domain_seats.Peak, organization: OrganizationFacts, load_holders: Callable[[], Awaitable[Sequence[UUID]]]
) -> Peak:
    return Peak(seats=peak.seats, reached_at=peak.reached_at, organization=organization, load_holders=load_holders)


def usage_from(usage: domain_usage.SeatUsage, organization: OrganizationFacts, peak: Peak) -> SeatUsage:
    return SeatUsage(
        used=usage.used,
        in_grace=usage.in_grace,
        waiting=usage.waiting,
        limit=usage.limits.seats,
        seat_cap=usage.limits.seat_cap,
        budget=money_of(usage.limits.budget, organization.currency) if usage.limits.budget is not None else None,
        free_threshold=usage.limits.free_threshold,
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

"""The seats of an organization, as fields of it."""

from typing import Annotated

import strawberry

from app.directory.groups import search_subjects
from app.domain.paging import page_request
from app.domain.period import Month
from app.domain.policy import ADDRESSES
from app.graphql.billing import holders_found
from app.graphql.connections import After, Before, Connection, First, Last, Paging, connect
from app.graphql.context import Info
from app.graphql.ids import row_id
from app.graphql.listings import seat_requests_of, spans_of, subscriptions_of, waiting_of
from app.graphql.seats import (
    SeatRequest,
    SeatSpan,
    SeatSubscription,
    SeatTimeline,
    SeatUsage,
    SubscriptionSubject,
    Waiting,
    load_subject,
    peak_from,
    seat_request_from,
    span_from,
    subscription_from,
    timeline_from,
    usage_from,
    waiting_from,
)
from app.organizations.queries import OrganizationFacts
from app.seats.timeline import load_timeline
from app.seats.usage import load_usage


@strawberry.type
class SeatsOfOrganization:
    facts: strawberry.Private[OrganizationFacts]

    @strawberry.field(description="How many seats it uses, and how many it may.")
    async def seats(self, info: Info) -> SeatUsage | None:
        usage = await load_usage(self.facts, info.context.policies)
        return usage_from(
            usage, self.facts, peak_from(usage.peak, self.facts, holders_found(info, self.facts, usage.month))
        )

    @strawberry.field(description="Who holds or held a seat, span by span, oldest first.")
    async def seat_spans(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        month: Annotated[Month | None, strawberry.argument(description="Only what touches this month.")] = None,
        member_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only this member's.")] = None,
    ) -> Connection[SeatSpan] | None:
        only = row_id("Member", member_id, "memberId") if member_id is not None else None
        listing = await spans_of(self.facts, month, only, info.context.policies)
        return await connect(listing, Paging(first, after, last, before), span_from)

    @strawberry.field(description="What seats whom, oldest first.")
    async def seat_subscriptions(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        in_force: Annotated[
            bool | None, strawberry.argument(description="Only those in force, or only those that ended.")
        ] = None,
    ) -> Connection[SeatSubscription] | None:
        paging = Paging(first, after, last, before)
        return await connect(subscriptions_of(self.facts.id, in_force), paging, subscription_from)

    @strawberry.field(description="Whom a subscription covers and who have no seat, the longest waiting first.")
    async def waiting(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Waiting] | None:
        return await connect(waiting_of(self.facts.id), Paging(first, after, last, before), waiting_from)

    @strawberry.field(description="Seats that were asked for and refused by a cap, a budget or for want of a contract.")
    async def seat_requests(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[SeatRequest] | None:
        return await connect(seat_requests_of(self.facts.id), Paging(first, after, last, before), seat_request_from)

    @strawberry.field(
        description="People, teams and departments by name or login, for whoever manages people also by e-mail."
    )
    async def subject_search(
        self,
        info: Info,
        text: Annotated[str, strawberry.argument(description="What the name begins with or contains.")],
        first: Annotated[int, strawberry.argument(description="At most so many of each kind, up to 100.")] = 10,
    ) -> list[SubscriptionSubject] | None:
        by_address = ADDRESSES.is_met(info.context.actor, self.facts.id)
        limit = page_request(first, None, None, None).limit
        found = await search_subjects(self.facts.id, text, limit, by_address=by_address)
        return [await load_subject(info, *one) for one in found]

    @strawberry.field(description="Seats in use as steps over a month, for a chart.")
    async def seat_timeline(
        self, info: Info, month: Annotated[Month, strawberry.argument(description="The month.")]
    ) -> SeatTimeline | None:
        timeline = await load_timeline(self.facts, month, info.context.policies)
        return timeline_from(timeline, peak_from(timeline.peak, self.facts, holders_found(info, self.facts, month)))

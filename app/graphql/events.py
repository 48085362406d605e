"""Live updates: what happens in an organization, as it happens."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated

import strawberry

from app.delivery.live import EventRow, Told, listen
from app.domain.payloads import presented
from app.graphql.context import Info
from app.graphql.ids import row_id
from app.graphql.organization import Organization, load_organization
from app.graphql.scalars import JSON


@strawberry.type(description="Something that happened in an organization.")
class Event:
    sequence: int = strawberry.field(
        description="Its number in the organization: from 1 on, without gaps. Whoever may not see every event finds "
        "gaps where the others are. Pass the last one on as `after` to go on from there."
    )
    at: datetime = strawberry.field(description="When it happened, by the organization's clock.")
    type: str = strawberry.field(
        description="What happened, as a noun and a participle: `seats.changed`. There will be new ones: pass over "
        "those that you do not know. `access.changed`, without a payload, is told to a member instead of an event that "
        "they may not see: a seat of their own began or ended by it, or what it comes through, or their waiting for "
        "one; or the organization was suspended or is so no longer, or subscribed after its trial, so that nothing is "
        "deleted. What they may do now is in `viewerAccess`."
    )
    payload: JSON = strawberry.field(
        description="What it is about, in ids and facts that depend on the type; no names, no e-mail addresses."
    )
    row: strawberry.Private[EventRow]

    @strawberry.field(description="The organization as it is now, which may be later than the event.")
    async def organization(self, info: Info) -> Organization:
        return await load_organization(info, self.row.organization_id)


@strawberry.type(description="Live updates, for admin UIs. `after` is an event's sequence number.")
class Subscription:
    @strawberry.subscription(
        description="The events of an organization, in order and each once, as far as whoever asks may see them; of "
        "those that a member may not see, they are told as `access.changed` that their own access did. Who they are "
        "and what they may see is looked at again all the time. It ends when the token does, when the "
        "organization is out of reach, and when its data are to be deleted. Each event costs as many points as the "
        "operation: without them it ends with RATE_LIMITED, and `extensions.after` is what to go on with."
    )
    async def organization_events(
        self,
        info: Info,
        organization_id: Annotated[strawberry.ID, strawberry.argument(description="The organization.")],
        after: Annotated[
            int | None,
            strawberry.argument(
                description="The number of the last event that was seen: the first one given is the next. 0 gives all "
                "there are, null those that come from now on."
            ),
        ] = None,
    ) -> AsyncIterator[Event]:
        assert info.context.listener is not None, "who subscribes listens"
        organization = row_id("Organization", organization_id, "organizationId")
        return _events(info, await listen(info.context.listener, info.context.actor, organization, after))


async def _events(info: Info, stream: AsyncGenerator[Told, None]) -> AsyncGenerator[Event, None]:
    async with aclosing(stream):
        async for told in stream:
            info.context.act_as(told.actor)
            yield event_from(told.event)


def event_from(row: EventRow) -> Event:
    return Event(sequence=row.sequence, at=row.at, type=row.type, payload=JSON(presented(row.payload)), row=row)

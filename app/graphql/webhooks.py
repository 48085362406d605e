"""Webhooks: where events are sent, and how each delivery fared."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from app.delivery.webhook_rows import AttemptRow, DeliveryRow, WebhookRow, list_webhooks
from app.delivery.webhook_secrets import SigningSecretRow
from app.domain.webhooks import DeliveryStatus, DisabledReason, message_id
from app.graphql.connections import After, Before, Connection, First, Last, Paging, connect
from app.graphql.context import Info
from app.graphql.enums import describe_enum
from app.graphql.ids import global_id
from app.graphql.listings import deliveries_of
from app.graphql.node import Node
from app.organizations.queries import OrganizationFacts

if TYPE_CHECKING:
    from app.graphql.organization import Organization

describe_enum(
    DeliveryStatus,
    "Where an event is on its way to a receiver.",
    {
        "PENDING": "It is to be sent, now or again; while the webhook is disabled, once it is enabled.",
        "DELIVERED": "The receiver took it: it answered with a status of 200 to 299.",
        "DEAD": "Ten attempts in three days were in vain. It can be replayed.",
    },
    name="WebhookDeliveryStatus",
)
describe_enum(
    DisabledReason,
    "Why a webhook is sent nothing.",
    {
        "BY_REQUEST": "Someone disabled it.",
        "FAILING": "Its receiver took nothing for three days.",
        "GONE": "Its receiver answered 410 Gone.",
    },
    name="WebhookDisabledReason",
)


@strawberry.type(description="A secret that signs what is sent now; the secret itself is shown once, when it is made.")
class WebhookSecret:
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(
        description="When it stops signing because another took its place; null for the newest."
    )


@strawberry.type(description="One request to a receiver.")
class WebhookAttempt:
    number: int = strawberry.field(description="Which attempt it was, replays included: 1 and up.")
    at: datetime = strawberry.field(description="When it was sent, in real time.")
    status: int | None = strawberry.field(description="The HTTP status it was answered with; null without an answer.")
    answer: str | None = strawberry.field(
        description="How the answer began, at most 2048 characters; null without an answer."
    )
    error: str | None = strawberry.field(description="Why there was no answer; null with one.")
    milliseconds: int | None = strawberry.field(
        description="How long it took; null while it is under way, or when nobody knows how it ended."
    )
    next_attempt_at: datetime | None = strawberry.field(
        description="When it was to be sent again; null when it came through, or was the last attempt."
    )


@strawberry.type(description="An event on its way to a webhook.")
class WebhookDelivery(Node):
    message_id: str = strawberry.field(
        description="The `webhook-id` that it is sent with, the same in every attempt and replay."
    )
    type: str = strawberry.field(description="What happened: `seats.changed`.")
    sequence: int | None = strawberry.field(
        description="The event's number in its organization; null for `organization.purged`."
    )
    status: DeliveryStatus = strawberry.field(description="Where it is.")
    created_at: datetime = strawberry.field(description="Since when it is on its way, in real time.")
    ended_at: datetime | None = strawberry.field(
        description="When it was delivered, or the last attempt failed; null while it is pending."
    )
    next_attempt_at: datetime | None = strawberry.field(
        description="When it is sent next, unless the webhook is disabled; null when it is not pending."
    )
    attempt_count: int = strawberry.field(description="How often it was sent since the last replay, at most 10 times.")
    replay_count: int = strawberry.field(description="How often it was replayed.")
    row: strawberry.Private[DeliveryRow]

    @strawberry.field(description="The organization that it tells of; null for `organization.purged`.")
    async def organization(
        self, info: Info
    ) -> Annotated["Organization", strawberry.lazy("app.graphql.organization")] | None:
        from app.graphql.organization import load_organization

        organization_id = self.row.organization_id
        return await load_organization(info, organization_id) if organization_id is not None else None

    @strawberry.field(description="Every attempt, the oldest first; of more than 50 the last 50.")
    async def attempts(self, info: Info) -> list[WebhookAttempt]:
        return [attempt_from(row) for row in await info.context.loaders.webhook_attempts.load(self.row.id)]


@strawberry.type(description="An address that events are sent to, signed as Standard Webhooks says.")
class Webhook(Node):
    url: str = strawberry.field(description="Where events are sent.")
    description: str = strawberry.field(description="What it is for, as whoever made it put it.")
    events: list[str] = strawberry.field(
        description="Which events are sent: types such as `seats.changed`, and all about a noun as `seats.*`; an empty "
        "list is all that may be seen."
    )
    enabled: bool = strawberry.field(description="Whether events are sent.")
    disabled_at: datetime | None = strawberry.field(description="When it was disabled; null while it is not.")
    disabled_reason: DisabledReason | None = strawberry.field(description="Why it is disabled; null while it is not.")
    failing_since: datetime | None = strawberry.field(
        description="Since when its receiver has taken nothing; null when the last delivery came through."
    )
    created_at: datetime = strawberry.field(description="When it was made, in real time.")
    created_by: str = strawberry.field(description="Who made it: an actor's id.")
    secrets: list[WebhookSecret] = strawberry.field(
        description="The secrets that sign now, the oldest first: after a rotation the old one too, for a while."
    )
    row: strawberry.Private[WebhookRow]

    @strawberry.field(description="The organization; null for a partner's, which is told of all that the key manages.")
    async def organization(
        self, info: Info
    ) -> Annotated["Organization", strawberry.lazy("app.graphql.organization")] | None:
        from app.graphql.organization import load_organization

        organization_id = self.row.organization_id
        return await load_organization(info, organization_id) if organization_id is not None else None

    @strawberry.field(description="What was sent and is to be sent, the newest first. It can be seen for 30 days.")
    async def deliveries(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        status: Annotated[
            DeliveryStatus | None, strawberry.argument(description="Only those that are there; null is all.")
        ] = None,
    ) -> Connection[WebhookDelivery]:
        listing = deliveries_of(info.context.actor, self.row.id, status)
        return await connect(listing, Paging(first, after, last, before), delivery_from)


@strawberry.type
class WebhooksOfOrganization:
    facts: strawberry.Private[OrganizationFacts]

    @strawberry.field(
        description="Where its events are sent, the newest first; at most 20. Partners' are not among them."
    )
    async def webhooks(self) -> list[Webhook] | None:
        return [webhook_from(row) for row in await list_webhooks(self.facts.id)]


async def load_webhook(info: Info, webhook_id: UUID) -> Webhook:
    """One that was reached already."""
    row = await info.context.loaders.webhooks.load(webhook_id)
    assert row is not None, "it was reached"
    return webhook_from(row)


def webhook_from(row: WebhookRow) -> Webhook:
    return Webhook(
        id=global_id("Webhook", row.id),
        url=row.url,
        description=row.description,
        events=list(row.events),
        enabled=row.disabled_at is None,
        disabled_at=row.disabled_at,
        disabled_reason=row.disabled_reason,
        failing_since=row.failing_since,
        created_at=row.created_at,
        created_by=row.created_by,
        secrets=[_secret_from(one) for one in row.secrets],
        row=row,
    )


def delivery_from(row: DeliveryRow) -> WebhookDelivery:
    return WebhookDelivery(
        id=global_id("WebhookDelivery", row.id),
        message_id=message_id(row.event_id),
        type=row.type,
        sequence=row.sequence if row.organization_id is not None else None,
        status=row.status,
        created_at=row.created_at,
        ended_at=row.ended_at,
        next_attempt_at=row.next_attempt_at,
        attempt_count=row.attempts,
        replay_count=row.replays,
        row=row,
    )


def attempt_from(row: AttemptRow) -> WebhookAttempt:
    took = (row.ended_at - row.at).total_seconds() if row.ended_at is not None else None
    return WebhookAttempt(
        number=row.number,
        at=row.at,
        status=row.status,
        answer=row.answer,
        error=row.error,
        milliseconds=round(took * 1000) if took is not None else None,
        next_attempt_at=row.next_attempt_at,
    )


def _secret_from(row: SigningSecretRow) -> WebhookSecret:
    return WebhookSecret(created_at=row.created_at, expires_at=row.expires_at)

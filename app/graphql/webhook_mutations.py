"""Making, changing and deleting webhooks, and telling again what was told."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.delivery.webhook_replays import Range, replay_deliveries, replay_range
from app.delivery.webhooks import (
    WebhookToBe,
    WebhookUpdate,
    create_webhook,
    delete_webhook,
    rotate_webhook_secret,
    update_webhook,
)
from app.domain.actor import Actor
from app.graphql.context import FreshLoaders, Info, ShownOnce
from app.graphql.errors import UserError
from app.graphql.ids import row_id, row_ids
from app.graphql.unset import or_unset
from app.graphql.webhooks import Webhook, load_webhook

OVERLAP_HOURS = 24
_SHOWN_ONCE = "The secret that signs, `whsec_…`: keep it to verify what comes; it is shown this once."


@strawberry.input(description="What `webhookCreate` takes.")
class WebhookCreateInput:
    url: str = strawberry.field(description="Where events are to be sent: https, to a public address.")
    description: str = strawberry.field(description="What it is for, at most 200 characters.")
    organization_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The organization whose events are sent. A partner's key leaves it out for the events of every "
        "organization that it manages, now and later.",
    )
    events: list[str] = strawberry.field(
        default_factory=list,
        description="Which events: types such as `seats.changed`, and all about a noun as `seats.*`; an empty list is "
        "all that may be seen.",
    )

    def wanted(self) -> WebhookToBe:
        given = self.organization_id
        organization_id = row_id("Organization", given, "input", "organizationId") if given is not None else None
        return WebhookToBe(organization_id, self.url, self.description, self.events)


@strawberry.type(description="What `webhookCreate` answers.")
class WebhookCreatePayload:
    webhook: Webhook = strawberry.field(description="The new webhook.")
    secret: str = strawberry.field(extensions=[ShownOnce()], description=_SHOWN_ONCE)


@strawberry.input(description="What `webhookUpdate` takes; what is left out stays as it is, and nothing can be null.")
class WebhookUpdateInput:
    webhook_id: strawberry.ID = strawberry.field(description="The webhook.")
    url: str | None = strawberry.field(default=strawberry.UNSET, description="Where events are to be sent.")
    description: str | None = strawberry.field(default=strawberry.UNSET, description="What it is for.")
    events: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Which events from now on, all of them; an empty list is all that may be seen.",
    )
    enabled: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether events are sent. What happens while it is disabled is not sent later, unless it is "
        "replayed; what was on its way goes on.",
    )

    def update(self) -> WebhookUpdate:
        return WebhookUpdate(
            or_unset(self.url), or_unset(self.description), or_unset(self.events), or_unset(self.enabled)
        )


@strawberry.type(description="What `webhookUpdate` answers.")
class WebhookUpdatePayload:
    webhook: Webhook = strawberry.field(description="The webhook as it is now.")


@strawberry.input(description="What `webhookDelete` takes.")
class WebhookDeleteInput:
    webhook_id: strawberry.ID = strawberry.field(description="The webhook.")


@strawberry.type(description="What `webhookDelete` answers.")
class WebhookDeletePayload:
    deleted_webhook_id: strawberry.ID = strawberry.field(description="The id of what was deleted.")


@strawberry.input(description="What `webhookSecretRotate` takes.")
class WebhookSecretRotateInput:
    webhook_id: strawberry.ID = strawberry.field(description="The webhook.")
    overlap_hours: int = strawberry.field(
        default=OVERLAP_HOURS,
        description="For how many hours what is sent is signed with the old secret too, from 0 to 168; one from before "
        "it ends now.",
    )


@strawberry.type(description="What `webhookSecretRotate` answers.")
class WebhookSecretRotatePayload:
    webhook: Webhook = strawberry.field(description="The webhook as it is now.")
    secret: str = strawberry.field(extensions=[ShownOnce()], description=_SHOWN_ONCE)


@strawberry.input(description="Events of an organization, in order of their numbers; what is left out has no bound.")
class WebhookReplayRangeInput:
    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description="The organization; a partner's own webhook needs it."
    )
    first_sequence: int | None = strawberry.field(default=None, description="The number of the first event.")
    last_sequence: int | None = strawberry.field(default=None, description="The number of the last event.")
    since: datetime | None = strawberry.field(
        default=None, description="Only what happened then or later, by the organization's clock."
    )
    until: datetime | None = strawberry.field(
        default=None, description="Only what happened before, by the organization's clock."
    )
    only_dead: bool = strawberry.field(default=False, description="Only what nobody took.")

    def wanted(self) -> Range:
        given = self.organization_id
        path = ("input", "replay", "range", "organizationId")
        return Range(
            row_id("Organization", given, *path) if given is not None else None,
            self.first_sequence,
            self.last_sequence,
            self.since,
            self.until,
            self.only_dead,
        )


@strawberry.input(one_of=True, description="Exactly one of these.")
class WebhookReplayedInput:
    delivery_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Single deliveries, at most 100."
    )
    range: WebhookReplayRangeInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="What happened in a range since there is the webhook, as far as it wants it; at most 10000 events.",
    )

    async def replayed(self, actor: Actor, webhook_id: UUID) -> int:
        if self.range:
            return await replay_range(actor, webhook_id, self.range.wanted())
        ids = row_ids("WebhookDelivery", self.delivery_ids or (), "input", "replay", "deliveryIds")
        return await replay_deliveries(actor, webhook_id, ids)


@strawberry.input(description="What `webhookReplay` takes.")
class WebhookReplayInput:
    webhook_id: strawberry.ID = strawberry.field(description="The webhook.")
    replay: WebhookReplayedInput = strawberry.field(description="What is to be sent again.")


@strawberry.type(description="What `webhookReplay` answers.")
class WebhookReplayPayload:
    webhook: Webhook = strawberry.field(description="The webhook.")
    delivery_count: int = strawberry.field(description="How many deliveries are on their way again.")


WebhookCreateResult = Annotated[
    WebhookCreatePayload | UserError,
    strawberry.union("WebhookCreateResult", description="The webhook, or why there is none."),
]
WebhookUpdateResult = Annotated[
    WebhookUpdatePayload | UserError,
    strawberry.union("WebhookUpdateResult", description="The webhook, or why nothing was changed."),
]
WebhookDeleteResult = Annotated[
    WebhookDeletePayload | UserError,
    strawberry.union("WebhookDeleteResult", description="What was deleted, or why nothing was."),
]
WebhookSecretRotateResult = Annotated[
    WebhookSecretRotatePayload | UserError,
    strawberry.union(
        "WebhookSecretRotateResult", description="The webhook with its new secret, or why nothing was changed."
    ),
]
WebhookReplayResult = Annotated[
    WebhookReplayPayload | UserError,
    strawberry.union("WebhookReplayResult", description="What is on its way again, or why nothing is."),
]


@strawberry.type
class WebhookMutation:
    @strawberry.mutation(
        extensions=[FreshLoaders()], description="Send what happens from now on to an address, signed with a secret."
    )
    async def webhook_create(
        self, info: Info, input: Annotated[WebhookCreateInput, strawberry.argument(description="What it is to be.")]
    ) -> WebhookCreateResult:
        issued = await create_webhook(info.context.actor, input.wanted())
        return WebhookCreatePayload(webhook=await load_webhook(info, issued.webhook_id), secret=issued.secret)

    @strawberry.mutation(
        extensions=[FreshLoaders()], description="Change where events are sent, and which; disable or enable it."
    )
    async def webhook_update(
        self, info: Info, input: Annotated[WebhookUpdateInput, strawberry.argument(description="What to change.")]
    ) -> WebhookUpdateResult:
        webhook_id = row_id("Webhook", input.webhook_id, "input", "webhookId")
        await update_webhook(info.context.actor, webhook_id, input.update())
        return WebhookUpdatePayload(webhook=await load_webhook(info, webhook_id))

    @strawberry.mutation(extensions=[FreshLoaders()], description="Send nothing there any more, and forget what was.")
    async def webhook_delete(
        self, info: Info, input: Annotated[WebhookDeleteInput, strawberry.argument(description="Which webhook.")]
    ) -> WebhookDeleteResult:
        webhook_id = row_id("Webhook", input.webhook_id, "input", "webhookId")
        await delete_webhook(info.context.actor, webhook_id)
        return WebhookDeletePayload(deleted_webhook_id=input.webhook_id)

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Give a webhook a new secret; what is sent is signed with the old one too, for a while.",
    )
    async def webhook_secret_rotate(
        self, info: Info, input: Annotated[WebhookSecretRotateInput, strawberry.argument(description="Which webhook.")]
    ) -> WebhookSecretRotateResult:
        webhook_id = row_id("Webhook", input.webhook_id, "input", "webhookId")
        issued = await rotate_webhook_secret(info.context.actor, webhook_id, input.overlap_hours)
        return WebhookSecretRotatePayload(webhook=await load_webhook(info, webhook_id), secret=issued.secret)

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Send deliveries or a range of events again, with the ids that they had; a receiver drops what it "
        "has had by them.",
    )
    async def webhook_replay(
        self, info: Info, input: Annotated[WebhookReplayInput, strawberry.argument(description="What to send again.")]
    ) -> WebhookReplayResult:
        webhook_id = row_id("Webhook", input.webhook_id, "input", "webhookId")
        count = await input.replay.replayed(info.context.actor, webhook_id)
        return WebhookReplayPayload(webhook=await load_webhook(info, webhook_id), delivery_count=count)

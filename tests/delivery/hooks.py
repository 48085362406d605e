"""Webhooks of tests: made by the services, told and sent by what the workers run, and verified as receivers would."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks import Webhook

from app import db
from app.delivery.webhook_courier import Courier
from app.delivery.webhook_fan_out import fan_out, list_webhooks_to_tell
from app.delivery.webhook_rows import AttemptRow, DeliveryRow, find_webhooks, list_attempts, list_deliveries
from app.delivery.webhook_sending import list_webhooks_to_send
from app.delivery.webhooks import Issued, WebhookToBe, create_webhook
from app.domain.actor import Actor, Permission
from app.domain.paging import PageRequest
from app.domain.roles import partner
from app.identity.partner_keys import PartnerKeyToBe, create_partner_key
from app.settings import load_settings
from tests.delivery.receiver import Received, Receiver
from tests.factories import OPERATOR

ALLOWED = "SEATMARK_WEBHOOK_ALLOWED_HOSTS"
PARTNERS_PERMISSIONS = frozenset(
    {Permission.WEBHOOK_MANAGE, Permission.SEAT_VIEW, Permission.MEMBER_VIEW, Permission.BILLING_VIEW}
)


@pytest.fixture(autouse=True)
def _allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Receivers of tests are on this machine."""
    monkeypatch.setenv(ALLOWED, "127.0.0.1")
    monkeypatch.setenv("SEATMARK_WEBHOOK_SECONDS", "5")


async def hook(
    organization_id: UUID | None, url: str, *events: str, actor: Actor = OPERATOR, description: str = "A test"
) -> Issued:
    return await create_webhook(actor, WebhookToBe(organization_id, url, description, events))


async def partner_of(
    organization_ids: Sequence[UUID], permissions: frozenset[Permission] = PARTNERS_PERMISSIONS
) -> Actor:
    """A partner whose key manages the organizations."""
    issued = await create_partner_key(OPERATOR, PartnerKeyToBe("Partner", organization_ids, sorted_(permissions), None))
    return partner(issued.id, organization_ids, permissions, "request-of-a-partner", None)


def sorted_(permissions: frozenset[Permission]) -> list[Permission]:
    return sorted(permissions, key=lambda one: one.value)


@asynccontextmanager
async def acting(actor: Actor) -> AsyncIterator[None]:
    """By the login of tenants, as the API would for the actor."""
    with db.acting_for(actor.organizations):
        yield


async def tell() -> None:
    """Make deliveries of all that happened."""
    while to_tell := await list_webhooks_to_tell(100):
        assert await fan_out(to_tell)


async def deliver() -> None:
    """Tell what happened, and send all that is due, once."""
    await tell()
    await send()


async def send() -> None:
    courier = Courier()
    await courier.take(await list_webhooks_to_send(100), load_settings())
    await courier.drain(30)


async def make_due(webhook_id: UUID) -> None:
    """As if the time until the next attempts had passed."""
    await db.fetch(
        """
        UPDATE webhook_deliveries SET next_attempt_at = clock_timestamp(), claimed_until = NULL
        WHERE webhook_id = $1 AND status = 'PENDING'
        """,
        webhook_id,
    )


async def deliveries(webhook_id: UUID, actor: Actor = OPERATOR) -> list[DeliveryRow]:
    """The oldest first."""
    found = await list_deliveries(actor, webhook_id, None, PageRequest(1000))
    return sorted(found, key=lambda row: (row.created_at, row.sequence))


async def attempts(delivery: DeliveryRow) -> list[AttemptRow]:
    return (await list_attempts(OPERATOR, [delivery.id]))[delivery.id]


async def is_disabled(webhook_id: UUID) -> str | None:
    (row,) = await find_webhooks(OPERATOR, [webhook_id])
    return row.disabled_reason.value if row.disabled_reason is not None else None


@dataclass(frozen=True, slots=True)
class Told:
    """What a receiver reads out of a message that it has verified."""

    type: str
    sequence: int | None
    body: dict[str, Any]


def verified(received: Received, secret: str) -> Told:
    """Raises: WebhookVerificationError."""
    body = Webhook(secret).verify(received.body, received.headers)
    assert json.loads(received.body) == body
    return Told(body["type"], body["sequence"], body)


def told(receiver: Receiver, issued: Issued) -> list[Told]:
    """All that came, in the order of its numbers, each once."""
    by_id = {one.headers["webhook-id"]: verified(one, issued.secret) for one in receiver.received}
    return sorted(by_id.values(), key=lambda one: one.sequence or 10**9)

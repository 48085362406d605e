"""Webhooks over HTTP: made with a secret that is shown once, changed, replayed, and seen by those who manage them."""

from collections.abc import AsyncIterator

import pytest

from app.graphql.ids import parse_global_id
from tests import client as clients
from tests.client import Client, found, unknown
from tests.delivery.hooks import tell
from tests.servers import Api

pytestmark = pytest.mark.usefixtures("clean_database")

URL = "https://receiver.example/hooks?of=us"
WEBHOOK = (
    "webhook { id url description events enabled disabledReason secrets { expiresAt } organization { id } } secret"
)
DELIVERIES = """
    query($id: ID!) { node(id: $id) { ... on Webhook { deliveries(first: 5) {
        totalCount nodes { id messageId type sequence status attemptCount replayCount endedAt attempts { number } }
    } } } }
"""


@pytest.fixture
async def client(api: Api) -> AsyncIterator[Client]:
    async with clients.connect(api) as connected:
        yield connected


async def test_a_webhook_is_made_seen_rotated_disabled_replayed_and_deleted(client: Client) -> None:
    clock = await clients.create_clock(client, "2021-01-01T00:00:00Z")
    company = await found(client, clock)
    given = {"url": URL, "description": " Ours ", "organizationId": company.id, "events": ["team.*", "team.*"]}
    made = await client.change("webhookCreate", WEBHOOK, **given)
    assert made["secret"].startswith("whsec_")
    hook_id = made["webhook"].pop("id")
    assert made["webhook"] == {
        "url": URL,
        "description": "Ours",
        "events": ["team.*"],
        "enabled": True,
        "disabledReason": None,
        "secrets": [{"expiresAt": None}],
        "organization": {"id": company.id},
    }
    rotated = await client.change("webhookSecretRotate", WEBHOOK, webhookId=hook_id)
    assert rotated["secret"] != made["secret"]
    assert [one["expiresAt"] is None for one in rotated["webhook"]["secrets"]] == [False, True]
    await client.change("teamCreate", "team { id }", organizationId=company.id, name="Blue")
    await tell()
    (delivery,) = (await client.ask(DELIVERIES, id=hook_id))["node"]["deliveries"]["nodes"]
    assert delivery["messageId"].startswith("evt_")
    assert (delivery["type"], delivery["status"], delivery["attempts"]) == ("team.created", "PENDING", [])
    for replay in ({"deliveryIds": [delivery["id"]]}, {"range": {"firstSequence": delivery["sequence"]}}):
        again = await client.change("webhookReplay", "deliveryCount", webhookId=hook_id, replay=replay)
        assert again["deliveryCount"] == 1
    (delivery,) = (await client.ask(DELIVERIES, id=hook_id))["node"]["deliveries"]["nodes"]
    assert delivery["replayCount"] == 2
    off = await client.change("webhookUpdate", "webhook { enabled disabledReason }", webhookId=hook_id, enabled=False)
    assert off["webhook"] == {"enabled": False, "disabledReason": "BY_REQUEST"}
    refusal = await client.refuse("webhookReplay", webhookId=hook_id, replay={"range": {}})
    assert refusal.code == "CONFLICT"
    gone = await client.change("webhookDelete", "deletedWebhookId", webhookId=hook_id)
    assert gone["deletedWebhookId"] == hook_id
    assert (await client.ask(DELIVERIES, id=hook_id))["node"] is None
    assert (await company.read("webhooks { id }"))["webhooks"] == []
    assert (await client.refuse("webhookDelete", webhookId=hook_id)).code == "NOT_FOUND"


async def test_the_record_says_the_host_and_not_what_is_behind_it(client: Client) -> None:
    clock = await clients.create_clock(client, "2021-01-01T00:00:00Z")
    company = await found(client, clock)
    given = {"url": "https://receiver.example/canary-in-a-path", "description": "Ours", "organizationId": company.id}
    made = await client.change("webhookCreate", WEBHOOK, **given)
    log = await company.read("auditLog(first: 1) { nodes { action after } }")
    (entry,) = log["auditLog"]["nodes"]
    assert entry["action"] == "webhook.created"
    assert entry["after"]["host"] == "receiver.example"
    assert "canary" not in str(entry)
    assert entry["after"]["webhookId"] == made["webhook"]["id"]
    assert parse_global_id(entry["after"]["webhookId"])[0] == "Webhook"


async def test_what_names_nothing_is_refused_where_it_stands(client: Client) -> None:
    clock = await clients.create_clock(client, "2021-01-01T00:00:00Z")
    company = await found(client, clock)
    made = await client.change("webhookCreate", WEBHOOK, url=URL, description="Ours", organizationId=company.id)
    hook_id = made["webhook"]["id"]
    replay = {"deliveryIds": [unknown("WebhookDelivery")]}
    refusals = [
        await client.refuse("webhookCreate", url=URL, description="No organization"),
        await client.refuse("webhookUpdate", webhookId=hook_id, url=None),
        await client.refuse("webhookUpdate", webhookId=hook_id, events=["nothing.happened"]),
        await client.refuse("webhookSecretRotate", webhookId=hook_id, overlapHours=169),
        await client.refuse("webhookReplay", webhookId=hook_id, replay=replay),
        await client.refuse("webhookReplay", webhookId=hook_id, replay={"deliveryIds": []}),
        await client.refuse("webhookReplay", webhookId=unknown("Webhook"), replay=replay),
    ]
    assert [(one.code, one.problems[0].path) for one in refusals] == [
        ("INVALID_INPUT", ["input", "organizationId"]),
        ("INVALID_INPUT", ["input", "url"]),
        ("INVALID_INPUT", ["input", "events", "0"]),
        ("INVALID_INPUT", ["input", "overlapHours"]),
        ("NOT_FOUND", ["input", "replay", "deliveryIds"]),
        ("INVALID_INPUT", ["input", "replay", "deliveryIds"]),
        ("NOT_FOUND", ["input", "webhookId"]),
    ]

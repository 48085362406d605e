"""Webhooks tell what happens, signed, to whoever may see it, until they take it (R8.1, R8.3)."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app import db
from app.delivery.webhook_ending import disable_webhooks, forget_deliveries, list_webhooks_to_disable
from app.delivery.webhook_replays import Range, replay_deliveries, replay_range
from app.delivery.webhooks import WebhookUpdate, delete_webhook, rotate_webhook_secret, update_webhook
from app.domain.actor import Permission, Role, system
from app.domain.errors import ErrorCode
from app.domain.payloads import global_id
from app.domain.roles import api_key
from app.domain.webhooks import MOST_ATTEMPTS
from app.memberships.teams import create_team
from tests.delivery.hooks import (
    _allowed,  # noqa: F401 - for every test here
    attempts,
    deliver,
    deliveries,
    hook,
    is_disabled,
    make_due,
    send,
    tell,
    told,
    verified,
)
from tests.delivery.receiver import answering, run_receiver
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, appoint, found_at, refused

pytestmark = pytest.mark.usefixtures("clean_database")

SWEEPER = system("webhooks")


async def team(company: Company, name: str) -> UUID:
    return await create_team(OPERATOR, company.id, name, [], POLICIES)


async def test_what_happens_is_sent_signed_and_in_the_form_of_the_documents() -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        receiver.answer = answering("200 OK", b"thanks")
        issued = await hook(company.id, receiver.url, "team.created")
        team_id = await team(company, "Blue")
        await deliver()
        (request,) = receiver.received
    assert request.headers["content-type"] == "application/json"
    body = verified(request, issued.secret).body
    assert body["data"].pop("memberIds", []) == []
    (event,) = await db.fetch("SELECT at, sequence FROM events WHERE type = 'team.created'")
    assert body == {
        "type": "team.created",
        "timestamp": event["at"].isoformat().replace("+00:00", "Z"),
        "organizationId": global_id("Organization", company.id),
        "sequence": event["sequence"],
        "data": {"teamId": global_id("Team", team_id)},
    }
    (delivery,) = await deliveries(issued.webhook_id)
    assert (delivery.status.value, delivery.type, delivery.attempts) == ("DELIVERED", "team.created", 1)
    (attempt,) = await attempts(delivery)
    assert (attempt.number, attempt.status, attempt.answer, attempt.error) == (1, 200, "thanks", None)


async def test_instants_in_what_is_sent_end_in_z() -> None:
    company = await found_at(NOVEMBER, is_active=False)
    async with run_receiver() as receiver:
        issued = await hook(company.id, receiver.url, "tracker.*")
        from app.organizations.service import activate_tracker

        await activate_tracker(OPERATOR, company.id)
        await deliver()
        (one,) = told(receiver, issued)
    assert b"+00:00" not in receiver.received[0].body
    assert datetime.fromisoformat(one.body["data"]["trialEndsAt"]) == (await company.facts()).lifecycle.trial_ends_at
    assert one.body["data"]["trialEndsAt"].endswith("Z")


async def test_a_webhook_gets_what_happens_from_its_creation_on_and_what_it_asks_for_alone() -> None:
    company = await found_at(NOVEMBER)
    await team(company, "Before")
    async with run_receiver() as some, run_receiver() as everything:
        chosen = await hook(company.id, some.url, "team.*", "organization.closed")
        whole = await hook(company.id, everything.url)
        await team(company, "After")
        await deliver()
        assert [one.type for one in told(some, chosen)] == ["team.created"]
        assert [one.type for one in told(everything, whole)] == ["webhook.created", "team.created"]
        assert [one.sequence for one in told(everything, whole)] == [6, 7]


async def test_two_organizations_know_nothing_of_each_other() -> None:
    ours, theirs = await found_at(NOVEMBER), await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        await hook(ours.id, receiver.url, "team.*")
        await team(theirs, "Theirs")
        await deliver()
        assert receiver.received == []


async def test_a_key_is_told_what_it_may_see_and_cannot_take_over_what_sees_more() -> None:
    company = await found_at(NOVEMBER, 1)
    owner = await appoint(company, Role.OWNER)
    member_id = owner.member_in(company.id)
    assert member_id is not None
    allowed = [Permission.WEBHOOK_MANAGE]
    key = api_key(UUID(int=7), company.id, (member_id, Role.OWNER), allowed, "a request", None)
    async with run_receiver() as receiver:
        theirs = await hook(company.id, receiver.url, actor=owner)
        async with refused(ErrorCode.FORBIDDEN):
            await update_webhook(key, theirs.webhook_id, WebhookUpdate(url=f"{receiver.url}/elsewhere"))
        async with refused(ErrorCode.FORBIDDEN):
            await rotate_webhook_secret(key, theirs.webhook_id, 0)
        async with refused(ErrorCode.FORBIDDEN) as refusal:
            await hook(company.id, receiver.url, "team.created", "organization.closed", actor=key)
        assert [one.path for one in refusal.value.problems] == [("input", "events", "0")]


async def test_filters_that_name_nothing_are_refused_each() -> None:
    company = await found_at(NOVEMBER)
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await hook(company.id, "https://receiver.example/", "team.created", "team.made", "teams.*", "*")
    assert [one.path[-1] for one in refusal.value.problems] == ["1", "2", "3"]


@pytest.mark.parametrize("url", ["http://receiver.example/", "https://10.0.0.1/", "https://169.254.169.254/", "https:"])
async def test_addresses_that_nobody_is_sent_to_are_refused(url: str) -> None:
    company = await found_at(NOVEMBER)
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await hook(company.id, url)
    assert refusal.value.problems[0].path == ("input", "url")


async def test_a_failing_receiver_is_tried_ten_times_in_three_days_and_then_given_up() -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        receiver.answer = answering("500 Oops", b"not now")
        issued = await hook(company.id, receiver.url, "team.created")
        await team(company, "Blue")
        await deliver()
        for turn in range(1, MOST_ATTEMPTS):
            (delivery,) = await deliveries(issued.webhook_id)
            assert (delivery.status.value, delivery.attempts) == ("PENDING", turn)
            await send()  # nothing is due yet
            assert len(receiver.received) == turn
            await make_due(issued.webhook_id)
            await send()
        assert len({one.headers["webhook-id"] for one in receiver.received}) == 1
        await make_due(issued.webhook_id)
        await send()
        assert len(receiver.received) == MOST_ATTEMPTS == 10
    (delivery,) = await deliveries(issued.webhook_id)
    assert (delivery.status.value, delivery.attempts, delivery.next_attempt_at) == ("DEAD", 10, None)
    seen = await attempts(delivery)
    waited = [one.next_attempt_at - one.ended_at for one in seen[:-1] if one.next_attempt_at and one.ended_at]
    minutes = [5 / 60, 5, 30, 120, 300, 600, 840, 1200, 1200]
    assert all(abs(one / timedelta(minutes=wanted) - 1) < 0.11 for one, wanted in zip(waited, minutes, strict=True))
    assert [(one.status, one.answer) for one in seen] == [(500, "not now")] * 10


async def test_after_three_days_of_failure_a_webhook_is_disabled_with_an_event() -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver, run_receiver() as watcher:
        receiver.answer = answering("503 Busy")
        issued = await hook(company.id, receiver.url, "team.created")
        watching = await hook(company.id, watcher.url, "webhook.disabled")
        await team(company, "Blue")
        await tell()
        for _ in range(MOST_ATTEMPTS):
            assert await list_webhooks_to_disable(10) == []
            await make_due(issued.webhook_id)
            await send()
        assert await list_webhooks_to_disable(10) == [issued.webhook_id]
        assert await disable_webhooks(SWEEPER, [issued.webhook_id]) == 1
        assert await disable_webhooks(SWEEPER, [issued.webhook_id]) == 0
        assert await is_disabled(issued.webhook_id) == "FAILING"
        await deliver()
        (one,) = told(watcher, watching)
        assert one.body["data"]["webhookId"] == global_id("Webhook", issued.webhook_id)
        assert one.body["data"]["reason"] == "FAILING"
        assert one.body["data"]["failingSince"].endswith("Z")


async def test_a_receiver_that_took_something_since_is_not_given_up() -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        receiver.answer = answering("503 Busy")
        issued = await hook(company.id, receiver.url, "team.created")
        await team(company, "Blue")
        await deliver()
        receiver.answer = answering("200 OK")
        await team(company, "Red")
        await deliver()
        receiver.answer = answering("503 Busy")
        for _ in range(MOST_ATTEMPTS):
            await make_due(issued.webhook_id)
            await send()
        assert [one.status.value for one in await deliveries(issued.webhook_id)] == ["DEAD", "DELIVERED"]
        assert await list_webhooks_to_disable(10) == []


async def test_a_receiver_that_is_gone_is_sent_nothing_any_more_until_somebody_enables_it() -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        receiver.answer = answering("410 Gone")
        issued = await hook(company.id, receiver.url, "team.created")
        await team(company, "Blue")
        await deliver()
        await make_due(issued.webhook_id)
        await send()
        assert len(receiver.received) == 1
        assert await disable_webhooks(SWEEPER, await list_webhooks_to_disable(10)) == 1
        assert await is_disabled(issued.webhook_id) == "GONE"
        await team(company, "Missed")
        await deliver()
        receiver.answer = answering("200 OK")
        await update_webhook(OPERATOR, issued.webhook_id, WebhookUpdate(is_enabled=True))
        await team(company, "Red")
        await make_due(issued.webhook_id)
        await deliver()
        assert [one.status.value for one in await deliveries(issued.webhook_id)] == ["DELIVERED", "DELIVERED"]
        assert await replay_range(OPERATOR, issued.webhook_id, Range()) == 3  # what was missed, too
        await send()
        assert len(told(receiver, issued)) == 3


async def test_a_receiver_says_when_it_wants_to_be_asked_again_within_bounds() -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        issued = await hook(company.id, receiver.url, "team.created")
        for number, (wish, least, most) in enumerate(
            [("3600", 3600, 3600), ("1", 4.4, 5.6), ("999999999", 86400, 86400), ("Fri", 4.4, 5.6)]
        ):
            receiver.answer = answering("429 Slowly", b"", **{"Retry-After": wish})
            await team(company, f"Team {number}")
            await deliver()
            delivery = (await deliveries(issued.webhook_id))[-1]
            (attempt,) = await attempts(delivery)
            assert attempt.next_attempt_at is not None
            assert attempt.ended_at is not None
            assert least <= (attempt.next_attempt_at - attempt.ended_at).total_seconds() <= most


async def test_during_the_overlap_both_secrets_sign_and_after_it_the_new_one_alone() -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        issued = await hook(company.id, receiver.url, "team.created")
        second = await rotate_webhook_secret(OPERATOR, issued.webhook_id, 24)
        await team(company, "Blue")
        await deliver()
        (request,) = receiver.received
        for secret in (issued.secret, second.secret):
            verified(request, secret)
        third = await rotate_webhook_secret(OPERATOR, issued.webhook_id, 0)
        await team(company, "Red")
        await deliver()
        request = receiver.received[-1]
        verified(request, third.secret)
        for secret in (issued.secret, second.secret):
            with pytest.raises(WebhookVerificationError):
                Webhook(secret).verify(request.body, request.headers)


async def test_a_dead_delivery_is_replayed_with_the_id_that_it_had() -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        receiver.answer = answering("500 Oops")
        issued = await hook(company.id, receiver.url, "team.created")
        await team(company, "Blue")
        await tell()
        for _ in range(MOST_ATTEMPTS):
            await make_due(issued.webhook_id)
            await send()
        (dead,) = await deliveries(issued.webhook_id)
        receiver.answer = answering("200 OK")
        assert await disable_webhooks(SWEEPER, [issued.webhook_id]) == 1
        await update_webhook(OPERATOR, issued.webhook_id, WebhookUpdate(is_enabled=True))
        assert await replay_deliveries(OPERATOR, issued.webhook_id, [dead.id]) == 1
        await send()
        (delivery,) = await deliveries(issued.webhook_id)
        assert (delivery.status.value, delivery.attempts, delivery.replays) == ("DELIVERED", 1, 1)
        assert len(await attempts(delivery)) == 11
        assert len({one.headers["webhook-id"] for one in receiver.received}) == 1


async def test_a_range_is_replayed_by_numbers_and_only_what_is_dead_if_one_likes() -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        issued = await hook(company.id, receiver.url, "team.created")
        for number in range(4):
            await team(company, f"Team {number}")
        await deliver()
        numbers = [one.sequence for one in await deliveries(issued.webhook_id)]
        assert await replay_range(OPERATOR, issued.webhook_id, Range(first=numbers[1], last=numbers[2])) == 2
        assert await replay_range(OPERATOR, issued.webhook_id, Range(only_dead=True)) == 0
        await send()
        assert [one.replays for one in await deliveries(issued.webhook_id)] == [0, 1, 1, 0]
        assert len(receiver.received) == 6


async def test_another_webhooks_delivery_is_not_found_and_a_disabled_webhook_replays_nothing() -> None:
    ours, theirs = await found_at(NOVEMBER), await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        issued, other = await hook(ours.id, receiver.url), await hook(theirs.id, receiver.url)
        await deliver()
        (delivery,) = await deliveries(other.webhook_id)
        async with refused(ErrorCode.NOT_FOUND):
            await replay_deliveries(OPERATOR, issued.webhook_id, [delivery.id])
        await update_webhook(OPERATOR, issued.webhook_id, WebhookUpdate(is_enabled=False))
        async with refused(ErrorCode.CONFLICT):
            await replay_range(OPERATOR, issued.webhook_id, Range())


async def test_what_was_deleted_gets_nothing_and_is_forgotten() -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        receiver.answer = answering("500 Oops")
        issued = await hook(company.id, receiver.url)
        await deliver()
        await delete_webhook(OPERATOR, issued.webhook_id)
        await make_due(issued.webhook_id)
        await team(company, "Blue")
        await deliver()
        assert len(receiver.received) == 1
        assert await db.count("SELECT 1 FROM webhook_secrets") == 0
        assert await forget_deliveries() == 1
        for table in ("webhooks", "webhook_positions", "webhook_deliveries", "webhook_attempts"):
            assert await db.count(f"SELECT 1 FROM {table}") == 0
        async with refused(ErrorCode.NOT_FOUND):
            await delete_webhook(OPERATOR, issued.webhook_id)


async def test_what_ended_is_forgotten_after_thirty_days_and_what_is_pending_is_not() -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        issued = await hook(company.id, receiver.url, "team.created")
        await team(company, "Blue")
        await deliver()
        receiver.answer = answering("500 Oops")
        await team(company, "Red")
        await deliver()
        await db.fetch("UPDATE webhook_deliveries SET ended_at = ended_at - interval '30 days'")
        assert await forget_deliveries() == 1
        assert [one.status.value for one in await deliveries(issued.webhook_id)] == ["PENDING"]


async def test_a_webhook_too_many_is_refused() -> None:
    company = await found_at(NOVEMBER)
    for _ in range(20):
        await hook(company.id, "https://receiver.example/")
    async with refused(ErrorCode.INVALID_INPUT):
        await hook(company.id, "https://receiver.example/")

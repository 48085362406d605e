"""A partner is told of every organization that it manages, of its purge too, and nobody else sees that (R8.3, R2.6)."""

import asyncio
from uuid import UUID

import pytest

from app import db
from app.checks.catalog import find_violations
from app.delivery.webhook_rows import find_deliveries, find_webhooks, list_own_webhooks
from app.delivery.webhooks import WebhookUpdate, delete_webhook, rotate_webhook_secret, update_webhook
from app.domain.actor import Permission, system
from app.domain.errors import DomainError, ErrorCode
from app.domain.lifecycle import OrganizationState
from app.domain.payloads import global_id
from app.identity.partner_keys import PartnerKeyUpdate, revoke_partner_key, update_partner_key
from app.retention.purge import decide_purges, purge_batch
from tests.delivery.hooks import (
    PARTNERS_PERMISSIONS,
    _allowed,  # noqa: F401 - for every test here
    acting,
    deliver,
    deliveries,
    hook,
    partner_of,
    send,
    tell,
    told,
)
from tests.delivery.receiver import answering, run_receiver
from tests.delivery.test_webhooks import team
from tests.factories import NOVEMBER, OPERATOR, advance, count_of, found_at, jump, refused, utc

pytestmark = pytest.mark.usefixtures("clean_database")

ACTIVATED = utc("2020-11-03 10:00")
WARNED, DUE = utc("2021-01-02 09:00"), utc("2021-01-02 11:00")
PURGER = system("purge")


async def test_a_partner_is_told_of_all_its_organizations_those_to_come_too_and_of_no_others() -> None:
    ours, later, theirs = [await found_at(NOVEMBER) for _ in range(3)]
    actor = await partner_of([ours.id])
    async with run_receiver() as receiver:
        async with acting(actor):
            issued = await hook(None, receiver.url, "team.created", actor=actor)
        await team(later, "Before it was ours")
        await update_partner_key(OPERATOR, UUID(actor.reference), PartnerKeyUpdate(add_organization_ids=[later.id]))
        for company in (ours, later, theirs):
            await team(company, "Blue")
        await deliver()
        assert {one.body["organizationId"] for one in told(receiver, issued)} == {
            global_id("Organization", ours.id),
            global_id("Organization", later.id),
        }
        assert len(receiver.received) == 2


async def test_a_partner_is_told_what_its_key_lets_it_see_now() -> None:
    company = await found_at(NOVEMBER)
    actor = await partner_of([company.id])
    async with run_receiver() as receiver:
        async with acting(actor):
            issued = await hook(None, receiver.url, actor=actor)
        await team(company, "Blue")
        await deliver()
        less = [Permission.WEBHOOK_MANAGE]
        await update_partner_key(OPERATOR, UUID(actor.reference), PartnerKeyUpdate(permissions=less))
        await team(company, "Red")
        await deliver()
        assert [one.type for one in told(receiver, issued)] == ["team.created"]


async def test_what_is_still_to_be_told_ends_with_the_partners_place_and_with_its_key() -> None:
    company, other = await found_at(NOVEMBER), await found_at(NOVEMBER)
    actor = await partner_of([company.id, other.id])
    async with run_receiver() as receiver:
        async with acting(actor):
            await hook(None, receiver.url, "team.created", actor=actor)
        await team(company, "Blue")
        await team(other, "Red")
        await tell()
        gone = PartnerKeyUpdate(remove_organization_ids=[company.id])
        await update_partner_key(OPERATOR, UUID(actor.reference), gone)
        assert await count_of("webhook_deliveries", company.id) == 0
        assert await count_of("webhook_deliveries", other.id) == 1
        await revoke_partner_key(OPERATOR, UUID(actor.reference))
        await send()
        assert receiver.received == []


async def test_a_partner_manages_its_own_and_is_on_the_platforms_record() -> None:
    company = await found_at(NOVEMBER)
    actor, stranger = await partner_of([company.id]), await partner_of([company.id])
    async with acting(actor):
        issued = await hook(None, "https://partner.example/hooks", actor=actor)
        await update_webhook(actor, issued.webhook_id, WebhookUpdate(description='It\'s "ours" \N{SNOWMAN}'))
        await rotate_webhook_secret(actor, issued.webhook_id, 1)
        (row,) = await list_own_webhooks(actor)
        assert (row.id, row.description, len(row.secrets)) == (issued.webhook_id, 'It\'s "ours" \N{SNOWMAN}', 2)
    async with acting(stranger):
        assert await find_webhooks(stranger, [issued.webhook_id]) == []
    async with refused(ErrorCode.NOT_FOUND), acting(stranger):
        await delete_webhook(stranger, issued.webhook_id)
    async with acting(actor):
        await delete_webhook(actor, issued.webhook_id)
    rows = await db.fetch("SELECT action, actor FROM audit_entries WHERE action LIKE 'webhook.%' ORDER BY sequence")
    assert [row["action"] for row in rows] == [
        "webhook.created",
        "webhook.updated",
        "webhook.secret_rotated",
        "webhook.deleted",
    ]
    assert {row["actor"] for row in rows} == {actor.name}
    assert await find_violations([17]) == []


async def test_a_partner_whose_key_does_not_allow_it_has_no_webhooks() -> None:
    company = await found_at(NOVEMBER)
    actor = await partner_of([company.id], PARTNERS_PERMISSIONS - {Permission.WEBHOOK_MANAGE})
    async with refused(ErrorCode.FORBIDDEN), acting(actor):
        await hook(None, "https://partner.example/hooks", actor=actor)
    async with refused(ErrorCode.INVALID_INPUT):
        await hook(None, "https://partner.example/hooks")


async def test_to_the_login_of_an_organization_what_its_partner_is_told_does_not_exist() -> None:
    company = await found_at(NOVEMBER)
    actor = await partner_of([company.id])
    async with run_receiver() as receiver:
        async with acting(actor):
            issued = await hook(None, receiver.url, "team.created", actor=actor)
        await team(company, "Blue")
        await deliver()
    (delivery,) = await deliveries(issued.webhook_id)
    async with acting(actor):
        assert len(await deliveries(issued.webhook_id, actor)) == 1
        assert await find_deliveries(actor, [delivery.id]) != []
    with db.acting_for(frozenset({company.id})):
        for table in ("webhooks", "webhook_positions", "webhook_deliveries", "webhook_attempts"):
            assert await db.count(f"SELECT 1 FROM {table}") == 0


async def test_the_purge_of_an_organization_is_told_to_its_partner_when_nothing_is_left_of_it() -> None:
    company, bystander = await found_at(ACTIVATED), await found_at(ACTIVATED)
    actor, stranger = await partner_of([company.id]), await partner_of([bystander.id])
    async with run_receiver() as receiver, run_receiver() as elsewhere, run_receiver() as own:
        async with acting(actor):
            issued = await hook(None, receiver.url, "organization.purged", actor=actor)
        async with acting(stranger):
            await hook(None, elsewhere.url, actor=stranger)
        own.answer = answering("500 Oops")
        await hook(company.id, own.url)
        await team(company, "Blue")
        await deliver()
        await advance(company.clock_id, WARNED)
        await jump(company.clock_id, DUE)
        assert await decide_purges(PURGER, [company.id], during_advance=False) == 1
        await deliver()
        while await purge_batch(PURGER, company.id, 100, during_advance=False):
            await tell()
        assert (await company.facts()).state is OrganizationState.PURGED
        for table in ("webhooks", "webhook_secrets", "webhook_positions", "webhook_deliveries", "webhook_attempts"):
            assert await count_of(table, company.id) == 0
        await deliver()
        await deliver()
        (one,) = told(receiver, issued)
        assert (one.type, one.sequence, one.body["organizationId"]) == (
            "organization.purged",
            None,
            global_id("Organization", company.id),
        )
        assert one.body["data"]["reason"] == "no subscription within 30 days of the trial"
        assert "organization.purged" not in {one.headers["webhook-id"] for one in elsewhere.received}
        assert all(b"organization.purged" not in request.body for request in elsewhere.received)
        assert await find_violations([12, 14, 15]) == []
    assert await count_of("webhook_deliveries", company.id) == 0


async def test_of_many_that_a_partner_makes_at_once_there_are_no_more_than_it_may_have() -> None:
    company = await found_at(NOVEMBER)
    partner = await partner_of([company.id])
    for _ in range(18):
        await hook(None, "https://receiver.example/", actor=partner)
    made = await asyncio.gather(
        *(hook(None, "https://receiver.example/", actor=partner) for _ in range(6)), return_exceptions=True
    )
    refusals = [one for one in made if isinstance(one, DomainError)]
    assert [one.code for one in refusals] == [ErrorCode.INVALID_INPUT] * 4
    assert await db.count("SELECT 1 FROM webhooks") == 20

"""The couriers take what is due to its receivers, each in its turn, and none at the cost of another (R8.1)."""

import ssl
from uuid import UUID

import pytest

from app import db
from app.checks.catalog import find_violations
from app.delivery.webhook_courier import PLACES, PLACES_OF_FAILING, Courier
from app.delivery.webhook_sending import claim, list_turns, list_webhooks_to_send
from app.domain.webhooks import MOST_ATTEMPTS
from app.settings import load_settings
from tests.delivery.certificates import certificate, signed, trusted  # noqa: F401 - fixtures
from tests.delivery.hooks import (
    _allowed,  # noqa: F401 - for every test here
    attempts,
    deliver,
    deliveries,
    hook,
    make_due,
    send,
    tell,
    told,
)
from tests.delivery.receiver import answering, run_receiver
from tests.delivery.test_webhooks import team
from tests.factories import NOVEMBER, Company, found_at

pytestmark = pytest.mark.usefixtures("clean_database")


@pytest.mark.usefixtures("trusted")
async def test_many_messages_are_taken_to_a_receiver_that_speaks_https(
    certificate: ssl.SSLContext,  # noqa: F811
) -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver(certificate) as receiver:
        issued = await hook(company.id, receiver.url, "team.created")
        for number in range(20):
            await team(company, f"Team {number}")
        await deliver()
        assert len(told(receiver, issued)) == 20
    assert {(one.status.value, one.attempts) for one in await deliveries(issued.webhook_id)} == {("DELIVERED", 1)}


async def failed(company: Company, url: str) -> UUID:
    """A webhook whose receiver did not take the one message there is."""
    issued = await hook(company.id, url, "team.created")
    await team(company, "Blue")
    await deliver()
    return issued.webhook_id


async def test_of_those_that_failed_whoever_was_tried_longest_ago_is_next() -> None:
    companies = [await found_at(NOVEMBER) for _ in range(3)]
    async with run_receiver() as receiver:
        receiver.answer = answering("500 Oops")
        first, second, third = [await failed(company, receiver.url) for company in companies]
    for one in (first, second, third):
        await make_due(one)
    healthy = await hook((await found_at(NOVEMBER)).id, "https://receiver.example/")
    await tell()
    assert await list_webhooks_to_send(10) == [healthy.webhook_id, first, second, third]
    for turn, order in ((first, [second, third, first]), (second, [third, first, second])):
        await claim(turn, load_settings())
        await make_due(turn)
        assert await list_webhooks_to_send(10) == [healthy.webhook_id, *order]
        turns = await list_turns([turn, *order, healthy.webhook_id])
        assert [one.webhook_id for one in turns] == [healthy.webhook_id, *order]
        assert [one.is_failing for one in turns] == [False, True, True, True]


async def test_a_receiver_that_failed_last_is_sent_one_message_at_a_time() -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        receiver.answer = answering("500 Oops")
        webhook_id = await failed(company, receiver.url)
        await make_due(webhook_id)
        for number in range(6):
            await team(company, f"Team {number}")
        await deliver()
        assert len(receiver.received) == 2
        receiver.answer = answering("200 OK")
        await make_due(webhook_id)
        await deliver()
        assert len(receiver.received) == 2 + 7
    assert {one.status.value for one in await deliveries(webhook_id)} == {"DELIVERED"}


@pytest.mark.parametrize(("is_failing", "places"), [(False, PLACES - PLACES_OF_FAILING), (True, PLACES_OF_FAILING)])
async def test_one_organization_has_a_quarter_of_the_places(*, is_failing: bool, places: int) -> None:
    ours, theirs = await found_at(NOVEMBER), await found_at(NOVEMBER)
    async with run_receiver() as hanging, run_receiver() as good:
        hanging.answer = None if not is_failing else answering("500 Oops")
        stuck = [await hook(ours.id, hanging.url, "team.created") for _ in range(places // 4 + 1)]
        quick = await hook(theirs.id, good.url, "team.created")
        await team(ours, "Blue")
        if is_failing:
            await deliver()
            hanging.answer = None
            for one in stuck:
                await make_due(one.webhook_id)
        await team(theirs, "Red")
        await tell()
        courier = Courier()
        assert await courier.take(await list_webhooks_to_send(100), load_settings()) == places // 4 + 1
        assert quick.webhook_id in courier.rounds
        await courier.close(0.1)


async def test_who_ends_gives_back_what_nobody_waited_for() -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        receiver.answer = None
        issued = await hook(company.id, receiver.url, "team.created")
        await team(company, "Blue")
        await tell()
        for turn in range(1, MOST_ATTEMPTS + 2):
            receiver.asked.clear()
            courier = Courier()
            assert await courier.take(await list_webhooks_to_send(10), load_settings()) == 1  # due at once
            await receiver.asked.wait()
            await courier.close(0)
            (delivery,) = await deliveries(issued.webhook_id)
            assert (delivery.status.value, delivery.attempts) == ("PENDING", 0)
            made = await attempts(delivery)
            assert [(one.number, one.error) for one in made] == [
                (number, "the sender came to an end before it answered") for number in range(1, turn + 1)
            ]
        assert await find_violations([14, 15]) == []
        receiver.answer = answering("204 No Content")
        await send()
    (delivery,) = await deliveries(issued.webhook_id)
    assert (delivery.status.value, delivery.attempts) == ("DELIVERED", 1)
    (row,) = await db.fetch("SELECT failing_since FROM webhooks")
    assert row["failing_since"] is None

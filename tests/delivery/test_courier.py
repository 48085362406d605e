"""The couriers take what is due to its receivers, each in its turn, and none at the cost of another (R8.1)."""

import ssl

import pytest

from tests.delivery.certificates import certificate, signed, trusted  # noqa: F401 - fixtures
from tests.delivery.hooks import (
    _allowed,  # noqa: F401 - for every test here
    deliver,
    deliveries,
    hook,
    told,
)
from tests.delivery.receiver import run_receiver
from tests.delivery.test_webhooks import team
from tests.factories import NOVEMBER, found_at

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

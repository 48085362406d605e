"""A partner's clock is made in the partner's own transaction, and recorded where a partner sees nothing (R9.1)."""

from datetime import datetime
from uuid import UUID

import orjson
import pytest

from app import db
from app.clocks.service import create_test_clock
from app.domain.actor import Actor, Permission
from app.domain.errors import ErrorCode
from app.identity.idempotency import Fate, Outcome, Part, run_once
from app.identity.partner_keys import PartnerKeyToBe, PartnerKeyUpdate, create_partner_key, revoke_partner_key
from app.identity.partner_keys import update_partner_key as update
from app.identity.service import find_actor
from tests.events.test_chain import broken_at, entries_of
from tests.factories import NOVEMBER, OPERATOR, refused, snapshot

pytestmark = pytest.mark.usefixtures("clean_database")

KEY, REQUEST = "a key of a partner", b"make a clock"


@pytest.fixture
async def partner(clean_database: None) -> Actor:
    permissions = [Permission.TEST_CLOCK_MANAGE, Permission.MEMBER_VIEW]
    issued = await create_partner_key(OPERATOR, PartnerKeyToBe("Acme", [], permissions, None))
    found = await find_actor(issued.text, "request-of-acme")
    assert found is not None
    return found


class BrokenOff(Exception):  # noqa: N818 - no error: a process that is gone
    pass


async def ask(actor: Actor, fate: Fate | None = Fate.KEPT) -> None:
    """Make a clock under the key, as the API does; without a fate the process is gone before the commit."""

    async def run(_: Part) -> Outcome:
        await create_test_clock(actor, NOVEMBER)
        if fate is None:
            raise BrokenOff
        return Outcome(b"made", fate)

    with db.acting_for(actor.organizations):
        await run_once(actor, KEY, REQUEST, run)


async def made() -> int:
    return await db.count("SELECT 1 FROM test_clocks")


async def test_broken_off_before_the_commit_and_asked_for_again_it_is_made_once(partner: Actor) -> None:
    before = await snapshot()
    with pytest.raises(BrokenOff):
        await ask(partner, None)
    await ask(partner, Fate.TAKEN_BACK)
    assert await snapshot() == before
    await ask(partner)
    await ask(partner)
    assert await made() == 1
    assert [entry["action"] for entry in await entries_of(None)][2:] == ["test_clock.created"]


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ("2021-01-05T12:00:00+03:00", "2021-01-05T09:00:00+00:00"),
        ("2021-01-05T09:00:00.000120+00:00", "2021-01-05T09:00:00.000120+00:00"),
    ],
)
async def test_it_is_recorded_on_the_platforms_chain_as_an_operators_is(partner: Actor, shown: str, told: str) -> None:
    now = datetime.fromisoformat(shown)
    with db.acting_for(partner.organizations):
        clock_id = await create_test_clock(partner, now)
    last = (await entries_of(None))[-1]
    assert (last["actor"], last["request_id"]) == (f"partner:{partner.reference}", "request-of-acme")
    assert orjson.loads(last["after"]) == {"testClockId": str(clock_id), "now": told}
    assert await broken_at(None) is None
    await create_test_clock(OPERATOR, now)
    own = (await entries_of(None))[-1]
    assert orjson.loads(own["after"])["now"] == told
    assert (own["action"], own["before"]) == (last["action"], last["before"])
    assert await broken_at(None) is None
    (event,) = await db.fetch("SELECT at, type, payload FROM events WHERE sequence = $1", last["sequence"])
    assert (event["at"], event["type"], event["payload"]) == (last["at"], last["action"], last["after"])
    (clock,) = await db.fetch("SELECT * FROM test_clocks WHERE id = $1", clock_id)
    assert (clock["now"], clock["created_by"], clock["partner_key_id"]) == (now, partner.name, UUID(partner.reference))
    assert (clock["expires_at"] - clock["created_at"]).days == 30


@pytest.mark.parametrize("way", ["revoked", "updated"])
async def test_a_key_that_makes_none_by_now_makes_none(partner: Actor, way: str) -> None:
    key_id = UUID(partner.reference)
    if way == "revoked":
        await revoke_partner_key(OPERATOR, key_id)
    else:
        await update(OPERATOR, key_id, PartnerKeyUpdate(permissions=[Permission.MEMBER_VIEW]))
    async with refused(ErrorCode.FORBIDDEN):
        with db.acting_for(partner.organizations):
            await create_test_clock(partner, NOVEMBER)

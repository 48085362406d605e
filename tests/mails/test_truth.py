"""Mails that waited for their server say what is so when they are sent, or are not sent (R1.9, R6.3)."""

from decimal import Decimal

import pytest

from app import db
from app.billing.payments import ReceivedPayment, record_payment
from app.delivery.mail_truth import NOT_TRUE, SAID_LATER
from app.delivery.mails import retry_mails
from app.domain.seat_change import JoinsPolicy
from app.memberships.members import deactivate_member
from app.memberships.teams import TeamUpdate, create_team, update_team
from app.retention.holds import set_legal_hold
from app.retention.life import close_organization, extend_trial
from app.settings import Settings
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
    Company,
    advance,
    change,
    change_groups,
    found_at,
    hire,
    moscow,
    utc,
)
from tests.mails.server import Post
from tests.mails.test_told import CONTACT, OWNER, about, billed, deliver, flowing

pytestmark = pytest.mark.usefixtures("clean_database")

TRIAL_BEGINS = utc("2020-11-03 10:00")
"""Its trial ends on 3 December and its data are deleted on 2 January."""


async def in_trial(members: int = 2) -> Company:
    return await found_at(TRIAL_BEGINS, members)


async def errors() -> list[str]:
    rows = await db.fetch("SELECT kind, error FROM mails WHERE dead_at IS NOT NULL ORDER BY kind, created_at")
    return [f"{row['kind']}: {row['error']}" for row in rows]


def subjects(post: Post) -> list[str]:
    return [
        f"{to.partition('@')[0]}: {message['Subject']}".replace("\u00a0", " ") for to, message in post.handler.taken
    ]


async def test_who_subscribed_meanwhile_hears_nothing_of_a_purge_or_a_trial(post: Post, settings: Settings) -> None:
    company = await in_trial()
    await advance(company.clock_id, utc("2020-12-27 00:00"))
    await change(company, subscribe=company.members)
    assert await deliver(settings) == 0
    assert await errors() == [
        f"PURGE_APPROACHING: {NOT_TRUE}",
        f"PURGE_APPROACHING: {NOT_TRUE}",
        f"TRIAL_ENDED: {NOT_TRUE}",
        f"TRIAL_ENDING: {NOT_TRUE}",
        f"TRIAL_ENDING: {NOT_TRUE}",
    ]
    dead = [row["id"] for row in await db.fetch("SELECT id FROM mails")]
    assert await retry_mails(OPERATOR, dead) == 5
    assert await deliver(settings) == 0
    assert len(await errors()) == 5


async def test_of_several_warnings_that_wait_the_last_is_sent(post: Post, settings: Settings) -> None:
    company = await in_trial()
    await advance(company.clock_id, utc("2020-12-02 12:00"))
    assert await deliver(settings) == 1
    await advance(company.clock_id, utc("2021-01-01 12:00"))
    assert await deliver(settings) == 2
    assert subjects(post) == [
        "owner: The trial of Romashka ends on 3 December 2020 (1 day left)",
        "owner: The trial of Romashka has ended",
        "owner: The data of Romashka will be deleted on 2 January 2021 (1 day left)",
    ]
    assert await errors() == [
        f"PURGE_APPROACHING: {SAID_LATER}",
        f"PURGE_APPROACHING: {SAID_LATER}",
        f"TRIAL_ENDING: {SAID_LATER}",
    ]
    dead = [row["id"] for row in await db.fetch("SELECT id FROM mails WHERE dead_at IS NOT NULL")]
    assert await retry_mails(OPERATOR, dead) == 3
    assert await deliver(settings) == 0


async def test_who_had_subscribed_before_is_told_that_the_trial_has_ended(post: Post, settings: Settings) -> None:
    company = await in_trial()
    await change(company, subscribe=company.members)
    await advance(company.clock_id, utc("2020-12-05 00:00"))
    await deliver(settings)
    assert subjects(post) == ["owner: The trial of Romashka has ended"]


async def test_a_trial_that_was_extended_is_not_said_to_end_as_before(post: Post, settings: Settings) -> None:
    company = await in_trial()
    await advance(company.clock_id, utc("2020-11-27 00:00"))
    await extend_trial(OPERATOR, company.id, utc("2020-12-10 10:00"), POLICIES)
    await advance(company.clock_id, utc("2020-12-04 00:00"))
    await deliver(settings)
    assert subjects(post) == ["owner: The trial of Romashka ends on 10 December 2020 (7 days left)"]
    assert await errors() == [f"TRIAL_ENDING: {NOT_TRUE}"]


@pytest.mark.parametrize("happened", ["held", "closed"])
async def test_a_purge_that_is_not_planned_so_any_more_is_not_announced(
    happened: str, post: Post, settings: Settings
) -> None:
    company = await in_trial()
    await advance(company.clock_id, utc("2020-12-20 00:00"))
    await db.fetch("DELETE FROM mails WHERE kind <> 'PURGE_APPROACHING'")
    if happened == "held":
        await set_legal_hold(OPERATOR, company.id, "a court asked")
    else:
        await close_organization(OPERATOR, company.id)
    assert await deliver(settings) == 0
    assert await errors() == [f"PURGE_APPROACHING: {NOT_TRUE}"]


async def test_an_invoice_that_was_paid_meanwhile_is_not_asked_for(post: Post, settings: Settings) -> None:
    company = await billed()
    await advance(company.clock_id, moscow("2021-02-15 18:00"))
    await db.fetch("DELETE FROM mails WHERE kind = 'INVOICE_ISSUED'")
    paid = ReceivedPayment(Decimal(1000), "RUB", moscow("2021-02-15 12:00"), "bank-1")
    await record_payment(OPERATOR, company.id, paid, POLICIES)
    assert await deliver(settings) == 2
    assert set(about(post, "is to be paid by 16 February 2021")) == {OWNER, CONTACT}
    assert "Still to be paid: RUB 548.00" in flowing(about(post, "is to be paid by")[OWNER])

    await advance(company.clock_id, moscow("2021-02-17 12:00"))
    rest = ReceivedPayment(Decimal(548), "RUB", moscow("2021-02-17 11:00"), "bank-2")
    await record_payment(OPERATOR, company.id, rest, POLICIES)
    assert await deliver(settings) == 0
    assert (await errors())[-2:] == [f"INVOICE_OVERDUE: {NOT_TRUE}"] * 2


async def test_people_who_wait_are_counted_as_the_mail_is_sent(post: Post, settings: Settings) -> None:
    company = await found_at(NOVEMBER, 6)
    team = await create_team(OPERATOR, company.id, "Support", company.members, POLICIES)
    await advance(company.clock_id, moscow("2021-01-02 12:00"))
    await change_groups(company, teams=[team], joins=JoinsPolicy.WITHIN_PEAK)
    joiners = await hire(company, 3)
    await db.fetch("DELETE FROM mails")
    await update_team(OPERATOR, team, TeamUpdate(add=joiners), POLICIES)
    await deactivate_member(OPERATOR, joiners[2], POLICIES)
    await deliver(settings)
    assert subjects(post) == ["owner: 2 people wait for a seat in Romashka"]
    assert "before it were 0" in flowing(about(post, "people wait")[OWNER])

    more = await hire(company, 1)
    await update_team(OPERATOR, team, TeamUpdate(add=more), POLICIES)
    await update_team(OPERATOR, team, TeamUpdate(remove=[*joiners, *more]), POLICIES)
    assert await deliver(settings) == 0
    assert await errors() == [f"PEOPLE_WAITING: {NOT_TRUE}"]

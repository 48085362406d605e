"""Who is told what by mail, from the event to what the server takes: amounts, dates, languages, papers."""

from datetime import timedelta
from decimal import Decimal
from email.message import EmailMessage

import pytest

from app import db
from app.billing.credit_notes import issue_credit_note
from app.delivery import mail_report
from app.delivery.mail_report import as_lines, survey
from app.delivery.mails import list_due_mails
from app.delivery.sending import send_mails
from app.delivery.webhook_ending import disable_webhooks
from app.delivery.webhooks import WebhookToBe, create_webhook
from app.domain.actor import Role, system
from app.domain.errors import ErrorCode
from app.domain.mails import MailState
from app.domain.roles import member
from app.domain.seat_change import JoinsPolicy
from app.memberships.invitations import accept_invitation, invite_members
from app.memberships.invitees import Invitee
from app.memberships.members import erase_member
from app.memberships.teams import TeamUpdate, create_team, update_team
from app.retention.notices import write_notices
from app.settings import Settings
from app.telemetry.records import kept
from app.tracker.notifications import update_settings
from tests.delivery.hooks import hook, tell
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
    Company,
    advance,
    as_superuser,
    change,
    change_groups,
    found_at,
    hire,
    jump,
    moscow,
    refused,
)
from tests.mails.conftest import settings_for
from tests.mails.server import Post
from tests.mails.test_sending import text_of, token_in

pytestmark = pytest.mark.usefixtures("clean_database")

OWNER, CONTACT = "owner@romashka.example", "accounts@romashka.example"


async def deliver(settings: Settings) -> int:
    return await send_mails(await list_due_mails(1000, settings), settings)


def about(post: Post, words: str) -> dict[str, EmailMessage]:
    """By whom it was for: mails with the words in their subject."""
    return {to: message for to, message in post.handler.taken if words in message["Subject"].replace("\u00a0", " ")}


def flowing(message: EmailMessage) -> str:
    return " ".join(text_of(message).replace("\u202f", " ").split())


async def billed() -> Company:
    """6 seats for January, which costs 1 548."""
    company = await found_at(NOVEMBER, 6)
    await advance(company.clock_id, moscow("2021-01-02 12:00"))
    await change(company, subscribe=company.members)
    await db.fetch("DELETE FROM mails")
    await advance(company.clock_id, moscow("2021-02-01 12:00"))
    return company


async def owner(company: Company) -> db.Row:
    row = await db.fetch_one("SELECT id, email FROM members WHERE organization_id = $1 AND role = 'OWNER'", company.id)
    assert row is not None
    return row


async def test_an_invoice_goes_to_who_pays_with_itself_attached_and_a_credit_note_too(
    post: Post, settings: Settings
) -> None:
    company = await billed()
    people = [
        Invitee("billing@romashka.example", "Bill", None, Role.BILLING_MANAGER, True),
        Invitee("admin@romashka.example", "Ada", None, Role.ADMIN, True),
    ]
    await invite_members(OPERATOR, company.id, people, POLICIES)
    await deliver(settings)
    sent = about(post, "Invoice 2021-000001 for January 2021: RUB 1,548.00")
    assert set(sent) == {OWNER, CONTACT}
    told = flowing(sent[CONTACT])
    assert "To be paid by: 16 February 2021" in told
    assert "Payer: Romashka LLC" in told
    assert "the address of the billing profile of Romashka" in told
    assert "nothing in this mail is real" in told
    (paper,) = sent[OWNER].iter_attachments()
    assert paper.get_filename() == "invoice-2021-000001-en.pdf"
    content = paper.get_content()
    assert isinstance(content, bytes)
    assert content.startswith(b"%PDF-")

    (invoice,) = await db.fetch("SELECT id FROM invoices WHERE organization_id = $1", company.id)
    await issue_credit_note(OPERATOR, invoice["id"], Decimal("100.50"), "a mistake", POLICIES)
    await deliver(settings)
    credited = about(post, "Credit note CN-2021-000001: RUB 100.50")
    assert set(credited) == {OWNER, CONTACT, "billing@romashka.example"}
    assert [one.get_filename() for one in credited[OWNER].iter_attachments()] == ["credit-note-CN-2021-000001-en.pdf"]


async def test_an_invoice_that_is_not_paid_is_told_before_and_after_its_day(post: Post, settings: Settings) -> None:
    company = await billed()
    for day in ("2021-02-10", "2021-02-15", "2021-02-20"):
        await advance(company.clock_id, moscow(f"{day} 18:00"))
        await deliver(settings)
    for subject, times in {"is to be paid by 16 February 2021": 2, "Invoice 2021-000001 is overdue": 1}.items():
        told = [to for to, message in post.handler.taken if subject in message["Subject"].replace("\u00a0", " ")]
        assert sorted(told) == sorted([OWNER, CONTACT] * times)
    assert "Still to be paid: RUB 1,548.00" in flowing(about(post, "is overdue")[OWNER])


async def test_a_member_who_wants_russian_is_written_to_in_russian(post: Post, settings: Settings) -> None:
    company = await billed()
    who = member((await owner(company))["id"], company.id, Role.OWNER, "request-of-a-test")
    await update_settings(who, company.id, {"language": "ru"})
    await deliver(settings)
    sent = {to: message["Subject"].replace("\u00a0", " ") for to, message in post.handler.taken}
    assert sent[OWNER] == "Счёт 2021-000001 за январь 2021: 1\u202f548,00 ₽"
    assert sent[CONTACT] == "Invoice 2021-000001 for January 2021: RUB 1,548.00"
    assert dict(post.handler.taken)[OWNER]["Content-Language"] == "ru"


async def test_people_who_wait_and_a_raised_bill_are_told_unless_one_wants_not(post: Post, settings: Settings) -> None:
    company = await found_at(NOVEMBER, 6)
    team = await create_team(OPERATOR, company.id, "Support", company.members, POLICIES)
    await advance(company.clock_id, moscow("2021-01-02 12:00"))
    await change_groups(company, teams=[team])
    joiners = await hire(company, 2)
    await db.fetch("DELETE FROM mails")
    await update_team(OPERATOR, team, TeamUpdate(add=joiners[:1]), POLICIES)
    await deliver(settings)
    raised = about(post, "January 2021 will cost Romashka RUB 1,806.00")
    assert set(raised) == {OWNER}
    assert "Amount before: RUB 1,548.00" in flowing(raised[OWNER])

    who = member((await owner(company))["id"], company.id, Role.OWNER, "request-of-a-test")
    await update_settings(who, company.id, {"billing_mails": False})
    await update_team(OPERATOR, team, TeamUpdate(add=joiners[1:]), POLICIES)
    assert await deliver(settings) == 0


async def test_who_waits_within_the_peak_is_told_of(post: Post, settings: Settings) -> None:
    company = await found_at(NOVEMBER, 6)
    team = await create_team(OPERATOR, company.id, "Support", company.members, POLICIES)
    await advance(company.clock_id, moscow("2021-01-02 12:00"))
    await change_groups(company, teams=[team], joins=JoinsPolicy.WITHIN_PEAK)
    joiners = await hire(company, 3)
    await db.fetch("DELETE FROM mails")
    await update_team(OPERATOR, team, TeamUpdate(add=joiners), POLICIES)
    await deliver(settings)
    assert set(about(post, "3 people wait for a seat in Romashka")) == {OWNER}


async def test_who_was_erased_is_written_to_no_more(post: Post, settings: Settings) -> None:
    company = await found_at(NOVEMBER)
    admin = Invitee("admin@romashka.example", "Ada", None, Role.ADMIN, True)
    (ada,) = (await invite_members(OPERATOR, company.id, [admin], POLICIES)).member_ids
    await advance(company.clock_id, moscow("2020-12-05 12:00"))
    assert await db.count("SELECT 1 FROM mails WHERE member_id = $1", ada) == 1
    await erase_member(OPERATOR, ada, POLICIES)
    assert await db.count("SELECT 1 FROM mails WHERE member_id = $1", ada) == 0
    await deliver(settings)
    assert {to for to, _ in post.handler.taken} == {OWNER}


async def test_without_a_server_an_operator_reads_mails_and_finds_the_link_in_them() -> None:
    company = await found_at(NOVEMBER)
    anna = Invitee("anna@people.example", "Anna", None, Role.MEMBER, is_active=False)
    (member_id,) = (await invite_members(OPERATOR, company.id, [anna], POLICIES)).member_ids
    without = settings_for(None)
    (listed,) = await survey(without, 10)
    assert (listed.state, listed.to, listed.subject) == (MailState.KEPT, "anna@people.example", "Romashka invites you")
    (line,) = as_lines([listed])
    assert line.split()[0] == str(listed.id)[:8]
    text = await mail_report.read(str(listed.id)[:8], without, as_json=False)
    message = EmailMessage()
    message.set_content(text)
    (shown,) = await db.fetch("SELECT actor, payload::text FROM audit_entries JOIN events USING (sequence, at) "
                              "WHERE action = 'mail.shown'")  # fmt: skip
    assert shown["actor"] == "operator:command"
    assert await accept_invitation(None, token_in(message), POLICIES) == member_id


async def test_with_a_server_nobody_reads_the_link_of_somebody_else(settings: Settings) -> None:
    company = await found_at(NOVEMBER)
    anna = Invitee("anna@people.example", "Anna", None, Role.MEMBER, is_active=False)
    await invite_members(OPERATOR, company.id, [anna], POLICIES)
    (listed,) = await survey(settings, 10)
    before = await db.fetch("SELECT * FROM mails")
    assert "smin_" not in await mail_report.read(str(listed.id), settings, as_json=True)
    assert await db.fetch("SELECT * FROM mails") == before
    async with refused(ErrorCode.NOT_FOUND):
        await mail_report.read("00000000-0000-4000-8000-000000000000", settings, as_json=False)


async def test_a_webhook_that_was_switched_off_is_told_to_the_owner(post: Post, settings: Settings) -> None:
    company = await found_at(NOVEMBER)
    wanted = WebhookToBe(company.id, "https://partner.example/hook?key=secret", "The back office", ())
    issued = await create_webhook(OPERATOR, wanted)
    await db.fetch("UPDATE webhooks SET ends_because = 'FAILING', failing_since = clock_timestamp()")
    assert await disable_webhooks(system("webhooks"), [issued.webhook_id]) == 1
    await deliver(settings)
    told = flowing(about(post, "was switched off")[OWNER])
    assert "failed for days" in told
    assert "Webhook: The back office (partner.example)" in told
    assert "secret" not in told


async def test_whoever_sends_or_tells_names_the_organization_in_its_line(post: Post, settings: Settings) -> None:
    company = await billed()
    await hook(company.id, "https://hooks.example/", "invoice.*")
    with kept() as sending:
        assert await deliver(settings) > 0
    await change(company, unsubscribe=company.members[:1])
    with kept() as telling:
        await tell()
    assert sending.facts()["organizations"] == telling.facts()["organizations"] == [str(company.id)]


async def test_a_paper_is_made_before_the_mail_is_taken(post: Post, settings: Settings) -> None:
    company = await billed()
    async with as_superuser():
        await db.fetch(
            """
            UPDATE events SET payload = jsonb_set(payload, '{invoiceId}', to_jsonb(gen_random_uuid()))
            WHERE type = 'invoice.issued'
            """
        )
    await db.fetch("DELETE FROM mails WHERE kind <> 'INVOICE_ISSUED' OR member_id IS NULL")
    (mail,) = await db.fetch("SELECT id FROM mails WHERE organization_id = $1", company.id)
    with pytest.raises(ValueError, match="unpack"):
        await send_mails([mail["id"]], settings)
    (mail,) = await db.fetch("SELECT attempts, holds_until, error FROM mails")
    assert mail == {"attempts": 0, "holds_until": None, "error": None}


async def test_names_that_are_encoded_headers_arrive_as_they_were_typed(post: Post, settings: Settings) -> None:
    company = await found_at(NOVEMBER)
    name = "=?utf-8?q?=0D=0AContent-Type:text/html=0D=0A=0D=0A<h1>Pay</h1><!--?="
    organization = "=?utf-8?q?=0D=0AX-Sub:_yes?= Ltd"
    await invite_members(OPERATOR, company.id, [Invitee(CONTACT, name, None, Role.MEMBER, is_active=False)], POLICIES)
    await db.fetch("UPDATE organizations SET name = $1 WHERE id = $2", organization, company.id)
    assert await deliver(settings) == 1
    sent = post.handler.mail_to(CONTACT)
    assert sent["Subject"] == f"{organization} invites you"
    assert [one.addr_spec for one in sent["To"].addresses] == [CONTACT]
    assert "X-Sub" not in sent
    assert sent.get_content_type() == "multipart/alternative"
    assert f"Hello {name}" in flowing(sent)


async def test_mails_of_events_that_were_written_at_once_are_due_in_the_order_of_the_events() -> None:
    company = await found_at(NOVEMBER)
    admins = [Invitee(f"admin-{number}@romashka.example", "Ada", None, Role.ADMIN, True) for number in range(5)]
    await invite_members(OPERATOR, company.id, admins, POLICIES)
    await jump(company.clock_id, NOVEMBER + timedelta(days=54))
    assert await write_notices(system("notices"), [company.id], during_advance=False) == 2
    due = [row["kind"] for row in await db.fetch("SELECT kind FROM mails ORDER BY next_attempt_at, id")]
    assert due == ["TRIAL_ENDED"] * 6 + ["PURGE_APPROACHING"] * 6

"""Mails to a real mail server: each once, tried for three days, and no server that fails keeps more than mails."""

import re
import ssl
import time
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app import db, faultpoints
from app.delivery import smtp
from app.delivery.mails import (
    MOST_IN_HAND,
    NOBODY,
    TOO_LATE,
    forget_mails,
    give_up_late_mails,
    list_due_mails,
    note_sent,
    retry_mails,
    take_mail,
)
from app.delivery.sending import send_mails
from app.domain.actor import Role
from app.domain.errors import ErrorCode
from app.domain.mails import LIFETIME, MOST_ATTEMPTS, PAUSES
from app.identity.sign_in_links import ask_for_link
from app.memberships.invitations import accept_invitation, invite_members, resend_invitation, revoke_invitation
from app.memberships.invitees import Invitee
from app.settings import Settings
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, advance, found, found_at, refused, snapshot, utc
from tests.mails.conftest import PUBLIC_URL, settings_for
from tests.mails.server import PASSWORD, USER, Handler, Post, run_post, run_silent_post

pytestmark = pytest.mark.usefixtures("clean_database")

ANNA = "anna@people.example"


async def invite(company: Company, *emails: str, name: str = "Anna") -> list[UUID]:
    people = [Invitee(email, name, None, Role.MEMBER, is_active=False) for email in emails]
    return (await invite_members(OPERATOR, company.id, people, POLICIES)).member_ids


async def deliver(settings: Settings) -> int:
    return await send_mails(await list_due_mails(100, settings), settings)


async def mails() -> list[db.Row]:
    return await db.fetch("SELECT * FROM mails ORDER BY created_at, id")


async def hours_later(hours: float) -> None:
    """As if so much time had gone by for every mail."""
    await db.fetch(
        """
        UPDATE mails SET created_at = created_at - $1::interval, give_up_at = give_up_at - $1::interval,
            next_attempt_at = next_attempt_at - $1::interval, holds_until = holds_until - $1::interval,
            server_left_until = server_left_until - $1::interval,
            sent_at = sent_at - $1::interval, dead_at = dead_at - $1::interval
        """,
        timedelta(hours=hours),
    )


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def token_in(message: EmailMessage) -> str:
    found = re.search(r"token=(smin_[\w-]{43})", text_of(message))
    assert found is not None
    return found[1]


async def test_an_invitation_is_sent_once_and_its_link_lets_in(post: Post, settings: Settings) -> None:
    company = await found_at(NOVEMBER)
    (member_id,) = await invite(company, ANNA)
    assert await deliver(settings) == 1
    message = post.handler.mail_to(ANNA)
    assert (message["From"], message["To"]) == ("Seatmark <post@seats.test>", "Anna <anna@people.example>")
    assert message["Subject"] == "Romashka invites you"
    (mail,) = await mails()
    assert message["Message-ID"] == f"<{mail['id']}@seats.test>"
    assert f"{PUBLIC_URL}/auth/invitation?token=smin_" in text_of(message)
    assert await list_due_mails(100, settings) == []
    assert await deliver(settings) == 0
    assert await accept_invitation(None, token_in(message), POLICIES) == member_id


async def test_a_mail_that_was_sent_is_taken_by_nobody(post: Post, settings: Settings) -> None:
    await invite(await found_at(NOVEMBER), ANNA)
    (mail,) = await mails()
    assert await send_mails([mail["id"], mail["id"]], settings) == 1
    before = await snapshot()
    assert await send_mails([mail["id"]], settings) == 0
    assert await snapshot() == before
    assert len(post.handler.taken) == 1


async def test_no_secret_and_no_address_is_in_the_row(post: Post, settings: Settings) -> None:
    await invite(await found_at(NOVEMBER), ANNA)
    await deliver(settings)
    token = token_in(post.handler.mail_to(ANNA))
    everything = await snapshot()
    assert not [name for name, rows in everything.items() for row in rows if token in row]
    assert not [row for row in everything["mails"] if ANNA in row]
    assert ANNA not in str(everything["events"] + everything["audit_entries"])


async def test_a_worker_that_died_before_it_noted_sends_again_by_the_same_name_and_both_links_hold(
    post: Post, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = await found_at(NOVEMBER)
    await invite(company, ANNA)

    with monkeypatch.context() as patch:
        patch.setenv(faultpoints.VARIABLE, "mail.handed_over:raise")
        with pytest.raises(faultpoints.FaultError):
            await deliver(settings)
    assert len(post.handler.taken) == 1
    assert await list_due_mails(100, settings) == []
    await hours_later(0.05)
    assert await deliver(settings) == 1
    (first, second) = (message for _, message in post.handler.taken)
    assert first["Message-ID"] == second["Message-ID"]
    tokens = [token_in(one) for one in (first, second)]
    assert tokens[0] != tokens[1]
    await accept_invitation(None, tokens[0], POLICIES)


async def test_while_three_are_handed_over_nobody_takes_another(settings: Settings) -> None:
    await invite(await found_at(NOVEMBER), ANNA, "boris@people.example", "cleo@people.example", "dora@people.example")
    ids = [row["id"] for row in await mails()]
    assert MOST_IN_HAND == 3
    for mail_id in ids[:3]:
        assert ids[3] in await list_due_mails(100, settings)
        assert await take_mail(mail_id)
    before = await snapshot()
    assert await take_mail(ids[3]) is None
    assert await list_due_mails(100, settings) == []
    assert await snapshot() == before
    await note_sent(ids[0])
    assert await list_due_mails(100, settings) == [ids[3]]
    assert await take_mail(ids[3])


async def test_links_to_sign_in_with_go_before_invitations_and_these_before_all_that_is_due_longer(
    settings: Settings,
) -> None:
    company = await found_at(utc("2020-11-03 10:00"))
    await advance(company.clock_id, utc("2020-12-30 00:00"))  # its owner was warned of the end of the trial
    await invite(company, ANNA)
    await ask_for_link("owner@romashka.example", "/", "en")
    kinds = {row["id"]: row["kind"] for row in await mails()}
    assert [kinds[one] for one in await list_due_mails(100, settings)] == [
        "SIGN_IN_LINK",
        "INVITATION",
        "TRIAL_ENDING",
        "TRIAL_ENDING",
        "TRIAL_ENDED",
        "PURGE_APPROACHING",
        "PURGE_APPROACHING",
    ]


async def test_a_permanent_refusal_is_dead_at_once_and_keeps_nobody_else(post: Post, settings: Settings) -> None:
    await invite(await found_at(NOVEMBER), ANNA, "boris@people.example")
    post.handler.recipients[ANNA] = f"550 5.1.1 <{ANNA}> is unknown here"
    assert await deliver(settings) == 1
    assert [to for to, _ in post.handler.taken] == ["boris@people.example"]
    (dead,) = [row for row in await mails() if row["dead_at"] is not None]
    assert (dead["attempts"], dead["error"]) == (1, "refused: 550 5.1.1")
    assert await list_due_mails(100, settings) == []


async def test_what_is_refused_for_now_is_tried_again_with_longer_and_longer_pauses_and_then_dead(
    post: Post, settings: Settings
) -> None:
    await invite(await found_at(NOVEMBER), ANNA)
    post.handler.data = "451 4.7.1 greylisted"
    pauses, hours = [], 0.0
    while True:
        assert await deliver(settings) == 0
        (mail,) = await mails()
        assert mail["error"] == "refused: 451 4.7.1"
        if mail["dead_at"] is not None:
            break
        pauses.append(round((mail["next_attempt_at"] - mail["attempted_at"]).total_seconds() / 60))
        await hours_later(pauses[-1] / 60)
        hours += pauses[-1] / 60
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-1] == 480
    assert 60 < hours < 72
    assert mail["attempts"] == len(pauses) + 1 <= MOST_ATTEMPTS
    assert sum(PAUSES, timedelta()) > LIFETIME
    await hours_later(1000)
    assert await list_due_mails(100, settings) == []


async def test_an_operator_has_dead_mails_tried_again(post: Post, settings: Settings) -> None:
    await invite(await found_at(NOVEMBER), ANNA)
    post.handler.data = "554 5.7.1 spam"
    await deliver(settings)
    (mail,) = await mails()
    assert mail["dead_at"] is not None
    post.handler.data = "250 OK"
    assert await retry_mails(OPERATOR, [mail["id"]]) == 1
    assert await deliver(settings) == 1
    async with refused(ErrorCode.NOT_FOUND):
        await retry_mails(OPERATOR, [mail["id"]])


@pytest.mark.parametrize("trouble", ["refuses", "says nothing", "breaks off"])
async def test_a_server_that_cannot_be_used_is_left_alone_for_a_while(
    trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await invite(await found_at(NOVEMBER), ANNA, "boris@people.example")
    monkeypatch.setattr(smtp, "PATIENCE", 0.5)
    with run_post(Handler(drops=int(trouble == "breaks off"))) as post:
        async with run_silent_post() as silent:
            port = {"refuses": 1, "says nothing": silent, "breaks off": post.port}[trouble]
            settings = settings_for(f"smtp://127.0.0.1:{port}")
            started = time.monotonic()
            assert await deliver(settings) == 0
            assert time.monotonic() - started < 20
            tried = [row for row in await mails() if row["attempts"]]
            assert len(tried) == 1
            assert str(tried[0]["error"]).startswith(("cannot connect: ", "broken off: "))
            assert await list_due_mails(100, settings) == []
        await hours_later(0.05)
        assert await deliver(settings_for(post.url)) == 2
        assert {to for to, _ in post.handler.taken} == {ANNA, "boris@people.example"}


async def test_a_password_goes_over_starttls_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await invite(await found_at(NOVEMBER), ANNA, "boris@people.example")
    context, certificate = own_certificate(tmp_path)
    with run_post(tls=context) as post:
        url = f"smtp://{USER}:a%20pass%2Fword%3A%20of%20100%25@localhost:{post.port}?starttls=required"
        assert await deliver(settings_for(url)) == 0
        (tried,) = [row for row in await mails() if row["attempts"]]
        assert tried["error"] == "cannot connect: SSLCertVerificationError"
        assert PASSWORD not in repr(settings_for(url))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        await hours_later(0.05)
        assert await deliver(settings_for(url)) == 2
        await invite(await found_at(NOVEMBER), "cleo@people.example")
        monkeypatch.setattr(smtp, "PATIENCE", 2.0)  # who guesses is kept waiting
        assert await deliver(settings_for(url.replace("100", "99"))) == 0
        assert str((await mails())[-1]["error"]).startswith("cannot connect: ")


def own_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Of localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now().astimezone()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    made, secret = folder / "certificate.pem", folder / "key.pem"
    made.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, secret)
    return context, made


async def test_an_invitation_that_was_taken_back_or_replaced_is_not_sent(post: Post, settings: Settings) -> None:
    company = await found_at(NOVEMBER)
    anna, boris = await invite(company, ANNA, "boris@people.example")
    await revoke_invitation(OPERATOR, boris, POLICIES)
    await resend_invitation(OPERATOR, anna)
    assert await deliver(settings) == 1
    assert [to for to, _ in post.handler.taken] == [ANNA]
    assert sorted(str(row["error"]) for row in await mails()) == ["None", NOBODY]
    assert not [row for row in (await snapshot())["mails"] if str(boris) in row]


async def test_without_a_server_mails_are_kept_and_those_of_before_are_not_sent_later(
    post: Post, settings: Settings
) -> None:
    await invite(await found_at(NOVEMBER), ANNA)
    without = settings_for(None)
    assert await list_due_mails(100, without) == []
    assert await send_mails([(await mails())[0]["id"]], without) == 0
    await hours_later(73)
    assert await give_up_late_mails() == 1
    assert [row["error"] for row in await mails()] == [TOO_LATE]
    assert await deliver(settings) == 0
    assert post.handler.taken == []


async def test_after_30_days_a_mail_is_forgotten(settings: Settings) -> None:
    await invite(await found_at(NOVEMBER), ANNA)
    await deliver(settings)
    await hours_later(29 * 24)
    await forget_mails()
    assert len(await mails()) == 1
    await hours_later(2 * 24)
    await forget_mails()
    assert await mails() == []


async def test_a_long_outage_of_the_server_makes_nothing_else_late(post: Post, settings: Settings) -> None:
    company = await found(None)
    await invite(company, *(f"person-{number}@people.example" for number in range(50)))
    away = settings_for("smtp://127.0.0.1:1")
    for _ in range(3):
        assert await deliver(away) == 0
        await hours_later(0.05)
    assert sum(row["attempts"] for row in await mails()) == 3
    await hours_later(1)
    assert await deliver(settings) == 50


async def test_the_warnings_of_a_trial_go_to_owners_and_admins_once(post: Post, settings: Settings) -> None:
    company = await found_at(utc("2020-11-03 10:00"), 2)
    people = [
        Invitee("admin@romashka.example", "Ada", None, Role.ADMIN, True),
        Invitee("billing@romashka.example", "Bill", None, Role.BILLING_MANAGER, True),
    ]
    await invite_members(OPERATOR, company.id, people, POLICIES)
    for day in ("2020-11-28", "2020-12-03", "2020-12-20", "2020-12-30"):
        await advance(company.clock_id, utc(f"{day} 00:00"))
        await deliver(settings)
    told = sorted((to.partition("@")[0], message["Subject"]) for to, message in post.handler.taken)
    subjects = [
        "The data of Romashka will be deleted on 2 January 2021 (14 days left)",
        "The data of Romashka will be deleted on 2 January 2021 (4 days left)",
        "The trial of Romashka ends on 3 December 2020 (1 day left)",
        "The trial of Romashka ends on 3 December 2020 (6 days left)",
        "The trial of Romashka has ended",
    ]
    plain = [(to, subject.replace("\u00a0", " ")) for to, subject in told]
    assert plain == [(to, subject) for to in ("admin", "owner") for subject in subjects]

"""What SEATMARK_SMTP_URL and SEATMARK_MAIL_FROM may say."""

import pytest

from app.mail_server import MailServer, parse_mail_server, parse_sender
from app.settings import SettingsError, load_settings


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://post.example", MailServer("post.example", 587, None, None, "starttls")),
        ("smtp://u:p%40s@post.example:25", MailServer("post.example", 25, "u", "p@s", "starttls")),
        ("smtps://u:p@post.example", MailServer("post.example", 465, "u", "p", "tls")),
        ("smtp://post.example?starttls=never", MailServer("post.example", 587, None, None, "none")),
        ("smtp://127.0.0.1:1025", MailServer("127.0.0.1", 1025, None, None, "none")),
        ("smtp://localhost:1025?starttls=required", MailServer("localhost", 1025, None, None, "starttls")),
    ],
)
def test_a_server_is_read_from_its_address(url: str, server: MailServer) -> None:
    assert parse_mail_server(url) == server


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("post.example", "must look like smtp://"),
        ("http://post.example", "must look like smtp://"),
        ("smtp://CANARY@post.example", "a user and a password, or neither"),
        ("smtp://u:CANARY@post.example?starttls=never", "must not send a password without TLS"),
        ("smtp://u:CANARY/x@post.example", "quote special characters"),
        ("smtps://u:CANARY@post.example?starttls=required", "takes no ?starttls"),
        ("smtp://post.example?starttls=perhaps", "knows no other option"),
        ("smtp://post.example?tls=1", "knows no other option"),
    ],
)
def test_another_address_is_refused_by_name_and_without_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str, problem: str
) -> None:
    monkeypatch.setenv("SEATMARK_SMTP_URL", url)
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    assert str(refusal.value).startswith("SEATMARK_SMTP_URL: ")
    assert problem in str(refusal.value)
    assert "CANARY" not in str(refusal.value)


@pytest.mark.parametrize("text", ["", "nobody", "A <a@b.example>\r\nBcc: c@d.example", "A\nB <a@b.example>"])
def test_a_sender_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be an e-mail address|has a character"):
        parse_sender(text)


def test_a_server_needs_a_sender_and_the_address_for_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATMARK_SMTP_URL", "smtp://post.example")
    with pytest.raises(SettingsError, match="SEATMARK_MAIL_FROM is missing, which SEATMARK_SMTP_URL needs"):
        load_settings()
    monkeypatch.setenv("SEATMARK_MAIL_FROM", "Seatmark <post@seats.test>")
    with pytest.raises(SettingsError, match="SEATMARK_PUBLIC_URL is missing, which links in mails need"):
        load_settings()
    monkeypatch.setenv("SEATMARK_PUBLIC_URL", "https://seats.test")
    assert str(load_settings().sender) == "Seatmark <post@seats.test>"

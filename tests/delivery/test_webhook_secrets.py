"""Secrets of webhooks are shown once, and are nowhere to be found afterwards (invariant 19)."""

import logging
import stat
from base64 import b64decode
from pathlib import Path
from zipfile import ZipFile

import pytest
from cryptography.fernet import Fernet

from app import db
from app.delivery.webhook_secrets import open_secrets
from app.delivery.webhooks import rotate_webhook_secret
from app.domain.actor import system
from app.retention.exports import make_export, request_export
from tests.delivery.hooks import (
    _allowed,  # noqa: F401 - for every test here
    attempts,
    deliver,
    deliveries,
    hook,
    told,
)
from tests.delivery.receiver import answering, run_receiver
from tests.delivery.test_webhooks import team
from tests.factories import NOVEMBER, OPERATOR, found_at
from tests.retention.test_traces import dump

pytestmark = pytest.mark.usefixtures("clean_database")


async def test_no_secret_is_in_a_dump_an_export_or_a_log(
    database: str, own_data_dir: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    company = await found_at(NOVEMBER)
    with caplog.at_level(logging.DEBUG):
        async with run_receiver() as receiver:
            receiver.answer = answering("500 Oops")
            issued = await hook(company.id, receiver.url)
            second = await rotate_webhook_secret(OPERATOR, issued.webhook_id, 24)
            await deliver()
        await make_export(system("export"), await request_export(OPERATOR, company.id))
    dumped = dump(database)
    assert "webhook.created" in dumped
    (archive,) = (own_data_dir / "exports" / str(company.id)).glob("*.zip")
    with ZipFile(archive) as file:
        exported = "".join(file.read(name).decode(errors="replace") for name in file.namelist())
    assert '"webhook_secrets"' in exported
    assert "sealed" not in exported.replace('"sealed"', "", 1)  # but where it is said what is left out
    written = capfd.readouterr()
    for secret in (issued.secret, second.secret):
        text = secret.removeprefix("whsec_")
        for place in (dumped, exported, caplog.text, written.out, written.err):
            assert text not in place
            assert b64decode(text).hex() not in place


async def test_the_key_is_its_owners_alone_and_made_once(own_data_dir: Path) -> None:
    company = await found_at(NOVEMBER)
    await hook(company.id, "https://receiver.example/")
    path = own_data_dir / "webhooks.key"
    content = path.read_bytes()
    await hook(company.id, "https://receiver.example/")
    assert path.read_bytes() == content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_the_login_of_tenants_reads_no_secret() -> None:
    (row,) = await db.fetch("SELECT has_column_privilege('seatmark_api', 'webhook_secrets', 'sealed', 'SELECT') AS may")
    assert row == {"may": False}


async def test_keys_are_changed_by_putting_a_new_one_in_front(monkeypatch: pytest.MonkeyPatch) -> None:
    company = await found_at(NOVEMBER)
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    monkeypatch.setenv("SEATMARK_WEBHOOK_KEYS", old)
    issued = await hook(company.id, "https://receiver.example/")
    monkeypatch.setenv("SEATMARK_WEBHOOK_KEYS", f"{new},{old}")
    (row,) = await db.fetch("SELECT sealed FROM webhook_secrets")
    assert open_secrets([row["sealed"]]) == [issued.secret]


async def test_without_the_key_nothing_is_sent_and_it_is_said_why(monkeypatch: pytest.MonkeyPatch) -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver, run_receiver() as other:
        issued = await hook(company.id, receiver.url, "team.*")
        monkeypatch.setenv("SEATMARK_WEBHOOK_KEYS", Fernet.generate_key().decode())
        healthy = await hook(company.id, other.url, "team.*")
        await team(company, "Blue")
        await deliver()
        assert receiver.received == []
        assert len(told(other, healthy)) == 1
    (delivery,) = await deliveries(issued.webhook_id)
    (attempt,) = await attempts(delivery)
    assert attempt.error == "the secret cannot be opened: the key that it was sealed with is not there"

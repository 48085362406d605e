"""Secrets of webhooks. We sign with them, so they are kept, and not as hashes: sealed with a key that is not in the
database, so that neither a dump nor an export opens anything (decision 0066)."""

import os
import secrets
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app import db
from app.settings import Settings, load_settings

_BYTES = 32
_FILE = "webhooks.key"


class SecretLostError(Exception):
    """A secret was sealed with a key that we do not have."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a webhook is: one of the two."""

    organization_id: UUID | None
    partner_key_id: UUID | None


@dataclass(frozen=True, slots=True)
class SigningSecretRow:
    """One of the secrets that sign now; `expires_at` is set once another took its place."""

    created_at: datetime
    expires_at: datetime | None


def vault() -> MultiFernet:
    """What seals with the first key, and opens with any: of the settings, or of the data directory."""
    settings = load_settings()
    keys = [one.get_secret_value() for one in settings.webhook_keys] or [_key_of(settings)]
    return MultiFernet([Fernet(one) for one in keys])


def open_secrets(sealed: Iterable[str]) -> list[str]:
    """The secrets as their receivers have them. Raises: SecretLostError."""
    opener = vault()
    try:
        return [opener.decrypt(one).decode() for one in sealed]
    except InvalidToken:
        raise SecretLostError("the secret cannot be opened: the key that it was sealed with is not there") from None


async def add_secret(webhook_id: UUID, owner: Owner) -> str:
    """A new secret of a webhook; its text is to be shown once."""
    text = f"whsec_{b64encode(secrets.token_bytes(_BYTES)).decode()}"
    await db.fetch(
        """
        INSERT INTO webhook_secrets (id, webhook_id, organization_id, partner_key_id, sealed, created_at)
        VALUES (gen_random_uuid(), $1, $2, $3, $4, clock_timestamp())
        """,
        webhook_id,
        owner.organization_id,
        owner.partner_key_id,
        vault().encrypt(text.encode()).decode(),
    )
    return text


async def replace_secret(webhook_id: UUID, owner: Owner, overlap: timedelta) -> str:
    """A new secret, beside which the last one signs for the overlap. One that was ending already ends now, so that
    there are never more than two."""
    await db.fetch("DELETE FROM webhook_secrets WHERE webhook_id = $1 AND expires_at IS NOT NULL", webhook_id)
    await db.fetch(
        "UPDATE webhook_secrets SET expires_at = clock_timestamp() + $2::interval WHERE webhook_id = $1",
        webhook_id,
        overlap,
    )
    return await add_secret(webhook_id, owner)


def _key_of(settings: Settings) -> str:
    """The key in the data directory, which is made the first time, whole or not at all, and by one process."""
    path = settings.data_dir / _FILE
    if not path.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        _make_key(path)
    return path.read_text().strip()


def _make_key(path: Path) -> None:
    with NamedTemporaryFile(dir=path.parent, prefix=f".{_FILE}.") as made:  # readable by its owner alone
        made.write(Fernet.generate_key() + b"\n")
        made.flush()
        os.fsync(made.fileno())
        try:
            os.link(made.name, path)
        except FileExistsError:
            return  # another process was faster

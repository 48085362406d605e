"""The two logins that serve: one for tenants, one for the system. Neither owns anything or stands above row security;
only a migration is done by the owner."""

import base64
import hashlib
import hmac
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from app.db import SYSTEM_ROLE, TENANTS_ROLE, parse_url
from app.processes import StartError
from app.settings import Settings

_ROUNDS = 4096
_STANDING = """
    SELECT EXISTS (
        SELECT FROM pg_roles WHERE rolname = $1 AND pg_has_role(session_user, oid, 'MEMBER')
    ) AS has_role, EXISTS (
        SELECT FROM pg_roles
        WHERE (rolsuper OR rolbypassrls OR rolcreaterole) AND pg_has_role(session_user, oid, 'MEMBER')
    ) AS is_above, EXISTS (
        SELECT FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND pg_has_role(session_user, relowner, 'MEMBER')
    ) AS owns, $1 <> $2 AND EXISTS (
        SELECT FROM pg_roles WHERE rolname = $2 AND pg_has_role(session_user, oid, 'MEMBER')
    ) AS is_system
"""


@dataclass(frozen=True, slots=True)
class Logins:
    """The addresses of the database for the two; each carries a password."""

    tenants_url: str
    system_url: str


async def prepare_logins(settings: Settings, owner_url: str) -> Logins:
    """The logins that are set, or those of this installation, made by the owner and given new passwords at every start.

    Raises: StartError.
    """
    if settings.api_database_url is not None and settings.app_database_url is not None:
        return Logins(settings.api_database_url, settings.app_database_url)
    try:
        return await make_logins(owner_url, settings.data_dir)
    except asyncpg.InsufficientPrivilegeError:
        raise StartError(
            "DATABASE_URL: its user may not make logins; set SEATMARK_API_DATABASE_URL and SEATMARK_APP_DATABASE_URL"
        ) from None


async def make_logins(owner_url: str, data_dir: Path) -> Logins:
    """One login in each role. Roles belong to the whole cluster, so that their names tell the database and the
    installation: none changes the password of another's.

    Raises: asyncpg.InsufficientPrivilegeError when the user of the address may make no roles.
    """
    place = _digest(data_dir)
    connection = await asyncpg.connect(**parse_url(owner_url))
    try:
        database = await connection.fetchval("SELECT oid::text FROM pg_database WHERE datname = current_database()")
        tenants, system = [
            await _make_login(connection, owner_url, role, f"{role}_{database}_{place}")
            for role in (TENANTS_ROLE, SYSTEM_ROLE)
        ]
    finally:
        await connection.close()
    return Logins(tenants, system)


async def check_login(url: str, role: str, variable: str) -> None:
    """That the login has its role, and nothing that would make the wall a picture of one.

    Raises: StartError.
    """
    connection = await asyncpg.connect(**parse_url(url))
    try:
        async with connection.transaction():  # behind PgBouncer two steps of one statement might part
            row = await connection.fetchrow(_STANDING, role, SYSTEM_ROLE)
    finally:
        await connection.close()
    assert row is not None, "a SELECT without FROM has one row"
    if row["is_above"] or row["owns"]:
        raise StartError(f"{variable}: this login owns the tables or stands above row security; take another")
    if row["is_system"]:
        raise StartError(f"{variable}: this login is a member of {SYSTEM_ROLE} too, to whom every organization exists")
    if not row["has_role"]:
        raise StartError(f"{variable}: this login is no member of {role}; migrate, then `GRANT {role} TO` it")


def _digest(data_dir: Path) -> str:
    """Of the place that an installation is in: this machine and folder."""
    return hashlib.sha256(f"{socket.gethostname()}:{data_dir.resolve()}".encode()).hexdigest()[:8]


async def _make_login(connection: asyncpg.Connection, owner_url: str, role: str, login: str) -> str:
    password = secrets.token_urlsafe(32)
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", login):
        await connection.execute(f"CREATE ROLE {login} IN ROLE {role}")
    await connection.execute(f"ALTER ROLE {login} LOGIN PASSWORD '{_verifier(password)}'")
    parts = urlsplit(owner_url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{login}:{password}@{parts.netloc.rpartition('@')[2]}{parts.path}{query}"


def _verifier(password: str) -> str:
    """What PostgreSQL keeps of a password (SCRAM-SHA-256, RFC 5803), so that it is in no log of statements."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ROUNDS)
    client, server = (hmac.digest(salted, label, "sha256") for label in (b"Client Key", b"Server Key"))
    encoded = (base64.b64encode(part).decode() for part in (salt, hashlib.sha256(client).digest(), server))
    return "SCRAM-SHA-256${}:{}${}:{}".format(_ROUNDS, *encoded)

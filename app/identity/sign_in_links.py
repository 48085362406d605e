"""Signing in by a link that is sent to one's address: who reads the mail is who has the address.

Asking is the same for every address, known or not: a row here and one for the mail. Whether anybody has the address is
found out by the worker, when nobody waits for an answer that could tell.
"""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from app import db
from app.domain.mails import LINK_LIFETIME
from app.domain.text import check_email_to_find
from app.domain.tokens import hash_secret
from app.events.mails import write_sign_in_mail
from app.identity.bearer import Claims, Identity
from app.identity.browsers import start_session
from app.identity.people import link_memberships, load_person
from app.identity.sign_in import SignedIn, SignInRefusedError, check_local_path

MAIL_ISSUER = "urn:seatmark:mail"
"""Who vouches for those who came by a link: we do, for their address. Their subject is a salted hash of it."""

_KNOWN = """
    EXISTS (
        SELECT FROM members AS member JOIN organizations AS organization ON organization.id = member.organization_id
        WHERE lower(member.email) = lower(link.email) AND member.status = 'ACTIVE' AND NOT member.is_robot
          AND organization.purge_decided_at IS NULL
    )
"""
_NOT_VALID = "This link is not valid: it may be used, or older than 15 minutes. Ask for a new one."


async def ask_for_link(email: str, return_to: str, language: str) -> None:
    """Have a link sent to the address, if anybody has it. `language` is en or ru.

    Raises: DomainError INVALID_INPUT for what is no address, and for a way back that is not ours.
    """
    address, link_id = check_asked(email, return_to), uuid4()
    async with db.in_transaction():
        await db.fetch(
            """
            INSERT INTO sign_in_links (id, email, language, return_to, created_at, expires_at)
            SELECT $1, $2, $3, $4, now, now + $5::interval FROM clock_timestamp() AS now
            """,
            link_id,
            address,
            language,
            return_to,
            LINK_LIFETIME,
        )
        await write_sign_in_mail(link_id)


def check_asked(email: str, return_to: str) -> str:
    """The address that is asked for, in lower case. Raises: as `ask_for_link`."""
    check_local_path(return_to)
    return check_email_to_find(email, "email").lower()


async def use_link(token: str, replaced_token: str | None, request_id: str) -> SignedIn:
    """Sign in whoever has the address that the link was sent to, once.

    Raises: SignInRefusedError, with the same words for a link that never was, was used, or is over, and where nobody
    has the address any more.
    """
    hashed = hash_secret(token)
    found = await db.fetch_one(f"SELECT link.email FROM {_OPENED}", hashed)
    identity = await recognize_address(found["email"], request_id) if found is not None else None
    if identity is None:
        raise SignInRefusedError(_NOT_VALID)
    async with db.in_transaction():  # the link is used up if there is a session, and only then
        used = await db.fetch_one(
            f"""
            DELETE FROM sign_in_links WHERE id IN (SELECT link.id FROM {_OPENED}) AND expires_at > clock_timestamp()
            RETURNING return_to
            """,
            hashed,
        )
        if used is None:
            raise SignInRefusedError(_NOT_VALID)
        return SignedIn(await start_session(identity, replaced_token, request_id), used["return_to"])


async def recognize_address(email: str, request_id: str) -> Identity | None:
    """Who has an address, linked to the members that they are by it; None where nobody has it."""
    row = await db.fetch_one("SELECT encode(trial_owner_hash($1), 'hex') AS subject", email)
    assert row is not None, "a hash is always given"
    identity, now = Identity(MAIL_ISSUER, row["subject"]), datetime.now(UTC)
    await link_memberships(Claims(identity, email, now), request_id)
    return identity if (await load_person(identity, request_id, now)).standings else None


_OPENED = """
    sign_in_links AS link
    JOIN mails AS mail ON mail.sign_in_link_id = link.id AND link.expires_at > clock_timestamp()
                      AND mail.token_hashes @> ARRAY[$1] AND mail.token_hashes <> '{}'
"""
"""The link that a token opens, if it is not over."""


_OF_NOBODY = f"link.expires_at <= clock_timestamp() OR NOT {_KNOWN}"


async def list_links_of_nobody(limit: int) -> list[UUID]:
    """Those that are over, and those to addresses that nobody has."""
    rows = await db.fetch(
        f"SELECT link.id FROM sign_in_links AS link WHERE {_OF_NOBODY} ORDER BY link.expires_at, link.id LIMIT $1",
        limit,
    )
    return [row["id"] for row in rows]


async def forget_links_of_nobody() -> int:
    """For those to addresses that nobody has no mail is sent, and none is shown. Returns how many were forgotten."""
    await db.fetch(
        f"""
        WITH nobody AS (SELECT link.id FROM sign_in_links AS link WHERE NOT {_KNOWN})
        DELETE FROM mails WHERE sign_in_link_id IN (SELECT id FROM nobody)
        """
    )
    rows = await db.fetch(f"DELETE FROM sign_in_links AS link WHERE {_OF_NOBODY} RETURNING link.id")
    return len(rows)

"""The people of the demo, as whom anybody may sign in in development: there they are nobody's secrets."""

import secrets
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from app import db
from app.domain.tokens import hash_secret
from app.identity.bearer import Identity
from app.identity.browsers import OPERATOR_ISSUER, start_session
from app.identity.operators import insert_operator_key
from app.identity.sign_in_links import recognize_address

SLUG = "demo"
OPERATOR = "operator"
ADDRESSES = {"owner": "owner@demo.example", "billing": "bella@demo.example", "member": "anna@demo.example"}
"""Of the demo's members, by what they are there."""

_KEY_ID = uuid5(NAMESPACE_URL, "urn:seatmark:demo-operator")


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Whom one can be in the demo; `part` is what for."""

    part: str
    name: str


async def list_demo_people() -> list[DemoPerson]:
    """Those there are: none without the demo organization."""
    rows = await db.fetch(
        """
        SELECT lower(member.email) AS email, member.name
        FROM members AS member JOIN organizations AS organization ON organization.id = member.organization_id
        WHERE organization.slug = $1 AND organization.purge_decided_at IS NULL
          AND member.status = 'ACTIVE' AND lower(member.email) = ANY($2)
        """,
        SLUG,
        list(ADDRESSES.values()),
    )
    names = {row["email"]: row["name"] for row in rows}
    people = [DemoPerson(part, names[email]) for part, email in ADDRESSES.items() if email in names]
    return [*people, DemoPerson(OPERATOR, "Operator")] if people else []


async def start_demo_session(part: str, replaced_token: str | None, request_id: str) -> str | None:
    """A session as one of them, and the end of the one that the browser had. Gives its token; None where there is
    nobody like that."""
    if part not in [one.part for one in await list_demo_people()]:
        return None
    if part == OPERATOR:
        async with db.in_transaction():
            # A key of its own, which opens nothing else: nobody has ever seen its secret.
            await insert_operator_key(_KEY_ID, hash_secret(secrets.token_urlsafe(32)))
            return await start_session(Identity(OPERATOR_ISSUER, str(_KEY_ID)), replaced_token, request_id)
    identity = await recognize_address(ADDRESSES[part], request_id)
    return await start_session(identity, replaced_token, request_id) if identity is not None else None

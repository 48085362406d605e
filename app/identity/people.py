"""Someone whom a provider vouches for, to the members that they are: one in each organization that knows them (R2.7).

The first time, the verified e-mail address finds the member, and the subject is linked to them; from then on the
subject alone decides, whatever becomes of either's address.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog

from app import db
from app.domain.actor import Actor, Permission, Role, system
from app.domain.errors import DomainError
from app.domain.roles import person
from app.events.service import Change
from app.identity.bearer import Claims, Identity, UntrustedTokenError, verify_token
from app.identity.provider import Provider, configured_provider
from app.organizations.service import lock_organization, record

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Membership:
    """An active member that someone is, or could be: `is_linked` says which."""

    organization_id: UUID
    member_id: UUID
    role: Role
    is_linked: bool


def person_id(identity: Identity) -> UUID:
    """The same for every sign-in of theirs, and neither a name nor an address."""
    return uuid5(NAMESPACE_URL, db.to_json([identity.issuer, identity.subject]))


async def find_person(token: str, request_id: str) -> Actor | None:
    """Whoever the provider signed the token about; None for a token that is not believed, or without a provider."""
    provider = configured_provider()
    if provider is None or provider.audience is None:
        return None
    return await find_person_by(provider, provider.audience, token, request_id)


async def find_person_by(provider: Provider, audience: str, token: str, request_id: str) -> Actor | None:
    """`find_person` by a given provider."""
    try:
        claims = await verify_token(provider, token, audience)
    except UntrustedTokenError as reason:
        log.info("token_not_believed", reason=str(reason), request_id=request_id)
        return None
    await link_memberships(claims, request_id)
    return await load_person(claims.identity, request_id, claims.expires_at)


async def load_person(identity: Identity, request_id: str, expires_at: datetime) -> Actor:
    """The person with the members that they are now; who is nobody's member is a person all the same."""
    found = [one for one in await _find_memberships(identity, None) if one.is_linked]
    members = {one.organization_id: (one.member_id, one.role) for one in found}
    return person(str(person_id(identity)), request_id, members, expires_at)


async def link_memberships(claims: Claims, request_id: str) -> None:
    """Link the subject to every member whose address the provider verified, where neither is linked yet.

    An organization at a time, so that one that is busy holds no other's lock; one that cannot be changed now is left
    out, and stays out of reach until it can.
    """
    if claims.email is None:
        return
    for one in await _find_memberships(claims.identity, claims.email):
        if not one.is_linked:
            try:
                with db.acting_for(None):  # it is nobody's yet
                    await _link(one, claims.identity, claims.email, request_id)
            except DomainError as refusal:
                log.info("member_not_linked", code=refusal.code.value, request_id=request_id)


async def _find_memberships(identity: Identity, email: str | None) -> Sequence[Membership]:
    rows = await db.fetch(
        "SELECT * FROM find_memberships($1, $2, $3) ORDER BY organization_id", identity.issuer, identity.subject, email
    )
    return [Membership(**{**row, "role": Role(row["role"])}) for row in rows]


async def _link(membership: Membership, identity: Identity, email: str, request_id: str) -> None:
    """What was found is looked at again under the lock: someone else may have been faster.

    Raises: DomainError as `lock_organization` does.
    """
    actor = replace(system("sign-in"), request_id=request_id)
    async with db.in_transaction():
        organization = await lock_organization(
            actor, membership.organization_id, Permission.MEMBER_VIEW, even_closed=True
        )
        row = await db.fetch_one(
            """
            INSERT INTO member_identities (id, organization_id, member_id, issuer, subject, linked_at)
            SELECT gen_random_uuid(), found.organization_id, found.member_id, $1, $2, clock_timestamp()
            FROM find_memberships($1, $2, $3) AS found
            WHERE NOT found.is_linked AND found.organization_id = $4 AND found.member_id = $5
            RETURNING id
            """,
            identity.issuer,
            identity.subject,
            email,
            membership.organization_id,
            membership.member_id,
        )
        if row is not None:
            facts = {"memberId": membership.member_id, "memberIdentityId": row["id"]}
            await record(actor, organization, Change("member.linked", facts))

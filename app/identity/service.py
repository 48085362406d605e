"""Who asks: a bearer token to an actor."""

from app import db
from app.domain.actor import Actor, invited
from app.domain.api_keys import is_like_key
from app.domain.tokens import hash_secret
from app.identity import sessions
from app.identity.bearer import looks_signed
from app.identity.keys import find_key_actor
from app.identity.operators import find_operator
from app.identity.people import find_person
from app.memberships import invitations


async def find_actor(token: str, request_id: str) -> Actor | None:
    """Whoever the token is of, as they are now; None for one that we do not know, or a session that is over.

    An invitation's token lets in whoever holds it to accept it, also when it cannot be accepted any more, which is
    told then.
    """
    if is_like_key(token):
        return await find_key_actor(token, request_id)
    if token.startswith(sessions.PREFIX):
        return await sessions.find_member_actor(token, request_id)
    if token.startswith(invitations.PREFIX):
        return await _find_invited(token, request_id)
    if looks_signed(token):
        return await find_person(token, request_id)
    return await find_operator(token, request_id)


async def _find_invited(token: str, request_id: str) -> Actor | None:
    row = await db.fetch_one("SELECT member_id FROM find_invitation($1)", hash_secret(token))
    return invited(row["member_id"], request_id) if row is not None else None

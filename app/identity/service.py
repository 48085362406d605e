"""Who asks: a bearer token to an actor."""

from app.domain.actor import Actor
from app.identity.operators import find_operator
from app.identity.sessions import PREFIX, find_member_actor


async def find_actor(token: str, request_id: str) -> Actor | None:
    """Whoever the token is of, as they are now; None for one that we do not know, or that is over."""
    if token.startswith(PREFIX):
        return await find_member_actor(token, request_id)
    return await find_operator(token, request_id)

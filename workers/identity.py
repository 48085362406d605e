"""Sessions, secrets and idempotency keys that are over."""

from app.identity.browsers import delete_ended_sessions
from app.identity.idempotency import forget_answers, forget_old_keys
from app.identity.key_secrets import delete_ended_secrets
from app.identity.sessions import delete_expired_sessions
from workers.chores import do_chore
from workers.ringing import Ctx


async def sweep_sessions(ctx: Ctx) -> None:  # noqa: ARG001 - arq passes it by name
    """Forget them; nobody is let in by one either way."""
    await do_chore("forget_sessions", delete_expired_sessions)
    await do_chore("forget_browser_sessions", delete_ended_sessions)
    await do_chore("forget_secrets", delete_ended_secrets)


async def sweep_keys(ctx: Ctx) -> None:  # noqa: ARG001 - arq passes it by name
    """Forget them; one that is over means nothing either way."""
    await do_chore("forget_keys", forget_old_keys)


async def sweep_answers(ctx: Ctx) -> None:  # noqa: ARG001 - arq passes it by name
    """Delete what erasures and purges left to us; nobody is given it either way."""
    await do_chore("forget_answers", forget_answers)

"""Mails: what is due goes out, what is late is given up, what is old is forgotten."""

from app.delivery import sending
from app.delivery.mails import forget_mails, give_up_late_mails, list_due_mails
from app.identity.sign_in_links import forget_links_of_nobody
from app.jobs.tries import list_ready
from app.settings import load_settings
from workers.ringing import Ctx, ring, work_through

CHUNK = 100
"""Mails of one job, which sends them one after another: there is one at a time, however many workers."""
MOST = 10_000


async def sweep_mails(ctx: Ctx) -> None:
    """Ring one job for the mails that are due the longest."""
    await forget_links_of_nobody()
    if load_settings().mail_server is not None:
        await give_up_late_mails()
        ready = await list_ready(send_mails.__name__, await list_due_mails(MOST))
        await ring(ctx, send_mails.__name__, ready[:CHUNK], CHUNK)


async def send_mails(_: Ctx, mail_ids: list[str]) -> int:
    """Send those that are still due."""
    settings = load_settings()
    return await work_through(send_mails.__name__, lambda ids: sending.send_mails(ids, settings), mail_ids)


async def sweep_old_mails(ctx: Ctx) -> None:  # noqa: ARG001 - arq passes it by name
    """Forget them."""
    await forget_mails()

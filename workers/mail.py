"""Mails: what is due goes out, what is late is given up, what is old is forgotten."""

from app.delivery import sending
from app.delivery.mails import MOST_IN_HAND, forget_mails, give_up_late_mails, list_due_mails
from app.identity.sign_in_links import forget_links_of_nobody
from app.jobs.runs import count_at_work
from app.jobs.tries import list_free, list_ready
from app.settings import load_settings
from workers.chores import do_chore
from workers.ringing import Ctx, ring, work_through

CHUNK = 100
"""Mails of one job, which sends them one after another; what comes meanwhile and is urgent is the next job's."""
MOST = 10_000


async def sweep_mails(ctx: Ctx) -> None:
    """Ring one job more for the mails that go first, unless there are enough."""
    await do_chore("forget_links", forget_links_of_nobody)
    if load_settings().mail_server is not None:
        await do_chore("give_up_mails", give_up_late_mails)
        if await count_at_work(send_mails.__name__) < MOST_IN_HAND:
            ready = await list_ready(send_mails.__name__, await list_due_mails(MOST))
            free = await list_free(send_mails.__name__, ready)
            await ring(ctx, send_mails.__name__, free[:CHUNK], CHUNK)


async def send_mails(_: Ctx, mail_ids: list[str]) -> int:
    """Send those that are still due."""
    settings = load_settings()
    return await work_through(send_mails.__name__, lambda ids: sending.send_mails(ids, settings), mail_ids)


async def sweep_old_mails(ctx: Ctx) -> None:  # noqa: ARG001 - arq passes it by name
    """Forget them."""
    await do_chore("forget_mails", forget_mails)

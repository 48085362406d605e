"""Files that nobody refers to: uploads that never came, and what a dead process left behind."""

from app.tracker.attachments import sweep_leftovers
from workers.chores import do_chore
from workers.ringing import Ctx


async def sweep_files(ctx: Ctx) -> None:  # noqa: ARG001 - arq passes it by name
    """Forget what was announced and never came, and delete what is no attachment's (any more)."""
    await do_chore("remove_files", sweep_leftovers)

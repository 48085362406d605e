"""Files that nobody refers to: uploads that never came, and what a dead process left behind."""

import structlog

from app.tracker.attachments import sweep_leftovers
from workers.ringing import Ctx

log = structlog.get_logger()


async def sweep_files(ctx: Ctx) -> None:
    """Forget what was announced and never came, and delete what is no attachment's (any more)."""
    swept = await sweep_leftovers()
    if swept:
        log.info("files_swept", number=swept, job_id=ctx["job_id"])

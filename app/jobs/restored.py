"""What has to be done after a backup was restored, before anything serves again: one command, safe to run again."""

from collections.abc import Sequence
from dataclasses import dataclass

from app import db
from app.billing.restoring import LostDocument, skip_used_numbers
from app.domain.actor import system
from app.receipts import FOLDERS, folder_of, list_unreadable, require_folders
from app.retention.repeat import repeat_purges


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done about what the database does not know any more."""

    lost_documents: Sequence[LostDocument]
    purges: int
    sessions: int
    unreadable: Sequence[str]


async def put_right(*, without_receipts: bool = False) -> Restored:
    """Skip the numbers that were used, decide purges again, and end all sessions: one that was ended after the backup
    would be open again. Keys of organizations and partners stay: those revoked since must be revoked again.

    Raises: SettingsError where receipts should be and are not, unless it is to be done `without_receipts`.
    """
    if not without_receipts:
        require_folders(*FOLDERS)
    actor = system("restored")
    lost = await skip_used_numbers(actor)
    purges = await repeat_purges(actor)
    return Restored(lost, purges, await _end_sessions(), list_unreadable())


def as_lines(done: Restored) -> list[str]:
    lines = [f"receipts: {folder_of(kind).resolve()}" for kind in FOLDERS if folder_of(kind).is_dir()]
    lines += [f"cannot be read: {one}" for one in done.unreadable]
    lines += [f"lost: {one.number} of the organization {one.organization_id}" for one in done.lost_documents]
    lines.append(
        f"{len(done.lost_documents)} documents lost, their numbers are skipped; "
        f"{done.purges} purges to be repeated by the worker; {done.sessions} sessions ended"
    )
    return lines


async def _end_sessions() -> int:
    ended = 0
    async with db.in_transaction():
        for table in ("sessions", "browser_sessions", "sign_ins", "sign_in_links"):
            ended += len(await db.fetch(f"DELETE FROM {table} RETURNING id"))
    return ended

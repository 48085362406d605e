"""What has to be done after a backup was restored, before anything serves again: one command, safe to run again."""

from collections.abc import Sequence
from dataclasses import dataclass

from app import db
from app.billing.restoring import LostDocument, skip_used_numbers
from app.domain.actor import system
from app.domain.policies import Policies
from app.memberships.repeat import NotErased, repeat_erasures
from app.receipts import FOLDERS, folder_of, list_unreadable, require_folders
from app.retention.repeat import repeat_purges


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done about what the database does not know any more."""

    lost_documents: Sequence[LostDocument]
    purges: int
    sessions: int
    erased: int
    not_erased: Sequence[NotErased]
    unreadable: Sequence[str]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left that only people can put right."""
        return not self.not_erased and all(one.has_series for one in self.lost_documents)


async def put_right(policies: Policies, *, without_receipts: bool = False) -> Restored:
    """Skip the numbers that were used, decide purges again, end all sessions, and erase again who was erased. A session
    that was ended after the backup would be open again. Keys of organizations and partners stay: those revoked since
    must be revoked again.

    Raises: SettingsError where receipts should be and are not, unless it is to be done `without_receipts`.
    """
    if not without_receipts:
        require_folders(*FOLDERS)
    actor = system("restored")
    lost = await skip_used_numbers(actor)
    purges = await repeat_purges(actor)
    sessions = await _end_sessions()
    erased, not_erased = await repeat_erasures(actor, policies)
    return Restored(lost, purges, sessions, erased, not_erased, list_unreadable())


def as_lines(done: Restored) -> list[str]:
    lines = [f"receipts: {folder_of(kind).resolve()}" for kind in FOLDERS if folder_of(kind).is_dir()]
    lines += [f"cannot be read: {one}" for one in done.unreadable]
    lines += [
        f"lost: {one.number} of the organization {one.organization_id}{_series(one)}" for one in done.lost_documents
    ]
    lines += [
        f"not erased: the member {one.member_id} of the organization {one.organization_id}: {one.code.value}"
        for one in done.not_erased
    ]
    lines.append(
        f"{len(done.lost_documents)} documents lost, their numbers are skipped; "
        f"{done.purges} purges to be repeated by the worker; {done.sessions} sessions ended; "
        f"{done.erased} people erased again"
    )
    return lines


def _series(lost: LostDocument) -> str:
    return "" if lost.has_series else f"; its issuer {lost.series.issuer_id} is not in the backup: not skipped"


async def _end_sessions() -> int:
    ended = 0
    async with db.in_transaction():
        for table in ("sessions", "browser_sessions", "sign_ins", "sign_in_links"):
            ended += len(await db.fetch(f"DELETE FROM {table} RETURNING id"))
    return ended

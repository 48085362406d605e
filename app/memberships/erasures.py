"""Receipts of erasures, outside the database: a restored backup is told by them who must be erased again (R1.10).

One file for each organization, of a line a person: ids and the instant, nothing of whom they were. A line is on the
disk before the erasure is committed: nobody who was erased is without one, and one may be of an erasure that failed.
"""

import asyncio
from uuid import UUID

from app.organizations.service import LockedOrganization
from app.receipts import ERASURES, append_lines, folder_of, read_lines


async def write_erasure(organization: LockedOrganization, member_id: UUID) -> None:
    """Last in the transaction of the erasure, which may still fail after it."""
    line = {"memberId": member_id, "erasedAt": organization.at}
    await asyncio.to_thread(append_lines, ERASURES, {_file(organization.id): [line]})


def read_erasures() -> list[UUID]:
    """Members of all organizations whom a receipt says were erased."""
    paths = sorted(folder_of(ERASURES).glob("*.jsonl"))
    return [UUID(line["memberId"]) for path in paths for line in read_lines(path)]


def forget_erasures(organization_id: UUID) -> None:
    """For an organization whose own purge has a receipt by now, which brings all of them to an end."""
    folder_of(ERASURES).joinpath(_file(organization_id)).unlink(missing_ok=True)


def _file(organization_id: UUID) -> str:
    return f"{organization_id}.jsonl"

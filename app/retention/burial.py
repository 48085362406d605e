"""The end of a purge: files, receipt and tombstone (R1.8)."""

import asyncio
import hashlib
import shutil
from typing import Any
from uuid import UUID

import orjson

from app import db
from app.domain.actor import Actor
from app.events.service import Change, record_platform_change
from app.faultpoints import fault_point
from app.memberships.erasures import forget_erasures
from app.organizations.service import LockedOrganization
from app.retention.folders import exports_folder, measure_files, write_receipt
from app.settings import load_settings
from app.tracker.files import delete_files


async def count_files(organization_id: UUID) -> bool:
    """Note what there is of files before the first is removed, so that a crash loses no count. Whether it did."""
    row = await db.fetch_one("SELECT files FROM tombstones WHERE organization_id = $1", organization_id)
    if row is None or row["files"] is not None:
        return False
    measure = await asyncio.to_thread(measure_files, organization_id)
    await db.fetch(
        "UPDATE tombstones SET files = $2, file_bytes = $3 WHERE organization_id = $1",
        organization_id,
        measure.files,
        measure.size,
    )
    return True


async def remove_files(organization_id: UUID) -> None:
    """Attachments and exports; again after a crash without harm."""
    await delete_files(organization_id)
    await asyncio.to_thread(shutil.rmtree, exports_folder(organization_id), ignore_errors=True)


async def bury(actor: Actor, organization: LockedOrganization) -> None:
    """Names are gone, the row stays for what accounting law keeps; the receipt's hash proves what was done.

    The receipt is on the disk before the tombstone is in the database: a restored backup is told by it.
    """
    receipt = await _receipt(organization)
    content = db.to_json(receipt).encode()
    await asyncio.to_thread(write_receipt, organization.id, content)
    fault_point("purge.receipt")
    await asyncio.to_thread(forget_erasures, organization.id)
    await db.fetch(
        """
        UPDATE tombstones
        SET purged_at = $2::timestamptz, audit_hash = $3, receipt_hash = $4,
            accounting_until = $2::timestamptz + make_interval(years => $5)
        WHERE organization_id = $1
        """,
        organization.id,
        organization.at,
        organization.head.audit_hash,
        hashlib.sha256(content).hexdigest(),
        load_settings().accounting_retention_years,
    )
    await db.fetch(
        """
        UPDATE organizations
        SET purged_at = $2, last_change_at = $2, slug = NULL, name = '', audit_hash = NULL,
            seat_cap = NULL, budget = NULL
        WHERE id = $1
        """,
        organization.id,
        organization.at,
    )
    await record_platform_change(actor, Change("organization.purged", receipt))


async def _receipt(organization: LockedOrganization) -> dict[str, Any]:
    row = await db.fetch_one("SELECT * FROM tombstones WHERE organization_id = $1", organization.id)
    assert row is not None, "the decision wrote the tombstone"
    audit_hash = organization.head.audit_hash
    return {
        "organizationId": organization.id,
        "reason": row["reason"],
        "decidedAt": row["decided_at"],
        "purgedAt": organization.at,
        "rowsDeleted": orjson.loads(row["rows_deleted"]),
        "filesDeleted": row["files"],
        "bytesDeleted": row["file_bytes"],
        "auditHash": audit_hash.hex() if audit_hash else None,
    }

"""Repeating purges after a backup from before them was restored: receipts outside the database tell which (R1.8)."""

import orjson

from app import db
from app.domain.actor import Actor
from app.events.service import Change, record_platform_change
from app.organizations.service import lock_organizations
from app.retention.folders import read_receipts
from app.retention.purge import store_decisions


async def repeat_purges(actor: Actor) -> int:
    """Decide again, for the reason that the receipt gives, what a receipt says was purged and is there. Returns how
    many; workers do the rest. Whatever would keep it from being decided today was over when it was decided first; by
    this database it may be early, or unwarned, so it is on the platform's record, which `seatmark check` reads."""
    reasons = {one: str(orjson.loads(receipt)["reason"]) for one, receipt in read_receipts().items()}
    async with db.in_transaction():
        locked = await lock_organizations(list(reasons), during_advance=False)
        undone = [one for one in locked if one.facts.lifecycle.purge_decided_at is None]
        await store_decisions(actor, [(one, reasons[one.id]) for one in undone])
        if undone:
            facts = {"organizationIds": sorted(str(one.id) for one in undone)}
            await record_platform_change(actor, Change("purges.repeated", facts))
    return len(undone)

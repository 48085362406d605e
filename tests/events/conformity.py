"""Whether the events that tests caused are as the catalogue has them: looked at whenever a database is put back."""

import asyncpg
import orjson

MADE_UP = "planted"
"""Types that tests write themselves begin so."""


async def list_misfits(database: str) -> list[str]:
    """What of any organization's event is not as `app/domain/event_catalog.py` has it."""
    from app.domain.event_catalog import EVENT_TYPES
    from app.domain.event_shapes import misfits
    from app.domain.payloads import presented

    connection = await asyncpg.connect(database)
    try:
        rows = await connection.fetch(
            "SELECT DISTINCT type, payload FROM events WHERE organization_id IS NOT NULL AND NOT starts_with(type, $1)",
            MADE_UP,
        )
    finally:
        await connection.close()
    found = []
    for row in rows:
        known = EVENT_TYPES.get(row["type"])
        wrong = ["is unknown"] if known is None else misfits(known.payload, presented(orjson.loads(row["payload"])))
        found += [f"{row['type']}: {one}" for one in wrong]
    return sorted(set(found))

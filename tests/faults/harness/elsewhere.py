"""This process's own connections, to another database for a while."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app import db
from app.connections import pools


@asynccontextmanager
async def connected_to(database: str) -> AsyncIterator[None]:
    """Everything inside is done on that database, for the system; afterwards what was connected before is again."""
    before, first = (pools.system, pools.tenants, pools.default), {**pools.first}
    pools.system = pools.tenants = None
    pools.first.clear()
    try:
        await db.connect(database)
        yield
        await db.close()
    finally:
        pools.system, pools.tenants, pools.default = before
        pools.first |= first

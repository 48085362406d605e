"""A database of its own, on servers of its own, for what is measured."""

import os
from collections.abc import Awaitable, Callable

from app import db
from tests import servers


async def run(measure: Callable[[], Awaitable[None]]) -> None:
    """Measure on a migrated database that is gone afterwards."""
    async with servers.run_servers() as addresses:
        os.environ.update(addresses)
        async with servers.clone(addresses[servers.DATABASE_URL], "bench") as database:
            await db.connect(database)
            try:
                await measure()
            finally:
                await db.close()

"""Tell and send what is due in a process that may be killed at a fault point."""

import asyncio
import os

from app import db
from tests.delivery.hooks import deliver


async def send_and_die() -> None:
    await db.connect(os.environ["DATABASE_URL"])
    await deliver()
    await db.close()


if __name__ == "__main__":
    asyncio.run(send_and_die())

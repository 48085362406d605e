"""Whether a process can serve: the database answers, and has every migration that this code knows. Redis is missed, and
no more: without it nothing rings, rates are counted in each process, and everything is still right."""

import asyncio
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import asyncpg
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app import db

log = structlog.get_logger()

PATIENCE = 3.0
"""Seconds that either server has to answer: who asks waits for a few only."""

KNOWN = frozenset(path.stem for path in (Path(__file__).parents[1] / "migrations").glob("[0-9]*.py"))
"""The migrations of this code."""


class Migrations(Enum):
    """How those of the database stand to ours."""

    CURRENT = "current"
    BEHIND = "behind"
    AHEAD = "ahead"
    """It has ours and newer ones: an upgrade is under way, and this code is its old side (docs/operations.md)."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was found. `redis` is None in a process that was given none."""

    database: bool
    migrations: Migrations
    redis: bool | None

    @property
    def is_ready(self) -> bool:
        return self.database and self.migrations in (Migrations.CURRENT, Migrations.AHEAD)

    @property
    def degraded(self) -> list[str]:
        """What is missed, and can be done without."""
        return ["redis"] if self.redis is False else []

    def to_json(self) -> dict[str, object]:
        """{status, database, migrations, redis, degraded}, for programs."""
        status = "not ready" if not self.is_ready else "degraded" if self.degraded else "ready"
        redis = "not set" if self.redis is None else _answers(is_there=self.redis)
        return {
            "status": status,
            "database": _answers(is_there=self.database),
            "migrations": self.migrations.value,
            "redis": redis,
            "degraded": self.degraded,
        }


async def look(redis_url: str | None) -> Readiness:
    """Ask both servers at once."""
    migrations, redis = await asyncio.gather(_look_at_migrations(), _ping(redis_url))
    found = Readiness(migrations is not Migrations.UNKNOWN, migrations, redis)
    if not found.is_ready:
        log.warning("not_ready", database=found.database, migrations=migrations.value)
    return found


async def _look_at_migrations() -> Migrations:
    """UNKNOWN when the database does not answer."""
    try:
        async with asyncio.timeout(PATIENCE):
            with db.acting_for(None):
                rows = await db.fetch("SELECT name FROM tortoise_migrations WHERE app = 'seatmark'")
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        return Migrations.BEHIND  # nothing was migrated yet, or not as far as the grant to see it
    except Exception as cause:  # noqa: BLE001 - whatever it is, we are not ready
        log.warning("database_unavailable", error=type(cause).__name__)
        return Migrations.UNKNOWN
    made = {row["name"] for row in rows}
    if not made >= KNOWN:
        return Migrations.BEHIND
    return Migrations.AHEAD if made > KNOWN else Migrations.CURRENT


async def _ping(redis_url: str | None) -> bool | None:
    if redis_url is None:
        return None
    try:
        async with asyncio.timeout(PATIENCE), Redis.from_url(redis_url) as client:
            await client.ping()
    except (RedisError, OSError, TimeoutError) as cause:
        log.warning("redis_unavailable", error=type(cause).__name__)
        return False
    return True


def _answers(*, is_there: bool) -> str:
    return "answers" if is_there else "does not answer"

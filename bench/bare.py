"""The limit: Starlette, asyncpg and one statement that answers with JSON, without an ORM and without GraphQL.

What the program owes to everyone it does too, by the program's own functions where these are a duty and not a way of
doing it: the tenants' login and role, a transaction with the same settings, the key looked up by its hash before it,
and a bucket of points in Redis.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app import db
from app.connections import PLANNED_ONCE, begin, pools
from app.http.buckets import Policy
from app.http.rate import RateLimiter
from app.settings import Settings, load_settings
from bench import bare_sql

NOBODY: frozenset[UUID] = frozenset()
POINTS = 10
Run = Callable[[asyncpg.Connection, UUID, Any], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Bare:
    settings: Settings
    limiter: RateLimiter

    def route(self, path: str, mode: str, run: Run, more: str = "") -> Route:
        async def answer(request: Request) -> Response:
            key = await self._find_key(request.headers["authorization"].removeprefix("Bearer "))
            if key is None:
                return PlainTextResponse("unknown", 401)
            quota = await self.limiter.spend(f"partner:{key['key_id']}", POINTS)
            asked = orjson.loads(await request.body())
            organization_id = UUID(asked["organizationId"])
            if organization_id not in key["organization_ids"]:
                return PlainTextResponse("unknown", 404)
            async with _transaction(frozenset(key["organization_ids"]), mode, more) as connection:
                content = await run(connection, organization_id, asked)
            return Response(content, media_type="application/json", headers=quota.headers)

        return Route(path, answer, methods=["POST"])

    async def _find_key(self, token: str) -> asyncpg.Record | None:
        async with pools.acquired(NOBODY) as connection:
            return await connection.fetchrow("SELECT * FROM find_key($1)", hashlib.sha256(token.encode()).hexdigest())


@asynccontextmanager
async def _transaction(organizations: frozenset[UUID], mode: str, more: str) -> AsyncIterator[asyncpg.Connection]:
    async with pools.acquired(organizations) as connection:
        await connection.execute(f"{begin(organizations, mode)}; {more}")
        try:
            yield connection
        except BaseException:
            await connection.execute("ROLLBACK")
            raise
        await connection.execute("COMMIT")


async def _check(connection: asyncpg.Connection, organization_id: UUID, asked: Any) -> str:
    checks = asked["checks"]
    return str(
        await connection.fetchval(
            bare_sql.CHECK,
            organization_id,
            [one["memberId"] for one in checks],
            [one["permission"] for one in checks],
        )
    )


async def _list(connection: asyncpg.Connection, organization_id: UUID, asked: Any) -> str:
    return str(await connection.fetchval(bare_sql.MEMBERS, organization_id, asked["first"]))


async def _preview(connection: asyncpg.Connection, organization_id: UUID, _: Any) -> str:
    return str(await connection.fetchval(bare_sql.PREVIEW, organization_id))


async def _suppose(connection: asyncpg.Connection, organization_id: UUID, asked: Any) -> str:
    return str(await connection.fetchval(bare_sql.WHAT_IF, organization_id, asked["teamId"]))


async def _change(connection: asyncpg.Connection, organization_id: UUID, asked: Any) -> str:
    await connection.fetch(bare_sql.LOCK_CLOCK, organization_id)
    await connection.fetch(bare_sql.LOCK, organization_id)
    sql = bare_sql.SUBSCRIBE if "subscribe" in asked else bare_sql.UNSUBSCRIBE
    member_id = asked.get("subscribe") or asked["unsubscribe"]
    return str(await connection.fetchval(sql, organization_id, member_id, "partner:bench", str(uuid4())))


async def _ready(_: Request) -> Response:
    return PlainTextResponse("ready")


def create_app() -> Starlette:
    settings = load_settings()
    limiter = RateLimiter(settings.redis_url, Policy("points", settings.rate_capacity, settings.rate_per_second))
    bare = Bare(settings, limiter)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await db.connect(settings.given_system_url(), settings.given_tenants_url(), lock_timeout="5s")
        yield
        await limiter.close()
        await db.close()

    reading = "READ ONLY"
    routes = [
        bare.route("/check", reading, _check, PLANNED_ONCE),
        bare.route("/members", reading, _list),
        bare.route("/preview", reading, _preview),
        bare.route("/what-if", reading, _suppose),
        bare.route("/change", "", _change),
    ]
    return Starlette(lifespan=lifespan, routes=[*routes, Route("/readyz", _ready)])


def main() -> None:
    settings = load_settings()
    uvicorn.run(
        "bench.bare:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
    )


if __name__ == "__main__":
    main()

"""A port for those who watch a process, apart from the one for everybody: /healthz, /readyz and /metrics."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from typing_extensions import override

from app.telemetry.metrics import REGISTRY
from app.watch.figures import Figures
from app.watch.readiness import look

log = structlog.get_logger()

_PAUSE = 1.0
"""Seconds between tries at a port that another process has still: the one that is being replaced."""


class _Guest(uvicorn.Server):
    """A server in a process that ends by itself: signals are not for it."""

    @contextmanager
    @override
    def capture_signals(self) -> Iterator[None]:
        yield


async def healthz(_: Request) -> Response:
    """The process is up."""
    return PlainTextResponse("ok")


def ready_route(redis_url: str | None) -> Route:
    """/readyz: 200 when the process can serve, also degraded, else 503; what was found as JSON."""

    async def readyz(_: Request) -> Response:
        found = await look(redis_url)
        return JSONResponse(found.to_json(), 200 if found.is_ready else 503, headers={"Cache-Control": "no-store"})

    return Route("/readyz", readyz)


def metrics_route(figures: Figures) -> Route:
    """/metrics, in Prometheus' text format."""

    async def metrics(_: Request) -> Response:
        await figures.refresh()
        return Response(generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return Route("/metrics", metrics)


@asynccontextmanager
async def watched(host: str, port: int | None, redis_url: str | None, figures: Figures) -> AsyncIterator[None]:
    """Let the process be watched on the port meanwhile, if there is one."""
    if port is None:
        yield
        return
    routes = [Route("/healthz", healthz), ready_route(redis_url), metrics_route(figures)]
    REGISTRY.register(figures)
    serving = asyncio.create_task(_serve(Starlette(routes=routes), host, port))
    try:
        yield
    finally:
        REGISTRY.unregister(figures)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def _serve(app: Starlette, host: str, port: int) -> None:
    listening = await _listen(host, port)
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, server_header=False, loop="none")
    with listening:
        await _Guest(config).serve(sockets=[listening])


async def _listen(host: str, port: int) -> socket.socket:
    """The port, as soon as it is free. Whoever serves goes on meanwhile."""
    is_told = False
    while True:
        try:
            return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        except OSError as cause:
            if not is_told:
                log.warning("metrics_port_taken", port=port, error=cause.strerror)
            is_told = True
        await asyncio.sleep(_PAUSE)

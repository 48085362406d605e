"""The console: a page, its files, and every address of its own, all of it what Vite has made (console/dist).

It is looked for at each request, so that it may be built, and built anew, while we serve.
"""

import re
from collections.abc import Sequence
from mimetypes import guess_type

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.settings import Settings
from app.telemetry.records import current

_PAGE = "index.html"
_FILE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")
"""Names of files that are served: none that is hidden, none elsewhere."""
_FOREVER = "public, max-age=31536000, immutable"
"""For files that have a hash of what is in them in their names."""
_SAFE = {"X-Content-Type-Options": "nosniff"}
_NOT_THE_CONSOLES = frozenset({"graphiql"})
"""Where something is only in development, besides what has a route."""
_COMPRESSED = (("br", ".br"), ("gzip", ".gz"))
_UNWANTED = re.compile(r";q=0(\.0*)?$")

_MISSING = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Seatmark</title>
<h1>Seatmark</h1><p>The console was not built here. With Node 20 or newer and npm, <code>make console</code> builds it;
this page is the console then.</p><p>The API is at <code>/graphql</code>, its schema at
<a href="/schema.graphql">/schema.graphql</a>.</p></html>
"""


def has_console(settings: Settings) -> bool:
    """Whether the console was built."""
    return settings.console_dir.joinpath(_PAGE).is_file()


class Console:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.console_dir

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self._front, methods=["GET"]),
            Route("/assets/{name}", self._asset, methods=["GET"]),
        ]

    def find_page(self, scope: Scope) -> Response | None:
        """What is there for an address without a route: a file beside the page; and for people, who say that they take
        HTML, the page, which knows the way on."""
        name = scope["path"].removeprefix("/")
        if not has_console(self._settings):
            return None
        if name != _PAGE and _FILE.fullmatch(name) and self._folder.joinpath(name).is_file():
            return FileResponse(self._folder / name, headers={**_SAFE, "Cache-Control": "no-cache"})
        return self._page() if "text/html" in Headers(scope=scope).get("accept", "").lower() else None

    async def _front(self, _: Request) -> Response:
        if has_console(self._settings):
            return self._page()
        policy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        return HTMLResponse(_MISSING, headers={**_SAFE, "Cache-Control": "no-cache", "Content-Security-Policy": policy})

    async def _asset(self, request: Request) -> Response:
        name, folder = request.path_params["name"], self._folder / "assets"
        if not _FILE.fullmatch(name) or not folder.joinpath(name).is_file():
            return Response(status_code=404, headers={**_SAFE, "Cache-Control": "no-store"})
        headers = {**_SAFE, "Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
        kind, taken = guess_type(name)[0], _codings(request.headers.get("accept-encoding", ""))
        for coding, ending in _COMPRESSED:
            file = folder / f"{name}{ending}"
            if coding in taken and file.is_file():
                return FileResponse(file, headers={**headers, "Content-Encoding": coding}, media_type=kind)
        return FileResponse(folder / name, headers=headers, media_type=kind)

    def _page(self) -> Response:
        """Nothing is written in the page itself that a browser would execute, and it asks nobody but us."""
        sockets = ["'self'", *(origin.replace("http", "ws", 1) for origin in self._settings.own_origins)]
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
            f"connect-src {' '.join(sockets)}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
        headers = {
            **_SAFE,
            "Cache-Control": "no-cache",
            "Content-Security-Policy": policy,
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        }
        return FileResponse(self._folder / _PAGE, headers=headers)


class ConsolePages:
    """What is asked where nothing has a route. What begins as a route of ours does is no page of the console, whatever
    follows."""

    def __init__(self, console: Console, routes: Sequence[BaseRoute], otherwise: ASGIApp) -> None:
        paths = (getattr(route, "path", "/") for route in routes)
        self._taken = _NOT_THE_CONSOLES.union(path.split("/")[1] for path in paths) - {""}
        self._console, self._otherwise = console, otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = None
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            first = scope["path"].removeprefix("/").partition("/")[0]
            found = self._console.find_page(scope) if first not in self._taken else None
        if found is None:
            await self._otherwise(scope, receive, send)
            return
        if (record := current()) is not None:
            record.operation = "console"
        await found(scope, receive, send)


def _codings(accepted: str) -> frozenset[str]:
    """What a client takes an answer in."""
    wanted = (one.replace(" ", "") for one in accepted.lower().split(","))
    return frozenset(one.partition(";")[0] for one in wanted if not _UNWANTED.search(one))

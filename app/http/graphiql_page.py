"""GraphiQL, for whoever writes a client: a page and its files, all of them from here, and nothing asked elsewhere."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

_FOLDER = Path(__file__).with_name("graphiql")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src data:; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def graphiql_routes() -> list[BaseRoute]:
    return [
        Route("/graphiql", _page, methods=["GET"]),
        Mount("/assets/graphiql", StaticFiles(directory=_FOLDER)),
    ]


async def _page(_: Request) -> Response:
    return FileResponse(_FOLDER / "index.html", headers=_HEADERS)

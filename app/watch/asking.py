"""Asking another process whether it can serve, by the standard library alone: it is asked every few seconds."""

import json
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from app.processes import StartError

_PATIENCE = 10.0


def ask_readiness(name: str, host: str, port: int) -> tuple[bool, str]:
    """Whether it is ready, and a line that says it. Raises: StartError when nobody answers."""
    connection = HTTPConnection(host, port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        found = json.loads(response.read())
    except (OSError, HTTPException, ValueError):
        raise StartError(f"no {name} answers on {host}:{port}") from None
    finally:
        connection.close()
    facts = ", ".join(f"{part} {found[part]}" for part in ("database", "migrations", "redis"))
    return response.status == HTTPStatus.OK, f"{found['status']}: {facts}"

"""What a request asks to be executed: the parameters of GraphQL over HTTP, from a body or from an address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from app.http.body import parse_json
from app.http.refusals import RequestRefused


@dataclass(frozen=True, slots=True)
class Parameters:
    """Either `query` or `document_id` is given. `extensions` may be sent, and there are none that mean something."""

    query: str | None
    document_id: str | None
    operation_name: str | None
    variables: dict[str, Any]


def from_body(body: bytes) -> Parameters:
    """Raises: RequestRefused 400."""
    given = parse_json(body, "The body")
    if isinstance(given, list):
        raise _bad("Operations are sent one by one: the body is an object, and not a list of them.")
    if not isinstance(given, dict):
        raise _bad("The body must be a JSON object with a `query` or a `documentId`.")
    return from_payload(given)


def from_address(given: QueryParams) -> Parameters:
    """From the address of a GET, where `variables` and `extensions` are JSON. Raises: RequestRefused 400."""
    found: dict[str, Any] = dict(given)
    if len(found) != len(given.multi_items()):
        raise _bad("Each parameter is given once.")
    for name in ("variables", "extensions"):
        if found.get(name):
            found[name] = parse_json(found[name], f"`{name}`")
    return from_payload({name: value for name, value in found.items() if value != ""})


def from_payload(given: Mapping[str, Any]) -> Parameters:
    """Raises: RequestRefused 400."""
    query, document_id = _text(given, "query"), _text(given, "documentId")
    if (query is None) == (document_id is None):
        raise _bad("Send a `query` or a `documentId`, and one of them only.")
    operation_name = _text(given, "operationName") or None
    _map(given, "extensions")
    return Parameters(query, document_id, operation_name, _map(given, "variables"))


def _text(given: Mapping[str, Any], name: str) -> str | None:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise _bad(f"`{name}` must be a string.")
    return value


def _map(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = given.get(name)
    if value is not None and not isinstance(value, dict):
        raise _bad(f"`{name}` must be an object.")
    return value or {}


def _bad(message: str) -> RequestRefused:
    return RequestRefused.because(400, "INVALID_INPUT", message)

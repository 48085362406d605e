"""What a client is told of its request: executed, or refused before anything was."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError
from starlette.responses import Response

from app.graphql.errors import INTERNAL, UNAVAILABLE, presented
from app.http.media import MediaType
from app.http.refusals import RequestRefused

_HEADERS = {"Cache-Control": "private, no-store", "Vary": "Accept, Accept-Language, Authorization, Cookie"}
_STATUSES = {INTERNAL: 500, UNAVAILABLE: 503}
_RETRY = {"Retry-After": "5"}  # seconds; a database that was restarted answers again by then


@dataclass(frozen=True, slots=True)
class Answer:
    """In the shape of a GraphQL response; it has `data` when something was executed."""

    body: Mapping[str, Any]
    status: int = 200
    """As application/graphql-response+json has it."""
    is_well_formed: bool = True
    """Whether the request was one of GraphQL over HTTP: application/json answers its mistakes with 200."""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_executed(self) -> bool:
        return "data" in self.body

    @property
    def is_mistake(self) -> bool:
        """Whether it says no more than that the operation cannot be executed."""
        return self.is_well_formed and self.status == 400  # noqa: PLR2004 - Bad Request

    def response(self, media: MediaType) -> Response:
        return Response(
            encode(self.body),
            status_code=200 if self.is_mistake and media is MediaType.JSON else self.status,
            headers={**_HEADERS, **self.headers},
            media_type=f"{media.value}; charset=utf-8",
        )


def executed(result: ExecutionResult) -> Answer:
    """The answer to an operation that was sent to be executed. Its errors are presented already.

    An error without a path was found before the first field was resolved; then there is no `data`. Nor is there any
    where the database answered nothing: whoever asks may do so again.
    """
    errors = [_shown(error) for error in result.errors or ()]
    codes = {error["extensions"]["code"] for error in errors}
    extensions = {"extensions": result.extensions} if result.extensions else {}
    if result.data is None and all("path" not in error for error in errors):
        return Answer({"errors": errors, **extensions}, _status(codes))
    if result.data is None and codes == {UNAVAILABLE}:
        return Answer({"errors": errors, **extensions}, _STATUSES[UNAVAILABLE], headers=_RETRY)
    return Answer({"data": result.data, **({"errors": errors} if errors else {}), **extensions})


def refused(refusal: RequestRefused, request_id: str, headers: Mapping[str, str]) -> Answer:
    """The answer to a request of which nothing was executed, with headers beside those of the refusal."""
    errors = [_shown(presented(error, request_id)) for error in refusal.errors]
    return Answer({"errors": errors}, refusal.status, refusal.is_well_formed, {**headers, **refusal.headers})


def failed(error: Exception, request_id: str) -> Answer:
    """The answer when something broke on the way to the operation."""
    shown = _shown(presented(GraphQLError(str(error), original_error=error), request_id))
    status = _status({shown["extensions"]["code"]})
    return Answer({"errors": [shown]}, status, headers=_RETRY if status == _STATUSES[UNAVAILABLE] else {})


def encode(body: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8."""
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:  # half a character, given back in an error message; orjson writes none
        return json.dumps(body).encode()


def _shown(error: GraphQLError) -> dict[str, Any]:
    return {**error.formatted}


def _status(codes: set[str]) -> int:
    """Of a request that came to nothing: whose fault it was."""
    return max((_STATUSES.get(code, 400) for code in codes), default=400)

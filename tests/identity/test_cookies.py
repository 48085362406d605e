"""What a page of ours can send with a cookie, and other sites cannot."""

import pytest
from starlette.datastructures import Headers

from app.domain.errors import DomainError, ErrorCode
from app.identity.cookies import refuse_cross_site

OURS = frozenset({"https://seats.test"})
JSON = {"content-type": "application/json", "x-seatmark-client": "console"}


def is_let_in(method: str, headers: dict[str, str], *, is_websocket: bool = False) -> bool:
    try:
        refuse_cross_site(method, Headers(headers), OURS, is_websocket=is_websocket)
    except DomainError as refusal:
        return refusal.code is not ErrorCode.FORBIDDEN
    return True


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", JSON),
        ("POST", {**JSON, "content-type": "Application/JSON; charset=utf-8"}),
        ("POST", {**JSON, "origin": "https://seats.test", "sec-fetch-site": "same-origin"}),
        ("GET", {"x-seatmark-client": "console"}),
        ("GET", {"sec-fetch-site": "same-origin"}),
        ("GET", {"sec-fetch-site": "none"}),
    ],
    ids=str,
)
def test_a_page_of_ours_is_let_in(method: str, headers: dict[str, str]) -> None:
    assert is_let_in(method, headers)


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", {}),
        ("POST", {"content-type": "application/json"}),
        ("POST", {"x-seatmark-client": "console"}),
        ("POST", {**JSON, "content-type": "text/plain"}),
        ("POST", {**JSON, "content-type": "text/plain; application/json"}),
        ("POST", {**JSON, "content-type": "application/x-www-form-urlencoded"}),
        ("POST", {**JSON, "content-type": "multipart/form-data; boundary=application/json"}),
        ("POST", {**JSON, "origin": "https://evil.test"}),
        ("POST", {**JSON, "origin": "null"}),
        ("POST", {**JSON, "origin": ""}),
        ("POST", {**JSON, "origin": "http://seats.test"}),
        ("POST", {**JSON, "origin": "https://seats.test.evil.test"}),
        ("POST", {**JSON, "origin": "https://seats.test:8443"}),
        ("POST", {**JSON, "sec-fetch-site": "cross-site"}),
        ("POST", {**JSON, "sec-fetch-site": "same-site"}),
        ("POST", {"sec-fetch-site": "same-origin"}),
        ("PUT", {"sec-fetch-site": "none"}),
        ("GET", {}),
        ("GET", {"sec-fetch-site": "cross-site"}),
        ("GET", {"sec-fetch-site": "same-site"}),
        ("GET", {"x-seatmark-client": "console", "sec-fetch-site": "cross-site"}),
        ("GET", {"x-seatmark-client": "console", "origin": "https://evil.test"}),
    ],
    ids=str,
)
def test_what_another_site_can_send_is_refused(method: str, headers: dict[str, str]) -> None:
    assert not is_let_in(method, headers)


def test_a_websocket_says_where_it_comes_from() -> None:
    assert is_let_in("GET", {"origin": "https://seats.test"}, is_websocket=True)
    assert is_let_in("GET", {"origin": "https://seats.test", "sec-fetch-site": "same-origin"}, is_websocket=True)
    for headers in ({}, {"origin": "https://evil.test"}, {"origin": "null"}, {"x-seatmark-client": "console"}):
        assert not is_let_in("GET", headers, is_websocket=True)

"""Requests to strangers reach public addresses and no others, whatever strangers do (R8.3, F16)."""

import ssl
from pathlib import Path
from uuid import uuid4

import pytest

from app.delivery.outbound import Answered, UnreachableError, post
from tests.delivery.certificates import certificate, signed, trusted  # noqa: F401 - fixtures
from tests.delivery.receiver import answering, run_receiver

HERE = frozenset({"127.0.0.1"})
OURS = uuid4()
NOBODY = frozenset[str]()
HEADERS = {"content-type": "application/json", "webhook-id": "msg_1"}


async def test_what_is_sent_arrives_and_what_is_answered_is_told() -> None:
    async with run_receiver() as receiver:
        receiver.answer = answering("200 OK", b"thanks")
        assert await post(OURS, receiver.url, HEADERS, b'{"a": 1}', 5, HERE) == Answered(200, "thanks")
        (request,) = receiver.received
    assert (request.path, request.body) == ("/hooks", b'{"a": 1}')
    assert request.headers["webhook-id"] == "msg_1"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.1", "2130706433", "[::ffff:127.0.0.1]"])
async def test_nobody_inside_is_connected_to(host: str) -> None:
    async with run_receiver() as receiver:
        with pytest.raises(UnreachableError, match="its name leads to no public address"):
            await post(OURS, f"http://{host}:{receiver.port}/", HEADERS, b"{}", 5, NOBODY)
        assert receiver.connections == 0


async def test_a_redirect_is_an_answer_and_leads_nowhere() -> None:
    async with run_receiver() as inside, run_receiver() as outside:
        outside.answer = answering("302 Found", Location=inside.url)
        assert (await post(OURS, outside.url, HEADERS, b"{}", 5, HERE)).status == 302
        assert inside.connections == 0


async def test_who_hangs_is_waited_for_so_long_and_no_longer() -> None:
    async with run_receiver() as receiver:
        receiver.answer = None
        with pytest.raises(UnreachableError, match=r"it did not answer within 0\.3 s"):
            await post(OURS, receiver.url, HEADERS, b"{}", 0.3, HERE)
        assert len(receiver.received) == 1


@pytest.mark.parametrize("seconds", [0.5, 5])
async def test_whoever_has_told_a_status_has_answered_whatever_becomes_of_the_body(seconds: float) -> None:
    async with run_receiver() as receiver:
        receiver.answer, receiver.leaves_open = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", True
        answered = await post(OURS, receiver.url, HEADERS, b"{}", seconds, HERE)
    assert answered == Answered(200, "half" if seconds == 5 else "")


@pytest.mark.parametrize(
    "before", [b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000, b"HTTP/1.1 200 OK\r\nX: " + b"x" * 90_000]
)
async def test_whoever_says_much_before_a_status_is_not_listened_to(before: bytes) -> None:
    async with run_receiver() as receiver:
        receiver.answer = before + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        with pytest.raises(UnreachableError, match="what it says before its status is too long"):
            await post(OURS, receiver.url, HEADERS, b"{}", 5, HERE)


async def test_of_an_endless_answer_the_beginning_is_kept() -> None:
    async with run_receiver() as receiver:
        receiver.answer = b"HTTP/1.1 500 Oops\r\nContent-Length: 100000000\r\n\r\n" + b"x\0" * 5_000
        answered = await post(OURS, receiver.url, HEADERS, b"{}", 5, HERE)
    assert answered.status == 500
    assert answered.beginning == "x\N{REPLACEMENT CHARACTER}" * 1024


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(b"", "it does not speak HTTP"), (b"SSH-2.0-OpenSSH\r\n", "it does not speak HTTP")],
    ids=["nothing", "another protocol"],
)
async def test_who_does_not_speak_http_is_told_so(answer: bytes, reason: str) -> None:
    async with run_receiver() as receiver:
        receiver.answer = answer
        with pytest.raises(UnreachableError, match=reason):
            await post(OURS, receiver.url, HEADERS, b"{}", 5, HERE)


async def test_who_is_not_there_cannot_be_connected_to() -> None:
    async with run_receiver() as receiver:
        url = receiver.url
    with pytest.raises(UnreachableError, match="it cannot be connected to"):
        await post(OURS, url, HEADERS, b"{}", 5, HERE)


async def test_a_name_that_there_is_not_is_not_known() -> None:
    with pytest.raises(UnreachableError, match="its name is not known"):
        await post(OURS, "https://hooks.invalid/", HEADERS, b"{}", 5, NOBODY)


async def test_whose_certificate_nobody_signed_is_not_trusted(certificate: ssl.SSLContext) -> None:  # noqa: F811
    async with run_receiver(certificate) as receiver:
        with pytest.raises(UnreachableError, match="its certificate cannot be trusted"):
            await post(OURS, receiver.url, HEADERS, b"{}", 5, HERE)
        assert receiver.received == []


async def test_who_is_trusted_is_read_once_and_not_for_every_message(
    certificate: ssl.SSLContext,  # noqa: F811
    trusted: Path,  # noqa: F811
) -> None:
    async with run_receiver(certificate) as receiver:
        assert (await post(OURS, receiver.url, HEADERS, b"{}", 5, HERE)).status == 204
        trusted.unlink()
        assert (await post(OURS, receiver.url, HEADERS, b"{}", 5, HERE)).status == 204

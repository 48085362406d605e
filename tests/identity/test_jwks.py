"""The provider's keys: fetched when needed and seldom, by one for all, believed for a day without the provider."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse

from app.identity.bearer import UntrustedTokenError, verify_token
from app.identity.provider import Provider
from tests.identity.conftest import Watch, settings_for
from tests.openid import AUDIENCE, OpenIdProvider, rsa_key, run_provider


async def is_believed(provider: Provider, token: str) -> bool:
    try:
        await verify_token(provider, token, AUDIENCE)
    except UntrustedTokenError:
        return False
    return True


async def test_keys_are_fetched_once_for_all_who_come_at_once(provider: Provider, issuer: OpenIdProvider) -> None:
    token = issuer.sign()
    assert all(await asyncio.gather(*(is_believed(provider, token) for _ in range(100))))
    assert issuer.asked == {"/discovery": 1, "/keys": 1}


async def test_a_thousand_unknown_keys_ask_the_provider_once_in_half_a_minute(
    provider: Provider, issuer: OpenIdProvider, watch: Watch
) -> None:
    assert await is_believed(provider, issuer.sign())
    flood = [issuer.sign(headers={"kid": f"unknown {number}"}) for number in range(1000)]
    assert not any(await asyncio.gather(*(is_believed(provider, token) for token in flood)))
    assert issuer.asked["/keys"] == 1
    watch.seconds += 30
    assert not any(await asyncio.gather(*(is_believed(provider, token) for token in flood)))
    assert issuer.asked == {"/discovery": 1, "/keys": 2}


async def test_a_new_key_is_found_by_the_first_who_comes_with_it(
    provider: Provider, issuer: OpenIdProvider, watch: Watch
) -> None:
    assert await is_believed(provider, issuer.sign())
    old, new = issuer.keys[0], rsa_key()
    issuer.keys[0] = new
    watch.seconds += 31
    assert await is_believed(provider, issuer.sign(new))
    assert issuer.asked["/keys"] == 2
    assert not await is_believed(provider, issuer.sign(old))


@pytest.mark.parametrize(
    ("cache_control", "fresh_for"),
    [
        (None, 600),
        ("public, max-age=1800", 1800),
        ("max-age=1", 60),
        ("max-age=999999", 3600),
        ("no-store", 60),
        ("max-age=999999999999999999999", 600),
        ('MAX-AGE="120"', 120),
    ],
)
async def test_keys_are_fresh_for_as_long_as_the_provider_says_within_bounds(
    provider: Provider, issuer: OpenIdProvider, watch: Watch, cache_control: str | None, fresh_for: int
) -> None:
    issuer.cache_control = cache_control
    token = issuer.sign()
    assert await is_believed(provider, token)
    watch.seconds += fresh_for - 1
    assert await is_believed(provider, token)
    assert issuer.asked["/keys"] == 1
    watch.seconds += 1
    assert await is_believed(provider, token)
    assert issuer.asked["/keys"] == 2


async def test_a_key_that_was_withdrawn_is_not_believed_once_the_keys_are_old(
    provider: Provider, issuer: OpenIdProvider, watch: Watch
) -> None:
    token = issuer.sign()
    assert await is_believed(provider, token)
    issuer.keys[0] = rsa_key()
    watch.seconds += 600
    assert not await is_believed(provider, token)


async def test_while_the_provider_is_gone_its_keys_are_believed_for_a_day(watch: Watch) -> None:
    async with run_provider() as issuer:
        provider = Provider(settings_for(issuer), watch)
        token = issuer.sign()
        assert await is_believed(provider, token)
    for seconds in (601, 30, 3600, 86_400 - 4232):
        watch.seconds += seconds
        assert await is_believed(provider, token)
    watch.seconds += 1
    assert not await is_believed(provider, token)


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("down", status_code=503),
        RedirectResponse("/elsewhere"),
        PlainTextResponse("{"),
        PlainTextResponse("[" * 100_000),
        JSONResponse([]),
        JSONResponse({"keys": {}}),
        JSONResponse({"keys": [{}] * 101}),
        PlainTextResponse('{"keys": []' + " " * 300_000 + "}"),
    ],
    ids=lambda answer: f"{answer.status_code} {bytes(answer.body[:12])!r}",
)
async def test_an_answer_that_is_none_changes_nothing(
    provider: Provider, issuer: OpenIdProvider, watch: Watch, answer: Response
) -> None:
    token = issuer.sign()
    with issuer.changed(answers_instead=answer):
        assert not await is_believed(provider, token)
    assert not await is_believed(provider, token)
    watch.seconds += 30
    assert await is_believed(provider, token)
    with issuer.changed(answers_instead=answer):
        watch.seconds += 600
        assert await is_believed(provider, token)


async def test_a_key_that_is_none_spoils_no_other(provider: Provider, issuer: OpenIdProvider) -> None:
    token = issuer.sign()
    good = [key.public for key in issuer.keys]
    bad = [
        None,
        1,
        {},
        {"kty": "RSA", "kid": "a"},
        {"kty": "RSA", "kid": "b", "n": "!", "e": "AQAB"},
        {"kty": ["RSA"]},
        {**good[1], "x": "AAAA", "kid": "c"},
        {**good[1], "crv": "P-384", "kid": "d"},
    ]
    with issuer.changed(answers_instead=JSONResponse({"keys": [*bad, *good], "jwks_uri": f"{issuer.url}/keys"})):
        told = Provider(settings_for(issuer, SEATMARK_OIDC_JWKS_URL=f"{issuer.url}/keys"))
        assert await is_believed(told, token)
    assert issuer.asked == {"/keys": 1}


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://other.test"},
        {"jwks_uri": None},
        {"jwks_uri": "http://keys.test/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "https://user@keys.test/keys"},
    ],
    ids=str,
)
async def test_a_discovery_document_of_another_issuer_or_without_safe_addresses_is_none(
    provider: Provider, issuer: OpenIdProvider, metadata: dict[str, object]
) -> None:
    issuer.metadata = metadata
    assert not await is_believed(provider, issuer.sign())
    assert issuer.asked == {"/discovery": 1}


async def test_an_answer_that_never_ends_is_cut_off(provider: Provider, issuer: OpenIdProvider) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 1000:
            sent += 1
            yield b" " * 65_536
            await asyncio.sleep(0.001)

    with issuer.changed(answers_instead=StreamingResponse(endless())):
        assert not await is_believed(provider, issuer.sign())
    assert 4 < sent < 1000

"""Which tokens of a provider are believed: those it signed, by its own keys, for us, for now; and no other."""

import json
import time
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.identity.bearer import Claims, Identity, UntrustedTokenError, looks_signed, verify_id_token, verify_token
from app.identity.provider import Provider
from tests.openid import AUDIENCE, CLIENT_ID, OpenIdProvider, ec_key, rsa_key


async def believed(provider: Provider, token: str) -> Claims:
    return await verify_token(provider, token, AUDIENCE)


async def refused(provider: Provider, token: str) -> str:
    """Why the token is not believed."""
    with pytest.raises(UntrustedTokenError) as refusal:
        await verify_token(provider, token, AUDIENCE)
    return str(refusal.value)


def part(content: Any) -> str:
    """A part of a token, as text or as JSON."""
    text = content if isinstance(content, str) else json.dumps(content)
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("place", [0, 1])
async def test_a_token_by_either_kind_of_key_says_who_it_is_and_for_how_long(
    provider: Provider, issuer: OpenIdProvider, place: int
) -> None:
    ends = int(time.time()) + 90
    token = issuer.sign(issuer.keys[place], sub="u1", email="Anna@People.Example", email_verified=True, exp=ends)
    assert await believed(provider, token) == Claims(
        Identity(issuer.url, "u1"), "anna@people.example", datetime.fromtimestamp(ends, UTC)
    )


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+jwt"])
async def test_access_tokens_may_say_that_they_are_some(provider: Provider, issuer: OpenIdProvider, kind: str) -> None:
    assert (await believed(provider, issuer.sign(headers={"typ": kind}))).identity.subject == "someone"


@pytest.mark.parametrize("kind", ["dpop+jwt", "logout+jwt", "secevent+jwt", "", None, 1])
async def test_a_token_of_another_kind_is_not_believed(provider: Provider, issuer: OpenIdProvider, kind: Any) -> None:
    token = issuer.sign()
    header = {"alg": "RS256", "kid": issuer.keys[0].id, "typ": kind}
    assert await refused(provider, part(header) + token[token.index(".") :]) == "another kind of token"


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "nOnE", "HS256", "RS384", "PS256", "ES384", "", None, 1, []]
)
async def test_no_other_algorithm_is_heard_of(provider: Provider, issuer: OpenIdProvider, algorithm: Any) -> None:
    header, claims = part({"alg": algorithm, "kid": issuer.keys[0].id}), part(issuer.claims())
    for signature in ("", issuer.sign().rpartition(".")[2]):
        assert await refused(provider, f"{header}.{claims}.{signature}") == "another algorithm"
    assert issuer.asked == {}


async def test_the_public_key_is_no_secret_to_sign_with(provider: Provider, issuer: OpenIdProvider) -> None:
    key = issuer.keys[0]
    public = key.private.public_key()
    forms = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        json.dumps(key.public).encode(),
    ]
    for form in forms:
        content = f"{part({'alg': 'HS256', 'kid': key.id, 'typ': 'JWT'})}.{part(issuer.claims())}"
        signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(content.encode(), form)
        token = f"{content}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"
        assert await refused(provider, token) == "another algorithm"


async def test_a_secret_among_the_keys_is_none(provider: Provider, issuer: OpenIdProvider) -> None:
    secret = urlsafe_b64encode(b"s" * 32).rstrip(b"=").decode()
    issuer.keys[0].public.update({"kty": "oct", "k": secret, "alg": "HS256"})
    token = jwt.encode(issuer.claims(), b"s" * 32, "HS256", headers={"kid": issuer.keys[0].id})
    assert await refused(provider, token) == "another algorithm"
    assert await refused(provider, issuer.sign()) == "no key of the provider fits"


async def test_the_algorithm_must_be_the_keys(provider: Provider, issuer: OpenIdProvider) -> None:
    by_rsa, by_curve = issuer.keys
    for key, other in ((by_rsa, by_curve), (by_curve, by_rsa)):
        token = issuer.sign(key, headers={"kid": other.id})
        assert await refused(provider, token) == "no key of the provider fits"


async def test_someone_elses_key_under_a_known_id_signs_nothing(provider: Provider, issuer: OpenIdProvider) -> None:
    thief = rsa_key(kid=issuer.keys[0].id)
    assert await refused(provider, issuer.sign(thief)) == "InvalidSignatureError"


async def test_keys_that_a_token_brings_along_are_not_looked_at(provider: Provider, issuer: OpenIdProvider) -> None:
    thief = rsa_key()
    brought = {"jwk": thief.public, "jku": f"{issuer.url}/elsewhere", "x5u": f"{issuer.url}/elsewhere", "x5c": ["AAAA"]}
    assert await refused(provider, issuer.sign(thief, headers=brought)) == "no key of the provider fits"
    known = {**brought, "kid": issuer.keys[0].id}
    assert await refused(provider, issuer.sign(thief, headers=known)) == "InvalidSignatureError"
    assert set(issuer.asked) == {"/discovery", "/keys"}


@pytest.mark.parametrize("given", [{"crit": ["exp"]}, {"crit": []}, {"crit": ["b64"], "b64": False}, {"b64": True}])
async def test_what_a_token_insists_on_and_we_do_not_understand_is_a_reason(
    provider: Provider, issuer: OpenIdProvider, given: dict[str, Any]
) -> None:
    token = issuer.sign()
    header = {"alg": "RS256", "kid": issuer.keys[0].id, "typ": "JWT", **given}
    reason = await refused(provider, part(header) + token[token.index(".") :])
    assert reason in ("InvalidTokenError", "DecodeError", "it asks for what we do not understand")
    assert issuer.asked == {}


async def test_a_token_that_was_touched_is_not_believed(provider: Provider, issuer: OpenIdProvider) -> None:
    header, claims, signature = issuer.sign().split(".")
    other = part(issuer.claims(sub="someone else"))
    assert await refused(provider, f"{header}.{other}.{signature}") == "InvalidSignatureError"
    assert await refused(provider, f"{header}.{claims}.") == "InvalidSignatureError"
    changed = ("A" if signature[0] != "A" else "B") + signature[1:]
    assert await refused(provider, f"{header}.{claims}.{changed}") == "InvalidSignatureError"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"aud": "https://other.test"}, "InvalidAudienceError"),
        ({"aud": ["https://other.test"]}, "InvalidAudienceError"),
        ({"aud": []}, "MissingRequiredClaimError"),
        ({"aud": AUDIENCE + "/"}, "InvalidAudienceError"),
        ({"aud": {AUDIENCE: 1}}, "InvalidAudienceError"),
        ({"aud": None}, "MissingRequiredClaimError"),
        ({"iss": "https://other.test"}, "InvalidIssuerError"),
        ({"iss": None}, "MissingRequiredClaimError"),
        ({"exp": None}, "MissingRequiredClaimError"),
        ({"exp": "soon"}, "DecodeError"),
        ({"exp": float("inf")}, "DecodeError"),
        ({"exp": 1}, "ExpiredSignatureError"),
        ({"sub": None}, "MissingRequiredClaimError"),
        ({"sub": ""}, "no subject"),
        ({"sub": "s" * 256}, "no subject"),
        ({"sub": "a\x00b"}, "no subject"),
    ],
)
async def test_claims_that_are_missing_or_of_others_are_a_reason(
    provider: Provider, issuer: OpenIdProvider, given: dict[str, Any], reason: str
) -> None:
    assert await refused(provider, issuer.sign(**given)) == reason


async def test_a_number_is_no_subject(provider: Provider, issuer: OpenIdProvider) -> None:
    key = issuer.keys[0]
    header = {"alg": "RS256", "kid": key.id, "typ": "JWT"}
    content = f"{part(header)}.{part(issuer.claims(sub=7))}".encode()
    rsa_algorithm = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
    signature = urlsafe_b64encode(rsa_algorithm.sign(content, key.private)).rstrip(b"=")  # type: ignore[arg-type]
    assert await refused(provider, (content + b"." + signature).decode()) == "InvalidSubjectError"


async def test_a_token_for_several_is_for_us_too_and_one_without_end_ends(
    provider: Provider, issuer: OpenIdProvider
) -> None:
    claims = await believed(provider, issuer.sign(aud=["https://other.test", AUDIENCE], exp=10**15))
    assert claims.expires_at == datetime(9999, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("claim", "seconds", "reason"),
    [
        ("exp", -20, None),
        ("exp", -40, "ExpiredSignatureError"),
        ("nbf", 20, None),
        ("nbf", 60, "ImmatureSignatureError"),
        ("iat", 20, None),
        ("iat", 60, "ImmatureSignatureError"),
    ],
)
async def test_clocks_may_differ_by_half_a_minute(
    provider: Provider, issuer: OpenIdProvider, claim: str, seconds: int, reason: str | None
) -> None:
    given: dict[str, Any] = {claim: int(time.time()) + seconds}
    token = issuer.sign(**given)
    if reason is None:
        assert (await believed(provider, token)).identity.subject == "someone"
    else:
        assert await refused(provider, token) == reason


@pytest.mark.parametrize(
    "given",
    [
        {"email": "anna@people.example"},
        {"email": "anna@people.example", "email_verified": False},
        {"email": "anna@people.example", "email_verified": "true"},
        {"email": "anna@people.example", "email_verified": 1},
        {"email": "\u212airill@people.example", "email_verified": True},
        {"email": "anna\x00@people.example", "email_verified": True},
        {"email": ["anna@people.example"], "email_verified": True},
        {"email_verified": True},
    ],
    ids=str,
)
async def test_an_address_counts_only_if_the_provider_verified_it(
    provider: Provider, issuer: OpenIdProvider, given: dict[str, Any]
) -> None:
    assert (await believed(provider, issuer.sign(**given))).email is None


@pytest.mark.parametrize(
    "token",
    [
        "eyJ..",
        "eyJ" + "A" * 20_000 + ".e30.",
        part('{"alg":' * 3000) + ".e30.e30",
        part("[" * 10_000) + ".e30.e30",
        part('{"alg":' + "9" * 5000 + "}") + ".e30.e30",
        part('{"alg":"RS256"') + ".e30.e30",
        part([1]).replace("Wz", "eyJ") + ".e30.e30",
    ],
    ids=lambda token: f"{token[:12]} of {len(token)}",
)
async def test_junk_is_refused_before_anyone_is_asked(provider: Provider, issuer: OpenIdProvider, token: str) -> None:
    await refused(provider, token)
    assert issuer.asked == {}


@pytest.mark.parametrize("claims", ["[" * 10_000, '{"a":' * 1500 + "1" + "}" * 1500, "[]", "1", "9" * 5000, "\x00"])
async def test_junk_that_the_provider_signed_is_refused_too(
    provider: Provider, issuer: OpenIdProvider, claims: str
) -> None:
    content = f"{part({'alg': 'RS256', 'kid': issuer.keys[0].id})}.{part(claims)}".encode()
    rsa_algorithm = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
    signed = urlsafe_b64encode(rsa_algorithm.sign(content, issuer.keys[0].private))  # type: ignore[arg-type]
    await refused(provider, (content + b"." + signed.rstrip(b"=")).decode())


def test_only_what_looks_like_one_is_taken_for_one() -> None:
    assert looks_signed("eyJhbGciOiJub25lIn0.e30.")
    for token in ("smop_abc", "smse_a.b.c", "eyJ", "eyJ.a", "eyJ.a.b.c", "", "a key given by the operator"):
        assert not looks_signed(token)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, None),
        ({"aud": [CLIENT_ID]}, None),
        ({"aud": [CLIENT_ID, AUDIENCE], "azp": CLIENT_ID}, None),
        ({"aud": AUDIENCE}, "InvalidAudienceError"),
        ({"aud": [CLIENT_ID, AUDIENCE]}, "it was made for another client"),
        ({"azp": "another"}, "it was made for another client"),
        ({"nonce": "another"}, "it was made for another sign-in"),
        ({"nonce": None}, "it was made for another sign-in"),
        ({"nonce": ["the nonce"]}, "it was made for another sign-in"),
    ],
    ids=str,
)
async def test_what_ends_a_sign_in_is_for_our_client_and_that_sign_in(
    provider: Provider, issuer: OpenIdProvider, given: dict[str, Any], reason: str | None
) -> None:
    token = issuer.sign(**{"aud": CLIENT_ID, "nonce": "the nonce", **given})
    if reason is None:
        assert (await verify_id_token(provider, token, CLIENT_ID, "the nonce")).identity.subject == "someone"
        return
    with pytest.raises(UntrustedTokenError, match=reason):
        await verify_id_token(provider, token, CLIENT_ID, "the nonce")


async def test_keys_that_are_weak_or_for_something_else_are_left_out(
    provider: Provider, issuer: OpenIdProvider
) -> None:
    small, encrypting = rsa_key(1024), rsa_key(use="enc")
    wrapping, of_other_algorithm = rsa_key(key_ops=["wrapKey"]), ec_key(alg="ES384")
    issuer.keys += [small, encrypting, wrapping, of_other_algorithm]
    with pytest.warns(jwt.warnings.InsecureKeyLengthWarning):
        by_small = issuer.sign(small)
    tokens = [by_small, *(issuer.sign(key) for key in (encrypting, wrapping, of_other_algorithm))]
    for token in tokens:
        assert await refused(provider, token) == "no key of the provider fits"


async def test_without_an_id_the_only_key_for_the_algorithm_is_meant(
    provider: Provider, issuer: OpenIdProvider
) -> None:
    unnamed = jwt.encode(issuer.claims(), issuer.keys[0].private, "RS256")
    assert (await believed(provider, unnamed)).identity.subject == "someone"
    assert await refused(provider, issuer.sign(headers={"kid": "x" * 300})) == "no key of the provider fits"


async def test_without_an_id_and_with_two_keys_none_is_meant(provider: Provider, issuer: OpenIdProvider) -> None:
    issuer.keys.append(rsa_key())
    unnamed = jwt.encode(issuer.claims(), issuer.keys[0].private, "RS256")
    assert await refused(provider, unnamed) == "no key of the provider fits"

"""A provider for the tests of those whom it vouches for, and us, who believe it."""

from collections.abc import AsyncIterator

import pytest

from app.identity.provider import Provider
from app.settings import Settings
from tests.openid import AUDIENCE, CLIENT_ID, CLIENT_SECRET, OpenIdProvider, run_provider


@pytest.fixture(scope="session")
async def running_issuer() -> AsyncIterator[OpenIdProvider]:
    async with run_provider() as running:
        yield running


@pytest.fixture
def issuer(running_issuer: OpenIdProvider) -> OpenIdProvider:
    """A real provider, over real HTTP."""
    running_issuer.start_anew()
    return running_issuer


class Watch:
    """Seconds, as a test has them go by."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def provider(issuer: OpenIdProvider, watch: Watch) -> Provider:
    """What we know of it: nothing yet."""
    return Provider(settings_for(issuer), watch)


def settings_for(issuer: OpenIdProvider, **variables: str) -> Settings:
    given = {
        "SEATMARK_OIDC_ISSUER": issuer.url,
        "SEATMARK_OIDC_AUDIENCE": AUDIENCE,
        "SEATMARK_OIDC_CLIENT_ID": CLIENT_ID,
        "SEATMARK_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "SEATMARK_PUBLIC_URL": "https://seats.test",
        **variables,
    }
    return Settings.model_validate(given)

"""Settings with a mail server, for what is sent in the test's own process."""

from collections.abc import Iterator

import pytest

from app.settings import Settings
from tests.mails.server import Post, run_post

PUBLIC_URL = "https://seats.test"


def settings_for(url: str | None, **variables: str) -> Settings:
    server = {"SEATMARK_SMTP_URL": url} if url is not None else {}
    given = {**server, "SEATMARK_MAIL_FROM": "Seatmark <post@seats.test>", "SEATMARK_PUBLIC_URL": PUBLIC_URL}
    return Settings.model_validate({**given, **variables})


@pytest.fixture
def post() -> Iterator[Post]:
    with run_post() as running:
        yield running


@pytest.fixture
def settings(post: Post) -> Settings:
    return settings_for(post.url)

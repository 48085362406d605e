"""The catalogue of events: what the code writes, and what the document says of it, are the same."""

from pathlib import Path

from app.domain.event_catalog import EVENT_TYPES
from app.domain.event_page import as_markdown
from tests.domain.test_event_types import PLATFORMS, PLATFORMS_TYPES, written_types

DOCUMENT = (Path(__file__).parents[2] / "docs/partners.md").read_text()


def test_the_catalogue_has_every_event_that_the_code_writes_and_no_other() -> None:
    written = {one for one in written_types() if one.partition(".")[0] not in PLATFORMS} - PLATFORMS_TYPES
    assert sorted(EVENT_TYPES) == sorted(written)


def test_the_document_is_what_the_catalogue_says() -> None:
    _, _, rest = DOCUMENT.partition("<!-- events -->\n")
    assert rest.partition("<!-- /events -->")[0] == as_markdown(), "run `make events`"

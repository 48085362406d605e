"""docs/partners.md: every example is run against a real API, in order, and prints what stands under it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import servers
from tests.conftest import OPERATOR_KEY
from tests.docs.examples import is_as_stated, read_examples, read_placeholders, session
from tests.servers import Api

TEXT = (Path(__file__).parent.parent.parent / "docs" / "partners.md").read_text()


@pytest.fixture
async def api(database: str, redis_url: str, clean_database: None, tmp_path: Path) -> AsyncIterator[Api]:
    """An API as it is by itself, limits included."""
    await servers.empty_redis(redis_url)
    variables = await servers.variables(database, REDIS_URL=redis_url)
    async with servers.run_api(variables, OPERATOR_KEY, tmp_path / "log") as running:
        yield running


async def test_every_example_prints_what_the_document_says(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEATMARK_URL", api.url)
    monkeypatch.setenv("SEATMARK_KEY", "")
    placeholders, examples = read_placeholders(TEXT), read_examples(TEXT)
    assert {example.language for example in examples} == {"sh", "python"}
    async with session(tmp_path, SEATMARK_OPERATOR_KEY=api.operator_key) as partner:
        for example in examples:
            printed = await partner.run(example)
            assert is_as_stated(example.answer, printed, placeholders), (
                f"docs/partners.md, line {example.line}, prints:\n{printed}"
            )


@pytest.mark.parametrize(
    "block", ["```\nls\n```\n", "```graphql\n{ viewer }\n```\n", "```text answer\n1\n```\n", "```sh\nls\n"]
)
def test_a_block_that_nothing_runs_is_refused(block: str) -> None:
    with pytest.raises(ValueError, match=r"block"):
        read_examples(block)


def test_only_a_declared_placeholder_stands_for_something_else() -> None:
    placeholders = read_placeholders("| `«n»` | a number: `\\d+` |\n")
    assert placeholders == {"«n»": r"\d+"}
    assert is_as_stated("cost «n»\n", "cost 12\n", placeholders)
    assert not is_as_stated("cost «n»\n", "cost x\n", placeholders)
    assert not is_as_stated("cost «m»\n", "cost 12\n", placeholders)
    assert not is_as_stated("", "12\n", placeholders)

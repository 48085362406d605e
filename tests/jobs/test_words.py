"""What the console calls the jobs."""

import json
from pathlib import Path

import pytest

from app.jobs.kinds import KINDS

WORDS = Path(__file__).parents[2] / "console/src/pages/operator"


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_console_has_words_for_every_job(language: str) -> None:
    words = json.loads((WORDS / f"work.{language}.json").read_text())
    assert words["jobs"]["names"].keys() == KINDS.keys()

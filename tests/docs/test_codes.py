"""The codes that clients are told of are those that there are."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from app.domain.errors import ErrorCode

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/partners.md").read_text()


def codes_in(source: str) -> Iterator[str]:
    """What refusals are made with, and constants that are codes."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"[A-Z]+(_[A-Z]+)+", node.value)
        ):
            yield node.value
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("because", "error")
        ):
            yield from (
                one.value
                for one in node.args
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value.isupper()
            )


def test_every_code_outside_of_results_is_in_the_document() -> None:
    sources = [*(ROOT / "app/http").glob("*.py"), *(ROOT / "app/rest").glob("*.py"), ROOT / "app/graphql/errors.py"]
    found = {code for path in sources for code in codes_in(path.read_text())}
    found -= {one.value for one in ErrorCode} | {"FORWARDED_ALLOW_IPS", "SEATMARK_DOCUMENTS_DIR", "CREATED_DESC"}
    (listed,) = re.findall(r"^Top-level codes besides.*?\n\n", DOCUMENT + "\n\n", re.MULTILINE | re.DOTALL)
    assert found | {"INTERNAL", "UNAVAILABLE"} == set(re.findall(r"`([A-Z_]+)`", listed))

"""JSON from strangers means what Python reads in it, by whichever way it is parsed."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.http.body import parse_json
from app.http.refusals import RequestRefused

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | numbers | st.text()
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def written(value: Any) -> list[bytes]:
    """As clients write it."""
    texts = [json.dumps(value), json.dumps(value, separators=(",", ":")), json.dumps(value, indent=1)]
    try:
        return [*(text.encode() for text in texts), orjson.dumps(value)]
    except TypeError:  # more than 64 bits
        return [text.encode() for text in texts]


@given(values)
@example({"a": 2**64, "b": [-(2**63), 1e400, -0.0, 1e-9]} | {"c": 1.0})
def test_what_is_written_is_read_by_every_way_alike(value: Any) -> None:
    for text in written(value):
        try:
            expected = json.loads(text, parse_constant=_none)
        except ValueError:
            continue
        assert repr(parse_json(text, "The body")) == repr(expected)
        assert repr(parse_json(text.decode(), "The body")) == repr(expected)


@pytest.mark.parametrize(
    "text",
    [b'{"a":1,"a":1}', b'{"a":{"b":1,"b":1}}', b'[{"a":1,"\\u0061":1}]', b'{"a":NaN}', b'{"a":1}{}', b'{"a":1}x'],
)
def test_what_could_be_read_in_two_ways_is_refused(text: bytes) -> None:
    with pytest.raises(RequestRefused):
        parse_json(text, "The body")


@pytest.mark.parametrize(
    "text", ["1e400", "-0", "1E5", "0.10", "18446744073709551616", '"\\ud800"', '"\\u00e9"', " 1 "]
)
def test_what_is_written_unlike_most_means_what_it_meant(text: str) -> None:
    assert repr(parse_json(text, "The body")) == repr(json.loads(text))


def _none(_: str) -> Any:
    raise ValueError

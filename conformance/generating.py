"""What schemathesis is told of our API: values of its scalars, and what every answer has to be. It loads this."""

import os
from datetime import UTC, date, datetime
from typing import Any

import schemathesis
from graphql import build_schema, parse
from graphql.language.ast import StringValueNode
from hypothesis import strategies as st

from app.graphql.errors import INTERNAL
from conformance.answers import find_faults
from conformance.programs import ROOT

IDS = "SEATMARK_CONFORMANCE_IDS"  # of things that there are, with spaces between
JSON_TYPES = ("application/graphql-response+json; charset=utf-8", "application/json; charset=utf-8")

_SCHEMA = build_schema((ROOT / "schema.graphql").read_text())
_IDS = os.environ.get(IDS, "none").split()


def _text(values: st.SearchStrategy[str]) -> st.SearchStrategy[StringValueNode]:
    return values.map(lambda value: StringValueNode(value=value))


def _mostly(good: st.SearchStrategy[str]) -> st.SearchStrategy[StringValueNode]:
    """Nine times of ten what is meant, else any text."""
    return _text(st.integers(0, 9).flatmap(lambda roll: good if roll else st.text(max_size=40)))


_days = st.dates(date(2020, 10, 1), date(2021, 12, 31))
_instants = st.datetimes(datetime(2020, 10, 1), datetime(2021, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - as asked
_numbers = st.decimals(-(10**6), 10**9, allow_nan=False, places=2)

schemathesis.graphql.scalar("ID", _mostly(st.sampled_from(_IDS)))
schemathesis.graphql.scalar("Date", _mostly(_days.map(date.isoformat)))
schemathesis.graphql.scalar("DateTime", _mostly(_instants.map(datetime.isoformat)))
schemathesis.graphql.scalar("Decimal", _mostly(_numbers.map(str)))
schemathesis.graphql.scalar("Email", _mostly(st.integers(1, 10**6).map(lambda number: f"p{number}@made.example")))
schemathesis.graphql.scalar("Month", _mostly(_days.map(lambda day: f"{day:%Y-%m}")))
schemathesis.graphql.scalar("TimeZone", _mostly(st.sampled_from(["Europe/Moscow", "Asia/Kathmandu", "UTC"])))


@schemathesis.check
def an_answer_is_what_the_schema_promises(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """No failure of ours, no masked error, the right media type, and data and errors of the right shape."""
    assert response.status_code < 500, f"{response.status_code}: {response.text}"
    assert response.headers["content-type"] in ([JSON_TYPES[0]], [JSON_TYPES[1]]), response.headers["content-type"]
    answer = response.json()
    codes = {error.get("extensions", {}).get("code") for error in answer.get("errors", [])}
    assert INTERNAL not in codes, answer["errors"]
    assert case.body
    faults = find_faults(_SCHEMA, parse(str(case.body)), answer)
    assert not faults, "\n".join(faults)

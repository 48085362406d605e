"""How long operations may take."""

import asyncio

import pytest

from app.http.documents import parse_document
from app.http.operations import Operation, choose_operation
from app.http.patience import patience_for, within
from app.http.refusals import RequestRefused


def operation(source: str) -> Operation:
    document = parse_document(source)
    return Operation(document, choose_operation(document, None), {})


@pytest.mark.parametrize(
    ("source", "seconds"),
    [
        ("{ viewer { kind } }", 30),
        ("mutation { seatsChange { __typename } }", 30),
        ("mutation { a: testClockAdvance { __typename } }", 300),
        ("mutation { directoryApply { __typename } }", 300),
        ("mutation { ... { directoryApply { __typename } } }", 300),
        ("mutation { ...a } fragment a on Mutation { ...b } fragment b on Mutation { testClockAdvance { a } }", 300),
        ("{ viewer { ...a } } fragment a on Viewer { billingSimulation }", 30),
        ("{ billingSimulation { month } }", 300),
    ],
)
def test_what_works_through_years_or_everyone_may_take_ten_times_as_long(source: str, seconds: float) -> None:
    assert patience_for(operation(source), 30) == seconds


async def test_an_operation_is_cancelled_when_its_time_is_over() -> None:
    cancelled = asyncio.Event()

    async def run() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with pytest.raises(RequestRefused) as caught:
        await within(0.01, run)
    assert cancelled.is_set()
    assert caught.value.status == 504
    assert caught.value.errors[0].extensions == {"code": "TIMEOUT"}


async def test_a_timeout_of_something_within_is_not_that_of_the_operation() -> None:
    async def run() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await within(30, run)

import pytest

from app.domain.errors import DomainError, ErrorCode
from app.domain.paging import PageRequest, page_request

HERE, THERE = ("2021-01", 1), ("2021-02", 2)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (10, None, PageRequest(10, HERE, THERE, is_backward=False)),
        (None, 10, PageRequest(10, HERE, THERE, is_backward=True)),
        (None, None, PageRequest(50, HERE, THERE, is_backward=False)),
        (0, None, PageRequest(0, HERE, THERE, is_backward=False)),
        (None, 0, PageRequest(0, HERE, THERE, is_backward=True)),
        (100, None, PageRequest(100, HERE, THERE, is_backward=False)),
        (None, 100, PageRequest(100, HERE, THERE, is_backward=True)),
    ],
)
def test_a_page_is_asked_for_from_either_end(first: int | None, last: int | None, expected: PageRequest) -> None:
    assert page_request(first, last, HERE, THERE) == expected


def test_a_page_is_not_asked_for_from_both_ends() -> None:
    with pytest.raises(DomainError) as refusal:
        page_request(1, 1, None, None)
    assert refusal.value.code is ErrorCode.INVALID_INPUT
    assert refusal.value.message == "Ask for `first` or for `last`, not for both."


@pytest.mark.parametrize(("first", "last"), [(-1, None), (101, None), (None, -1), (None, 101)])
def test_a_page_has_between_0_and_100_entries(first: int | None, last: int | None) -> None:
    with pytest.raises(DomainError) as refusal:
        page_request(first, last, None, None)
    assert refusal.value.code is ErrorCode.INVALID_INPUT
    asked = first if first is not None else last
    assert refusal.value.message == f"A page has between 0 and 100 entries, not {asked}."

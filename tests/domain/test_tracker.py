from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from app.domain.attachments import check_content_type, check_file_name, check_size
from app.domain.errors import DomainError
from app.domain.issue_filter import (
    EVERY_ISSUE,
    IssueFilter,
    Range,
    check_filter,
    filter_from_json,
    filter_to_json,
)
from app.domain.spreadsheet import safe_cell
from app.domain.tracker import (
    IssueStatus,
    IssueType,
    Priority,
    Resolution,
    check_due_on,
    check_queue_key,
    check_resolution,
    check_tags,
    parse_issue_key,
)

OPEN, IN_PROGRESS, RESOLVED, CLOSED = (
    IssueStatus.OPEN,
    IssueStatus.IN_PROGRESS,
    IssueStatus.RESOLVED,
    IssueStatus.CLOSED,
)
FIXED, DUPLICATE = Resolution.FIXED, Resolution.DUPLICATE
SOMEONE = UUID("0a000000-0000-4000-8000-000000000007")


@pytest.mark.parametrize(
    ("status", "resolution", "to", "given", "after"),
    [
        (OPEN, None, IN_PROGRESS, None, None),
        (OPEN, None, RESOLVED, FIXED, FIXED),
        (OPEN, None, CLOSED, DUPLICATE, DUPLICATE),
        (RESOLVED, FIXED, CLOSED, None, FIXED),
        (RESOLVED, FIXED, CLOSED, DUPLICATE, DUPLICATE),
        (RESOLVED, FIXED, RESOLVED, DUPLICATE, DUPLICATE),
        (RESOLVED, FIXED, OPEN, None, None),
        (CLOSED, FIXED, IN_PROGRESS, None, None),
    ],
)
def test_a_resolution_comes_and_goes_with_the_status(
    status: IssueStatus, resolution: Resolution, to: IssueStatus, given: Resolution, after: Resolution
) -> None:
    assert check_resolution(status, resolution, to, given, "input") is after


@pytest.mark.parametrize(
    ("status", "resolution", "to", "given", "field"),
    [
        (OPEN, None, RESOLVED, None, "resolution"),
        (OPEN, None, CLOSED, None, "resolution"),
        (OPEN, None, IN_PROGRESS, FIXED, "resolution"),
        (RESOLVED, FIXED, OPEN, FIXED, "resolution"),
        (OPEN, None, OPEN, None, "status"),
        (RESOLVED, FIXED, RESOLVED, None, "status"),
        (CLOSED, FIXED, CLOSED, FIXED, "status"),
    ],
)
def test_a_transition_that_makes_no_sense_is_refused(
    status: IssueStatus, resolution: Resolution, to: IssueStatus, given: Resolution, field: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        check_resolution(status, resolution, to, given, "input")
    assert refusal.value.problems[0].path == ("input", field)


@pytest.mark.parametrize("key", ["A", "OPS", "Q1", "ABCDEFGHIJKLMNO"])
def test_a_queue_key_is_capital_letters_and_digits(key: str) -> None:
    assert check_queue_key(key) == key


@pytest.mark.parametrize("key", ["", "ops", "1A", "A-B", "A B", "ОПС", "ABCDEFGHIJKLMNOP", "A\n"])
def test_anything_else_is_no_queue_key(key: str) -> None:
    with pytest.raises(DomainError):
        check_queue_key(key)


def test_an_issue_key_is_read_in_any_case() -> None:
    assert parse_issue_key(" ops-7 ") == ("OPS", 7)


@pytest.mark.parametrize("key", ["OPS", "OPS-0", "OPS-07", "OPS--1", "OPS-1234567890", "-1", "OPS-1\x00", "ОПС-1"])
def test_anything_else_is_no_issue_key(key: str) -> None:
    assert parse_issue_key(key) is None


def test_tags_are_trimmed_and_said_once_as_first_written() -> None:
    assert check_tags([" fire ", "Fire", "ash"]) == ("fire", "ash")


@pytest.mark.parametrize("tags", [[""], ["a,b"], ["a\nb"], ["x" * 51], [str(number) for number in range(21)]])
def test_bad_tags_are_refused(tags: list[str]) -> None:
    with pytest.raises(DomainError):
        check_tags(tags)


@pytest.mark.parametrize(
    ("day", "is_good"), [("2000-01-01", True), ("2999-12-31", True), ("1999-12-31", False), ("3000-01-01", False)]
)
def test_a_due_date_is_of_this_age(day: str, is_good: bool) -> None:
    if is_good:
        assert check_due_on(date.fromisoformat(day)) == date.fromisoformat(day)
    else:
        with pytest.raises(DomainError):
            check_due_on(date.fromisoformat(day))


def test_a_board_keeps_its_filter_whole() -> None:
    wanted = IssueFilter(
        queue_ids=(SOMEONE,),
        statuses=(OPEN, RESOLVED),
        types=(IssueType.BUG,),
        priorities=(Priority.BLOCKER,),
        resolutions=(FIXED,),
        assignee_ids=(SOMEONE,),
        author_ids=(SOMEONE,),
        watcher_ids=(SOMEONE,),
        tags=("fire",),
        text="-вода",
        is_assigned=False,
        is_overdue=True,
        created=Range(datetime(2021, 1, 1, tzinfo=UTC), None),
        updated=Range(None, datetime(2021, 2, 1, tzinfo=UTC)),
        due=Range(date(2021, 1, 1), date(2021, 2, 1)),
    )
    assert filter_from_json(filter_to_json(wanted)) == wanted


def test_a_filter_that_says_nothing_is_kept_as_nothing() -> None:
    assert filter_to_json(EVERY_ISSUE) == {}
    assert filter_from_json({}) == EVERY_ISSUE


@pytest.mark.parametrize(
    "wanted",
    [
        IssueFilter(text="x" * 501),
        IssueFilter(text="\x00"),
        IssueFilter(tags=("\x00",)),
        IssueFilter(tags=("a",) * 101),
    ],
)
def test_a_filter_that_cannot_be_asked_is_refused(wanted: IssueFilter) -> None:
    with pytest.raises(DomainError):
        check_filter(wanted, "filter")


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+7 495", "'+7 495"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("＝1", "'＝1"),
        ("a=1", "a=1"),
        ("", ""),
        (" ", " "),
        ("Пожар", "Пожар"),
        ("2021-01-31", "2021-01-31"),
    ],
)
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(value: str, cell: str) -> None:
    assert safe_cell(value) == cell


@pytest.mark.parametrize("name", ["report.pdf", "Отчёт за январь.xlsx", ".profile", "a..b", "x.html"])
def test_a_file_name_is_a_name(name: str) -> None:
    assert check_file_name(f" {name} ") == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../etc/passwd",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "C:x",
        'a"b',
        "a\nb",
        "a\x00b",
        "a\u202egpj.exe",
        "x" * 201,
    ],
)
def test_a_file_name_that_leads_elsewhere_or_lies_is_refused(name: str) -> None:
    with pytest.raises(DomainError):
        check_file_name(name)


def test_a_content_type_is_one_that_is_taken_in_any_case() -> None:
    assert check_content_type(" Image/PNG ") == "image/png"


@pytest.mark.parametrize(
    "kind",
    [
        "text/html",
        "image/svg+xml",
        "application/xhtml+xml",
        "text/xml",
        "text/javascript",
        "text/plain; charset=utf-8",
        "",
        "*/*",
    ],
)
def test_what_a_browser_would_run_is_not_taken(kind: str) -> None:
    with pytest.raises(DomainError):
        check_content_type(kind)


@pytest.mark.parametrize(("size", "is_good"), [(0, False), (-1, False), (1, True), (100, True), (101, False)])
def test_a_file_has_at_least_a_byte_and_at_most_what_is_allowed(size: int, is_good: bool) -> None:
    if is_good:
        assert check_size(size, 100) == size
    else:
        with pytest.raises(DomainError):
            check_size(size, 100)

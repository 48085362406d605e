"""What a webhook is sent, how it is written, and when it is tried again (R8.3)."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.domain.actor import Permission, Role
from app.domain.errors import DomainError
from app.domain.payloads import global_id, presented
from app.domain.policy import PERMISSIONS_OF_ROLE
from app.domain.webhooks import (
    DELAYS,
    MOST_ATTEMPTS,
    Happened,
    check_filters,
    delay_after,
    is_success,
    is_wanted,
    message_id,
    wish_of,
    write_body,
)

NO_TIME = timedelta()
OWNER = PERMISSIONS_OF_ROLE[Role.OWNER]
ORGANIZATION = UUID("11111111-1111-4111-8111-111111111111")


def test_three_days_lie_between_the_first_attempt_and_the_last() -> None:
    assert sum(DELAYS, timedelta()) == timedelta(hours=71, minutes=35, seconds=5)
    assert MOST_ATTEMPTS == 10
    assert delay_after(10, NO_TIME, 0, None) is None
    assert delay_after(10, NO_TIME, 0, timedelta(hours=1)) is None


def test_a_delay_is_a_tenth_longer_or_shorter_and_never_shorter_than_was_wished() -> None:
    assert delay_after(2, NO_TIME, -1, None) == timedelta(minutes=4.5)
    assert delay_after(2, NO_TIME, 1, None) == timedelta(minutes=5.5)
    assert delay_after(1, NO_TIME, 0, timedelta(minutes=1)) == timedelta(minutes=1)
    assert delay_after(4, NO_TIME, 0, timedelta(minutes=1)) == timedelta(hours=2)
    assert delay_after(1, NO_TIME, 0, timedelta(days=9)) == timedelta(hours=24)


def test_nothing_is_tried_for_longer_than_three_days_whatever_is_wished() -> None:
    day = timedelta(hours=24)
    assert delay_after(2, 2 * day, 0, day) == day
    assert delay_after(3, 2.5 * day, 0, day) == day / 2
    assert delay_after(9, 2.5 * day, 1, None) == day / 2
    assert delay_after(4, 3 * day, 0, day) is None
    assert delay_after(4, 3 * day, 0, None) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("-1", None),
        ("1.5", None),
        ("", None),
        ("Sun, 22 Nov 2026 19:30:00 GMT", 1800),
        ("Sun, 22 Nov 2026 19:30:00 -0000", 1800),
        ("Sun, 22 Nov 2026 22:30:00 +0300", 1800),
        ("Sunday, 22-Nov-26 19:30:00 GMT", 1800),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0),
        ("Fri, 31 Dec 1999", None),
        ("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", None),
        ("tomorrow", None),
    ],
)
def test_a_wish_is_seconds_or_a_date(text: str, seconds: int | None) -> None:
    now = datetime(2026, 11, 22, 19, tzinfo=UTC)
    assert wish_of(text, now) == (timedelta(seconds=seconds) if seconds is not None else None)


@pytest.mark.parametrize(("status", "is_taken"), [(199, False), (200, True), (299, True), (300, False), (410, False)])
def test_what_is_taken_is_answered_with_200_to_299(status: int, is_taken: bool) -> None:
    assert is_success(status) == is_taken


def test_what_is_wanted_is_named_and_may_be_seen() -> None:
    assert is_wanted("seats.changed", [], OWNER)
    assert is_wanted("seats.changed", ["seats.*"], OWNER)
    assert is_wanted("seats.changed", ["team.created", "seats.changed"], OWNER)
    assert not is_wanted("seats.changed", ["seats.settled"], OWNER)
    assert not is_wanted("seats.changed", ["seats.*"], [Permission.MEMBER_VIEW])
    assert not is_wanted("members.changed", ["member.*"], OWNER)


def test_filters_are_kept_once_in_order() -> None:
    assert check_filters(["team.*", "seats.changed", "team.*"], OWNER) == ["seats.changed", "team.*"]
    with pytest.raises(DomainError, match="at most 50"):
        check_filters(["team.*"] * 51, OWNER)


def test_a_body_has_global_ids_and_instants_that_end_in_z() -> None:
    at = datetime(2021, 1, 31, 21, tzinfo=UTC)
    member = UUID("22222222-2222-4222-8222-222222222222")
    facts = {"memberId": str(member), "since": "2021-01-01T00:00:00.000001+00:00", "note": "1+00:00"}
    body = json.loads(write_body(Happened(ORGANIZATION, 7, at, "member.updated", facts)))
    assert body == {
        "type": "member.updated",
        "timestamp": "2021-01-31T21:00:00Z",
        "organizationId": global_id("Organization", ORGANIZATION),
        "sequence": 7,
        "data": {
            "memberId": global_id("Member", member),
            "since": "2021-01-01T00:00:00.000001Z",
            "note": "1+00:00",
        },
    }


def test_the_last_event_of_an_organization_has_no_number_there() -> None:
    at = datetime(2021, 1, 31, 21, tzinfo=UTC)
    last = Happened(None, 99, at, "organization.purged", {"organizationId": str(ORGANIZATION), "reason": "closed"})
    body = json.loads(write_body(last))
    assert (body["sequence"], body["organizationId"]) == (None, global_id("Organization", ORGANIZATION))


def test_a_message_is_known_by_its_event() -> None:
    assert message_id(ORGANIZATION) == "evt_11111111111141118111111111111111"


def test_lists_of_instants_are_presented_too() -> None:
    assert presented({"days": ["2021-01-01T00:00:00+00:00"]}) == {"days": ["2021-01-01T00:00:00Z"]}

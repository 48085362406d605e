from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given

from app.domain.access import MemberStatus
from app.domain.errors import ErrorCode, Problem
from app.domain.seat_change import (
    SEAT_LIMIT,
    MemberSubject,
    Path,
    SeatChange,
    SeatDecision,
    SeatSituation,
    decide_change,
)
from tests.domain import model
from tests.domain.samples import person
from tests.domain.strategies import seat_changes, thorough

SUBSCRIBE, UNSUBSCRIBE = ("input", "subscribe"), ("input", "unsubscribe")


def newcomer(number: int, status: MemberStatus = MemberStatus.ACTIVE) -> MemberSubject:
    return MemberSubject(person(number), f"person {number}", status, None, is_seated=False, is_seated_otherwise=False)


def subscriber(number: int) -> MemberSubject:
    return replace(newcomer(number), subscription_id=person(900 + number), is_seated=True)


def covered(subject: MemberSubject) -> MemberSubject:
    """The same person, seated through another subscription too."""
    return replace(subject, is_seated=True, is_seated_otherwise=True)


def situation(seats: int, *subjects: MemberSubject, limit: int = 500, has_profile: bool = True) -> SeatSituation:
    return SeatSituation(seats, limit, 5, has_profile, {one.member_id: one for one in subjects})


def change(subscribe: tuple[int, ...] = (), unsubscribe: tuple[int, ...] = (), skip: bool = False) -> SeatChange:
    return SeatChange(_named(subscribe, SUBSCRIBE), _named(unsubscribe, UNSUBSCRIBE), skip)


def _named(numbers: tuple[int, ...], path: Path) -> list[tuple[UUID, Path]]:
    return [(person(number), (*path, str(position))) for position, number in enumerate(numbers)]


def codes(decision: SeatDecision) -> list[tuple[ErrorCode, Path]]:
    return [(problem.code, problem.path) for problem in decision.problems]


# What is decided


def test_a_newcomer_is_subscribed_and_seated() -> None:
    assert decide_change(situation(3, newcomer(1)), change(subscribe=(1,))) == SeatDecision(
        end=(), start=(person(1),), seat=(person(1),), newly_seated=1, unseated=0, seats_after=4, problems=()
    )


def test_a_subscriber_is_unsubscribed_and_loses_the_seat() -> None:
    assert decide_change(situation(3, subscriber(1)), change(unsubscribe=(1,))) == SeatDecision(
        end=(person(1),), start=(), seat=(), newly_seated=0, unseated=1, seats_after=2, problems=()
    )


def test_replacing_one_by_one_keeps_the_number_of_seats() -> None:
    found = situation(500, subscriber(1), newcomer(2), limit=500, has_profile=False)
    assert decide_change(found, change(subscribe=(2,), unsubscribe=(1,))) == SeatDecision(
        end=(person(1),),
        start=(person(2),),
        seat=(person(2),),
        newly_seated=1,
        unseated=1,
        seats_after=500,
        problems=(),
    )


def test_a_member_seated_by_another_subscription_keeps_the_seat() -> None:
    assert decide_change(situation(3, covered(subscriber(1))), change(unsubscribe=(1,))) == SeatDecision(
        end=(person(1),), start=(), seat=(), newly_seated=0, unseated=0, seats_after=3, problems=()
    )


def test_a_member_seated_already_needs_no_room() -> None:
    found = situation(500, covered(newcomer(1)), limit=500, has_profile=False)
    assert decide_change(found, change(subscribe=(1,))) == SeatDecision(
        end=(), start=(person(1),), seat=(person(1),), newly_seated=0, unseated=0, seats_after=500, problems=()
    )


def test_unsubscribing_and_subscribing_a_member_in_one_change_keeps_the_seat() -> None:
    found = situation(500, subscriber(1), limit=500, has_profile=False)
    assert decide_change(found, change(subscribe=(1,), unsubscribe=(1,))) == SeatDecision(
        end=(person(1),),
        start=(person(1),),
        seat=(person(1),),
        newly_seated=0,
        unseated=0,
        seats_after=500,
        problems=(),
    )


def test_an_invited_person_is_subscribed_and_takes_no_seat() -> None:
    found = situation(5, newcomer(1, MemberStatus.INVITED), has_profile=False)
    assert decide_change(found, change(subscribe=(1,))) == SeatDecision(
        end=(), start=(person(1),), seat=(), newly_seated=0, unseated=0, seats_after=5, problems=()
    )


def test_whoever_is_subscribed_already_can_be_skipped() -> None:
    found = situation(3, subscriber(1), newcomer(2))
    decision = decide_change(found, change(subscribe=(1, 2), skip=True))
    assert (decision.start, decision.seats_after, decision.problems) == ((person(2),), 4, ())


def test_a_change_of_nothing_changes_nothing() -> None:
    assert decide_change(situation(600, limit=500, has_profile=False), change()) == SeatDecision(
        end=(), start=(), seat=(), newly_seated=0, unseated=0, seats_after=600, problems=()
    )


# What is refused (R3.10)


def test_every_subject_that_cannot_be_changed_is_reported() -> None:
    found = situation(3, newcomer(1), subscriber(2), newcomer(3, MemberStatus.DEACTIVATED), newcomer(4))
    assert decide_change(found, change(subscribe=(2, 3, 4, 4), unsubscribe=(1,))).problems == (
        Problem(
            ErrorCode.NOT_SUBSCRIBED, "person 1 has no subscription of their own to end.", ("input", "unsubscribe", "0")
        ),
        Problem(ErrorCode.ALREADY_SUBSCRIBED, "person 2 is subscribed already.", ("input", "subscribe", "0")),
        Problem(ErrorCode.INVALID_INPUT, "person 3 is deactivated.", ("input", "subscribe", "1")),
        Problem(ErrorCode.INVALID_INPUT, "person 4 is named twice.", ("input", "subscribe", "3")),
    )


def test_a_member_is_unsubscribed_once() -> None:
    decision = decide_change(situation(3, subscriber(1)), change(unsubscribe=(1, 1)))
    assert decision.problems == (
        Problem(ErrorCode.INVALID_INPUT, "person 1 is named twice.", ("input", "unsubscribe", "1")),
    )


def test_whoever_is_subscribed_already_is_skipped_only_when_asked_for() -> None:
    asked = SeatChange(subscribe=[(person(1), SUBSCRIBE)], unsubscribe=[])
    assert codes(decide_change(situation(3, subscriber(1)), asked)) == [(ErrorCode.ALREADY_SUBSCRIBED, SUBSCRIBE)]


@pytest.mark.parametrize("skip", [False, True])
def test_a_deactivated_member_cannot_be_subscribed(skip: bool) -> None:
    found = situation(3, newcomer(1, MemberStatus.DEACTIVATED))
    assert codes(decide_change(found, change(subscribe=(1,), skip=skip))) == [
        (ErrorCode.INVALID_INPUT, ("input", "subscribe", "0"))
    ]


def test_coverage_by_a_group_is_not_a_subscription_of_their_own() -> None:
    decision = decide_change(situation(3, covered(newcomer(1))), change(unsubscribe=(1,)))
    assert codes(decision) == [(ErrorCode.NOT_SUBSCRIBED, ("input", "unsubscribe", "0"))]


def test_skipping_subscribers_does_not_skip_who_is_not_subscribed() -> None:
    decision = decide_change(situation(3, newcomer(1)), change(unsubscribe=(1,), skip=True))
    assert codes(decision) == [(ErrorCode.NOT_SUBSCRIBED, ("input", "unsubscribe", "0"))]


# Limits (R3.7, R3.8)


def test_without_a_contract_there_are_500_seats() -> None:
    assert SEAT_LIMIT == 500


def test_the_500th_seat_is_granted() -> None:
    assert decide_change(situation(499, newcomer(1)), change(subscribe=(1,))).problems == ()


def test_the_501st_seat_needs_a_contract() -> None:
    assert decide_change(situation(500, newcomer(1)), change(subscribe=(1,))).problems == (
        Problem(
            ErrorCode.CONTRACT_REQUIRED,
            "501 seats pass the limit of 500; write to us about a contract.",
            ("input", "subscribe"),
        ),
    )


def test_the_fifth_seat_needs_no_billing_profile() -> None:
    assert decide_change(situation(4, newcomer(1), has_profile=False), change(subscribe=(1,))).problems == ()


def test_the_sixth_seat_needs_a_billing_profile() -> None:
    assert decide_change(situation(5, newcomer(1), has_profile=False), change(subscribe=(1,))).problems == (
        Problem(
            ErrorCode.BILLING_PROFILE_REQUIRED,
            "More than 5 seats need a billing profile with the agreement accepted.",
            ("input", "subscribe"),
        ),
    )


def test_with_a_billing_profile_the_sixth_seat_is_granted() -> None:
    assert decide_change(situation(5, newcomer(1)), change(subscribe=(1,))).seats_after == 6


def test_above_a_lowered_limit_nobody_is_revoked_and_seats_may_be_given_up() -> None:
    found = situation(10, subscriber(1), limit=4, has_profile=False)
    assert decide_change(found, change(unsubscribe=(1,))) == SeatDecision(
        end=(person(1),), start=(), seat=(), newly_seated=0, unseated=1, seats_after=9, problems=()
    )


def test_a_whole_change_is_refused_when_it_passes_the_limit() -> None:
    decision = decide_change(situation(499, newcomer(1), newcomer(2)), change(subscribe=(1, 2)))
    assert codes(decision) == [(ErrorCode.CONTRACT_REQUIRED, ("input", "subscribe"))]


# Properties


@thorough
@given(seat_changes())
def test_who_cannot_be_changed_is_a_problem_and_nobody_else(drawn: tuple[SeatSituation, SeatChange]) -> None:
    found, asked = drawn
    leaving = [member_id for member_id, _ in asked.unsubscribe]
    expected = []
    for member_id, path in asked.unsubscribe:
        if found.subjects[member_id].subscription_id is None:
            expected.append((ErrorCode.NOT_SUBSCRIBED, path))
    for member_id, path in asked.subscribe:
        subject = found.subjects[member_id]
        is_subscribed = subject.subscription_id is not None and member_id not in leaving
        if subject.status is MemberStatus.DEACTIVATED:
            expected.append((ErrorCode.INVALID_INPUT, path))
        elif is_subscribed and not asked.skip_already_subscribed:
            expected.append((ErrorCode.ALREADY_SUBSCRIBED, path))
    whole = (ErrorCode.CONTRACT_REQUIRED, ErrorCode.BILLING_PROFILE_REQUIRED)
    assert [one for one in codes(decide_change(found, asked)) if one[0] not in whole] == expected


@thorough
@given(seat_changes())
def test_a_change_that_can_be_made_ends_as_it_does_when_it_is_played(drawn: tuple[SeatSituation, SeatChange]) -> None:
    found, asked = drawn
    decision = decide_change(found, asked)
    found_codes = {problem.code for problem in decision.problems}
    if found_codes - {ErrorCode.CONTRACT_REQUIRED, ErrorCode.BILLING_PROFILE_REQUIRED}:
        return
    after = model.seats_after(found, asked)
    assert decision.seats_after == after
    assert decision.newly_seated - decision.unseated == after - found.seats
    expected = set()
    if after > found.seats and after > found.seat_limit:
        expected = {ErrorCode.CONTRACT_REQUIRED}
    elif after > found.seats and after > found.free_threshold and not found.has_billing_profile:
        expected = {ErrorCode.BILLING_PROFILE_REQUIRED}
    assert found_codes == expected


@pytest.mark.parametrize("skip", [False, True])
def test_whoever_is_subscribed_already_is_named_once_too(skip: bool) -> None:
    decision = decide_change(situation(3, subscriber(1)), change(subscribe=(1, 1), skip=skip))
    assert (
        Problem(ErrorCode.INVALID_INPUT, "person 1 is named twice.", ("input", "subscribe", "1")) in decision.problems
    )

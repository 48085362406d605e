"""Which subscriptions a change ends and begins, and everything that is wrong with it (R3.1, R3.10)."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.access import MemberStatus
from app.domain.errors import ErrorCode
from app.domain.seat_change import Path, SeatChange, SeatDecision, Subject, SubjectKey, SubjectKind, decide_change
from tests.domain.samples import person
from tests.domain.strategies import thorough

SUBSCRIBE, UNSUBSCRIBE = ("input", "subscribe"), ("input", "unsubscribe")
Named = list[tuple[SubjectKey, Path]]


def key(number: int, kind: SubjectKind = SubjectKind.MEMBER) -> SubjectKey:
    return SubjectKey(kind, person(number))


def member(number: int, status: MemberStatus = MemberStatus.ACTIVE) -> Subject:
    return Subject(key(number), f"person {number}", status, None)


def group(number: int, kind: SubjectKind) -> Subject:
    return Subject(key(number, kind), f"{kind.value} {number}", None, None)


def subscribed(subject: Subject) -> Subject:
    return replace(subject, subscription_id=UUID(int=900 + subject.key.id.int))


def decide(
    *subjects: Subject,
    subscribe: tuple[SubjectKey, ...] = (),
    unsubscribe: tuple[SubjectKey, ...] = (),
    skip: bool = False,
) -> SeatDecision:
    change = SeatChange(_named(subscribe, SUBSCRIBE), _named(unsubscribe, UNSUBSCRIBE), skip_already_subscribed=skip)
    return decide_change({one.key: one for one in subjects}, change)


def _named(keys: tuple[SubjectKey, ...], path: Path) -> Named:
    return [(one, (*path, str(place))) for place, one in enumerate(keys)]


def codes(decision: SeatDecision) -> list[tuple[ErrorCode, Path]]:
    return [(problem.code, problem.path) for problem in decision.problems]


def own(number: int) -> UUID:
    subscription_id = subscribed(member(number)).subscription_id
    assert subscription_id is not None
    return subscription_id


@pytest.mark.parametrize("kind", SubjectKind)
def test_a_subject_of_any_kind_is_subscribed(kind: SubjectKind) -> None:
    subject = member(1) if kind is SubjectKind.MEMBER else group(1, kind)
    assert decide(subject, subscribe=(subject.key,)) == SeatDecision((), (subject.key,), ())


def test_a_subscriber_is_unsubscribed() -> None:
    assert decide(subscribed(member(1)), unsubscribe=(key(1),)) == SeatDecision((own(1),), (), ())


def test_a_subscriber_can_be_unsubscribed_and_subscribed_anew_in_one_change() -> None:
    decision = decide(subscribed(member(1)), subscribe=(key(1),), unsubscribe=(key(1),))
    assert decision == SeatDecision((own(1),), (key(1),), ())


def test_an_invited_person_can_be_subscribed() -> None:
    assert decide(member(1, MemberStatus.INVITED), subscribe=(key(1),)) == SeatDecision((), (key(1),), ())


def test_whoever_is_subscribed_already_can_be_skipped() -> None:
    decision = decide(subscribed(member(1)), member(2), subscribe=(key(1), key(2)), skip=True)
    assert decision == SeatDecision((), (key(2),), ())


def test_every_subject_that_cannot_be_changed_is_a_problem_with_its_place() -> None:
    subjects = [subscribed(member(1)), member(2), member(3, MemberStatus.DEACTIVATED), member(4)]
    decision = decide(*subjects, subscribe=(key(1), key(3), key(4), key(4)), unsubscribe=(key(2), key(2)))
    assert codes(decision) == [
        (ErrorCode.NOT_SUBSCRIBED, ("input", "unsubscribe", "0")),
        (ErrorCode.INVALID_INPUT, ("input", "unsubscribe", "1")),
        (ErrorCode.ALREADY_SUBSCRIBED, ("input", "subscribe", "0")),
        (ErrorCode.INVALID_INPUT, ("input", "subscribe", "1")),
        (ErrorCode.INVALID_INPUT, ("input", "subscribe", "3")),
    ]
    assert [problem.message for problem in decision.problems] == [
        "person 2 has no subscription of their own to end.",
        "person 2 is named twice.",
        "person 1 is subscribed already.",
        "person 3 is deactivated.",
        "person 4 is named twice.",
    ]


@given(st.lists(st.integers(1, 6), unique=True), st.lists(st.integers(1, 6), unique=True), st.sets(st.integers(1, 6)))
@thorough
def test_without_problems_exactly_what_was_asked_for_ends_and_begins(
    coming: list[int], leaving: list[int], standing: set[int]
) -> None:
    subjects = [subscribed(member(one)) if one in standing else member(one) for one in range(1, 7)]
    decision = decide(*subjects, subscribe=tuple(map(key, coming)), unsubscribe=tuple(map(key, leaving)))
    wrong = [one for one in leaving if one not in standing]
    wrong += [one for one in coming if one in standing and one not in leaving]
    assert len(decision.problems) == len(wrong)
    assert decision.end == tuple(own(one) for one in leaving if one in standing)
    assert decision.start == tuple(key(one) for one in coming if one not in standing or one in leaving)

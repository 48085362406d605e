"""Which grants end and begin, from whom the subscriptions cover (R3.2, R3.3)."""

from uuid import UUID

from app.domain.alignment import Alignment, Cover, Held, align_few

ANNA, BORIS = UUID(int=1), UUID(int=2)
OWN, TEAM, OTHER = UUID(int=11), UUID(int=12), UUID(int=13)
FIRST, SECOND = UUID(int=21), UUID(int=22)


def test_who_is_covered_by_what_was_chosen_is_seated_through_everything_that_covers_them() -> None:
    own, team = Cover(OWN, ANNA, seats=True), Cover(TEAM, ANNA, seats=True)
    assert align_few([own, team], [], {OWN}) == Alignment((), (own, team), 1, 0)


def test_who_is_covered_by_nothing_that_was_chosen_and_holds_no_seat_gets_none() -> None:
    assert align_few([Cover(TEAM, ANNA, seats=True)], [], {OWN}) == Alignment((), (), 0, 0)


def test_who_holds_a_seat_gets_every_other_source_and_is_not_counted_again() -> None:
    own, team = Cover(OWN, ANNA, seats=True), Cover(TEAM, ANNA, seats=True)
    assert align_few([own, team], [Held(FIRST, TEAM, ANNA)], {OWN}) == Alignment((), (own,), 0, 0)


def test_a_grant_ends_that_nothing_covers_any_more_and_the_seat_with_the_last_one() -> None:
    held = [Held(FIRST, OWN, ANNA), Held(SECOND, TEAM, ANNA)]
    assert align_few([Cover(TEAM, ANNA, seats=True)], held, ()) == Alignment((FIRST,), (), 0, 0)
    assert align_few([], held, ()) == Alignment((FIRST, SECOND), (), 0, 1)


def test_who_loses_one_source_and_gains_another_at_one_instant_keeps_their_seat() -> None:
    new = Cover(OTHER, ANNA, seats=True)
    assert align_few([new], [Held(FIRST, OWN, ANNA)], {OTHER}) == Alignment((FIRST,), (new,), 0, 0)


def test_what_seats_nobody_seats_whom_it_was_chosen_for_and_is_no_other_source() -> None:
    never, own = Cover(TEAM, ANNA, seats=False), Cover(OWN, ANNA, seats=True)
    assert align_few([never], [], {TEAM}) == Alignment((), (never,), 1, 0)
    assert align_few([never, own], [], {OWN}) == Alignment((), (own,), 1, 0)
    assert align_few([never], [Held(FIRST, TEAM, ANNA)], ()) == Alignment((), (), 0, 0)


def test_people_do_not_touch_each_other() -> None:
    own = Cover(OWN, BORIS, seats=True)
    assert align_few([own], [Held(FIRST, TEAM, ANNA)], {OWN}) == Alignment((FIRST,), (own,), 1, 1)

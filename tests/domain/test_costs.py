"""Splitting a total by groups: to the cent, by a rule that gives one answer."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.costs import Share, split_cost
from app.domain.money import MINOR_UNIT_DIGITS, Money

SALES, SUPPORT, WORKS = (UUID(int=number) for number in (1, 2, 3))


def rub(amount: str) -> Money:
    return Money(Decimal(amount), "RUB")


def test_every_holder_counts_once_and_those_in_no_group_come_last() -> None:
    holders = [[SALES], [SALES], [SUPPORT], [], [], []]
    assert split_cost(rub("1548.00"), holders) == [
        Share(SALES, 2, rub("516.00")),
        Share(SUPPORT, 1, rub("258.00")),
        Share(None, 3, rub("774.00")),
    ]


def test_someone_in_several_teams_is_divided_among_them_and_counted_in_each() -> None:
    holders = [[SALES, SUPPORT], [SALES], [WORKS]]
    assert split_cost(rub("900.00"), holders) == [
        Share(SALES, 2, rub("450.00")),
        Share(WORKS, 1, rub("300.00")),
        Share(SUPPORT, 1, rub("150.00")),
    ]


def test_what_rounding_leaves_goes_to_the_largest_remainders_and_then_to_the_smallest_id() -> None:
    # 100 / 3 = 33.33… each: one cent is left.
    assert split_cost(rub("100.00"), [[WORKS], [SALES], [SUPPORT]]) == [
        Share(SALES, 1, rub("33.34")),
        Share(SUPPORT, 1, rub("33.33")),
        Share(WORKS, 1, rub("33.33")),
    ]
    # 2 of 3 is 0.0666…, 1 of 3 is 0.0333…: the larger remainder takes the cent.
    assert split_cost(rub("0.10"), [[SUPPORT], [SUPPORT], [SALES]]) == [
        Share(SUPPORT, 2, rub("0.07")),
        Share(SALES, 1, rub("0.03")),
    ]


def test_a_currency_without_minor_unit_is_split_in_whole_units() -> None:
    total = Money(Decimal(1000), "JPY")
    shares = split_cost(total, [[SALES], [SUPPORT], [WORKS]])
    assert [str(share.amount.amount) for share in shares] == ["334", "333", "333"]


def test_a_department_that_is_gone_counts_as_none() -> None:
    assert split_cost(rub("10.00"), [[None], []]) == [Share(None, 2, rub("10.00"))]
    assert split_cost(rub("10.00"), [[None, None], [SALES, None]]) == [
        Share(SALES, 1, rub("2.50")),
        Share(None, 2, rub("7.50")),
    ]


def test_nothing_is_split_among_nobody_and_a_free_month_among_its_holders() -> None:
    assert split_cost(rub("0.00"), []) == []
    assert split_cost(rub("0.00"), [[SALES]]) == [Share(SALES, 1, rub("0.00"))]
    with pytest.raises(ValueError, match="without holders"):
        split_cost(rub("1.00"), [])


GROUPS = st.lists(st.sampled_from([SALES, SUPPORT, WORKS]), unique=True)


@given(st.sampled_from(["RUB", "JPY"]), st.integers(0, 10**9), st.lists(GROUPS, min_size=1, max_size=60))
def test_shares_add_up_and_are_within_a_unit_of_the_exact_and_do_not_depend_on_the_order(
    currency: str, units: int, holders: list[list[UUID]]
) -> None:
    step = Decimal(1).scaleb(-MINOR_UNIT_DIGITS[currency])
    total = Money(units * step, currency)
    shares = split_cost(total, holders)
    assert sum((share.amount.amount for share in shares), Decimal(0)) == total.amount
    for share in shares:
        own = [groups for groups in holders if (share.group_id in groups if share.group_id else not groups)]
        weight = sum((Decimal(1) / max(len(groups), 1) for groups in own), Decimal(0)) / len(holders)
        assert abs(share.amount.amount - total.amount * weight) <= step
        assert share.seats == len(own)
    assert split_cost(total, [own[::-1] for own in holders[::-1]]) == shares

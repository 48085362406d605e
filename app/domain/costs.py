"""Who a month's amount was for: the total split by groups of the holders at the peak."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from uuid import UUID

from app.domain.money import MINOR_UNIT_DIGITS, Money


class CostSplitBy(Enum):
    """What an amount is split by."""

    DEPARTMENT = "DEPARTMENT"
    TEAM = "TEAM"


@dataclass(frozen=True, slots=True)
class HolderGroups:
    """Where someone who held a seat belonged: a department or none, and any number of teams."""

    member_id: UUID
    department_id: UUID | None = None
    team_ids: tuple[UUID, ...] = ()

    def groups(self, by: CostSplitBy) -> tuple[UUID, ...]:
        if by is CostSplitBy.TEAM:
            return self.team_ids
        return (self.department_id,) if self.department_id is not None else ()


@dataclass(frozen=True, slots=True)
class Share:
    """What a group costs: `seats` people held one; None are those in no group, or in one that is gone."""

    group_id: UUID | None
    seats: int
    amount: Money


def split_cost(total: Money, holders: Sequence[Sequence[UUID | None]]) -> list[Share]:
    """Split the total by the groups of each holder: every holder weighs the same, equally divided among their groups.

    The shares add up to the total in minor units: what rounding down leaves goes to the largest remainders, first to
    the smallest id. Largest share first, by id where they are equal; those in no group come last.

    Raises: ValueError when there is something to pay and nobody held a seat (a bug).
    """
    if not holders:
        if total.amount:
            raise ValueError("a total without holders cannot be split")
        return []
    weights, people = _weigh(holders)
    step = Decimal(1).scaleb(-MINOR_UNIT_DIGITS[total.currency])
    exact = {group: Fraction(total.amount) * weight / len(holders) for group, weight in weights.items()}
    units = {group: int(amount / Fraction(step)) for group, amount in exact.items()}
    left = int(Fraction(total.amount) / Fraction(step)) - sum(units.values())
    by_remainder = sorted(exact, key=lambda group: (units[group] - exact[group] / Fraction(step), _place(group)))
    for group in by_remainder[:left]:
        units[group] += 1
    shares = [Share(group, people[group], Money(units[group] * step, total.currency)) for group in units]
    return sorted(
        shares, key=lambda share: (share.group_id is None, -share.amount.amount, -share.seats, _place(share.group_id))
    )


def _weigh(holders: Sequence[Sequence[UUID | None]]) -> tuple[dict[UUID | None, Fraction], dict[UUID | None, int]]:
    """Of each group the weight of its holders, and how many they are."""
    weights: dict[UUID | None, Fraction] = defaultdict(Fraction)
    people: dict[UUID | None, int] = defaultdict(int)
    for groups in holders:
        own = list(groups) or [None]
        for group in own:
            weights[group] += Fraction(1, len(own))
        for group in set(own):
            people[group] += 1
    return weights, people


def _place(group: UUID | None) -> tuple[bool, str]:
    return (group is None, str(group))

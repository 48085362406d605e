"""How far it is to where a month costs more, or a limit refuses."""

import strawberry

from app.domain import forecast as domain
from app.domain.errors import ErrorCode
from app.domain.period import Month
from app.graphql.money import Money, money


@strawberry.type(description="Where a month that costs nothing begins to be charged, for every seat.")
class Cliff:
    month: Month = strawberry.field(description="The month; the next one while the trial covers this one.")
    seats: int = strawberry.field(description="How many more seats it is away; with so many the month is charged.")
    amount: Money = strawberry.field(description="How much more the month then costs.")


@strawberry.type(description="How many more seats a limit leaves.")
class LimitDistance:
    code: ErrorCode = strawberry.field(description="What passing it is refused with.")
    seats: int = strawberry.field(description="How many more seats fit under it.")
    limit: int | None = strawberry.field(description="The limit in seats; null for a budget.")
    budget: Money | None = strawberry.field(description="The limit in money; null where it is in seats.")
    left: Money | None = strawberry.field(description="What the month leaves of the budget; null where it is in seats.")


def cliff_from(found: domain.Cliff) -> Cliff:
    return Cliff(month=found.month, seats=found.seats, amount=money(found.amount))


def distance_from(found: domain.LimitDistance) -> LimitDistance:
    return LimitDistance(
        code=found.code,
        seats=found.seats,
        limit=found.limit,
        budget=money(found.budget) if found.budget is not None else None,
        left=money(found.left) if found.left is not None else None,
    )

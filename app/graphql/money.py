"""Amounts."""

from decimal import Decimal

import strawberry

from app.domain import money as domain


@strawberry.type(description="An amount of money.")
class Money:
    amount: Decimal = strawberry.field(description="The amount, with the currency's decimals.")
    currency: str = strawberry.field(description="The currency, ISO 4217.")


def money(amount: domain.Money) -> Money:
    """With the currency's decimals, as money is shown."""
    rounded = amount.rounded()
    return Money(amount=rounded.amount, currency=rounded.currency)


def money_of(amount: Decimal, currency: str) -> Money:
    return money(domain.Money(amount, currency))

"""What an input leaves out, as opposed to what it sets to null."""

from typing import TypeVar
from uuid import UUID

import strawberry

from app.domain.unset import UNSET, Unset
from app.graphql.ids import row_id

Value = TypeVar("Value")


def or_unset(value: Value) -> Value | Unset:
    return UNSET if value is strawberry.UNSET else value


def row_id_or_unset(type_name: str, value: str | None, *path: str) -> UUID | Unset | None:
    """Raises: DomainError INVALID_INPUT for what is no id of the type."""
    if value is strawberry.UNSET:
        return UNSET
    return row_id(type_name, value, *path) if value is not None else None

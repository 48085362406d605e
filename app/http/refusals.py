"""A request that is refused before anything is executed."""

from collections.abc import Mapping, Sequence
from typing import Self

from graphql import GraphQLError


class RequestRefused(Exception):  # noqa: N818 - as SeatChangeRefused is
    """Why, as HTTP and as GraphQL say it. Whoever raises it has executed nothing.

    `is_well_formed`: whether this was a request of GraphQL over HTTP at all, to which application/json answers 200.
    """

    def __init__(
        self,
        status: int,
        errors: Sequence[GraphQLError],
        headers: Mapping[str, str] | None = None,
        *,
        is_well_formed: bool = False,
    ) -> None:
        super().__init__(errors[0].message)
        self.status = status
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.is_well_formed = is_well_formed

    @classmethod
    def because(cls, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Self:
        """One reason, about the request as a whole."""
        return cls(status, [GraphQLError(message, extensions={"code": code})], headers)

    @classmethod
    def by_graphql(cls, code: str, errors: Sequence[GraphQLError]) -> Self:
        """What GraphQL finds wrong with a document or its variables; `code` for those errors that have none."""
        coded = [coded_error(error, code) for error in errors]
        return cls(400, coded, is_well_formed=True)


def coded_error(error: GraphQLError, code: str) -> GraphQLError:
    """The error with a code, its own if it has one."""
    error.extensions = {"code": code, **(error.extensions or {})}
    return error

"""A DomainError becomes a `UserError` where the result has one, else a field error; everything else is masked. Their
sentences are said in the language of whoever asks."""

from collections.abc import Mapping
from typing import Any

import strawberry
import structlog
from graphql import GraphQLError
from strawberry.types import Info
from strawberry.types.field import StrawberryField
from typing_extensions import override

from app import db
from app.domain import errors as domain
from app.graphql.enums import describe_enum
from app.words.speaking import said, said_why

log = structlog.get_logger()

describe_enum(
    domain.ErrorCode,
    "Why something was refused, for programs.",
    {
        "NOT_FOUND": "It does not exist, or not for whoever asks.",
        "FORBIDDEN": "Whoever asks lacks the permission.",
        "INVALID_INPUT": "The input means nothing that can be done.",
        "CONFLICT": "Something else is under way; try again.",
        "ALREADY_EXISTS": "There is one already.",
        "IDEMPOTENCY_KEY_REUSED": "The idempotency key came with another request before.",
        "TRACKER_NOT_ACTIVATED": "The tracker has to be activated first.",
        "TRACKER_ALREADY_ACTIVATED": "The tracker is active already.",
        "TRIAL_ALREADY_USED": "The owner had a trial in the last 12 months.",
        "READ_ONLY": "Without a seat the tracker can only be read.",
        "ORGANIZATION_PURGED": "The organization's data have been deleted.",
        "ORGANIZATION_SUSPENDED": "The organization is suspended until it pays.",
        "ORGANIZATION_CLOSED": "The organization is closed.",
        "LAST_OWNER": "An organization keeps at least one active owner.",
        "ALREADY_SUBSCRIBED": "The subject has a subscription in force.",
        "NOT_SUBSCRIBED": "The subject has no subscription in force.",
        "SEAT_LIMIT_REACHED": "The organization's own cap in seats would be passed.",
        "BUDGET_REACHED": "The organization's own budget for the month would be passed.",
        "CONTRACT_REQUIRED": "So many seats need a contract.",
        "BILLING_PROFILE_REQUIRED": "It needs a billing profile with the agreement accepted.",
        "SEAT_CHURN": "The member was granted a seat too often this month.",
        "PEAK_WOULD_RISE": "One seat more would raise the month's amount.",
        "PREVIEW_STALE": "The month would cost something else than expected.",
        "UNDO_EXPIRED": "It is too late to undo the change.",
        "PROMO_CODE_INVALID": "There is no such promo code.",
        "PROMO_CODE_EXPIRED": "The promo code is not to be had any more.",
        "PROMO_CODE_USED": "The promo code was used already.",
        "PRICE_LIST_IN_USE": "The price list is in force, has billed, or something names it.",
        "PERIOD_CLOSED": "The period is closed.",
        "PERIOD_NOT_CLOSED": "The period is not closed yet.",
        "TEST_CLOCK_EXPIRED": "The partner's test clock is over; what lives by it can only be read.",
        "TEST_CLOCK_LIMIT_REACHED": "The organization has as many active members as a partner's test clock allows.",
    },
)


@strawberry.type(description="One of several reasons, and the input it is about.")
class Problem:
    code: domain.ErrorCode = strawberry.field(description="The reason, for programs.")
    message: str = strawberry.field(description="The reason, for people.")
    path: list[str] = strawberry.field(description='Where it is in the input, as in ["input", "subscribe", "3"].')


@strawberry.type(description="Something the caller can mend; nothing was changed.")
class UserError:
    code: domain.ErrorCode = strawberry.field(description="The first reason, for programs.")
    message: str = strawberry.field(description="The first reason, for people.")
    problems: list[Problem] = strawberry.field(description="Every reason, with the input it is about; at least one.")


def problem_from(one: domain.Problem) -> Problem:
    return Problem(code=one.code, message=said_why(one.code, one.message), path=list(one.path))


class DomainErrorHandler(strawberry.ExceptionHandler[domain.DomainError, UserError]):
    """Answers with the `UserError` of a mutation's result union."""

    @override
    def handle(self, exception: domain.DomainError, *, field: StrawberryField, info: Info) -> UserError:
        info.context.refusals.append(exception)
        problems = exception.problems or (domain.Problem(exception.code, exception.message, ("input",)),)
        return UserError(
            code=exception.code,
            message=said_why(exception.code, exception.message),
            problems=[problem_from(one) for one in problems],
        )


INTERNAL = "INTERNAL"
"""The code of a bug."""

UNAVAILABLE = "UNAVAILABLE"
"""The code of a database that does not answer."""


def presented(error: GraphQLError, request_id: str) -> GraphQLError:
    """The error as its caller may see it: with a code, and with the request's id, by which we find it in our logs."""
    original = error.original_error
    if isinstance(original, domain.DomainError):
        facts = {"code": original.code.value, **_problems(original)}
        return _with(error, request_id, said_why(original.code, original.message), facts)
    if db.is_outage(original):
        log.warning("database_unavailable", request_id=request_id, path=error.path, error=type(original).__name__)
        return _with(error, request_id, said("The database does not answer now. Try again."), {"code": UNAVAILABLE})
    if _is_mistake(error):
        code = {"code": domain.ErrorCode.INVALID_INPUT.value}
        return _with(error, request_id, said(error.message), {**code, **(error.extensions or {})})
    log.error("unexpected_error", request_id=request_id, path=error.path, exc_info=original)
    return _with(error, request_id, said("Something went wrong on our side."), {"code": INTERNAL})


def _is_mistake(error: GraphQLError) -> bool:
    """Whether the caller can mend it. What a field answered and its type cannot hold is a bug of ours."""
    if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
        return False
    is_of_arguments = error.path is None or error.message.startswith("Argument ")
    return is_of_arguments or "code" in (error.extensions or {})


def _problems(original: domain.DomainError) -> dict[str, Any]:
    """Every reason and its place in the input, where there are any."""
    problems = [
        {"code": one.code.value, "message": said_why(one.code, one.message), "path": list(one.path)}
        for one in original.problems
    ]
    return {"problems": problems} if problems else {}


def _with(error: GraphQLError, request_id: str, message: str, extensions: Mapping[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={**extensions, "requestId": request_id},
    )

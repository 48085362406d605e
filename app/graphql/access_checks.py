"""The hot path of integration partners: may this person do this, and why?"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from graphql import GraphQLResolveInfo, GraphQLSchema

from app.access.checks import MOST_CHECKS, AccessAnswer, AccessQuestion, check_access, check_members
from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, Problem, invalid, refuse_for
from app.graphql.access import AccessDecision, decision_from
from app.graphql.context import Context, Info
from app.graphql.ids import row_id, row_ids
from app.graphql.selections import is_asked_for
from app.graphql.table import AS_TABLE, Table


@strawberry.input(
    description="May this person do this there? The person is named by exactly one of `memberId`, `email` and `login`."
)
class AccessCheckInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    member_id: strawberry.ID | None = strawberry.field(default=None, description="The person, by id.")
    email: str | None = strawberry.field(default=None, description="The person, by e-mail address.")
    login: str | None = strawberry.field(default=None, description="The person, by login.")
    permission: Permission = strawberry.field(description="What they may do or not.")

    def question(self, place: int) -> AccessQuestion:
        """Raises: DomainError INVALID_INPUT for what is no id of ours, or names nobody or someone in two ways."""
        path = ("checks", str(place))
        organization_id = row_id("Organization", self.organization_id, *path, "organizationId")
        if (self.member_id, self.email, self.login).count(None) != 2:  # noqa: PLR2004 - of three
            raise invalid("Name the person by exactly one of `memberId`, `email` and `login`.", *path)
        member_id = row_id("Member", self.member_id, *path, "memberId") if self.member_id is not None else None
        return AccessQuestion(organization_id, self.permission, member_id, self.email, self.login)


def questions_from(checks: Sequence[AccessCheckInput]) -> list[AccessQuestion]:
    """Raises: DomainError INVALID_INPUT for more than 100, or with a problem for each that asks nothing."""
    if len(checks) > MOST_CHECKS:
        raise invalid(f"Ask at most {MOST_CHECKS} questions at once, not {len(checks)}.", "checks")
    questions: list[AccessQuestion] = []
    problems: list[Problem] = []
    for place, check in enumerate(checks):
        try:
            questions.append(check.question(place))
        except DomainError as error:
            problems += error.problems
    if problems:
        raise refuse_for(problems)
    return questions


@strawberry.type
class AccessQuery:
    @strawberry.field(
        description="May these people do this, and why? An answer to each question, in order, up to 100 at once. An "
        "organization that does not exist for whoever asks is UNKNOWN_ORGANIZATION. Without MEMBER_VIEW and "
        "SEAT_VIEW there, others than oneself are answered as people who are no members. What cannot be decided is "
        "denied. With `at`, as it was then: state, trial, closing and suspension of the organization, seats, and "
        "people's role and status by the audit log; not what an API key was allowed. Once data are deleted every "
        "answer is PURGED."
    )
    async def access_check(
        self,
        info: Info,
        checks: Annotated[list[AccessCheckInput], strawberry.argument(description="The questions.")],
        at: Annotated[
            datetime | None,
            strawberry.argument(description="An instant of the past, by the organizations' clocks; now without one."),
        ] = None,
    ) -> list[AccessDecision]:
        return await _answers(info.context.actor, questions_from(checks), at, with_sources=True)


async def _resolve(
    _: None, info: GraphQLResolveInfo[Context], checks: Sequence[Mapping[str, Any]], at: datetime | None = None
) -> list[AccessDecision]:
    with_sources = is_asked_for(info, "sources")
    by_id = _columns_by_id(checks) if at is None else None
    if by_id is not None:
        return _told(await check_members(info.context.actor, *by_id, with_sources=with_sources))
    questions = questions_from([_input_from(one) for one in checks])
    return await _answers(info.context.actor, questions, at, with_sources=with_sources)


def _columns_by_id(checks: Sequence[Mapping[str, Any]]) -> tuple[list[UUID], list[UUID], list[Permission]] | None:
    """Organizations, people and permissions of the questions, where nothing is wrong with them and all name people by
    their ids, as nearly all do."""
    if not 0 < len(checks) <= MOST_CHECKS:
        return None
    table = checks if isinstance(checks, Table) else Table.of(checks)
    places, people = table.column("organizationId"), table.column("memberId")
    if None in people or set(table.column("email")) | set(table.column("login")) != {None}:
        return None
    apart = list(set(places))
    try:
        organizations = dict(zip(apart, row_ids("Organization", apart), strict=True))
        members = row_ids("Member", people)
    except DomainError:  # it is told of the question that it is in
        return None
    return list(map(organizations.__getitem__, places)), members, table.column("permission")


def _input_from(check: Mapping[str, Any]) -> AccessCheckInput:
    return AccessCheckInput(
        organization_id=check["organizationId"],
        member_id=check["memberId"],
        email=check["email"],
        login=check["login"],
        permission=check["permission"],
    )


async def _answers(
    actor: Actor, questions: Sequence[AccessQuestion], at: datetime | None, *, with_sources: bool
) -> list[AccessDecision]:
    return _told(await check_access(actor, questions, at, with_sources=with_sources))


def _told(answers: Sequence[AccessAnswer]) -> list[AccessDecision]:
    """What is the answer to many is told once."""
    apart = {id(one): one for one in answers}
    told = {place: decision_from(one.decision, one.sources) for place, one in apart.items()}
    return [told[id(one)] for one in answers]


def answer_directly(schema: GraphQLSchema) -> None:
    """Put a resolver into the schema that takes the questions of `accessCheck` as graphql-core read them: to find out
    again for each of a hundred what type it is of takes Strawberry longer than all of them to be answered."""
    assert schema.query_type is not None
    schema.query_type.fields["accessCheck"].resolve = _resolve
    schema.type_map["AccessCheckInput"].extensions[AS_TABLE] = True

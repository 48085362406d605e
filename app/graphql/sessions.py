"""Sessions: an operator acting as a member."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.graphql.context import FreshLoaders, Info, ShownOnce
from app.graphql.errors import UserError
from app.graphql.ids import row_id
from app.graphql.member import Member, load_members
from app.identity.sessions import create_session


@strawberry.input(description="What `sessionCreate` takes.")
class SessionCreateInput:
    member_id: strawberry.ID = strawberry.field(description="The active member to act as.")


@strawberry.type(description="What `sessionCreate` answers.")
class SessionCreatePayload:
    member: Member = strawberry.field(description="The member that the token acts as.")
    token: str = strawberry.field(extensions=[ShownOnce()], description="The bearer token; it is shown this once.")
    expires_at: datetime = strawberry.field(description="When it ends, in real time.")


SessionCreateResult = Annotated[
    SessionCreatePayload | UserError,
    strawberry.union("SessionCreateResult", description="The token, or why there is none."),
]


@strawberry.type
class SessionMutation:
    @strawberry.mutation(
        extensions=[FreshLoaders()], description="Operators: a short-lived token that acts as a member; recorded."
    )
    async def session_create(
        self, info: Info, input: Annotated[SessionCreateInput, strawberry.argument(description="Whom to act as.")]
    ) -> SessionCreateResult:
        session = await create_session(info.context.actor, row_id("Member", input.member_id, "input", "memberId"))
        (member,) = await load_members(info, [session.member_id])
        return SessionCreatePayload(member=member, token=session.token, expires_at=session.expires_at)

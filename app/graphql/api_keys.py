"""API keys of an organization."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import app.graphql.access  # noqa: F401 - it describes Permission, before a type here names it
from app.domain.actor import Permission
from app.domain.api_keys import shown_prefix
from app.graphql.context import FreshLoaders, Info, ShownOnce
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id
from app.graphql.node import Node
from app.identity.api_keys import ApiKeyRow, KeyToBe, create_api_key, list_api_keys, revoke_api_key, rotate_api_key
from app.identity.key_secrets import IssuedKey, SecretRow
from app.organizations.queries import OrganizationFacts

if TYPE_CHECKING:
    from app.graphql.member import Member
    from app.graphql.organization import Organization

OVERLAP_HOURS = 24


@strawberry.type(description="A secret of a key that works now; the secret itself is not kept.")
class KeySecret:
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(
        description="When it ends because another took its place; null for the newest, which lasts as long as the key."
    )


@strawberry.type(description="A key of an organization, for programs: it acts as a member, with some permissions.")
class ApiKey(Node):
    name: str = strawberry.field(description="What it is for, as whoever made it put it.")
    prefix: str = strawberry.field(description="How its text begins, to know it by; the secret is not shown again.")
    permissions: list[Permission] = strawberry.field(
        description="What it was allowed; of these it has what the role of the member that it acts as gives now."
    )
    created_at: datetime = strawberry.field(description="When it was made, in real time.")
    created_by: str = strawberry.field(description="Who made it: an actor's id.")
    expires_at: datetime | None = strawberry.field(
        description="When it expires, in real time; null for one that lasts until it is revoked."
    )
    last_used_at: datetime | None = strawberry.field(
        description="When it was last used, to the minute; null before it ever was."
    )
    revoked_at: datetime | None = strawberry.field(description="When it was revoked; null while it is not.")
    revoked_by: str | None = strawberry.field(description="Who revoked it: an actor's id; null while it is not.")
    secrets: list[KeySecret] = strawberry.field(
        description="The secrets that work now, the oldest first: after a rotation the old one for a while."
    )
    row: strawberry.Private[ApiKeyRow]

    @strawberry.field(description="The organization, which is all that it reaches.")
    async def organization(self, info: Info) -> Annotated["Organization", strawberry.lazy("app.graphql.organization")]:
        from app.graphql.organization import organization_from

        return organization_from(await info.context.loaders.organization_of(self.row))

    @strawberry.field(
        description="The member that it acts as: who made it, or a robot. It stops when they are deactivated."
    )
    async def member(self, info: Info) -> Annotated["Member", strawberry.lazy("app.graphql.member")]:
        from app.graphql.member import load_member

        return await load_member(info, self.row.member_id)


@strawberry.type
class ApiKeysOfOrganization:
    facts: strawberry.Private[OrganizationFacts]

    @strawberry.field(description="Its API keys but for those revoked, the newest first; at most 100.")
    async def api_keys(self) -> list[ApiKey] | None:
        return [api_key_from(row) for row in await list_api_keys(self.facts.id)]


@strawberry.input(description="What `apiKeyCreate` takes.")
class ApiKeyCreateInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    name: str = strawberry.field(description="What it is for, at most 100 characters.")
    permissions: list[Permission] = strawberry.field(
        description="What it is allowed, at least one thing: nothing that you lack, nor the member that it acts as."
    )
    robot: strawberry.ID | None = strawberry.field(
        default=None,
        description="The robot, a member of the organization, that it acts as; without one it acts as you.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it expires, in real time; without, it lasts until it is revoked."
    )

    def wanted(self) -> KeyToBe:
        robot_id = row_id("Member", self.robot, "input", "robot") if self.robot is not None else None
        return KeyToBe(self.name, self.permissions, robot_id, self.expires_at)


@strawberry.type(description="What `apiKeyCreate` answers.")
class ApiKeyCreatePayload:
    api_key: ApiKey = strawberry.field(description="The new key.")
    secret: str = strawberry.field(
        extensions=[ShownOnce()], description="Its text, for `Authorization: Bearer`; it is shown this once."
    )


@strawberry.input(description="What `apiKeyRotate` takes.")
class ApiKeyRotateInput:
    api_key_id: strawberry.ID = strawberry.field(description="The key.")
    overlap_hours: int = strawberry.field(
        default=OVERLAP_HOURS,
        description="For how many hours the old secret goes on working, from 0 to 168; one from before it ends now.",
    )


@strawberry.type(description="What `apiKeyRotate` answers.")
class ApiKeyRotatePayload:
    api_key: ApiKey = strawberry.field(description="The key as it is now.")
    secret: str = strawberry.field(
        extensions=[ShownOnce()], description="Its new text, for `Authorization: Bearer`; it is shown this once."
    )


@strawberry.input(description="What `apiKeyRevoke` takes.")
class ApiKeyRevokeInput:
    api_key_id: strawberry.ID = strawberry.field(description="The key.")


@strawberry.type(description="What `apiKeyRevoke` answers.")
class ApiKeyRevokePayload:
    api_key: ApiKey = strawberry.field(description="The key, which works no more.")


ApiKeyCreateResult = Annotated[
    ApiKeyCreatePayload | UserError,
    strawberry.union("ApiKeyCreateResult", description="The key, or why there is none."),
]
ApiKeyRotateResult = Annotated[
    ApiKeyRotatePayload | UserError,
    strawberry.union("ApiKeyRotateResult", description="The key with its new secret, or why nothing was changed."),
]
ApiKeyRevokeResult = Annotated[
    ApiKeyRevokePayload | UserError,
    strawberry.union("ApiKeyRevokeResult", description="The key, or why nothing was changed."),
]


@strawberry.type
class ApiKeyMutation:
    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Make an API key that acts as you or as a robot. People make keys; a key makes none.",
    )
    async def api_key_create(
        self, info: Info, input: Annotated[ApiKeyCreateInput, strawberry.argument(description="What it is to be.")]
    ) -> ApiKeyCreateResult:
        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        issued = await create_api_key(info.context.actor, organization_id, input.wanted())
        return ApiKeyCreatePayload(api_key=await load_api_key(info, issued), secret=issued.text)

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Give a key a new secret; the old one goes on working for a while. A key may rotate itself.",
    )
    async def api_key_rotate(
        self, info: Info, input: Annotated[ApiKeyRotateInput, strawberry.argument(description="Which key.")]
    ) -> ApiKeyRotateResult:
        key_id = row_id("ApiKey", input.api_key_id, "input", "apiKeyId")
        issued = await rotate_api_key(info.context.actor, key_id, input.overlap_hours)
        return ApiKeyRotatePayload(api_key=await load_api_key(info, issued), secret=issued.text)

    @strawberry.mutation(extensions=[FreshLoaders()], description="End a key at once, with all of its secrets.")
    async def api_key_revoke(
        self, info: Info, input: Annotated[ApiKeyRevokeInput, strawberry.argument(description="Which key.")]
    ) -> ApiKeyRevokeResult:
        key_id = row_id("ApiKey", input.api_key_id, "input", "apiKeyId")
        await revoke_api_key(info.context.actor, key_id)
        return ApiKeyRevokePayload(api_key=api_key_from(await info.context.loaders.get_api_key(key_id)))


async def load_api_key(info: Info, issued: IssuedKey) -> ApiKey:
    return api_key_from(await info.context.loaders.get_api_key(issued.id))


def api_key_from(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        id=global_id("ApiKey", row.id),
        name=row.name,
        prefix=shown_prefix(row.id),
        permissions=list(row.permissions),
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        revoked_by=row.revoked_by,
        secrets=[secret_from(one) for one in row.secrets],
        row=row,
    )


def secret_from(row: SecretRow) -> KeySecret:
    return KeySecret(created_at=row.created_at, expires_at=row.expires_at)

"""Keys that operators give to partners."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from app.delivery.webhook_rows import list_partner_webhooks
from app.domain.actor import Permission
from app.domain.api_keys import shown_prefix
from app.graphql.api_keys import OVERLAP_HOURS, KeySecret, secret_from
from app.graphql.connections import After, Before, Connection, First, Last, Paging, connect
from app.graphql.context import FreshLoaders, Info, ShownOnce
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id, row_ids
from app.graphql.listings import organizations_managed, partner_keys_made
from app.graphql.node import Node
from app.graphql.unset import or_unset
from app.identity.partner_keys import (
    PartnerKeyRow,
    PartnerKeyToBe,
    PartnerKeyUpdate,
    create_partner_key,
    revoke_partner_key,
    rotate_partner_key,
    update_partner_key,
)

if TYPE_CHECKING:
    from app.graphql.organization import Organization
    from app.graphql.webhooks import Webhook


@strawberry.type(description="A key that a partner holds: it manages named organizations, and acts as no member.")
class PartnerKey(Node):
    name: str = strawberry.field(description="Whose it is, as operators put it.")
    prefix: str = strawberry.field(description="How its text begins, to know it by; the secret is not shown again.")
    permissions: list[Permission] = strawberry.field(description="What it is allowed in each of its organizations.")
    created_at: datetime = strawberry.field(description="When it was made.")
    created_by: str = strawberry.field(description="Who made it: an actor's id.")
    expires_at: datetime | None = strawberry.field(
        description="When it expires; null for one that lasts until it is revoked."
    )
    last_used_at: datetime | None = strawberry.field(
        description="When it was last used, to the minute; null before it ever was."
    )
    revoked_at: datetime | None = strawberry.field(description="When it was revoked; null while it is not.")
    revoked_by: str | None = strawberry.field(description="Who revoked it: an actor's id; null while it is not.")
    secrets: list[KeySecret] = strawberry.field(
        description="The secrets that work now, the oldest first: after a rotation the old one for a while."
    )
    row: strawberry.Private[PartnerKeyRow]

    @strawberry.field(
        description="Where what happens in its organizations is sent, the newest first; at most 20. It makes them."
    )
    async def webhooks(self, info: Info) -> list[Annotated["Webhook", strawberry.lazy("app.graphql.webhooks")]]:
        from app.graphql.webhooks import webhook_from

        return [webhook_from(row) for row in await list_partner_webhooks(info.context.actor, self.row.id)]

    @strawberry.field(description="The organizations that it manages, the oldest first; those deleted stay among them.")
    async def organizations(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Annotated["Organization", strawberry.lazy("app.graphql.organization")]]:
        from app.graphql.organization import organization_from

        return await connect(organizations_managed(self.row.id), Paging(first, after, last, before), organization_from)


@strawberry.input(description="What `partnerKeyCreate` takes.")
class PartnerKeyCreateInput:
    name: str = strawberry.field(description="Whose it is, at most 100 characters.")
    organization_ids: list[strawberry.ID] = strawberry.field(
        description="The organizations that it manages, at most 1000; those that it creates join them."
    )
    permissions: list[Permission] = strawberry.field(
        description="What it is allowed, at least one thing; nothing of the tracker, which is for members."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it expires; without, it lasts until it is revoked."
    )

    def wanted(self) -> PartnerKeyToBe:
        organization_ids = row_ids("Organization", self.organization_ids, "input", "organizationIds")
        return PartnerKeyToBe(self.name, organization_ids, self.permissions, self.expires_at)


@strawberry.type(description="What `partnerKeyCreate` answers.")
class PartnerKeyCreatePayload:
    partner_key: PartnerKey = strawberry.field(description="The new key.")
    secret: str = strawberry.field(
        extensions=[ShownOnce()], description="Its text, for `Authorization: Bearer`; it is shown this once."
    )


@strawberry.input(description="What `partnerKeyUpdate` takes; what is left out stays as it is.")
class PartnerKeyUpdateInput:
    partner_key_id: strawberry.ID = strawberry.field(description="The key.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Whose it is; it cannot be null.")
    permissions: list[Permission] | None = strawberry.field(
        default=strawberry.UNSET, description="All that it is allowed from now on, at least one thing."
    )
    add_organization_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Organizations that it manages from now on, at most 1000."
    )
    remove_organization_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Organizations that it manages no more."
    )

    def update(self) -> PartnerKeyUpdate:
        return PartnerKeyUpdate(
            or_unset(self.name),
            or_unset(self.permissions),
            row_ids("Organization", self.add_organization_ids, "input", "addOrganizationIds"),
            row_ids("Organization", self.remove_organization_ids, "input", "removeOrganizationIds"),
        )


@strawberry.type(description="What `partnerKeyUpdate` answers.")
class PartnerKeyUpdatePayload:
    partner_key: PartnerKey = strawberry.field(description="The key as it is now.")


@strawberry.input(description="What `partnerKeyRotate` takes.")
class PartnerKeyRotateInput:
    partner_key_id: strawberry.ID = strawberry.field(description="The key.")
    overlap_hours: int = strawberry.field(
        default=OVERLAP_HOURS,
        description="For how many hours the old secret goes on working, from 0 to 168; one from before it ends now.",
    )


@strawberry.type(description="What `partnerKeyRotate` answers.")
class PartnerKeyRotatePayload:
    partner_key: PartnerKey = strawberry.field(description="The key as it is now.")
    secret: str = strawberry.field(
        extensions=[ShownOnce()], description="Its new text, for `Authorization: Bearer`; it is shown this once."
    )


@strawberry.input(description="What `partnerKeyRevoke` takes.")
class PartnerKeyRevokeInput:
    partner_key_id: strawberry.ID = strawberry.field(description="The key.")


@strawberry.type(description="What `partnerKeyRevoke` answers.")
class PartnerKeyRevokePayload:
    partner_key: PartnerKey = strawberry.field(description="The key, which works no more.")


PartnerKeyCreateResult = Annotated[
    PartnerKeyCreatePayload | UserError,
    strawberry.union("PartnerKeyCreateResult", description="The key, or why there is none."),
]
PartnerKeyUpdateResult = Annotated[
    PartnerKeyUpdatePayload | UserError,
    strawberry.union("PartnerKeyUpdateResult", description="The key, or why nothing was changed."),
]
PartnerKeyRotateResult = Annotated[
    PartnerKeyRotatePayload | UserError,
    strawberry.union("PartnerKeyRotateResult", description="The key with its new secret, or why nothing was changed."),
]
PartnerKeyRevokeResult = Annotated[
    PartnerKeyRevokePayload | UserError,
    strawberry.union("PartnerKeyRevokeResult", description="The key, or why nothing was changed."),
]


@strawberry.type
class PartnerKeyQuery:
    @strawberry.field(description="Operators: the keys of partners, also those revoked, the oldest first.")
    async def partner_keys(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[PartnerKey] | None:
        listing = partner_keys_made(info.context.actor)
        return await connect(listing, Paging(first, after, last, before), partner_key_from)


@strawberry.type
class PartnerKeyMutation:
    @strawberry.mutation(extensions=[FreshLoaders()], description="Operators: make a key for a partner.")
    async def partner_key_create(
        self, info: Info, input: Annotated[PartnerKeyCreateInput, strawberry.argument(description="What it is to be.")]
    ) -> PartnerKeyCreateResult:
        issued = await create_partner_key(info.context.actor, input.wanted())
        return PartnerKeyCreatePayload(partner_key=await load_partner_key(info, issued.id), secret=issued.text)

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Operators: change what a partner's key is allowed, and which organizations it manages.",
    )
    async def partner_key_update(
        self, info: Info, input: Annotated[PartnerKeyUpdateInput, strawberry.argument(description="What to change.")]
    ) -> PartnerKeyUpdateResult:
        key_id = row_id("PartnerKey", input.partner_key_id, "input", "partnerKeyId")
        await update_partner_key(info.context.actor, key_id, input.update())
        return PartnerKeyUpdatePayload(partner_key=await load_partner_key(info, key_id))

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Operators: give a partner's key a new secret; the old one goes on working for a while.",
    )
    async def partner_key_rotate(
        self, info: Info, input: Annotated[PartnerKeyRotateInput, strawberry.argument(description="Which key.")]
    ) -> PartnerKeyRotateResult:
        key_id = row_id("PartnerKey", input.partner_key_id, "input", "partnerKeyId")
        issued = await rotate_partner_key(info.context.actor, key_id, input.overlap_hours)
        return PartnerKeyRotatePayload(partner_key=await load_partner_key(info, key_id), secret=issued.text)

    @strawberry.mutation(extensions=[FreshLoaders()], description="Operators: end a partner's key at once.")
    async def partner_key_revoke(
        self, info: Info, input: Annotated[PartnerKeyRevokeInput, strawberry.argument(description="Which key.")]
    ) -> PartnerKeyRevokeResult:
        key_id = row_id("PartnerKey", input.partner_key_id, "input", "partnerKeyId")
        await revoke_partner_key(info.context.actor, key_id)
        return PartnerKeyRevokePayload(partner_key=await load_partner_key(info, key_id))


async def load_partner_key(info: Info, key_id: UUID) -> PartnerKey:
    """A key that exists, for an operator."""
    row = await info.context.loaders.partner_keys.load(key_id)
    assert row is not None, "the key was found by its id before"
    return partner_key_from(row)


def partner_key_from(row: PartnerKeyRow) -> PartnerKey:
    return PartnerKey(
        id=global_id("PartnerKey", row.id),
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

"""The record of an organization: who did what, when, and that nobody has changed it since."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from app.domain import audit as chain
from app.domain.payloads import presented
from app.events.audit import AuditFilter as Filter
from app.events.audit import verify_audit
from app.graphql.connections import After, Before, Connection, First, Last, Paging, connect
from app.graphql.context import Info
from app.graphql.enums import describe_enum
from app.graphql.ids import row_id
from app.graphql.listings import audit_of
from app.graphql.scalars import JSON
from app.organizations.queries import OrganizationFacts

if TYPE_CHECKING:
    from app.graphql.member import Member

describe_enum(
    chain.Flaw,
    "What is wrong where a chain is broken.",
    {
        "MISSING": "There is no entry of the number.",
        "CHANGED": "The entry, or its place, is not what was written.",
        "UNKNOWN": "There is an entry that was not written.",
    },
    name="AuditFlaw",
)


@strawberry.type(description="Something that was done: in ids and facts, without names and addresses.")
class AuditEntry:
    sequence: int = strawberry.field(
        description="Its number in the organization, from 1 on and without gaps; also that of its event."
    )
    at: datetime = strawberry.field(description="When, by the organization's clock.")
    actor: str = strawberry.field(
        description="Who did it: `member:<id>`, with a key `member:<id>/api_key:<id>`, `partner:<id>`, "
        "`operator:<id>` or `system:<job>`, by ids as they are stored."
    )
    request_id: str = strawberry.field(description="The id of the request that it was done in.")
    action: str = strawberry.field(description="What was done, as a noun and a participle: `seats.changed`.")
    before: JSON = strawberry.field(description="What was there before, as far as it was changed.")
    after: JSON = strawberry.field(description="What is there since: the payload of its event.")
    previous_hash: str | None = strawberry.field(description="The hash of the entry before, hex; null for the first.")
    hash: str = strawberry.field(description="SHA-256 over the hash before and this entry, hex.")
    member_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The member who did it, or whom a key acted as; null for everyone else.")
    async def member(self, info: Info) -> Annotated["Member", strawberry.lazy("app.graphql.member")] | None:
        from app.graphql.member import load_member

        return await load_member(info, self.member_id) if self.member_id is not None else None


@strawberry.input(description="Which entries are wanted: those of which everything given is true.")
class AuditFilter:
    actions: list[str] | None = strawberry.field(default=None, description="One of these was done, at most 50.")
    member_id: strawberry.ID | None = strawberry.field(default=None, description="This member did it, also by a key.")
    request_id: str | None = strawberry.field(default=None, description="In this request.")
    since: datetime | None = strawberry.field(default=None, description="Then or later.")
    until: datetime | None = strawberry.field(default=None, description="Before then.")

    def wanted(self) -> Filter:
        member = row_id("Member", self.member_id, "filter", "memberId") if self.member_id is not None else None
        return Filter(self.actions, member, self.request_id, self.since, self.until)


@strawberry.type(description="The first entry of a chain that is not what was written.")
class AuditBreak:
    sequence: int = strawberry.field(description="Its number.")
    flaw: chain.Flaw = strawberry.field(description="What is wrong with it.")


@strawberry.type(description="The whole chain, read and computed anew.")
class AuditVerification:
    is_intact: bool = strawberry.field(description="Whether every entry is what was written, and none is missing.")
    entry_count: int = strawberry.field(description="How many entries are what was written, up to the first break.")
    hash: str | None = strawberry.field(
        description="The last hash, hex, which stands for the whole chain: keep it elsewhere, and compare it later."
    )
    broken_at: AuditBreak | None = strawberry.field(description="The first break; null when there is none.")
    verified_at: datetime = strawberry.field(description="When, in real time.")


@strawberry.type
class AuditOfOrganization:
    facts: strawberry.Private[OrganizationFacts]

    @strawberry.field(description="What was done in the organization, the newest first.")
    async def audit_log(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[AuditFilter | None, strawberry.argument(description="Which are wanted.")] = None,
    ) -> Connection[AuditEntry] | None:
        wanted = (filter or AuditFilter()).wanted()
        return await connect(audit_of(self.facts.id, wanted), Paging(first, after, last, before), entry_from)

    @strawberry.field(description="Whether anyone has changed the record: the whole of it is read.")
    async def audit_verification(self) -> AuditVerification | None:
        found = await verify_audit(self.facts.id)
        broken = AuditBreak(sequence=found.broken.sequence, flaw=found.broken.flaw) if found.broken else None
        return AuditVerification(
            is_intact=broken is None,
            entry_count=found.entries,
            hash=found.hash.hex() if found.hash else None,
            broken_at=broken,
            verified_at=found.at,
        )


def entry_from(row: chain.AuditEntry) -> AuditEntry:
    return AuditEntry(
        sequence=row.sequence,
        at=row.at,
        actor=row.actor,
        request_id=row.request_id,
        action=row.action,
        before=_json(row.before),
        after=_json(row.after),
        previous_hash=row.previous_hash.hex() if row.previous_hash else None,
        hash=row.hash.hex(),
        member_id=row.member_id,
    )


def _json(facts: Any) -> JSON:
    return JSON(presented(facts))

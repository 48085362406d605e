"""Organizations."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.domain import lifecycle
from app.domain.actor import Role
from app.domain.errors import invalid
from app.graphql.access import AccessOfOrganization
from app.graphql.accounts import BillingOfOrganization
from app.graphql.api_keys import ApiKeysOfOrganization
from app.graphql.audit import AuditOfOrganization
from app.graphql.clocks import TestClock, load_test_clock
from app.graphql.context import FreshLoaders, Info
from app.graphql.enums import describe_enum
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id
from app.graphql.insight import HindsightOfOrganization
from app.graphql.node import Node
from app.graphql.people import PeopleOfOrganization
from app.graphql.purges import Tombstone, tombstone_from
from app.graphql.scalars import Email, TimeZone
from app.graphql.seating import SeatsOfOrganization
from app.graphql.tracker import TrackerOfOrganization
from app.graphql.webhooks import WebhooksOfOrganization
from app.memberships.founding import Founding, create_organization
from app.memberships.invitees import Invitee
from app.organizations.partners import with_founded
from app.organizations.queries import (
    OrganizationFacts,
    find_organization,
    find_organization_by_slug,
)
from app.organizations.service import activate_tracker

describe_enum(
    lifecycle.OrganizationState,
    "Where an organization stands.",
    {
        "NOT_ACTIVATED": "The tracker is not activated yet.",
        "TRIAL": "Everyone has full access, and nothing is charged.",
        "SUBSCRIBED": "Members with a seat have full access, all others are read-only.",
        "RETENTION": "The trial is over and nothing was subscribed: everyone is read-only, until the data are deleted.",
        "CLOSED": "Closed by an owner: everyone is read-only, until it is reopened or the data are deleted.",
        "PURGING": "The data are being deleted.",
        "PURGED": "The data are deleted.",
    },
)


@strawberry.type(description="The days, 30 unless they were extended, in which everyone may do everything.")
class Trial:
    started_at: datetime = strawberry.field(description="When it began.")
    ends_at: datetime = strawberry.field(description="When it ends.")
    is_over: bool = strawberry.field(description="Whether it has ended.")


@strawberry.type(description="An organization that uses the tracker.")
class Organization(
    Node,
    AccessOfOrganization,
    PeopleOfOrganization,
    SeatsOfOrganization,
    BillingOfOrganization,
    TrackerOfOrganization,
    HindsightOfOrganization,
    ApiKeysOfOrganization,
    WebhooksOfOrganization,
    AuditOfOrganization,
):
    slug: str = strawberry.field(description="The short name in addresses; empty once its data are deleted.")
    name: str = strawberry.field(description="The name; empty once its data are deleted.")
    time_zone: TimeZone = strawberry.field(description="The IANA time zone that its months are counted in.")
    currency: str = strawberry.field(description="The currency that it pays in, ISO 4217.")
    created_at: datetime = strawberry.field(description="When it was created.")
    state: lifecycle.OrganizationState = strawberry.field(description="Where it stands now.")
    suspended: bool = strawberry.field(description="Whether it is suspended until it pays.")
    trial: Trial | None = strawberry.field(description="Its trial; null before the tracker is activated.")
    purge_at: datetime | None = strawberry.field(
        description="When its data will be deleted if nothing is subscribed, or if it is closed and not reopened; "
        "null when they will not."
    )
    closed_at: datetime | None = strawberry.field(description="When it was closed; null while it is open.")

    @strawberry.field(description="Why its data must not be deleted; null without a hold.")
    def legal_hold(self) -> str | None:
        return self.facts.legal_hold

    @strawberry.field(description="The test clock that it lives by; null in real life.")
    async def test_clock(self, info: Info) -> TestClock | None:
        return await load_test_clock(info, self.facts.test_clock_id) if self.facts.test_clock_id else None

    @strawberry.field(description="What is left of it once its data are deleted; null before that is decided.")
    async def tombstone(self, info: Info) -> Tombstone | None:
        row = await info.context.loaders.tombstones.load(self.facts.id)
        return tombstone_from(row) if row is not None else None


@strawberry.input(description="The first owner of an organization.")
class OwnerInput:
    email: Email = strawberry.field(description="The e-mail address.")
    name: str = strawberry.field(description="The name, at most 200 characters.")


@strawberry.input(description="What `organizationCreate` takes.")
class OrganizationCreateInput:
    name: str = strawberry.field(description="The name, at most 200 characters.")
    slug: str = strawberry.field(
        description="A short name for addresses: a–z, 0–9 and hyphens inside, at most 63 characters."
    )
    owner: OwnerInput = strawberry.field(description="Its first owner.")
    time_zone: TimeZone = strawberry.field(
        default=TimeZone("Europe/Moscow"), description="The IANA time zone that its months are counted in."
    )
    currency: str = strawberry.field(default="RUB", description="The currency that it pays in, ISO 4217.")
    test_clock_id: strawberry.ID | None = strawberry.field(default=None, description="A test clock to live by.")

    def founding(self) -> Founding:
        clock = self.test_clock_id
        return Founding(
            name=self.name,
            slug=self.slug,
            time_zone=self.time_zone,
            currency=self.currency,
            owner=Invitee(self.owner.email, self.owner.name, None, Role.OWNER, is_active=True),
            test_clock_id=row_id("TestClock", clock, "input", "testClockId") if clock is not None else None,
        )


@strawberry.type(description="What `organizationCreate` answers.")
class OrganizationCreatePayload:
    organization: Organization = strawberry.field(description="The new organization.")


@strawberry.input(description="What `trackerActivate` takes.")
class TrackerActivateInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")


@strawberry.type(description="What `trackerActivate` answers.")
class TrackerActivatePayload:
    organization: Organization = strawberry.field(description="The organization, its trial begun.")


OrganizationCreateResult = Annotated[
    OrganizationCreatePayload | UserError,
    strawberry.union("OrganizationCreateResult", description="The organization, or why there is none."),
]
TrackerActivateResult = Annotated[
    TrackerActivatePayload | UserError,
    strawberry.union("TrackerActivateResult", description="The organization, or why nothing was activated."),
]


@strawberry.type
class OrganizationQuery:
    @strawberry.field(
        description="An organization, by exactly one of id and slug; null when there is none for whoever asks."
    )
    async def organization(
        self,
        info: Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="The id.")] = None,
        slug: Annotated[str | None, strawberry.argument(description="The slug.")] = None,
    ) -> Organization | None:
        facts = await find_by(info, id, slug)
        return organization_from(facts) if facts is not None else None


@strawberry.type
class OrganizationMutation:
    @strawberry.mutation(extensions=[FreshLoaders()], description="Create an organization with its first owner.")
    async def organization_create(
        self, info: Info, input: Annotated[OrganizationCreateInput, strawberry.argument(description="What it is.")]
    ) -> OrganizationCreateResult:
        organization_id = await create_organization(info.context.actor, input.founding())
        info.context.act_as(await with_founded(info.context.actor, organization_id))
        return OrganizationCreatePayload(organization=await load_organization(info, organization_id))

    @strawberry.mutation(extensions=[FreshLoaders()], description="Activate the tracker, which starts the trial. Once.")
    async def tracker_activate(
        self, info: Info, input: Annotated[TrackerActivateInput, strawberry.argument(description="Where.")]
    ) -> TrackerActivateResult:
        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        await activate_tracker(info.context.actor, organization_id)
        return TrackerActivatePayload(organization=await load_organization(info, organization_id))


async def find_by(info: Info, id: strawberry.ID | None, slug: str | None) -> OrganizationFacts | None:
    """Raises: DomainError INVALID_INPUT unless asked by exactly one of id and slug."""
    if id is not None and slug is None:
        return await info.context.loaders.organizations.load(row_id("Organization", id, "id"))
    if slug is not None and id is None:
        return await find_organization_by_slug(info.context.actor, slug)
    raise invalid("Ask for an organization by exactly one of `id` and `slug`.")


async def load_organization(info: Info, organization_id: UUID) -> Organization:
    """An organization as it is after a change to it: read anew."""
    facts = await find_organization(info.context.actor, organization_id)
    assert facts is not None, "the organization was found by its id before"
    info.context.loaders.organizations.prime(organization_id, facts, force=True)
    return organization_from(facts)


async def load_organizations(info: Info, organization_ids: list[UUID]) -> list[Organization]:
    """Those of them that the actor reaches."""
    found = await info.context.loaders.organizations.load_many(organization_ids)
    return [organization_from(facts) for facts in found if facts is not None]


def organization_from(facts: OrganizationFacts) -> Organization:
    return Organization(
        id=global_id("Organization", facts.id),
        slug=facts.slug or "",
        name=facts.name,
        time_zone=TimeZone(facts.time_zone),
        currency=facts.currency,
        created_at=facts.created_at,
        state=facts.state,
        suspended=facts.is_suspended,
        trial=trial_from(facts),
        purge_at=lifecycle.purge_at(facts.lifecycle),
        closed_at=facts.lifecycle.closed_at,
        facts=facts,
    )


def trial_from(facts: OrganizationFacts) -> Trial | None:
    started_at, ends_at = facts.lifecycle.activated_at, facts.lifecycle.trial_ends_at
    if started_at is None or ends_at is None:
        return None
    return Trial(started_at=started_at, ends_at=ends_at, is_over=facts.now >= ends_at)

"""The life of an organization: extending its trial, closing and reopening it, legal holds."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.domain.errors import invalid
from app.graphql.context import FreshLoaders, Info
from app.graphql.errors import UserError
from app.graphql.ids import row_id
from app.graphql.organization import Organization, load_organization
from app.retention.holds import set_legal_hold
from app.retention.life import close_organization, extend_trial, reopen_organization


@strawberry.input(description="What `organizationClose` takes.")
class OrganizationCloseInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")


@strawberry.type(description="What `organizationClose` answers.")
class OrganizationClosePayload:
    organization: Organization = strawberry.field(description="The organization, closed.")


@strawberry.input(description="What `organizationReopen` takes.")
class OrganizationReopenInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")


@strawberry.type(description="What `organizationReopen` answers.")
class OrganizationReopenPayload:
    organization: Organization = strawberry.field(description="The organization, open again.")


@strawberry.input(description="What `trialExtend` takes.")
class TrialExtendInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization, in its trial.")
    ends_at: datetime = strawberry.field(
        description="When the trial is to end: later than now planned, 180 days after it began at the latest."
    )


@strawberry.type(description="What `trialExtend` answers.")
class TrialExtendPayload:
    organization: Organization = strawberry.field(description="The organization.")


@strawberry.input(description="What `legalHoldSet` takes.")
class LegalHoldSetInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    reason: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Why its data must not be deleted, at most 500 characters; null, which has to be said, lifts it.",
    )

    def wanted(self) -> str | None:
        """Raises: DomainError INVALID_INPUT when nothing is said: a slip lifts no hold."""
        if self.reason is strawberry.UNSET:
            raise invalid("Say the reason, or null to lift the hold.", "input", "reason")
        return self.reason


@strawberry.type(description="What `legalHoldSet` answers.")
class LegalHoldSetPayload:
    organization: Organization = strawberry.field(description="The organization.")


OrganizationCloseResult = Annotated[
    OrganizationClosePayload | UserError,
    strawberry.union("OrganizationCloseResult", description="Closed, or why not."),
]
OrganizationReopenResult = Annotated[
    OrganizationReopenPayload | UserError,
    strawberry.union("OrganizationReopenResult", description="Open again, or why not."),
]
TrialExtendResult = Annotated[
    TrialExtendPayload | UserError,
    strawberry.union("TrialExtendResult", description="The trial with its new end, or why it was not extended."),
]
LegalHoldSetResult = Annotated[
    LegalHoldSetPayload | UserError,
    strawberry.union("LegalHoldSetResult", description="The organization, or why there is no hold."),
]


@strawberry.type
class LifeMutation:
    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Close an organization: read-only and free of charge for 30 days, in which it can be reopened; "
        "then its data are deleted.",
    )
    async def organization_close(
        self, info: Info, input: Annotated[OrganizationCloseInput, strawberry.argument(description="Which.")]
    ) -> OrganizationCloseResult:
        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        await close_organization(info.context.actor, organization_id)
        return OrganizationClosePayload(organization=await load_organization(info, organization_id))

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Reopen a closed organization, as it was; seats that were held are held and charged again.",
    )
    async def organization_reopen(
        self, info: Info, input: Annotated[OrganizationReopenInput, strawberry.argument(description="Which.")]
    ) -> OrganizationReopenResult:
        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        await reopen_organization(info.context.actor, organization_id, info.context.policies)
        return OrganizationReopenPayload(organization=await load_organization(info, organization_id))

    @strawberry.mutation(extensions=[FreshLoaders()], description="Operators: let a running trial end later.")
    async def trial_extend(
        self, info: Info, input: Annotated[TrialExtendInput, strawberry.argument(description="Whose, and to when.")]
    ) -> TrialExtendResult:
        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        await extend_trial(info.context.actor, organization_id, input.ends_at, info.context.policies)
        return TrialExtendPayload(organization=await load_organization(info, organization_id))

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Operators: set or lift a legal hold. Nothing is deleted under one, and once it is lifted the "
        "last warning is given anew.",
    )
    async def legal_hold_set(
        self, info: Info, input: Annotated[LegalHoldSetInput, strawberry.argument(description="Whose, and why.")]
    ) -> LegalHoldSetResult:
        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        await set_legal_hold(info.context.actor, organization_id, input.wanted())
        return LegalHoldSetPayload(organization=await load_organization(info, organization_id))

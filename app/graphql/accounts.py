"""What an organization pays and has paid, as fields of it."""

from typing import Annotated

import strawberry

from app.billing.queries import ALL_INVOICES
from app.domain.agreements import find_redemption_left
from app.domain.period import Month
from app.graphql.billing import (
    Invoice,
    InvoicePreview,
    Statement,
    invoice_from,
    load_preview,
    statement_from,
)
from app.graphql.connections import After, Before, Connection, First, Last, Paging, connect
from app.graphql.context import Info
from app.graphql.contracts import Contract, LegacyBaseline, baseline_from, contract_from
from app.graphql.documents import AccountDocuments
from app.graphql.invoice_accounts import InvoiceFilterInput
from app.graphql.listings import invoices_of, statements_of
from app.graphql.payments import PaymentsOfAccount
from app.graphql.promo_codes import PromoCodeRedemption, redemption_from
from app.graphql.terms import BillingProfile, profile_from
from app.graphql.what_if import Change
from app.organizations.queries import OrganizationFacts
from app.seats.bounds import find_contract
from app.terms.agreements import get_agreements


@strawberry.type(description="What is known for billing an organization.")
class BillingAccount(PaymentsOfAccount, AccountDocuments):
    @strawberry.field(description="The individual terms for the current month; null without any.")
    async def contract(self) -> Contract | None:
        found = await find_contract(self.facts)
        return contract_from(found) if found is not None else None

    @strawberry.field(description="Every individual terms ever recorded, oldest first.")
    async def contracts(self) -> list[Contract]:
        return [contract_from(found) for found in (await get_agreements(self.facts.id)).contracts]

    @strawberry.field(description="Every individual baseline ever recorded, oldest first: the last one holds.")
    async def legacy_baselines(self) -> list[LegacyBaseline]:
        return [baseline_from(found) for found in (await get_agreements(self.facts.id)).baselines]

    @strawberry.field(description="The promo code that has months left; null without one.")
    async def promo_code(self) -> PromoCodeRedemption | None:
        found = find_redemption_left((await get_agreements(self.facts.id)).redemptions)
        return redemption_from(found) if found is not None else None

    @strawberry.field(description="Who pays; null until someone said so.")
    async def profile(self, info: Info) -> BillingProfile | None:
        row = await info.context.loaders.billing_profiles.load(self.facts.id)
        return profile_from(row) if row is not None else None


@strawberry.type
class BillingOfOrganization:
    facts: strawberry.Private[OrganizationFacts]

    @strawberry.field(description="What a month costs so far: the current one, unless another is named.")
    async def invoice_preview(
        self,
        info: Info,
        month: Annotated[Month | None, strawberry.argument(description="The month.")] = None,
        change: Change = None,
    ) -> InvoicePreview | None:
        return await load_preview(info, self.facts, month, change)

    @strawberry.field(description="How its months ended, oldest first.")
    async def statements(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Statement] | None:
        return await connect(statements_of(self.facts.id), Paging(first, after, last, before), statement_from)

    @strawberry.field(description="Its invoices, oldest first.")
    async def invoices(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[InvoiceFilterInput | None, strawberry.argument(description="Only these.")] = None,
    ) -> Connection[Invoice] | None:
        wanted = filter.wanted() if filter is not None else ALL_INVOICES
        return await connect(invoices_of(self.facts.id, wanted), Paging(first, after, last, before), invoice_from)

    @strawberry.field(description="What is known for billing it.")
    def billing(self) -> BillingAccount | None:
        return BillingAccount(facts=self.facts)

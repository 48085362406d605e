"""Who documents are from."""

from typing import Annotated

import strawberry

from app.graphql.context import FreshLoaders, Info
from app.graphql.errors import UserError
from app.graphql.scalars import TimeZone
from app.graphql.unset import or_unset
from app.terms import queries
from app.terms.issuers import IssuerUpdate, get_issuer, update_issuer


@strawberry.type(description="Who invoices and credit notes are from.")
class Issuer:
    name: str = strawberry.field(description="The name.")
    tax_number: str = strawberry.field(description="The tax number; empty until it is set.")
    address: str = strawberry.field(description="The postal address; empty until it is set.")
    bank_details: str = strawberry.field(description="The bank details; empty until they are set.")
    time_zone: TimeZone = strawberry.field(
        description="The IANA time zone that decides the year of a number and the day of a VAT rate; it never changes."
    )


@strawberry.input(description="What `issuerUpdate` takes; what is left out stays as it is, and nothing can be null.")
class IssuerUpdateInput:
    name: str | None = strawberry.field(default=strawberry.UNSET, description="The name, at most 200 characters.")
    tax_number: str | None = strawberry.field(
        default=strawberry.UNSET, description="The tax number, at most 64 characters."
    )
    address: str | None = strawberry.field(
        default=strawberry.UNSET, description="The postal address, at most 500 characters."
    )
    bank_details: str | None = strawberry.field(
        default=strawberry.UNSET, description="The bank details, at most 500 characters."
    )

    def update(self) -> IssuerUpdate:
        return IssuerUpdate(
            or_unset(self.name), or_unset(self.tax_number), or_unset(self.address), or_unset(self.bank_details)
        )


@strawberry.type(description="What `issuerUpdate` answers.")
class IssuerUpdatePayload:
    issuer: Issuer = strawberry.field(description="The issuer as it is now.")


IssuerUpdateResult = Annotated[
    IssuerUpdatePayload | UserError,
    strawberry.union("IssuerUpdateResult", description="The issuer, or why nothing was changed."),
]


@strawberry.type
class IssuerQuery:
    @strawberry.field(description="Operators: who documents issued from now on are from.")
    async def issuer(self, info: Info) -> Issuer | None:
        return issuer_from(await get_issuer(info.context.actor))


@strawberry.type
class IssuerMutation:
    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Operators: change who documents issued from now on are from; those issued stay as they are.",
    )
    async def issuer_update(
        self, info: Info, input: Annotated[IssuerUpdateInput, strawberry.argument(description="What to change.")]
    ) -> IssuerUpdateResult:
        return IssuerUpdatePayload(issuer=issuer_from(await update_issuer(info.context.actor, input.update())))


def issuer_from(row: queries.Issuer) -> Issuer:
    return Issuer(
        name=row.name,
        tax_number=row.tax_number,
        address=row.address,
        bank_details=row.bank_details,
        time_zone=TimeZone(row.time_zone),
    )

"""Where documents are to be had: their bytes go by plain HTTP, see app/rest."""

from typing import Annotated
from urllib.parse import urlencode

import strawberry

from app.documents.content import Language
from app.domain.quarter import parse_quarter
from app.graphql.enums import describe_enum
from app.graphql.ids import global_id
from app.organizations.queries import OrganizationFacts

describe_enum(
    Language, "What a document or a mail is written in.", {"EN": "English.", "RU": "Russian."}, name="DocumentLanguage"
)

Written = Annotated[Language, strawberry.argument(description="What it is written in.")]
ON_PAPER = "as PDF, with the same bearer token: a path to be resolved against the address of this API."
AS_LIST = "as CSV, oldest first, with the same bearer token: a path to be resolved against the address of this API."


@strawberry.type
class InvoiceDocument:
    id: strawberry.ID = strawberry.field(description="The global id.")

    @strawberry.field(description=f"The invoice {ON_PAPER}")
    def pdf_url(self, language: Written = Language.EN) -> str:
        return f"/invoices/{self.id}/pdf?language={language.value}"


@strawberry.type
class CreditNoteDocument:
    id: strawberry.ID = strawberry.field(description="The global id.")

    @strawberry.field(description=f"The credit note {ON_PAPER}")
    def pdf_url(self, language: Written = Language.EN) -> str:
        return f"/credit-notes/{self.id}/pdf?language={language.value}"


@strawberry.type
class AccountDocuments:
    facts: strawberry.Private[OrganizationFacts]

    @strawberry.field(
        description=f"The account of a quarter, with every invoice, credit note and payment in it, {ON_PAPER}"
    )
    def account_statement_url(
        self,
        quarter: Annotated[str, strawberry.argument(description='The calendar quarter, such as "2021-Q1".')],
        language: Written = Language.EN,
    ) -> str:
        query = urlencode({"quarter": str(parse_quarter(quarter, "quarter")), "language": language.value})
        return f"{_path(self.facts)}/account-statement.pdf?{query}"

    @strawberry.field(description=f"How its months ended, {AS_LIST}")
    def statements_csv_url(self) -> str:
        return f"{_path(self.facts)}/statements.csv"

    @strawberry.field(description=f"Its invoices, {AS_LIST}")
    def invoices_csv_url(self) -> str:
        return f"{_path(self.facts)}/invoices.csv"

    @strawberry.field(description=f"Its payments, {AS_LIST}")
    def payments_csv_url(self) -> str:
        return f"{_path(self.facts)}/payments.csv"


def _path(organization: OrganizationFacts) -> str:
    return f"/organizations/{global_id('Organization', organization.id)}"

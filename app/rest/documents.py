"""Invoices, credit notes and account statements as PDF, and lists of them as CSV, for who may see the billing."""

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.access.service import reach_billing
from app.billing.queries import find_invoices
from app.documents.content import parse_language
from app.documents.drawing import draw_account_statement, draw_credit_note, draw_invoice
from app.documents.lists import INVOICES, PAYMENTS, STATEMENTS, List, export_list
from app.documents.loading import load_invoice
from app.documents.loading_accounts import find_credit_note, load_account, load_credit_note
from app.domain.actor import Actor
from app.domain.quarter import parse_quarter
from app.graphql.ids import row_id
from app.rest.answers import for_callers

_DRAWN, _LISTED = 500, 100
"""Points: a page is drawn in tenths of a second; a list is read as it goes out."""

_RENDERERS = asyncio.Semaphore(2)
"""Drawing is work for a core. More of it at once would be no faster, and would keep other requests waiting."""


@for_callers(_DRAWN)
async def get_invoice_pdf(request: Request, actor: Actor) -> Response:
    """An invoice on paper."""
    language = parse_language(request.query_params.get("language"), "language")
    found = await find_invoices([row_id("Invoice", request.path_params["id"])])
    organization = await reach_billing(actor, found[0].organization_id if found else None, "invoice")
    paper = await load_invoice(organization, found[0])
    return await _pdf(lambda: draw_invoice(paper, language), f"invoice-{paper.number}-{language.value}.pdf")


@for_callers(_DRAWN)
async def get_credit_note_pdf(request: Request, actor: Actor) -> Response:
    """A credit note on paper."""
    language = parse_language(request.query_params.get("language"), "language")
    found = await find_credit_note(row_id("CreditNote", request.path_params["id"]))
    await reach_billing(actor, found.organization_id if found else None, "credit note")
    assert found is not None, "it has an organization"
    paper = await load_credit_note(found)
    return await _pdf(lambda: draw_credit_note(paper, language), f"credit-note-{paper.number}-{language.value}.pdf")


@for_callers(_DRAWN)
async def get_account_statement_pdf(request: Request, actor: Actor) -> Response:
    """The account of a quarter on paper."""
    language = parse_language(request.query_params.get("language"), "language")
    quarter = parse_quarter(request.query_params.get("quarter", ""), "quarter")
    organization = await reach_billing(actor, row_id("Organization", request.path_params["id"]), "organization")
    paper = await load_account(organization, quarter)
    return await _pdf(
        lambda: draw_account_statement(paper, language), f"account-statement-{quarter}-{language.value}.pdf"
    )


@for_callers(_LISTED)
async def get_statements_csv(request: Request, actor: Actor) -> Response:
    """How every month ended."""
    return await _csv(request, actor, STATEMENTS)


@for_callers(_LISTED)
async def get_invoices_csv(request: Request, actor: Actor) -> Response:
    """Every invoice, with what was credited and paid of it."""
    return await _csv(request, actor, INVOICES)


@for_callers(_LISTED)
async def get_payments_csv(request: Request, actor: Actor) -> Response:
    """Every payment, with what it settled."""
    return await _csv(request, actor, PAYMENTS)


async def _pdf(render: Callable[[], bytes], name: str) -> Response:
    """Drawn in a thread, so that the process goes on answering."""
    async with _RENDERERS:
        content = await asyncio.to_thread(render)
    return Response(content, media_type="application/pdf", headers=_headers(name))


async def _csv(request: Request, actor: Actor, listed: List) -> Response:
    organization = await reach_billing(actor, row_id("Organization", request.path_params["id"]), "organization")
    lines = export_list(organization, listed)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=_headers(f"{listed.name}.csv"))


def _headers(file_name: str) -> dict[str, str]:
    """The name is ours: letters, digits, hyphens and dots."""
    return {
        "Content-Disposition": f'attachment; filename="{file_name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }

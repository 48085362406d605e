"""The composition root of the API: settings, database, schema and routes become one application."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import orjson
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from typing_extensions import override

from app import db
from app.domain.errors import ErrorCode
from app.domain.policies import Policies
from app.graphql.context import Context
from app.graphql.schema import print_sdl, schema
from app.logs import configure_logging
from app.rest.answers import error, find_caller, unauthenticated
from app.rest.attachments import get_attachment, put_attachment
from app.rest.documents import (
    get_account_statement_pdf,
    get_credit_note_pdf,
    get_invoice_pdf,
    get_invoices_csv,
    get_payments_csv,
    get_statements_csv,
)
from app.rest.evidence import get_evidence
from app.rest.exports import get_issues_csv, get_organization_export
from app.settings import load_settings

log = structlog.get_logger()


def create_app() -> Starlette:
    """The application for the environment's settings. Raises: SettingsError."""
    settings = load_settings()
    system_url, tenants_url = settings.given_system_url(), settings.given_tenants_url()
    configure_logging(settings.log_level)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await db.connect(system_url, tenants_url, lock_timeout="5s")
        try:
            yield
        finally:
            await db.close()

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/graphql", SignedIn(GraphQLView(settings.policies)), methods=["GET", "POST"]),
            Route("/attachments/{id}", get_attachment, methods=["GET"]),
            Route("/attachments/{id}", put_attachment, methods=["PUT"]),
            Route("/organizations/{id}/issues.csv", get_issues_csv, methods=["GET"]),
            Route("/organizations/{id}/account-statement.pdf", get_account_statement_pdf, methods=["GET"]),
            Route("/organizations/{id}/statements.csv", get_statements_csv, methods=["GET"]),
            Route("/organizations/{id}/invoices.csv", get_invoices_csv, methods=["GET"]),
            Route("/organizations/{id}/payments.csv", get_payments_csv, methods=["GET"]),
            Route("/invoices/{id}/pdf", get_invoice_pdf, methods=["GET"]),
            Route("/credit-notes/{id}/pdf", get_credit_note_pdf, methods=["GET"]),
            Route("/exports/{id}", get_organization_export, methods=["GET"]),
            Route("/invoices/{id}/evidence", get_evidence, methods=["GET"]),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/schema.graphql", schema_file),
        ],
    )


class GraphQLView(GraphQL[Context, None]):
    """Strawberry's view with our context, and without an IDE: its pages load scripts from other hosts."""

    def __init__(self, policies: Policies) -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=())
        self.policies = policies

    @override
    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        return Context(request.state.actor, self.policies)

    @override
    def encode_json(self, data: object) -> bytes:
        try:
            return orjson.dumps(data)
        except orjson.JSONEncodeError:  # half a character, given back in an error message; orjson writes none
            return json.dumps(data).encode()


class SignedIn:
    """Lets through whoever brings a bearer token that we know; everyone else gets 401, whatever they ask."""

    def __init__(self, application: GraphQLView) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        request_id = str(uuid4())
        actor = await find_caller(request, request_id)
        if actor is None:
            await unauthenticated(request_id)(scope, receive, send)
            return
        request.state.actor = actor
        with db.acting_for(actor.organizations):
            await self._answer(request_id, scope, receive, send)

    async def _answer(self, request_id: str, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await self.application(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        if not _is_object(body):
            await _bad_request("The body must be a JSON object with a `query`.", request_id)(scope, receive, send)
            return
        await self.application(scope, _replayed(body), send)


async def healthz(_: Request) -> Response:
    """The process is up."""
    return PlainTextResponse("ok")


async def readyz(_: Request) -> Response:
    """The database answers."""
    try:
        await db.fetch("SELECT 1")
    except Exception as cause:  # noqa: BLE001 - whatever it is, we are not ready
        log.warning("not_ready", error=type(cause).__name__)
        return PlainTextResponse("the database does not answer", status_code=503)
    return PlainTextResponse("ok")


async def schema_file(_: Request) -> Response:
    """The public schema, for everyone."""
    return PlainTextResponse(print_sdl(), media_type="text/plain; charset=utf-8")


def _is_object(body: bytes) -> bool:
    """Whether the body is a JSON object. Strawberry's view answers other JSON, and what is no JSON, with a 500."""
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False


def _replayed(body: bytes) -> Receive:
    """A body that was read already, to be read once more."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _bad_request(message: str, request_id: str) -> Response:
    return error(400, ErrorCode.INVALID_INPUT.value, message, request_id)

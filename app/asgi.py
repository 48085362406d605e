"""The composition root of the API: settings, database, schema and routes become one application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route, WebSocketRoute

from app import db
from app.delivery.mail_contents import INVITATION_PAGE, SIGN_IN_PAGE
from app.graphql.schema import print_sdl, schema
from app.graphql.tracing import trace_resolvers
from app.http.body import BodyLimits
from app.http.buckets import Policy
from app.http.console_page import Console, ConsolePages
from app.http.documents import load_trusted
from app.http.endpoint import GraphQLEndpoint, TrustedDocuments
from app.http.front import Compression, Front, Origins, Shortcut
from app.http.graphiql_page import graphiql_routes
from app.http.guard import make_guard
from app.http.schema_file import SchemaFile
from app.http.streams import LiveLimits
from app.http.websocket import WebSocketEndpoint
from app.identity.sign_in import CALLBACK
from app.jobs.figures import list_figures
from app.logs import configure_logging
from app.rest.attachments import get_attachment, put_attachment
from app.rest.browser_sessions import browser_session_routes
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
from app.rest.mail_links import (
    SIGNED_IN_PAGE,
    get_invitation_page,
    get_link_page,
    get_signed_in_page,
    post_invitation,
    post_link,
    post_link_request,
)
from app.rest.sign_in import get_callback, get_sign_in, post_sign_out
from app.settings import Settings, load_settings
from app.telemetry import traces
from app.telemetry.metrics import REQUESTS
from app.watch.figures import Figures
from app.watch.server import healthz, ready_route, watched


def create_app() -> Starlette:
    """The application for the environment's settings. Raises: SettingsError."""
    settings = load_settings()
    system_url, tenants_url = settings.given_system_url(), settings.given_tenants_url()
    configure_logging(settings.log_level)
    if traces.is_wanted():
        trace_resolvers(schema.core)
    graphql = _graphql(settings)
    console = Console(settings)
    figures = Figures(lambda: list_figures(settings.policies))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        traces.start("seatmark-api")
        REQUESTS.labels("none", "done")  # there from the start: that it is absent is an alert
        seconds = settings.statement_seconds
        await db.connect(system_url, tenants_url, lock_timeout="5s", statement_seconds=seconds)
        try:
            async with watched(settings.metrics_host, settings.metrics_port, settings.redis_url, figures):
                yield
        finally:
            await graphql.guard.close()
            await db.close()
            traces.stop()

    app = Starlette(
        lifespan=lifespan,
        middleware=_middleware(settings, graphql),
        routes=[
            Route("/graphql", graphql),
            WebSocketRoute("/graphql", WebSocketEndpoint(graphql)),
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
            Route("/auth/sign-in", get_sign_in, methods=["GET"]),
            Route(CALLBACK, get_callback, methods=["GET"]),
            Route("/auth/sign-in-link", post_link_request, methods=["POST"]),
            Route(SIGN_IN_PAGE, get_link_page, methods=["GET"]),
            Route(SIGN_IN_PAGE, post_link, methods=["POST"]),
            Route(SIGNED_IN_PAGE, get_signed_in_page, methods=["GET"]),
            Route(INVITATION_PAGE, get_invitation_page, methods=["GET"]),
            Route(INVITATION_PAGE, post_invitation, methods=["POST"]),
            Route("/auth/sign-out", post_sign_out, methods=["POST"]),
            *browser_session_routes(settings),
            Route("/healthz", healthz),
            ready_route(settings.redis_url),
            Route("/schema.graphql", SchemaFile(print_sdl).get),
            *(graphiql_routes() if settings.is_development else ()),
            *console.routes(),
        ],
    )
    app.router.default = ConsolePages(console, app.router.routes, app.router.not_found)
    app.state.guard = graphql.guard
    return app


def _graphql(settings: Settings) -> GraphQLEndpoint:
    """Raises: SettingsError, when the trusted documents cannot be loaded."""
    known = load_trusted(settings.documents_dir) if settings.documents_dir is not None else {}
    points = Policy("points", settings.rate_capacity, settings.rate_per_second)
    return GraphQLEndpoint(
        settings.policies,
        BodyLimits(settings.request_bytes, settings.request_seconds),
        TrustedDocuments(known, settings.trusted_documents_only),
        make_guard(settings.redis_url, points, settings.operation_cost, settings.operation_seconds),
        LiveLimits(
            settings.live_check_seconds,
            settings.live_init_seconds,
            settings.live_idle_seconds,
            settings.live_ping_seconds,
            settings.live_connections,
        ),
    )


def _middleware(settings: Settings, graphql: GraphQLEndpoint) -> list[Middleware]:
    """From the outside in."""
    return [
        Middleware(Front),
        Middleware(
            Origins,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PUT"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Request-Id", "X-Seatmark-Client"],
            expose_headers=["Idempotency-Replayed", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id"],
            allow_credentials=bool(settings.cors_origins),
        ),
        Middleware(Compression, minimum_size=1024, compresslevel=6),
        Middleware(Shortcut, path="/graphql", endpoint=graphql),
    ]

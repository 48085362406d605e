"""The environment, read once into one frozen value."""

import re
from collections.abc import Callable
from datetime import timedelta
from email.headerregistry import Address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.domain.policies import Policies
from app.mail_server import MailServer, is_loopback, parse_mail_server, parse_sender

__all__ = ["MailServer", "Settings", "SettingsError", "is_loopback", "is_trusted_url", "load_settings"]

Environment = Literal["production", "development"]
LogLevel = Literal["debug", "info", "warning", "error"]


_CONSOLE = Path(__file__).parents[1] / "console" / "dist"
_SEALING_KEY = re.compile(r"[A-Za-z0-9_-]{43}=", re.ASCII)
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(?::\d{1,5})?|https?://\[[0-9a-f:]+\](?::\d{1,5})?", re.ASCII)


class SettingsError(Exception):
    """The environment is wrong. The message is one line for the person who set it, and repeats no value."""


def _bearer_token(value: str) -> str:
    """What an Authorization header can carry, without the line end that files and shells leave behind."""
    token = value.strip()
    if not all("!" <= character <= "~" for character in token) or not token:
        raise PydanticCustomError("bearer_token", "must be visible ASCII characters, without blanks between them")
    return token


def _origins(value: str) -> tuple[str, ...]:
    """Origins of pages, separated by commas."""
    origins = tuple(one.strip() for one in value.split(",") if one.strip())
    if not all(_ORIGIN.fullmatch(origin) for origin in origins):
        raise PydanticCustomError("origins", "must be origins such as https://console.example, separated by commas")
    return origins


def _hosts(value: str) -> frozenset[str]:
    """Names or addresses of machines, separated by commas."""
    hosts = frozenset(one.strip().lower().strip("[]") for one in value.split(",") if one.strip())
    if any("/" in one or "@" in one for one in hosts):
        raise PydanticCustomError("hosts", "must be names or addresses such as hooks.test, separated by commas")
    return hosts


def _sealing_keys(value: str) -> tuple[SecretStr, ...]:
    """Keys of 32 bytes in URL-safe base64, separated by commas."""
    keys = tuple(one.strip() for one in value.split(",") if one.strip())
    if not all(_SEALING_KEY.fullmatch(one) for one in keys):
        raise PydanticCustomError("sealing_keys", "must be 32 bytes each in URL-safe base64, separated by commas")
    return tuple(SecretStr(one) for one in keys)


def is_trusted_url(text: str) -> bool:
    """Whether what is there can be believed: https, or http from this machine itself; no user, no fragment."""
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        return False
    if not url.hostname or "@" in url.netloc or url.fragment or not all("!" <= one <= "~" for one in text):
        return False
    return url.scheme == "https" or (url.scheme == "http" and is_loopback(url.hostname))


def _trusted_url(value: str) -> str:
    if not is_trusted_url(value):
        raise PydanticCustomError("trusted_url", "must be an https:// address (http:// for this machine alone)")
    return value


def _origin(value: str) -> str:
    origin = _trusted_url(value).removesuffix("/")
    if urlsplit(origin).path or urlsplit(origin).query:
        raise PydanticCustomError("origin", "must be an address without a path, such as https://seats.example.com")
    return origin.lower()


def _read_by(parse: Callable[[str], object]) -> Callable[[str], str]:
    """A value that the function can read; what it says is wrong with another repeats nothing of it."""

    def check(value: str) -> str:
        try:
            parse(value)
        except ValueError as problem:
            raise PydanticCustomError("mail", "{problem}", {"problem": str(problem)}) from None
        return value

    return check


TrustedUrl = Annotated[str, AfterValidator(_trusted_url)]


class Settings(BaseSettings):
    """What can be set from outside, and what holds when it is not. A blank variable counts as not set."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="ignore")

    # The addresses carry passwords, so they stay out of every repr.
    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL", repr=False)
    redis_url: str | None = Field(default=None, validation_alias="REDIS_URL", repr=False)
    # The same database for those who serve, by logins that own nothing: tenants', and workers' and operators'.
    api_database_url: str | None = Field(default=None, validation_alias="SEATMARK_API_DATABASE_URL", repr=False)
    app_database_url: str | None = Field(default=None, validation_alias="SEATMARK_APP_DATABASE_URL", repr=False)

    host: str = Field(default="127.0.0.1", validation_alias="SEATMARK_HOST")
    port: int = Field(default=8000, ge=1, le=65535, validation_alias="SEATMARK_PORT")
    data_dir: Path = Field(default=Path(".seatmark"), validation_alias="SEATMARK_DATA_DIR")
    operator_key: Annotated[SecretStr, BeforeValidator(_bearer_token)] | None = Field(
        default=None, validation_alias="SEATMARK_OPERATOR_KEY"
    )
    connections: int = Field(default=900, ge=2, validation_alias="SEATMARK_CONNECTIONS")
    attachment_megabytes: int = Field(default=50, ge=1, le=10_240, validation_alias="SEATMARK_ATTACHMENT_MEGABYTES")
    # Where this process is watched: /metrics, /readyz and /healthz, for those who run it. The two ports are of the API
    # and of a worker, which `up` starts on one machine.
    metrics_host: str = Field(default="127.0.0.1", validation_alias="SEATMARK_METRICS_HOST")
    metrics_port: int | None = Field(default=None, ge=1, le=65535, validation_alias="SEATMARK_METRICS_PORT")
    worker_metrics_port: int | None = Field(
        default=None, ge=1, le=65535, validation_alias="SEATMARK_WORKER_METRICS_PORT"
    )
    log_level: LogLevel = Field(default="info", validation_alias="SEATMARK_LOG_LEVEL")

    # Whether this serves customers. In development /graphiql is there, which asks for no key to be shown.
    environment: Environment = Field(default="production", validation_alias="SEATMARK_ENVIRONMENT")

    # GraphQL over HTTP: how large a request may be and how long it may take to arrive, the pages that may ask from
    # another origin, the documents that are registered, and whether these are all that is executed.
    request_bytes: int = Field(default=8_388_608, ge=1024, validation_alias="SEATMARK_REQUEST_BYTES")
    request_seconds: float = Field(default=30.0, gt=0, le=600, validation_alias="SEATMARK_REQUEST_SECONDS")
    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)] = Field(
        default_factory=tuple, validate_default=False, validation_alias="SEATMARK_CORS_ORIGINS"
    )
    # Where the console was built to; the API serves it if it is there.
    console_dir: Path = Field(default=_CONSOLE, validation_alias="SEATMARK_CONSOLE_DIR")
    documents_dir: Path | None = Field(default=None, validation_alias="SEATMARK_DOCUMENTS_DIR")
    trusted_documents_only: bool = Field(default=False, validation_alias="SEATMARK_TRUSTED_DOCUMENTS_ONLY")

    # What one operation may cost and how long it may take, and each statement of it; how many points each actor may
    # spend at once (0: as many as they like), and how many come back each second.
    operation_cost: int = Field(default=50_000, ge=100, validation_alias="SEATMARK_OPERATION_COST")
    operation_seconds: float = Field(default=30.0, gt=0, le=3600, validation_alias="SEATMARK_OPERATION_SECONDS")
    statement_seconds: float = Field(default=60.0, ge=0.1, le=3600, validation_alias="SEATMARK_STATEMENT_SECONDS")
    rate_capacity: int = Field(default=100_000, ge=0, validation_alias="SEATMARK_RATE_CAPACITY")
    rate_per_second: float = Field(default=2_000.0, gt=0, validation_alias="SEATMARK_RATE_PER_SECOND")

    # Live updates: how often it is looked at who listens and for what they are alive, how long a WebSocket may take to
    # say who it is and be without an operation, in seconds; and how many an actor may have open in one process.
    live_check_seconds: float = Field(default=15.0, ge=0.1, le=300, validation_alias="SEATMARK_LIVE_CHECK_SECONDS")
    live_ping_seconds: float = Field(default=20.0, ge=0.1, le=300, validation_alias="SEATMARK_LIVE_PING_SECONDS")
    live_init_seconds: float = Field(default=10.0, ge=0.1, le=300, validation_alias="SEATMARK_LIVE_INIT_SECONDS")
    live_idle_seconds: float = Field(default=300.0, ge=0.1, le=86_400, validation_alias="SEATMARK_LIVE_IDLE_SECONDS")
    live_connections: int = Field(default=50, ge=1, validation_alias="SEATMARK_LIVE_CONNECTIONS")

    # Policies: how long a grant may be forgiven (R3.6); whether the month the trial ends in is prorated (R4.6).
    grace_minutes: int = Field(default=30, ge=0, le=1440, validation_alias="SEATMARK_GRACE_MINUTES")
    prorate_first_month: bool = Field(default=False, validation_alias="SEATMARK_PRORATE_FIRST_MONTH")
    # How long statements and invoices are kept after a purge (R1.8).
    accounting_retention_years: int = Field(
        default=5, ge=0, le=100, validation_alias="SEATMARK_ACCOUNTING_RETENTION_YEARS"
    )

    # How often a member may be granted a seat in a billing period (R3.13).
    most_grants: int = Field(default=10, ge=1, validation_alias="SEATMARK_MOST_GRANTS")

    # Whether an organization with an overdue invoice is suspended until it is paid (R6.3).
    suspend_overdue: bool = Field(default=False, validation_alias="SEATMARK_SUSPEND_OVERDUE")

    @model_validator(mode="after")
    def _documents_to_trust(self) -> Self:
        if self.trusted_documents_only and self.documents_dir is None:
            raise SettingsError("SEATMARK_TRUSTED_DOCUMENTS_ONLY: needs SEATMARK_DOCUMENTS_DIR")
        return self

    @property
    def is_development(self) -> bool:
        return self.environment == "development"

    # Sign-in of people by an OpenID provider: its issuer as tokens name it, whom bearer tokens are meant for, where its
    # keys are (by default what its discovery document says); and, for the console, our client there and where people
    # find us. Without an issuer nobody signs in.
    oidc_issuer: TrustedUrl | None = Field(default=None, validation_alias="SEATMARK_OIDC_ISSUER")
    oidc_audience: str | None = Field(default=None, validation_alias="SEATMARK_OIDC_AUDIENCE")
    oidc_jwks_url: TrustedUrl | None = Field(default=None, validation_alias="SEATMARK_OIDC_JWKS_URL")
    oidc_client_id: str | None = Field(default=None, validation_alias="SEATMARK_OIDC_CLIENT_ID")
    oidc_client_secret: SecretStr | None = Field(default=None, validation_alias="SEATMARK_OIDC_CLIENT_SECRET")
    given_public_url: Annotated[str, AfterValidator(_origin)] | None = Field(
        default=None, validation_alias="SEATMARK_PUBLIC_URL"
    )

    @property
    def public_url(self) -> str | None:
        """Where browsers find us: as it is set; in development else where we listen, if that is this machine."""
        if self.given_public_url is None and self.is_development and is_loopback(self.own_host):
            host = f"[{self.own_host}]" if ":" in self.own_host else self.own_host
            return f"http://{host}:{self.port}"
        return self.given_public_url

    @property
    def own_origins(self) -> tuple[str, ...]:
        """Where our pages come from, as browsers say it: in development also by the machine's other name."""
        if self.public_url is None:
            return ()
        is_here = self.is_development and is_loopback(urlsplit(self.public_url).hostname)
        return (self.public_url, f"http://localhost:{self.port}") if is_here else (self.public_url,)

    # Whether people can sign in by a link sent to their address, where browsers find us.
    sign_in_links: bool = Field(default=True, validation_alias="SEATMARK_SIGN_IN_LINKS")

    # Mails: where they are handed over (without it they are kept, for `seatmark mails`), whom they are from, and what
    # they are written in for who has not said.
    smtp_url: Annotated[str, AfterValidator(_read_by(parse_mail_server))] | None = Field(
        default=None, validation_alias="SEATMARK_SMTP_URL", repr=False
    )
    mail_from: Annotated[str, AfterValidator(_read_by(parse_sender))] | None = Field(
        default=None, validation_alias="SEATMARK_MAIL_FROM"
    )
    mail_language: Literal["en", "ru"] = Field(default="en", validation_alias="SEATMARK_MAIL_LANGUAGE")

    @model_validator(mode="after")
    def _sends_mails(self) -> Self:
        if self.smtp_url is not None and self.mail_from is None:
            raise PydanticCustomError("mail", "SEATMARK_MAIL_FROM is missing, which SEATMARK_SMTP_URL needs")
        if self.smtp_url is not None and self.public_url is None:
            raise PydanticCustomError("mail", "SEATMARK_PUBLIC_URL is missing, which links in mails need")
        return self

    @property
    def has_sign_in_links(self) -> bool:
        return self.sign_in_links and self.public_url is not None

    @property
    def mail_server(self) -> MailServer | None:
        return parse_mail_server(self.smtp_url) if self.smtp_url is not None else None

    @property
    def sender(self) -> Address:
        """Whom mails are from."""
        return parse_sender(self.mail_from or "Seatmark <seatmark@localhost.invalid>")

    @property
    def address(self) -> str:
        """Where browsers find us: as it is set, or else on this machine."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @model_validator(mode="after")
    def _signs_in(self) -> Self:
        if self.oidc_issuer is None and (self.oidc_audience or self.oidc_jwks_url or self.oidc_client_id):
            raise PydanticCustomError("sign_in", "SEATMARK_OIDC_ISSUER is missing, which the others need")
        if self.oidc_client_id is not None and self.public_url is None:
            raise PydanticCustomError("sign_in", "SEATMARK_PUBLIC_URL is missing, which SEATMARK_OIDC_CLIENT_ID needs")
        if self.oidc_client_secret is not None and self.oidc_client_id is None:
            raise PydanticCustomError("sign_in", "SEATMARK_OIDC_CLIENT_ID is missing, whose secret is given")
        return self

    # Webhooks: hosts that they reach though they are not public, for tests; what their secrets are sealed with (by
    # default a key made once, in the data directory); for how long a receiver may take, in seconds.
    webhook_allowed_hosts: Annotated[frozenset[str], NoDecode, BeforeValidator(_hosts)] = Field(
        default_factory=frozenset, validate_default=False, validation_alias="SEATMARK_WEBHOOK_ALLOWED_HOSTS"
    )
    webhook_keys: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_sealing_keys)] = Field(
        default_factory=tuple, validate_default=False, validation_alias="SEATMARK_WEBHOOK_KEYS"
    )
    webhook_seconds: float = Field(default=10.0, gt=0, le=30, validation_alias="SEATMARK_WEBHOOK_SECONDS")

    @property
    def policies(self) -> Policies:
        """The policies, as the domain takes them."""
        grace = timedelta(minutes=self.grace_minutes)
        return Policies(grace, self.prorate_first_month, self.most_grants, self.suspend_overdue)

    @property
    def own_host(self) -> str:
        """Where this machine finds its API: a wildcard address is no place to go to."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - read, not bound

    def given_tenants_url(self) -> str:
        """The database as the API uses it for tenants; `seatmark up` sets it. The owner's address would be no wall.

        Raises: SettingsError.
        """
        return _given("SEATMARK_API_DATABASE_URL", self.api_database_url)

    def given_system_url(self) -> str:
        """The database as workers and operators use it; `seatmark up` sets it for the processes that it starts.

        Raises: SettingsError.
        """
        return _given("SEATMARK_APP_DATABASE_URL", self.app_database_url)

    def given_redis_url(self) -> str:
        """The Redis a process cannot work without; `seatmark up` sets it for those it starts.

        Raises: SettingsError.
        """
        return _given("REDIS_URL", self.redis_url)


def load_settings() -> Settings:
    """Read the environment.

    Raises: SettingsError, naming every variable that is wrong and what is wrong with it.
    """
    try:
        return Settings()
    except ValidationError as error:
        # Not str(error): that prints the values, and a value may be a secret.
        problems = (
            ": ".join([*map(str, problem["loc"][:1]), problem["msg"]]) for problem in error.errors(include_input=False)
        )
        raise SettingsError("; ".join(problems)) from None


def _given(name: str, value: str | None) -> str:
    if value is None:
        raise SettingsError(f"{name} is not set (`up` makes it; this command does not)")
    return value

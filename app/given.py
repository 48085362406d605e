"""The servers that were given: trying out their addresses before anything is started, and saying what they refuse.

No message repeats a password: of what drivers and servers say, only what is known to hold none is passed on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from app.processes import StartError
from app.settings import Settings

_OLDEST_POSTGRES = 15  # exclusion constraints, ranges and SKIP LOCKED as we use them
_PATIENCE = 5.0  # seconds to connect


async def check_database(address: str, variable: str = "DATABASE_URL") -> None:
    """Connect once to the address in the variable.

    Raises: StartError.
    """
    import asyncpg

    from app.db import parse_url

    try:
        parts = parse_url(address)
    except ValueError as error:
        raise StartError(str(error).replace("DATABASE_URL", variable)) from None
    try:
        connection = await asyncpg.connect(**parts, timeout=_PATIENCE)
    except asyncpg.PostgresError as error:
        raise StartError(f"{variable}: the server refused: {_first_line(error)}") from None
    except (OSError, TimeoutError) as error:
        raise StartError(f"{variable}: cannot reach {parts['host']}:{parts['port']}: {_reason(error)}") from None
    except (ValueError, asyncpg.InterfaceError):
        raise StartError(f"{variable}: not an address that PostgreSQL clients understand") from None
    try:
        version = connection.get_server_version()
    finally:
        await connection.close()
    if version.major < _OLDEST_POSTGRES:
        raise StartError(f"{variable}: PostgreSQL {_OLDEST_POSTGRES} or newer is needed, this is {version.major}")


async def check_logins(settings: Settings, *, has_tenants: bool) -> None:
    """That a process that serves connects by logins that own nothing; without `has_tenants`, by the system's alone.

    Raises: SettingsError, StartError.
    """
    from app.db import SYSTEM_ROLE, TENANTS_ROLE
    from app.logins import check_login

    wanted = [(settings.given_system_url(), SYSTEM_ROLE, "SEATMARK_APP_DATABASE_URL")]
    if has_tenants:
        wanted.append((settings.given_tenants_url(), TENANTS_ROLE, "SEATMARK_API_DATABASE_URL"))
    for address, role, variable in wanted:
        await check_database(address, variable)
        await check_login(address, role, variable)


@contextmanager
def database_refusals() -> Iterator[None]:
    """What the database refuses to a command that is about to use it, as the one line to show.

    Raises: StartError. A server's own message holds no password: it never sees ours in a statement.
    """
    import asyncpg
    from tortoise.exceptions import DBConnectionError, OperationalError

    try:
        yield
    except (asyncpg.PostgresError, OperationalError, DBConnectionError, OSError) as error:
        raise StartError(f"the database cannot be used: {_first_line(error)}") from error


async def check_redis(address: str) -> None:
    """Ping REDIS_URL once.

    Raises: StartError.
    """
    from redis.asyncio import Redis
    from redis.exceptions import AuthenticationError, RedisError, ResponseError
    from redis.exceptions import ConnectionError as RedisConnectionError
    from redis.exceptions import TimeoutError as RedisTimeoutError

    try:
        place = _redis_place(address)
        client = Redis.from_url(address, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE)
    except ValueError:
        raise StartError("REDIS_URL must look like redis://host:6379/0") from None
    try:
        await client.ping()
    except (ResponseError, AuthenticationError) as error:
        raise StartError(f"REDIS_URL: the server refused: {_first_line(error)}") from None
    except (RedisConnectionError, RedisTimeoutError, OSError) as error:
        cause = error.__context__ or error
        if isinstance(cause, ResponseError):  # to the SELECT of a database, which is part of connecting
            raise StartError(f"REDIS_URL: the server refused: {_first_line(cause)}") from None
        raise StartError(f"REDIS_URL: cannot reach {place}: {_reason(cause)}") from None
    except RedisError as error:
        raise StartError(f"REDIS_URL: {type(error).__name__}") from None
    finally:
        await client.aclose()


def _redis_place(address: str) -> str:
    """Where an address leads, without who goes there.

    Raises: ValueError when it is no address. An unquoted '/', '?' or '#' in a password ends up in the port.
    """
    parts = urlsplit(address)
    if parts.scheme == "unix" and parts.path:
        return parts.path
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        raise ValueError("neither redis://, rediss:// nor unix://")
    return f"{parts.hostname}:{parts.port or 6379}"


def _first_line(error: BaseException) -> str:
    """What a server said, without the details and hints that follow."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {_PATIENCE:.0f} seconds"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    return getattr(error, "strerror", None) or type(error).__name__

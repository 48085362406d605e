"""Where we may be sent: addresses of strangers, and the addresses that their names turn into (R8.3)."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from app.domain.errors import invalid

LONGEST_URL = 2000

_SPECIAL_V4 = [ip_network(one) for one in ("192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4")]
_UNICAST_V6 = ip_network("2000::/3")
_SPECIAL_V6 = [ip_network(one) for one in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
"""Protocol assignments with Teredo, documentation, 6to4: what is behind them may be anyone."""

_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])\.?", re.ASCII)
"""A name with a dot in it, in lower case, whose last part is no number."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is an ordinary address of the Internet: none that is private, loopback, link-local, shared, multicast
    or reserved, nor one that carries an IPv4 address to somebody who translates it.

    `ipaddress.is_global` alone says so of NAT64, 6to4 and multicast.
    """
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        return address in _UNICAST_V6 and address.is_global and not any(address in one for one in _SPECIAL_V6)
    return address.is_global and not address.is_multicast and not any(address in one for one in _SPECIAL_V4)


def check_receiver(url: str, *path: str, allowed_hosts: frozenset[str]) -> str:
    """The URL of a receiver: https, to a name or a public address; http too where an operator allows the host.

    What the name turns into is looked at whenever something is sent. Raises: DomainError INVALID_INPUT.
    """
    if len(url) > LONGEST_URL or not all("!" <= character <= "~" for character in url):
        raise invalid(f"The URL has at most {LONGEST_URL} visible ASCII characters.", *path)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise invalid("This is no URL.", *path) from None
    if not host or parts.username is not None or parts.fragment or port == 0:
        raise invalid("The URL has a host, no password and no fragment.", *path)
    if host in allowed_hosts:
        schemes: tuple[str, ...] = ("https", "http")
    else:
        schemes = ("https",)
        _check_host(host, *path)
    if parts.scheme not in schemes:
        raise invalid("The URL begins with https://.", *path)
    return url


def _check_host(host: str, *path: str) -> None:
    """Raises: DomainError INVALID_INPUT for an address that nobody is sent to, and for names that are none."""
    try:
        address = ip_address(host)
    except ValueError:
        if not _NAME.fullmatch(host) or host.rstrip(".").endswith((".localhost", ".local", ".internal")):
            raise invalid("The host of the URL is no name of the Internet.", *path) from None
        return
    if not is_public(address):
        raise invalid("The host of the URL is a private address.", *path)

"""API keys: how their text is written and known, and what one may be allowed (R2.3, R2.4).

A key is `sm_<id>_<secret><checksum>`. `id` is the key's UUID as 22 digits of base 62, `secret` 43 random ones (256
bits), `checksum` the CRC-32 of all that comes before it as 6: what was mistyped, cut off or made up is refused without
asking anybody, and scanners for leaked secrets can tell a key from other text. Digits are 0–9, A–Z, a–z, in this order.
"""

import re
import zlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.actor import Actor, ActorKind, Permission
from app.domain.errors import DomainError, ErrorCode, Problem, invalid
from app.domain.policy import PARTNERS_OWN, TRACKER_PERMISSIONS

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SECRET_LENGTH = 43
"""Digits; 62^43 is just above 2^256."""
LONGEST_OVERLAP_HOURS = 7 * 24
MOST_KEYS = 100
"""Of an organization, those revoked left out."""

_ID_LENGTH = 22
_CHECKSUM_LENGTH = 6
_LIKE_A_KEY = re.compile(r"sm_[0-9A-Za-z]*_[0-9A-Za-z]*", re.ASCII)
_PATH = ("input", "permissions")


def write_key(key_id: UUID, secret: str) -> str:
    """The text of a key, `secret` being random digits of base 62."""
    content = f"sm_{_in_base_62(key_id.int, _ID_LENGTH)}_{secret}"
    return content + _checksum(content)


def is_like_key(token: str) -> bool:
    """Whether a token means to be a key, right or not."""
    return _LIKE_A_KEY.fullmatch(token) is not None


def is_key(token: str) -> bool:
    """Whether the text of a key is whole; whether there is such a key is not known by it."""
    length = len("sm__") + _ID_LENGTH + SECRET_LENGTH + _CHECKSUM_LENGTH
    if not is_like_key(token) or len(token) != length or token[3 + _ID_LENGTH] != "_":
        return False
    return _checksum(token[:-_CHECKSUM_LENGTH]) == token[-_CHECKSUM_LENGTH:]


def shown_prefix(key_id: UUID) -> str:
    """What of a key may be shown: by it its owner finds the key that they hold."""
    return f"sm_{_in_base_62(key_id.int, _ID_LENGTH)}_…"


def check_maker(actor: Actor) -> None:
    """People and operators make keys. A key makes none: what leaked could make itself another, and outlive its end.

    Raises: DomainError FORBIDDEN.
    """
    if actor.kind not in (ActorKind.OPERATOR, ActorKind.PERSON, ActorKind.MEMBER):
        raise DomainError(ErrorCode.FORBIDDEN, "A key makes no keys; whoever manages them has to sign in.")


def find_permission_problems(
    wanted: Sequence[Permission], giver: Collection[Permission], bearer: Collection[Permission]
) -> list[Problem]:
    """Why a key cannot be allowed what is wanted: nobody gives what they lack (R2.3), and a key may do no more than
    the member that it acts as, its bearer."""
    problems = [] if wanted else [Problem(ErrorCode.INVALID_INPUT, "A key is allowed one thing at least.", _PATH)]
    for place, one in enumerate(wanted):
        path = (*_PATH, str(place))
        if one in PARTNERS_OWN:
            message = f"{one.value} is for partners; operators give it."
            problems.append(Problem(ErrorCode.INVALID_INPUT, message, path))
        elif one not in giver:
            problems.append(Problem(ErrorCode.FORBIDDEN, f"Nobody gives what they lack: {one.value}.", path))
        elif one not in bearer:
            message = f"The role of whom the key acts as does not give {one.value}."
            problems.append(Problem(ErrorCode.INVALID_INPUT, message, path))
    return problems


def find_partner_permission_problems(wanted: Sequence[Permission]) -> list[Problem]:
    """Why a partner's key cannot be allowed what is wanted: the tracker is for members, and a partner is none."""
    problems = [] if wanted else [Problem(ErrorCode.INVALID_INPUT, "A key is allowed one thing at least.", _PATH)]
    return problems + [
        Problem(ErrorCode.INVALID_INPUT, f"{one.value} is for members; a partner is none.", (*_PATH, str(place)))
        for place, one in enumerate(wanted)
        if one in TRACKER_PERMISSIONS
    ]


def check_expiry(expires_at: datetime | None, now: datetime) -> datetime | None:
    """None for a key that ends when it is revoked. Raises: DomainError INVALID_INPUT unless it is to come."""
    if expires_at is not None and expires_at <= now:
        raise invalid("A key expires later than now, in real time.", "input", "expiresAt")
    return expires_at


def check_overlap(hours: int) -> timedelta:
    """How long an old secret lives on beside the new. Raises: DomainError INVALID_INPUT."""
    if not 0 <= hours <= LONGEST_OVERLAP_HOURS:
        message = f"The old secret lives on for 0 to {LONGEST_OVERLAP_HOURS} hours."
        raise invalid(message, "input", "overlapHours")
    return timedelta(hours=hours)


def _checksum(content: str) -> str:
    return _in_base_62(zlib.crc32(content.encode("ascii")), _CHECKSUM_LENGTH)


def _in_base_62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(DIGITS))
        digits.append(DIGITS[digit])
    return "".join(reversed(digits))

"""What people type, checked once: trimmed, of a sensible length, without characters that cannot be
stored or that show it otherwise than it is."""

import re
import unicodedata

from app.domain.errors import invalid

LONGEST_EMAIL = 254
"""Characters (RFC 5321)."""

# Control characters other than tabs and line breaks, and lone surrogates.
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
"""Bidirectional controls: what they stand around is shown in another order than it is stored."""
_INVISIBLE = ("Cf", "Cc", "Zs", "Zl", "Zp", "Mn")
"""Categories of characters that show nothing by themselves."""
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?", re.ASCII)
_EMAIL = re.compile(
    r"(?![^@]*=\?)(?=[^@]{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])",
    re.ASCII,
)
"""Dots stand between others, no numbers after the last one, and no `=?`, which mail servers read as encoded words
(RFC 2047): such a mail goes to another address."""
_EMAIL_ONCE = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}",
    re.ASCII,
)
"""What was taken before: addresses that are stored may look so."""


def check_text(text: str, label: str, most: int, *path: str) -> str:
    """Trimmed text of 1 to `most` characters. Raises: DomainError INVALID_INPUT."""
    trimmed = text.strip()
    if not any(unicodedata.category(character) not in _INVISIBLE for character in trimmed):
        raise invalid(f"{label} cannot be empty.", *path)
    if len(trimmed) > most:
        raise invalid(f"{label} cannot be longer than {most} characters.", *path)
    if _UNSTORABLE.search(trimmed) is not None:
        raise invalid(f"{label} has a character that cannot be stored.", *path)
    if _TURNING.search(trimmed) is not None:
        raise invalid(f"{label} has a character that turns the direction of the text.", *path)
    return trimmed


def letters_and_digits(text: str) -> str:
    """What two spellings of one number have in common: no punctuation and no blanks, neither case nor width."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(character for character in folded if character.isalnum())


def check_tax_number(number: str, *path: str) -> str:
    """Trimmed text of at most 64 characters with a letter or a digit in it. Raises: DomainError INVALID_INPUT."""
    trimmed = check_text(number, "The tax number", 64, *path)
    if not letters_and_digits(trimmed):
        raise invalid("The tax number has at least one letter or digit.", *path)
    return trimmed


def is_storable(text: str) -> bool:
    """Whether a text can have been stored at all: what is looked up by another one is not there."""
    return _UNSTORABLE.search(text) is None


def check_slug(slug: str, *path: str) -> str:
    """A short name for addresses: a–z, 0–9 and inner hyphens, at most 63. Raises: DomainError INVALID_INPUT."""
    if _SLUG.fullmatch(slug) is None:
        raise invalid(f"{slug[:100]!r} is not a slug: use a–z, 0–9 and hyphens inside, at most 63.", *path)
    return slug


def check_email(email: str, *path: str) -> str:
    """Raises: DomainError INVALID_INPUT unless it looks like an e-mail address of at most 254 characters."""
    return _checked_email(email, _EMAIL, *path)


def check_email_to_find(email: str, *path: str) -> str:
    """The same of an address that somebody may have already: the rule was wider once. Raises: DomainError
    INVALID_INPUT."""
    return _checked_email(email, _EMAIL_ONCE, *path)


def _checked_email(email: str, form: re.Pattern[str], *path: str) -> str:
    trimmed = email.strip()
    if not trimmed:
        raise invalid("The e-mail address cannot be empty.", *path)
    if len(trimmed) > LONGEST_EMAIL or form.fullmatch(trimmed) is None:
        raise invalid(f"{email[:100]!r} is not an e-mail address.", *path)
    return trimmed


def check_login(login: str, *path: str) -> str:
    """A name to sign in with: letters, digits and inner dots, hyphens, underscores, at most 64."""
    if _LOGIN.fullmatch(login) is None:
        raise invalid(f"{login[:100]!r} is not a login: use letters, digits and . _ - inside, at most 64.", *path)
    return login

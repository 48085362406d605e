"""The language that a request asks for, and saying a sentence in it.

Everything inward speaks English: it is what is stored, logged, and told to programs. Only the doors say it otherwise,
as they answer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from app.documents.content import Language
from app.domain.errors import ErrorCode
from app.words.codes import CODES
from app.words.russian import say_russian

_spoken: ContextVar[Language] = ContextVar("spoken", default=Language.EN)
_OURS = {one.value: one for one in Language}
_LONGEST = 200
"""Characters of a header that are read."""


@lru_cache(maxsize=500)
def preferred_language(accepted: str) -> Language:
    """What an `Accept-Language` asks for most, of what we speak: English when it asks for neither.

    `*` and unreadable weights ask for nothing.
    """
    wanted: dict[Language, float] = {}
    for one in accepted[:_LONGEST].split(","):
        name, _, parameter = one.strip().partition(";")
        language = _OURS.get(name.strip().lower().partition("-")[0])
        if language is not None:
            wanted[language] = max(_weight(parameter), wanted.get(language, 0.0))
    return Language.RU if wanted.get(Language.RU, 0.0) > wanted.get(Language.EN, 0.0) else Language.EN


def _weight(parameter: str) -> float:
    """0 to 1; without one, 1."""
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if name.strip().lower() == "q" and 0 <= weight <= 1 else 0.0


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """What is said within is said in this language."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


class Said(str):
    """A sentence as somebody was told it, and what it was made of: so it can be said again in another language."""

    __slots__ = ("code", "sentence")

    sentence: str
    code: ErrorCode | None


def said(sentence: str, code: ErrorCode | None = None) -> str:
    """The sentence in the language of whoever asks; one that we have no other words for stays as it is."""
    told = Said(_in_their_words(sentence, code))
    told.sentence, told.code = sentence, code
    return told


def said_why(code: ErrorCode, sentence: str) -> str:
    """The same of a refusal, of which at least its code is said."""
    return said(sentence, code)


def _in_their_words(sentence: str, code: ErrorCode | None) -> str:
    if _spoken.get() is Language.EN:
        return sentence
    return say_russian(sentence) or (CODES[code] if code is not None else sentence)

"""Saying in Russian a sentence that was made in English: the sentence is found among templates, and what stood in its
holes is put into the Russian one.

A hole of a Russian template may say how: `{at:at}` an instant, `{day:day}`, `{month:month}`, `{money:money}` and
`{name:quoted}` as Russian writes them; `{what:say}` as a sentence or a word of its own; `{most#место,места,мест}` with
its noun, in the form that the number asks for.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from app.documents.content import Language
from app.documents.formats import NARROW, Formats
from app.documents.words import say_cause, say_stored
from app.domain.money import MINOR_UNIT_DIGITS
from app.domain.period import Month
from app.words import about_billing, about_invoices, about_people, about_work

_FORMATS = Formats(Language.RU)
_HOLE = re.compile(r"\{(\w+)(?::(\w+)|#([^}]+))?\}")
_FORMS = {"money": r"\S+(?: \S+)?", "identity": r"e-mail address|external id|.+?"}
"""Of holes, by their names: an amount and its currency; of two words, before a value. All others have any text."""
_MORE = re.compile(r"(.+) \(and (\d+) more\)", re.DOTALL)
"""What `refuse_for` adds."""
_LONGEST = 500
"""Characters of a sentence that is looked for among templates with holes: what callers write may stand in one, and be
made so that trying takes time as a power of its length."""
SENTENCES: Mapping[str, str] = {
    **about_billing.SENTENCES,
    **about_invoices.SENTENCES,
    **about_people.SENTENCES,
    **about_work.SENTENCES,
}


def say_russian(sentence: str) -> str | None:
    """None for what no template is like, and for what is too long to look."""
    return _say(sentence) or _say_of_many(sentence)


def _say_of_many(sentence: str) -> str | None:
    more = _MORE.fullmatch(sentence) if len(sentence) <= _LONGEST else None
    first = _say(more[1]) if more is not None else None
    return f"{first} (и ещё {more[2]})" if more is not None and first is not None else None


@lru_cache(maxsize=2000)
def _say(sentence: str) -> str | None:
    whole = _WHOLE.get(sentence)
    if whole is not None:
        return whole
    if len(sentence) > _LONGEST:
        return None
    for anchor, pattern, russian in _PATTERNS:
        found = pattern.fullmatch(sentence) if anchor in sentence else None
        if found is not None:
            return _fill(russian, found.groupdict())
    return None


def _fill(template: str, values: Mapping[str, str]) -> str:
    def hole(found: re.Match[str]) -> str:
        name, kind, forms = found.groups()
        value = values[name]
        if forms is not None:
            return _counted(value, forms.split(","))
        return _KINDS[kind](value) if kind is not None else value

    return _HOLE.sub(hole, template)


def _counted(value: str, forms: list[str]) -> str:
    """A number that is no number of things stays as it is, with the noun as after many."""
    plain = re.sub(r"\s", "", value)
    if not plain.isdecimal():
        return f"{value}\u00a0{forms[2]}"
    named = dict(zip(("one", "few", "other"), forms, strict=True))
    return _FORMATS.counted(int(plain), {form: "{number}\u00a0" + noun for form, noun in named.items()})


def _at(value: str) -> str:
    return f"{_FORMATS.moment(datetime.fromisoformat(value).astimezone(UTC), 'UTC')}\u00a0UTC"


def _day(value: str) -> str:
    day = date.fromisoformat(value)
    return _FORMATS.day(datetime(day.year, day.month, day.day, tzinfo=UTC), "UTC")


def _month(value: str) -> str:
    year, number = value.split("-")
    return _FORMATS.month(Month(int(year), int(number)))


def _money(value: str) -> str:
    amount, currency = value.split(" ")
    digits = Decimal(amount)
    if currency not in MINOR_UNIT_DIGITS or not digits.is_finite():
        raise ValueError(value)
    return _FORMATS.money(digits, currency)


def _quoted(value: str) -> str:
    text = ast.literal_eval(value)
    return f"«{text}»"


def _decimal(value: str) -> str:
    return f"{Decimal(value):,f}".replace(",", NARROW).replace(".", ",").replace("-", "−")


def _fact(value: str) -> str:
    """An instant, or words; anything else is as a document has it."""
    try:
        return _at(value)
    except ValueError:
        return _said(value)


def _place(value: str) -> str:
    """Where something stands in a document: "lines[1].quantity"."""
    return (
        ", ".join(_PLACES.get(one, one) for one in re.sub(r"\[(\d+)\]", r" \1", value).split("."))
        .replace("lines ", "строка ")
        .replace("discounts ", "скидка ")
    )


_PLACES = {
    "lines": "строки",
    "discounts": "скидки",
    "subtotal": "итого по строкам",
    "total": "итого",
    "vat": "НДС",
    "description": "название",
    "quantity": "количество",
    "unitPrice": "цена",
    "flatAmount": "фиксированная сумма",
    "amount": "сумма",
    "kind": "вид",
    "rate": "ставка",
    "included": "в том числе",
    "net": "без НДС",
}


def _when(value: str) -> str:
    """ "2021-01-05 09:00 UTC (2021-01-05 12:00 Europe/Moscow)": by the clocks of the zone alone."""
    found = _WHEN.search(value)
    return f"{_day(found[1])}, {found[2]} ({found[3]})" if found is not None else value


_WHEN = re.compile(r"\((\S+) (\S+) (\S+)\)$")


def _actor(value: str) -> str:
    kind, _, name = value.partition(":")
    return f"{_ACTORS[kind]} {name}" if kind in _ACTORS else value


_ACTORS = {
    "member": "участник",
    "invited": "участник",
    "operator": "оператор",
    "partner": "партнёр",
    "system": "система:",
}


def _sentence(value: str) -> str:
    return _said(f"{value}.")


def _either(value: str) -> str:
    return value.replace(" or ", " или ")


def _list(value: str) -> str:
    """Words with commas between them, each by itself."""
    return ", ".join(_said(one) for one in value.split(", "))


def _said(value: str) -> str:
    return say_russian(value) or value


def _cause(value: str) -> str:
    return say_cause(value, _FORMATS)


def _line(value: str) -> str:
    return say_stored(value, Language.RU)


def _or_as_it_is(write: Callable[[str], str]) -> Callable[[str], str]:
    def written(value: str) -> str:
        try:
            return write(value)
        except (ValueError, SyntaxError, InvalidOperation, OverflowError):
            return value

    return written


_KINDS: dict[str, Callable[[str], str]] = {
    name: _or_as_it_is(write)
    for name, write in {
        "at": _at,
        "day": _day,
        "month": _month,
        "money": _money,
        "quoted": _quoted,
        "decimal": _decimal,
        "fact": _fact,
        "place": _place,
        "when": _when,
        "actor": _actor,
        "sentence": _sentence,
        "either": _either,
        "say": _said,
        "list": _list,
        "cause": _cause,
        "line": _line,
    }.items()
}


def _patterns() -> Iterator[tuple[str, re.Pattern[str], str]]:
    """With a hole each, the most exact first: that with most letters of its own; with the longest text of each."""
    holed = [(english, _HOLE.split(english)[::4]) for english in SENTENCES if _HOLE.search(english) is not None]
    for english, texts in sorted(holed, key=lambda one: -sum(map(len, one[1]))):
        pattern = re.escape(texts[0])
        for name, text in zip(_HOLE.findall(english), texts[1:], strict=True):
            pattern += f"(?P<{name[0]}>{_FORMS.get(name[0], '.+?')}){re.escape(text)}"
        yield max(texts, key=len), re.compile(pattern, re.DOTALL), SENTENCES[english]


_WHOLE = {english: russian for english, russian in SENTENCES.items() if _HOLE.search(english) is None}
_PATTERNS = tuple(_patterns())

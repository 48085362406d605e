"""Texts of mails: one template for each kind and language, written twice, as plain text and as HTML (templates/).

What people typed is escaped in HTML, and is in one line everywhere: no name begins a header, a paragraph or a link.
"""

import re
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from app.documents.content import Language
from app.documents.formats import Formats
from app.domain.mails import MailKind

_WIDTH = 72
_UNSHOWN = ("Cc", "Cf", "Cs", "Zl", "Zp")
_PARAGRAPHS = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says. The subject is one line."""

    subject: str
    text: str
    html: str


def write_letter(kind: MailKind, language: Language, facts: Mapping[str, Any]) -> Letter:
    """`facts` are what the template names; of text, only one line each is used.

    Raises: jinja2.UndefinedError for a fact that is missing: a bug.
    """
    given = {name: one_line(value) if isinstance(value, str) else value for name, value in facts.items()}
    given["language"] = language.value
    return Letter(
        subject=one_line(_written(_texts(language), kind, given, "subject")),
        text=_written(_texts(language), kind, given, None).strip() + "\n",
        html=_written(_pages(language), kind, given, None).strip() + "\n",
    )


def one_line(text: str) -> str:
    """Without line breaks, tabs, and characters that show nothing or turn the direction; blanks that break no line
    stay."""
    shown = "".join(one if unicodedata.category(one) not in _UNSHOWN else " " for one in text)
    return " ".join(part for part in shown.split(" ") if part)


def _written(environment: Environment, kind: MailKind, facts: Mapping[str, Any], block: str | None) -> str:
    template = environment.get_template(f"{kind.value.lower()}.{facts['language']}.jinja")
    why = environment.get_template(f"why.{facts['language']}.jinja").render(facts).strip()
    layout = "layout.html" if environment.autoescape else "layout.txt"
    shown = {**facts, "layout": layout, "why": Markup(why) if environment.autoescape else why}  # noqa: S704 - escaped there
    if block is None:
        return template.render(shown)
    return "".join(template.blocks[block](template.new_context(shown)))


@cache
def _texts(language: Language) -> Environment:
    environment = _environment(language, autoescape=False)
    environment.filters["paragraphs"] = _wrapped
    environment.globals |= {"facts": _lines, "button": lambda link, words: f"{words}:\n{link}"}
    return environment


@cache
def _pages(language: Language) -> Environment:
    environment = _environment(language, autoescape=True)
    environment.filters["paragraphs"] = _tagged
    environment.globals |= {"facts": _table, "button": _anchor}
    return environment


def _environment(language: Language, *, autoescape: bool) -> Environment:
    loader = PackageLoader("app.delivery")
    environment = Environment(
        loader=loader,
        autoescape=autoescape,  # noqa: S701 - plain text is not escaped, HTML is
        undefined=StrictUndefined,
    )
    environment.filters["counted"] = partial(_counted, Formats(language))
    return environment


def _counted(formats: Formats, number: int, **forms: str) -> str:
    return formats.counted(number, forms)


def _wrapped(text: str) -> str:
    return "\n\n".join(_wrap(one) for one in _split(text))


def _wrap(paragraph: str) -> str:
    """Facts and links have lines of their own, which are left as they are."""
    if "\n" in paragraph:
        return paragraph
    return textwrap.fill(paragraph, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _tagged(content: Markup) -> Markup:
    tagged = (one if one.startswith("<") else f"<p>{one}</p>" for one in _split(content))
    return Markup("\n".join(tagged))  # noqa: S704 - it was escaped as it was filled in


def _split(text: str) -> list[str]:
    return [str(one).strip() for one in _PARAGRAPHS.split(str(text)) if one.strip()]


def _lines(rows: Sequence[tuple[str, object]]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in rows)


def _table(rows: Sequence[tuple[str, object]]) -> Markup:
    cell = 'style="text-align: left; padding: 4px 16px 4px 0; font-weight: normal; vertical-align: top"'
    lines = [
        f"<tr><th scope='row' {cell}>{escape(name)}</th><td {cell}><b>{escape(value)}</b></td></tr>"
        for name, value in rows
    ]
    return Markup("<table style='border-collapse: collapse'>" + "".join(lines) + "</table>")  # noqa: S704 - escaped


def _anchor(link: str, words: str) -> Markup:
    style = "display: inline-block; padding: 10px 18px; background: #1a4fa0; color: #ffffff; border-radius: 4px"
    shown = Markup('<p><a href="{0}" style="{2}">{1}</a></p><p style="font-size: 14px; word-break: break-all">{0}</p>')
    return shown.format(link, words, style)

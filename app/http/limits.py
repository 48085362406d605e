"""How large a document may be. It is asked before validation, which compares each field with all others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, GraphQLError, TokenKind, parse

TOO_LARGE = "OPERATION_TOO_LARGE"
TOO_COSTLY = "MAX_COST_EXCEEDED"

_SENTENCES = {
    "depth": "The document is {requested} fields deep; at most {most} are taken.",
    "digits": "A number in the document has {requested} characters; at most {most} are taken.",
}
_TOO_MANY_TOKENS = " tokens. Parsing aborted."
"""How graphql-core says it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one request may ask for.

    Fields, aliases, depth and pairs are those of an operation with its fragments spread out; the others are those of
    the document as it is written.
    """

    characters: int = 100_000
    tokens: int = 10_000
    digits: int = 100
    """Characters of a number. Python makes no number of more than 4 300 digits."""
    operations: int = 20
    fragments: int = 200
    directives: int = 100
    depth: int = 20
    """Fields within fields."""
    root_fields: int = 50
    aliases: int = 200
    fields: int = 2_000
    """Selections: fields, and what spreads them."""
    pairs: int = 10_000
    """Pairs of selections in one place with one name, each of which validation compares."""
    cost: int = 50_000
    """Points, see `app.http.weights`."""


LIMITS = Limits()


def parse_limited(source: str, limits: Limits = LIMITS) -> DocumentNode:
    """Raises: GraphQLError, with the code OPERATION_TOO_LARGE or none for what is no GraphQL."""
    check("characters", len(source), limits.characters)
    try:
        document = parse(source, max_lexical_tokens=limits.tokens, max_comments=limits.tokens)
    except GraphQLError as error:
        if error.message.endswith(_TOO_MANY_TOKENS):
            check("tokens", limits.tokens + 1, limits.tokens)  # nobody counts the rest
        raise
    check("digits", _longest_number(document), limits.digits)
    return document


def _longest_number(document: DocumentNode) -> int:
    """In characters."""
    longest, token = 0, document.loc.start_token if document.loc else None
    while token is not None:
        if token.kind in (TokenKind.INT, TokenKind.FLOAT):
            longest = max(longest, token.end - token.start)
        token = token.next
    return longest


def check(limit: str, requested: int, most: int) -> None:
    """Raises: GraphQLError, code OPERATION_TOO_LARGE."""
    if requested > most:
        sentence = _SENTENCES.get(limit, "The document has {requested} {what}; at most {most} are taken.")
        message = sentence.format(requested=requested, most=most, what=limit.replace("_", " "))
        raise refusal(message, TOO_LARGE, {"limit": limit, "requested": requested, "maximum": most})


def refusal(message: str, code: str, facts: Mapping[str, Any]) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code, **facts})

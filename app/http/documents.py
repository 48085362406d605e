"""Documents: parsed and validated once, from whoever sends them or from the folder of those that are trusted."""

import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from graphql import DocumentNode, GraphQLError, GraphQLSyntaxError, OperationDefinitionNode, parse, validate

from app.graphql.prepared import Prepared, prepare
from app.graphql.schema import schema
from app.http.cost import Measure
from app.http.limits import parse_limited
from app.http.refusals import RequestRefused
from app.settings import SettingsError

_REMEMBERED = 200_000
"""Characters of all documents that are remembered; parsed, each takes about 300 bytes."""
_LONGEST_REMEMBERED = 10_000
"""Characters of one; longer ones are rare."""

_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_OWN_ID = re.compile(r"(?:x-[A-Za-z0-9._-]+:)?[A-Za-z0-9._-]+")

_MOST_ERRORS = 20

_TOO_DEEP = "The document is nested too deeply."


@dataclass(frozen=True, eq=False, slots=True)
class Document:
    text: str
    node: DocumentNode
    is_trusted: bool = False
    """Whether it was found valid when we started."""
    measures: dict[Hashable, Measure] = field(default_factory=dict)
    """What its operations came to, by what that depends on beside them."""
    operations: dict[int, Prepared] = field(default_factory=dict)
    """Those that were executed, by the place of their nodes."""

    def prepared(self, operation: OperationDefinitionNode) -> Prepared:
        """One of its operations, to be executed."""
        place = id(operation)  # which it has for as long as there is the document
        if place not in self.operations:
            self.operations[place] = prepare(schema.core, self.node, operation)
        return self.operations[place]


def is_known(text: str) -> bool:
    """Whether it was parsed before, and found valid."""
    return _known.find(text) is not None


def parse_document(text: str) -> Document:
    """Raises: RequestRefused 400 GRAPHQL_PARSE_FAILED, or OPERATION_TOO_LARGE."""
    try:
        return _known.find(text) or Document(text, parse_limited(text))
    except GraphQLError as error:
        raise RequestRefused.by_graphql("GRAPHQL_PARSE_FAILED", [error]) from None
    except RecursionError:
        raise RequestRefused.by_graphql("GRAPHQL_PARSE_FAILED", [GraphQLError(_TOO_DEEP)]) from None


def validate_document(document: Document) -> None:
    """Raises: RequestRefused 400 GRAPHQL_VALIDATION_FAILED, with at most 20 errors.

    Without suggestions, which take long to find: `/schema.graphql` is public. What is valid is remembered.
    """
    if document.is_trusted or _known.find(document.text) is document:
        return
    try:
        errors = _validated(document)
    except RecursionError:
        errors = (GraphQLError(_TOO_DEEP),)
    if errors:
        raise RequestRefused.by_graphql("GRAPHQL_VALIDATION_FAILED", errors)
    _known.remember(document)


class KnownDocuments:
    """Documents that were found valid, by their texts; those used longest ago are forgotten for others."""

    def __init__(self, characters: int, longest: int) -> None:
        self._left = characters
        self._longest = longest
        self._documents: OrderedDict[str, Document] = OrderedDict()

    def find(self, text: str) -> Document | None:
        document = self._documents.get(text)
        if document is not None:
            self._documents.move_to_end(text)
        return document

    def remember(self, document: Document) -> None:
        if len(document.text) > self._longest or document.text in self._documents:
            return
        self._documents[document.text] = document
        self._left -= len(document.text)
        while self._left < 0:
            text, _ = self._documents.popitem(last=False)
            self._left += len(text)


_known = KnownDocuments(_REMEMBERED, _LONGEST_REMEMBERED)


def load_trusted(folder: Path) -> Mapping[str, Document]:
    """The documents of a folder by their ids, each parsed and validated.

    A file NAME.graphql is one document, known as NAME and as sha256:<hash of the file>. A file NAME.json is a manifest
    as compilers of clients write it: {"<id>": "<document>"}; an id that is a hash must be that of its document.

    Raises: SettingsError.
    """
    documents: dict[str, Document] = {}
    try:
        for path in sorted(folder.iterdir()):
            for name, text in _texts(path):
                documents[name] = _trusted(name, text, path)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"SEATMARK_DOCUMENTS_DIR: cannot read {folder}: {type(error).__name__}") from None
    return documents


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    """Each document of a file with its id."""
    if path.suffix == ".graphql":
        text = path.read_bytes().decode()
        yield from ((path.stem, text), (_hash_id(text), text))
    elif path.suffix == ".json":
        try:
            manifest = json.loads(path.read_bytes())
        except ValueError:
            raise SettingsError(f"SEATMARK_DOCUMENTS_DIR: {path} is not JSON") from None
        if not isinstance(manifest, dict) or not all(isinstance(text, str) for text in manifest.values()):
            raise SettingsError(f"SEATMARK_DOCUMENTS_DIR: {path} is not an object of documents by their ids")
        yield from manifest.items()


def _trusted(name: str, text: str, path: Path) -> Document:
    """Raises: SettingsError, where the id or the document is not one that can be used."""
    place = f"SEATMARK_DOCUMENTS_DIR: {path}: {name!r}"
    if not (_HASH.fullmatch(name) or _OWN_ID.fullmatch(name)):
        raise SettingsError(f"{place} is not an id of a document")
    if _HASH.fullmatch(name) and name != _hash_id(text):
        raise SettingsError(f"{place} is not the hash of its document")
    try:
        document = Document(text, parse(text), is_trusted=True)
        errors = _validated(document)
    except GraphQLSyntaxError as error:
        errors = (error,)
    if errors:
        raise SettingsError(f"{place}: {errors[0].message.splitlines()[0]}")
    return document


def _hash_id(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _validated(document: Document) -> tuple[GraphQLError, ...]:
    return tuple(validate(schema.core, document.node, max_errors=_MOST_ERRORS, hide_suggestions=True))

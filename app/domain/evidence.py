"""The evidence file of an invoice: everything to recompute it from, for an auditor without our database (R5.6).

Its parts, and how every hash in it is made, are described in docs/evidence.md.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.domain.documents import (
    Json,
    canonical_json,
    instant_from,
    interval_from,
    read_document,
    sha256,
    suspensions_of,
)
from app.domain.instants import instant_text
from app.domain.seats import Interval
from app.domain.verification import period_starts, sweep_ledger, verify_invoice

FORMAT = "seatmark-evidence"
VERSION = 1
METHOD = {
    "canonicalJson": "JSON with keys in order of their characters, without spaces, in UTF-8, nothing escaped that need "
    "not be",
    "digest": "SHA-256, in hex, of the canonical JSON of all of this file but `digest`",
    "invoice.digest": "SHA-256, in hex, of the canonical JSON of `invoice.document` followed by `invoice.ledgerDigest`",
    "invoice.ledgerDigest": "SHA-256, in hex, of the lines of `ledger` joined by line feeds",
    "ledger": "a line for each grant that the peak is found in: subscription, member, granted at, revoked at; - for a "
    "grant that was open when the month could close",
    "periodStarts": "when the period before, this one and the next begin: in each a member's first short seat is "
    "forgiven",
}
_PARTS = {"format", "version", "invoice", "ledger", "suspensions", "periodStarts", "method", "digest"}
_OF_INVOICE = {
    "id",
    "number",
    "issuedAt",
    "dueAt",
    "currency",
    "subtotal",
    "total",
    "vatNet",
    "vatAmount",
    "replaces",
    "document",
    "ledgerDigest",
    "digest",
}


class NotEvidenceError(ValueError):
    """A file that is no evidence of ours, or of a version that is not known here."""


def make_evidence(invoice: Json, lines: Sequence[str], suspended: Sequence[Interval]) -> dict[str, Any]:
    """The evidence of an invoice (its facts by the names of `_OF_INVOICE`, in JSON's own types), with the ledger's
    slice and the suspensions. Raises: UnreadableError when the document is not one."""
    month = read_document(invoice["document"])
    content = {
        "format": FORMAT,
        "version": VERSION,
        "invoice": dict(invoice),
        "ledger": list(lines),
        "suspensions": [_suspension(one) for one in suspensions_of(suspended, month.period)],
        "periodStarts": [instant_text(one) for one in period_starts(month)],
        "method": METHOD,
    }
    return content | {"digest": sha256(canonical_json(content))}


def read_evidence(text: bytes) -> Json:
    """Raises: NotEvidenceError."""
    try:
        content = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise NotEvidenceError("it is not JSON") from None
    if not isinstance(content, Mapping) or content.get("format") != FORMAT:
        raise NotEvidenceError("it is not an evidence file")
    if content.get("version") != VERSION or isinstance(content["version"], bool):
        raise NotEvidenceError(f"its version is not {VERSION}, the only one known here")
    _check_parts(content)
    return content


def verify_evidence(evidence: Json) -> list[str]:
    """Every difference, as a sentence; none when the invoice is what the ledger and the terms make of it."""
    differences = []
    sealed = sha256(canonical_json({key: part for key, part in evidence.items() if key != "digest"}))
    if evidence["digest"] != sealed:
        differences.append(f"The file's digest was {evidence['digest']}; of the file as it is it is {sealed}.")
    invoice = evidence["invoice"]
    try:
        month = read_document(invoice["document"])
        suspended = [interval_from(one) for one in evidence["suspensions"]]
        found = sweep_ledger(evidence["ledger"], suspended, month)
        starts = [instant_from(one) for one in evidence["periodStarts"]]
    except (ValueError, LookupError, TypeError) as error:
        return [*differences, *verify_invoice(invoice, None), f"The ledger cannot be recomputed: {error}."]
    if starts != period_starts(month):
        differences.append("The starts of the periods are not those of the document.")
    return differences + verify_invoice(invoice, found)


def _check_parts(content: Json) -> None:
    invoice = content.get("invoice")
    if set(content) != _PARTS or not isinstance(invoice, Mapping) or set(invoice) != _OF_INVOICE:
        raise NotEvidenceError("its parts are not those of an evidence file")
    lists = (content["ledger"], content["suspensions"], content["periodStarts"])
    texts = (content["digest"], invoice["digest"], invoice["ledgerDigest"])
    if not (
        all(isinstance(one, list) for one in lists)
        and all(isinstance(one, str) for one in (*texts, *content["ledger"]))
        and isinstance(invoice["document"], Mapping)
    ):
        raise NotEvidenceError("its parts are of other kinds than those of an evidence file")


def _suspension(suspension: Mapping[str, datetime | None]) -> dict[str, str | None]:
    return {key: instant_text(one) if one is not None else None for key, one in suspension.items()}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key that is there twice would be read by one program as the one value, and by another as the other."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")

"""`seatmark verify`: what one evidence file says of itself, without a database."""

import sys
from pathlib import Path

from app.domain.evidence import NotEvidenceError, read_evidence, verify_evidence


def verify_file(path: Path) -> int:
    """Say how one file verifies. Returns the exit status."""
    try:
        evidence = read_evidence(path.read_bytes())
        differences = verify_evidence(evidence)
    except (NotEvidenceError, OSError) as error:
        print(f"{path}: no evidence: {error.strerror if isinstance(error, OSError) else error}", file=sys.stderr)
        return 2
    for difference in differences:
        print(f"{path}: {difference}")
    if not differences:
        invoice = evidence["invoice"]
        payer = invoice["document"]["payer"]["legalName"]
        print(f"{path}: identical: invoice {invoice['number']} to {payer}, {invoice['total']} {invoice['currency']}")
        print(f"{path}: if it was issued, its digest there is {invoice['digest']}")
    return 1 if differences else 0

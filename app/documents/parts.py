"""What several documents have: who it is from and to, and what VAT is in it."""

from app.documents.content import Issuer, PaperVat, Payer
from app.documents.formats import Formats
from app.documents.sheet import ALERT, INK, Sheet
from app.documents.words import WORDS


def open_sheet(title: str, sheet: Sheet, stamp: str = "") -> None:
    """The title, and at the right what it is stamped with."""
    if stamp:
        sheet.type(16, bold=True, color=ALERT)
        sheet.cell(sheet.epw, 8, stamp, align="R")
        sheet.set_x(sheet.l_margin)
    sheet.paragraph(title, size=16, bold=True, color=INK)
    sheet.ln(2)


def print_parties(sheet: Sheet, issuer: Issuer, payer: Payer | None, formats: Formats) -> None:
    """Side by side, each with what law asks for; what is blank has no label either."""
    words = WORDS[formats.language]
    ours = [
        words.issuer,
        issuer.name,
        *_labelled(words.tax_number, number=issuer.tax_number),
        *_labelled("{address}", address=issuer.address),
        *_labelled(words.bank_details, details=issuer.bank_details),
    ]
    if payer is None:
        theirs = [words.payer, words.no_payer]
    else:
        theirs = [
            words.payer,
            payer.legal_name,
            words.kinds.get(payer.kind, payer.kind),
            *_labelled(words.tax_number, number=payer.tax_number),
            *_labelled("{address}", address=payer.address),
            *_labelled(words.bank_details, details=payer.bank_details),
        ]
    sheet.side_by_side(ours, theirs)


def _labelled(label: str, **filled: str) -> list[str]:
    return [label.format(**filled)] if all(text.strip() for text in filled.values()) else []


def vat_rows(vat: PaperVat, currency: str, formats: Formats, sign: int = 1) -> list[tuple[str, str]]:
    """Net and VAT as rows of the sums; before the total when it is on top, after it when inside."""
    words = WORDS[formats.language]
    label = words.vat_inside if vat.included else words.vat_on_top
    net = (words.net, formats.money(sign * vat.net, currency))
    tax = (label.format(rate=formats.percent(vat.rate)), formats.money(sign * vat.amount, currency))
    return [tax, net] if vat.included else [net, tax]

"""A credit note on paper."""

from app.documents.content import CreditNotePaper, Language
from app.documents.formats import Formats
from app.documents.parts import open_sheet, print_parties, vat_rows
from app.documents.sheet import GREY, SMALL, Sheet
from app.documents.words import WORDS
from app.domain.period import parse_month


def render_credit_note(paper: CreditNotePaper, language: Language) -> bytes:
    """The PDF: the same for the same credit note. Its amounts are below zero: they are taken off."""
    words, formats = WORDS[language], Formats(language)
    title = words.credit_note.format(number=paper.number)
    sheet = Sheet(title, paper.issuer.name, language, paper.issued_at)
    zone = paper.issuer.time_zone
    open_sheet(title, sheet)
    sheet.facts(
        [
            (words.issued, formats.day(paper.issued_at, zone)),
            (words.of_invoice, f"{paper.invoice_number}, {formats.day(paper.invoice_issued_at, zone)}"),
            (words.month, formats.month(parse_month(paper.month))),
            (words.reason, paper.reason),
        ]
    )
    print_parties(sheet, paper.issuer, paper.payer, formats)
    sheet.ln(5)
    total = (words.credit_total, formats.money(-paper.amount, paper.currency))
    vat = vat_rows(paper.vat, paper.currency, formats, sign=-1)
    rows = [total, *vat] if paper.vat.included else [*vat, total]
    sheet.sums(rows, bold=rows.index(total))
    sheet.ln(8)
    sheet.paragraph(words.digest.format(digest=paper.digest), size=SMALL, color=GREY)
    return bytes(sheet.output())

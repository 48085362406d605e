"""An invoice on paper."""

from decimal import Decimal

from app.documents.chart import draw_chart
from app.documents.content import InvoicePaper, Language, PaperPeak, PeakCause
from app.documents.formats import Formats
from app.documents.parts import open_sheet, print_parties, vat_rows
from app.documents.sheet import ALERT, GREY, SMALL, Sheet, number_column, text_column
from app.documents.words import WORDS, Words, say_stored
from app.domain.period import parse_month

_MOST_NAMED = 8
"""Members named by their ids; of the others it is said how many they are."""


def render_invoice(paper: InvoicePaper, language: Language) -> bytes:
    """The PDF: the same for the same invoice, whenever it is asked for."""
    words, formats = WORDS[language], Formats(language)
    title = words.invoice.format(number=paper.number)
    sheet = Sheet(title, paper.issuer.name, language, paper.issued_at)
    open_sheet(title, sheet, words.void if paper.is_void else "")
    sheet.facts(_facts(paper, words, formats))
    for note, color in _notes(paper, words, formats):
        sheet.notice(note, color=color)
    print_parties(sheet, paper.issuer, paper.payer, formats)
    sheet.ln(5)
    _print_lines(sheet, paper, words, formats)
    _print_sums(sheet, paper, words, formats)
    _explain(sheet, paper, words, formats)
    return bytes(sheet.output())


def _facts(paper: InvoicePaper, words: Words, formats: Formats) -> list[tuple[str, str]]:
    bounds = " – ".join(formats.moment(instant, paper.time_zone) for instant in (paper.starts_at, paper.ends_at))
    return [
        (words.issued, formats.day(paper.issued_at, paper.issuer.time_zone)),
        (words.due, formats.day(paper.due_at, paper.issuer.time_zone)),
        (words.month, formats.month(parse_month(paper.month))),
        (words.period, f"{bounds} ({paper.time_zone})"),
    ]


def _notes(paper: InvoicePaper, words: Words, formats: Formats) -> list[tuple[str, str]]:
    """What has become of it, and the colors to say it in."""
    notes = [(words.replaces.format(number=paper.replaces), GREY)] if paper.replaces else []
    if paper.is_void:
        notes.append((words.voided, ALERT))
    for credit in paper.credits:
        day = formats.day(credit.issued_at, paper.issuer.time_zone)
        amount = formats.money(-credit.amount, paper.currency)
        notes.append((words.credited.format(number=credit.number, date=day, amount=amount), ALERT))
    if paper.replaced_by:
        notes.append((words.replaced_by.format(number=paper.replaced_by), ALERT))
    return notes


def _print_lines(sheet: Sheet, paper: InvoicePaper, words: Words, formats: Formats) -> None:
    """The column of flat amounts is there if a tier has one."""
    has_flat = any(line.flat_amount for line in paper.lines)
    columns = [text_column(words.description), number_column(words.quantity), number_column(words.unit_price)]
    columns += [number_column(words.flat_amount)] if has_flat else []
    columns.append(number_column(f"{words.amount}, {paper.currency}"))
    rows = []
    for line in paper.lines:
        row = [
            say_stored(line.description, formats.language),
            formats.count(line.quantity),
            formats.price(line.unit_price, paper.currency),
        ]
        row += [formats.price(line.flat_amount, paper.currency)] if has_flat else []
        rows.append([*row, formats.amount(line.amount, paper.currency)])
    sheet.grid(columns, rows)


def _print_sums(sheet: Sheet, paper: InvoicePaper, words: Words, formats: Formats) -> None:
    rows = [(words.subtotal, formats.money(paper.subtotal, paper.currency))]
    rows += [
        (say_stored(one.description, formats.language), formats.money(-one.amount, paper.currency))
        for one in paper.discounts
    ]
    total = (words.total, formats.money(paper.total, paper.currency))
    vat = vat_rows(paper.vat, paper.currency, formats)
    rows += [total, *vat] if paper.vat.included else [*vat, total]
    sheet.sums(rows, bold=rows.index(total))


def _explain(sheet: Sheet, paper: InvoicePaper, words: Words, formats: Formats) -> None:
    """The peak, what raised it, the month as a chart, and how to check it all."""
    sheet.heading(words.explanation)
    for sentence in _peak_sentences(paper, words, formats):
        sheet.paragraph(sentence)
    if paper.chart is not None:
        draw_chart(sheet, paper.chart, formats)
    sheet.ln(3)
    sheet.paragraph(words.digest.format(digest=paper.digest), size=SMALL, color=GREY)
    sheet.paragraph(words.verify, size=SMALL, color=GREY)


def _peak_sentences(paper: InvoicePaper, words: Words, formats: Formats) -> list[str]:
    peak: PaperPeak = paper.peak
    moment = formats.moment(peak.reached_at, paper.time_zone)
    share = formats.percent(round(Decimal(100 * paper.charged_share.numerator) / paper.charged_share.denominator, 2))
    return [
        words.peak.format(seats=formats.count(peak.seats), moment=moment, zone=paper.time_zone),
        *(_cause_sentences(peak.cause, words, formats) if peak.cause else []),
        *([words.carried] if peak.is_carried else []),
        *([words.share.format(percent=share)] if paper.charged_share != 1 else []),
        words.price_list.format(name=paper.price_list)
        + " "
        + words.free.format(seats=formats.count(paper.free_threshold)),
    ]


def _cause_sentences(cause: PeakCause, words: Words, formats: Formats) -> list[str]:
    kind, _, reference = cause.actor.partition(":")
    actor = words.actors.get(kind, "{id}").format(id=short_id(reference) if kind != "system" else reference)
    named = ", ".join(short_id(one) for one in cause.member_ids[:_MOST_NAMED])
    more = len(cause.member_ids) - _MOST_NAMED
    named += words.cause_more.format(more=formats.count(more)) if more > 0 else ""
    return [
        words.cause.format(actor=actor, description=cause.description),
        words.cause_people.format(people=named) + ".",
    ]


def short_id(reference: str) -> str:
    """Enough of an id to find it by, as git does."""
    return reference[:8]

"""An invoice on paper."""

from decimal import Decimal

from app.documents.chart import HEIGHT, LEAST_HEIGHT, chart_height, draw_chart
from app.documents.content import InvoicePaper, Language, PaperPeak, PeakCause
from app.documents.formats import Formats
from app.documents.parts import open_sheet, print_parties, vat_rows
from app.documents.sheet import ALERT, GREY, SMALL, Sheet, number_column, text_column
from app.documents.words import WORDS, Words, say_cause, say_stored
from app.domain.period import parse_month

_CHECKS_GAP = 3.0
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
    """The peak, what raised it, the month as a chart, and how to check it all, on one page where they fit on one."""
    sentences = _peak_sentences(paper, words, formats)
    said = sheet.heading_height(words.explanation) + sum(sheet.paragraph_height(one) for one in sentences)
    checks = [words.digest.format(digest=paper.digest), words.verify]
    drawn = _CHECKS_GAP + sum(sheet.paragraph_height(one, size=SMALL) for one in checks)
    least = drawn
    if paper.chart is not None:
        least += chart_height(sheet, paper.chart, formats, LEAST_HEIGHT)
        drawn += chart_height(sheet, paper.chart, formats, HEIGHT)
    if sheet.room < said + least <= sheet.eph:
        sheet.add_page()
    sheet.heading(words.explanation)
    for sentence in sentences:
        sheet.paragraph(sentence)
    if sheet.room < least:
        sheet.add_page()
    if paper.chart is not None:
        draw_chart(sheet, paper.chart, formats, HEIGHT - max(drawn - sheet.room, 0))
    sheet.ln(_CHECKS_GAP)
    for check in checks:
        sheet.paragraph(check, size=SMALL, color=GREY)


def _peak_sentences(paper: InvoicePaper, words: Words, formats: Formats) -> list[str]:
    peak: PaperPeak = paper.peak
    moment = formats.moment(peak.reached_at, paper.time_zone)
    share = formats.percent(round(Decimal(100 * paper.charged_share.numerator) / paper.charged_share.denominator, 2))
    is_resumed = any(gap.until == peak.reached_at for gap in paper.suspended)
    return [
        words.peak.format(seats=formats.counted(peak.seats, words.charged_seats), moment=moment, zone=paper.time_zone),
        *(_cause_sentences(peak.cause, words, formats) if peak.cause else []),
        *([words.resumed if is_resumed else words.carried] if peak.is_carried else []),
        *_suspension_sentences(paper, words, formats),
        *([words.share.format(percent=share)] if paper.charged_share != 1 else []),
        " ".join([words.price_list.format(name=paper.price_list), *_free(paper, words, formats)]),
    ]


def _free(paper: InvoicePaper, words: Words, formats: Formats) -> list[str]:
    """Nothing where every seat is charged from the first one on."""
    if not paper.free_threshold:
        return []
    return [words.free.format(seats=formats.counted(paper.free_threshold, words.seats_up_to))]


def _suspension_sentences(paper: InvoicePaper, words: Words, formats: Formats) -> list[str]:
    sentences = []
    for gap in paper.suspended:
        since = formats.moment(gap.since, paper.time_zone)
        if gap.until is None:
            sentences.append(words.suspension_on.format(since=since, zone=paper.time_zone))
        else:
            until = formats.moment(gap.until, paper.time_zone)
            sentences.append(words.suspension.format(since=since, until=until, zone=paper.time_zone))
    return sentences


def _cause_sentences(cause: PeakCause, words: Words, formats: Formats) -> list[str]:
    kind, _, reference = cause.actor.partition(":")
    actor = words.actors.get(kind, "{id}").format(id=short_id(reference) if kind != "system" else reference)
    named = ", ".join(short_id(one) for one in cause.member_ids[:_MOST_NAMED])
    more = len(cause.member_ids) - _MOST_NAMED
    named += words.cause_more.format(more=formats.count(more)) if more > 0 else ""
    return [
        words.cause.format(actor=actor, description=say_cause(cause.description, formats)),
        words.cause_people.format(people=named) + ".",
    ]


def short_id(reference: str) -> str:
    """Enough of an id to find it by, as git does."""
    return reference[:8]

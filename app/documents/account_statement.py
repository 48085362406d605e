"""The account of a quarter on paper."""

from app.documents.content import AccountPaper, Language
from app.documents.formats import Formats
from app.documents.parts import open_sheet, print_parties
from app.documents.sheet import GREY, SMALL, Sheet, day_column, number_column, text_column
from app.documents.words import QUARTERS, WORDS, Words
from app.domain.bookkeeping import RAISES, ZERO, Entry


def render_account_statement(paper: AccountPaper, language: Language) -> bytes:
    """The PDF: the same for the same account at the same end."""
    words, formats = WORDS[language], Formats(language)
    quarter = words.quarter_title.format(quarter=QUARTERS[language][paper.quarter.number - 1], year=paper.quarter.year)
    sheet = Sheet(f"{words.account}, {paper.quarter}", paper.issuer.name, language, paper.until)
    open_sheet(words.account, sheet)
    bounds = " – ".join(formats.moment(instant, paper.time_zone) for instant in (paper.since, paper.until))
    sheet.facts(
        [
            (words.organization, paper.organization),
            (words.quarter, quarter),
            (words.stated, f"{bounds} ({paper.time_zone})"),
        ]
    )
    if paper.is_running:
        sheet.notice(words.until_now)
    print_parties(sheet, paper.issuer, paper.payer, formats)
    sheet.ln(5)
    _print_entries(sheet, paper, words, formats)
    sheet.ln(2)
    sheet.paragraph(words.balance_note, size=SMALL, color=GREY)
    _print_unpaid(sheet, paper, words, formats)
    return bytes(sheet.output())


def _print_entries(sheet: Sheet, paper: AccountPaper, words: Words, formats: Formats) -> None:
    account, currency = paper.account, paper.currency
    columns = [
        day_column(words.date),
        text_column(words.entry),
        number_column(words.charged),
        number_column(words.paid),
        number_column(f"{words.balance}, {currency}"),
    ]
    rows = [["", words.opening, "", "", formats.amount(account.opening, currency)]]
    for entry, balance in account.lines:
        amount = formats.amount(entry.amount, currency)
        raises = entry.kind in RAISES
        rows.append(
            [
                formats.day(entry.at, paper.time_zone),
                _said(entry, paper, words, formats),
                "" if raises else amount,
                amount if raises else "",
                formats.amount(balance, currency),
            ]
        )
    rows += [] if account.lines else [["", words.nothing, "", "", ""]]
    rows.append(["", words.closing, "", "", formats.amount(account.closing, currency)])
    sheet.grid(columns, rows, bold=(0, len(rows) - 1))


def _said(entry: Entry, paper: AccountPaper, words: Words, formats: Formats) -> str:
    due = formats.day(entry.due_at, paper.issuer.time_zone) if entry.due_at is not None else ""
    return words.entries[entry.kind.value].format(reference=entry.reference, due=due, about=entry.about)


def _print_unpaid(sheet: Sheet, paper: AccountPaper, words: Words, formats: Formats) -> None:
    unpaid, currency = paper.account.unpaid, paper.currency
    if not unpaid:
        sheet.ln(3)
        sheet.paragraph(words.all_paid)
        return
    sheet.heading(words.unpaid)
    columns = [text_column(words.entry), number_column(words.due), number_column(f"{words.amount}, {currency}")]
    rows = [
        [
            words.invoice.format(number=one.reference),
            formats.day(one.due_at, paper.issuer.time_zone),
            formats.amount(one.amount, currency),
        ]
        for one in unpaid
    ]
    total = sum((one.amount for one in unpaid), ZERO)
    rows.append([words.unpaid_total, "", formats.amount(total, currency)])
    sheet.grid(columns, rows, bold=(len(rows) - 1,))

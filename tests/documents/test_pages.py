"""How pages look: everything on them and nothing over something else, whatever the texts and numbers; and the file."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import cache

import pytest

from app.documents.account_statement import render_account_statement
from app.documents.content import Credit, Language, PaperDiscount, PaperLine, PaperPeak, PaperVat
from app.documents.credit_note import render_credit_note
from app.documents.invoice import render_invoice
from app.documents.sheet import MARGIN
from app.documents.words import WORDS
from app.domain.bookkeeping import Entry, EntryKind
from app.domain.seats import Interval, pause_steps
from tests.documents.reading import fonts_of, outside, overlaps, pages_of, reader, text_of
from tests.documents.samples import (
    FEBRUARY,
    ISSUED_AT,
    JANUARY,
    LONG_PAYER,
    account,
    chart,
    credit_note,
    invoice,
    many_steps,
    tiers,
)
from tests.factories import moscow

POINTS = 72 / 25.4
HUGE = Decimal("9999999999991234560.12")


def huge_invoice(language: Language) -> bytes:
    """The largest amounts that a price list can come to."""
    price = Decimal("999999999999.123456")
    return render_invoice(
        invoice(
            currency="KZT",
            lines=(PaperLine("Seats 1 and more", 10_000_000, price, price, HUGE),),
            subtotal=HUGE,
            discounts=(
                PaperDiscount("Promo code " + "W" * 64, HUGE - 1),
                PaperDiscount("Price kept: " + "Щ" * 200, HUGE),
            ),
            vat=PaperVat(Decimal("12.5"), False, Decimal("1.00"), Decimal("0.13")),
            total=HUGE,
        ),
        language,
    )


def long_invoice(language: Language) -> bytes:
    """40 tiers, the longest payer there can be, every note, and a thousand steps."""
    return render_invoice(
        invoice(
            payer=LONG_PAYER,
            lines=tiers(40),
            chart=chart(many_steps(1000)),
            replaces="2021-000000",
            replaced_by="2021-000002",
            credits=tuple(Credit(f"CN-2021-{one:06}", ISSUED_AT, Decimal(6280)) for one in range(10)),
        ),
        language,
    )


def small_invoice(language: Language) -> bytes:
    """The peak right above the free threshold, in a chart of one step."""
    return render_invoice(
        invoice(peak=PaperPeak(6, JANUARY, None, True), chart=chart([(JANUARY, 6)], free_threshold=5)), language
    )


def high_threshold(language: Language) -> bytes:
    """Two levels so near to each other that their labels would touch."""
    return render_invoice(invoice(chart=chart([(JANUARY, 1000)], free_threshold=999)), language)


def long_credit_note(language: Language) -> bytes:
    return render_credit_note(credit_note(payer=LONG_PAYER, reason="Щ" * 500, amount=HUGE), language)


def long_account(language: Language) -> bytes:
    """Three pages and more of entries, with a reference as long as there can be."""
    entries = []
    for one in range(90):
        at = moscow("2020-12-20 00:00") + timedelta(days=one)
        entries.append(Entry(EntryKind.INVOICE, at, f"2021-{one:06}", Decimal(62800), at + timedelta(days=15)))
        if one % 3 == 0:
            reference = "W" * 200 if one == 30 else f"bank-{one}"
            entries.append(Entry(EntryKind.PAYMENT, at + timedelta(days=2), reference, Decimal(62000)))
    return render_account_statement(account(entries, payer=LONG_PAYER), language)


def plain_invoice(language: Language) -> bytes:
    return render_invoice(invoice(), language)


def suspended_often(language: Language) -> bytes:
    """Suspensions of a day each, nearer to each other than their names are long, up to the month's very ends."""
    stretches = [(JANUARY + timedelta(days=day), JANUARY + timedelta(days=day + 1)) for day in range(0, 31, 2)]
    return render_invoice(
        invoice(
            suspended=tuple(Interval(*one) for one in stretches),
            chart=chart(pause_steps([(JANUARY, 6)], stretches, FEBRUARY), suspended=stretches),
        ),
        language,
    )


DOCUMENTS = [
    suspended_often,
    plain_invoice,
    huge_invoice,
    long_invoice,
    small_invoice,
    high_threshold,
    long_credit_note,
    long_account,
]
every_document = pytest.mark.parametrize("make", DOCUMENTS, ids=lambda make: make.__name__)
in_every_language = pytest.mark.parametrize("language", Language)

Make = Callable[[Language], bytes]


@cache
def printed(make: Make, language: Language) -> bytes:
    return make(language)


@in_every_language
@every_document
def test_every_text_is_within_the_margins_and_none_is_over_another(make: Make, language: Language) -> None:
    pages = pages_of(printed(make, language))

    assert [outside(page, margin=8 * POINTS) for page in pages] == [[]] * len(pages)
    assert [overlaps(page) for page in pages] == [[]] * len(pages)
    for page in pages:  # the foot is below the margin, everything else above it
        assert [box for box in page.boxes if box[1] < MARGIN * POINTS and box[3] > MARGIN * POINTS] == []


@in_every_language
@every_document
def test_the_fonts_are_embedded_and_have_every_character(make: Make, language: Language) -> None:
    pdf = printed(make, language)

    assert fonts_of(pdf) == {"NotoSans": True, "NotoSansBold": True}
    assert "\ufffd" not in text_of(pdf)


@in_every_language
@every_document
def test_the_same_document_is_the_same_bytes(make: Make, language: Language) -> None:
    assert make(language) == printed(make, language)


@in_every_language
def test_it_says_what_it_is_by_whom_in_which_language_and_when_it_was_issued(language: Language) -> None:
    found = reader(printed(plain_invoice, language))

    assert found.metadata is not None
    assert found.metadata.title == WORDS[language].invoice.format(number="2021-000001")
    assert found.metadata.author == "ООО «Ситмарк»"
    assert found.metadata.creation_date == ISSUED_AT
    assert found.trailer["/Root"]["/Lang"] == language.value  # type: ignore[index]


@in_every_language
def test_a_long_invoice_goes_on_over_pages_with_its_headings_and_their_number(language: Language) -> None:
    pages = pages_of(printed(long_invoice, language))

    words = WORDS[language]
    assert [page.lines[-1].rpartition(" 2021-000001 ")[2] for page in pages] == ["1 / 4", "2 / 4", "3 / 4", "4 / 4"]
    with_lines = [page for page in pages if any(line.startswith(("Seats 1", "Места 1")) for line in page.lines)]
    assert [sum(line.startswith(words.description) for line in page.lines) for page in with_lines] == [1, 1]


@in_every_language
def test_every_one_of_40_tiers_is_there_once(language: Language) -> None:
    lines = text_of(printed(long_invoice, language)).splitlines()
    said = "Seats" if language is Language.EN else "Места"

    for place in range(40):
        start = f"{said} {100 * place + 1}–{100 * place + 100} 100 "
        assert sum(line.startswith(start) for line in lines) == 1


def test_the_chart_and_the_digest_stay_with_what_they_explain() -> None:
    words, first_pages = WORDS[Language.RU], []
    for number in range(1, 26):
        pages = pages_of(render_invoice(invoice(lines=tiers(number)), Language.RU))
        starts = (words.explanation, words.chart[:20], words.chart_peak[:9], words.digest[:20], words.verify[:20])
        having = [
            place for start in starts for place, page in enumerate(pages) for x in page.lines if x.startswith(start)
        ]
        assert len(having) == len(starts)
        assert len(set(having)) == 1
        first_pages.append(having[0])
    # Up to 9 tiers the chart is as high as it can be; with 12 it is still there, lower; with 13 all goes on a new page.
    assert first_pages == [0] * 12 + [1] * 13


def test_many_suspensions_go_on_over_pages_and_leave_the_chart_whole() -> None:
    stretches = [(JANUARY + timedelta(hours=6 * one), JANUARY + timedelta(hours=6 * one + 1)) for one in range(120)]
    paper = invoice(
        suspended=tuple(Interval(*one) for one in stretches),
        chart=chart(pause_steps([(JANUARY, 6)], stretches, FEBRUARY), suspended=stretches),
    )

    pages = pages_of(render_invoice(paper, Language.EN))

    assert sum(line.startswith("Suspended from") for page in pages for line in page.lines) == 120
    assert [page for page in pages if outside(page, margin=8 * POINTS) or overlaps(page)] == []
    last = [line for line in pages[-1].lines if line.startswith(("Seats held", "charged:", "SHA-256", "To verify"))]
    assert len(last) == 4


def test_the_sums_stay_together() -> None:
    words, first_pages = WORDS[Language.EN], set()
    for number in range(21, 29):  # from where they fit on the first page to where they do not
        pages = pages_of(render_invoice(invoice(lines=tiers(number), chart=None), Language.EN))
        having = [
            place
            for place, page in enumerate(pages)
            for line in page.lines
            if line.startswith((words.subtotal, words.total + " ", words.net))
        ]
        assert len(having) == 3
        assert len(set(having)) == 1
        first_pages.add(having[0])
    assert first_pages == {0, 1}


@in_every_language
def test_the_longest_payer_is_there_to_the_last_letter(language: Language) -> None:
    text = "".join(text_of(printed(long_invoice, language)).split())

    for whole in (LONG_PAYER.legal_name, LONG_PAYER.tax_number, LONG_PAYER.address, LONG_PAYER.bank_details):
        assert "".join(whole.split()) in text


@in_every_language
def test_the_longest_amounts_are_unbroken(language: Language) -> None:
    lines = text_of(printed(huge_invoice, language)).splitlines()
    amount = "9,999,999,999,991,234,560.12" if language is Language.EN else "9 999 999 999 991 234 560,12"

    assert sum(amount in line for line in lines) == 4  # the line, the subtotal, a discount, the total

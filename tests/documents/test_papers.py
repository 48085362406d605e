"""What is printed, read back from the pages in both languages."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from app.documents.account_statement import render_account_statement
from app.documents.content import (
    Credit,
    InvoicePaper,
    Issuer,
    Language,
    PaperDiscount,
    PaperLine,
    PaperPeak,
    PaperVat,
    PeakCause,
)
from app.documents.credit_note import render_credit_note
from app.documents.invoice import render_invoice
from app.domain.bookkeeping import Entry, EntryKind
from app.domain.seats import Interval, pause_steps, suspended_stretches
from tests.documents.reading import pages_of, text_of
from tests.documents.samples import FEBRUARY, JANUARY, PEAK_AT, account, chart, credit_note, invoice
from tests.factories import moscow


def lines_of(pdf: bytes) -> list[str]:
    return text_of(pdf).splitlines()


def test_the_issuer_s_bank_details_are_printed_and_what_was_not_set_is_not() -> None:
    paper = invoice()
    banked = replace(paper, issuer=replace(paper.issuer, bank_details="40702, BIC 044525225"))
    assert lines_of(render_invoice(banked, Language.EN)).count("Bank details: 40702, BIC 044525225") == 1
    unset = replace(paper, issuer=replace(paper.issuer, tax_number="", address=""))
    lines = lines_of(render_invoice(unset, Language.EN))
    assert lines[lines.index("From") : lines.index("To") + 1] == ["From", "ООО «Ситмарк»", "To"]


def test_an_invoice_in_russian() -> None:
    lines = lines_of(render_invoice(invoice(), Language.RU))

    assert lines == [
        "Счёт № 2021-000001",
        "Выставлен 1 февраля 2021 г.",
        "Оплатить до 16 февраля 2021 г.",
        "Месяц январь 2021",
        "Расчётный период 1 января 2021 г., 00:00 – 1 февраля 2021 г., 00:00 (Europe/Moscow)",
        "Исполнитель",
        "ООО «Ситмарк»",
        "ИНН: 7700000000",
        "Москва, ул. Льва Толстого, 16",
        "Плательщик",
        "ООО «Ромашка»",
        "Юридическое лицо",
        "ИНН: 7701234567",
        "Москва, Тверская, 1",
        "Банковские реквизиты: БИК 044525225",
        "Наименование Мест Цена за",
        "место",
        "Сумма,",
        "RUB",
        "Места 1–100 100 258,00 25 800,00",
        "Места 101–250 150 222,00 33 300,00",
        "Места 251 и далее 20 185,00 3 700,00",
        "Итого по строкам 62 800,00 ₽",
        "Всего к оплате 62 800,00 ₽",
        "В том числе НДС 20 % 10 466,67 ₽",
        "Без НДС 52 333,33 ₽",
        "Как получилась сумма",
        "Оплачивается мест: 270 — наибольшее число занятых одновременно за период, впервые достигнуто",
        "15 января 2021 г., 00:00 (Europe/Moscow).",
        "Изменение внёс участник 0190a1b2: seats were changed.",
        "Этим изменением места получили: 1a2b3c4d.",
        "Прайс-лист: RUB from 2020-10. До 5 мест в месяц бесплатно; если больше — оплачивается каждое место.",
        "Занятые места в течение периода, включая неоплачиваемые (Europe/Moscow)",
        *("0", "100", "200", "300"),
        "1 янв. 4 янв. 7 янв. 10 янв. 13 янв. 16 янв. 19 янв. 22 янв. 25 янв. 28 янв. 31 янв.",
        "к оплате: 270",
        "бесплатно: 5",
        "SHA-256 всех данных, по которым рассчитана сумма: " + "0123456789abcdef" * 4,
        "Проверить без подключения: сохраните файл доказательств счёта и выполните `seatmark verify FILE`.",
        "Счёт № 2021-000001 1 / 1",
    ]


def test_an_invoice_in_english() -> None:
    text = text_of(render_invoice(invoice(), Language.EN))

    for said in (
        "Invoice 2021-000001",
        "Issued 1 February 2021",
        "Due 16 February 2021",
        "Month January 2021",
        "Billing period 1 January 2021, 00:00 – 1 February 2021, 00:00 (Europe/Moscow)",
        "Tax number: 7700000000",
        "ООО «Ромашка»\nLegal entity\nTax number: 7701234567\nМосква, Тверская, 1\nBank details: БИК 044525225",
        "Seats 1–100 100 258.00 25,800.00",
        "Seats 101–250 150 222.00 33,300.00",
        "Seats 251 and more 20 185.00 3,700.00",
        "Subtotal RUB 62,800.00",
        "Total RUB 62,800.00",
        "Including VAT 20% RUB 10,466.67",
        "Net of VAT RUB 52,333.33",
        "Charged are 270 seats: the most held at one instant of the period, first on 15 January 2021, 00:00",
        "Raised by member 0190a1b2: seats were changed.",
        "Seated by that change: 1a2b3c4d.",
        "Price list: RUB from 2020-10. Up to 5 seats a month are free; with more, every seat is charged.",
        "charged: 270",
        "free: 5",
        "0123456789abcdef" * 4,
        "run `seatmark verify FILE`",
        "Invoice 2021-000001 1 / 1",
    ):
        assert said in text


def test_discounts_stand_between_the_subtotal_and_the_total() -> None:
    discounts = (
        PaperDiscount("Price kept: RUB from 2020-01", Decimal(12800)),
        PaperDiscount("Promo code WELCOME", Decimal(5000)),
    )
    paper = invoice(
        discounts=discounts, total=Decimal(45000), vat=PaperVat(Decimal(20), True, Decimal(37500), Decimal(7500))
    )

    assert (
        "Subtotal RUB 62,800.00\nPrice kept: RUB from 2020-01 −RUB 12,800.00\nPromo code WELCOME −RUB 5,000.00\n"
        "Total RUB 45,000.00\nIncluding VAT 20% RUB 7,500.00\nNet of VAT RUB 37,500.00"
    ) in text_of(render_invoice(paper, Language.EN))
    assert (
        "Сохранённая цена: RUB from 2020-01 −12 800,00 ₽\nПромокод WELCOME −5 000,00 ₽\nВсего к оплате 45 000,00 ₽"
    ) in text_of(render_invoice(paper, Language.RU))


def test_vat_on_top_is_added_before_the_total_and_yen_have_no_decimals() -> None:
    paper = invoice(
        currency="JPY",
        lines=(PaperLine("Seats 1–100", 6, Decimal("3000.5"), Decimal(0), Decimal(18003)),),
        subtotal=Decimal(18003),
        vat=PaperVat(Decimal(10), False, Decimal(18003), Decimal(1800)),
        total=Decimal(19803),
    )

    text = text_of(render_invoice(paper, Language.EN))

    assert "Seats 1–100 6 3,000.5 18,003" in text
    assert "Subtotal JPY 18,003\nNet of VAT JPY 18,003\nVAT 10% JPY 1,800\nTotal JPY 19,803" in text
    assert "НДС 10 % 1 800 ¥\nВсего к оплате 19 803 ¥" in text_of(render_invoice(paper, Language.RU))


def test_tiers_with_a_flat_amount_have_a_column_for_it() -> None:
    line = PaperLine("Seats 1 and more", 10, Decimal("0.123456"), Decimal("99.5"), Decimal("100.73"))
    flat = text_of(render_invoice(invoice(lines=(line,)), Language.EN))
    none = text_of(render_invoice(invoice(lines=(replace(line, flat_amount=Decimal(0)),)), Language.EN))

    assert "Flat" in flat
    assert "Seats 1 and more 10 0.123456 99.50 100.73" in flat
    assert "Flat" not in none
    assert "Seats 1 and more 10 0.123456 100.73" in none


def test_a_void_invoice_says_so_and_what_took_its_place() -> None:
    credits_of_it = (
        Credit("CN-2021-000001", moscow("2021-02-03 12:00"), Decimal(800)),
        Credit("CN-2021-000002", moscow("2021-02-04 12:00"), Decimal(62000)),
    )
    paper = invoice(credits=credits_of_it, replaced_by="2021-000009")

    assert text_of(render_invoice(paper, Language.EN)).startswith("Invoice 2021-000001 VOID\n")
    assert (
        "This invoice has been taken back in full by credit notes and is not to be paid.\n"
        "Credit note CN-2021-000001 of 3 February 2021: −RUB 800.00.\n"
        "Credit note CN-2021-000002 of 4 February 2021: −RUB 62,000.00.\n"
        "Replaced by invoice 2021-000009."
    ) in text_of(render_invoice(paper, Language.EN))
    assert text_of(render_invoice(paper, Language.RU)).startswith("Счёт № 2021-000001 АННУЛИРОВАН\n")


def test_an_invoice_that_is_credited_in_part_is_not_void() -> None:
    paper = invoice(
        credits=(Credit("CN-2021-000001", moscow("2021-02-03 12:00"), Decimal(800)),), replaces="2021-000000"
    )

    text = text_of(render_invoice(paper, Language.EN))

    assert "VOID" not in text
    assert "Replaces invoice 2021-000000.\nCredit note CN-2021-000001 of 3 February 2021: −RUB 800.00.\nFrom" in text


def test_a_peak_that_was_carried_in_is_said_to_be() -> None:
    paper = invoice(peak=PaperPeak(6, JANUARY, None, True), chart=chart([(JANUARY, 6)]))

    text = text_of(render_invoice(paper, Language.EN))

    assert "first on 1 January 2021, 00:00 (Europe/Moscow).\nNobody was seated at that instant: the seats were" in text
    assert "Raised by" not in text


def suspended_invoice() -> InvoicePaper:
    """270 from 12 January on, in a suspension that ended on the 15th: the peak is at its end. Another goes on."""
    suspended = (Interval(moscow("2021-01-10 12:00"), PEAK_AT), Interval(moscow("2021-01-29 12:30:15"), None))
    stretches = suspended_stretches(suspended, Interval(JANUARY, FEBRUARY))
    steps = pause_steps([(JANUARY, 245), (moscow("2021-01-12 00:00"), 270)], stretches, FEBRUARY)
    return invoice(
        peak=PaperPeak(270, PEAK_AT, None, True), suspended=suspended, chart=chart(steps, suspended=stretches)
    )


def test_suspensions_are_told_and_shown_and_a_peak_at_their_end_is_explained_by_it() -> None:
    text = text_of(render_invoice(suspended_invoice(), Language.EN))

    assert (
        "first on 15 January 2021, 00:00 (Europe/Moscow).\n"
        "The seats were held already when the suspension ended at that instant.\n"
        "Suspended from 10 January 2021, 12:00 to 15 January 2021, 00:00 (Europe/Moscow): no seat counts then.\n"
        "Suspended from 29 January 2021, 12:30:15 (Europe/Moscow) past the end of the period: no seat counts then.\n"
    ) in text
    assert "Nobody was seated" not in text
    assert text.split().count("suspended") == 2


def test_suspensions_in_russian() -> None:
    text = " ".join(text_of(render_invoice(suspended_invoice(), Language.RU)).split())

    assert (
        "Места были заняты ещё до того, как в этот момент закончилась приостановка. Приостановлено с 10 января "
        "2021 г., 12:00 до 15 января 2021 г., 00:00 (Europe/Moscow): места в это время не считаются. Приостановлено "
        "с 29 января 2021 г., 12:30:15 (Europe/Moscow) и не возобновлено до конца периода: места в это время не "
        "считаются."
    ) in text
    assert "никто не получал" not in text
    assert text.split().count("приостановлено") == 2


def test_without_a_suspension_none_is_told() -> None:
    assert "uspend" not in text_of(render_invoice(invoice(), Language.EN))


def test_what_raised_the_peak_is_told_in_russian() -> None:
    cause = PeakCause("member:0190a1b2-1111", "25 unsubscribed, 3 subscribed", ("1a2b3c4d-0000",))
    paper = invoice(peak=PaperPeak(270, PEAK_AT, cause, False))

    assert "Raised by member 0190a1b2: 25 unsubscribed, 3 subscribed." in text_of(render_invoice(paper, Language.EN))
    assert "Изменение внёс участник 0190a1b2: прекращено 25 подписок, оформлены 3 подписки." in text_of(
        render_invoice(paper, Language.RU)
    )


def test_what_the_issuer_has_not_set_has_no_label() -> None:
    blank = Issuer("Seatmark", "", "", "", "Europe/Moscow")

    assert "From\nSeatmark\nTo\nООО «Ромашка»\nLegal entity\nTax number: 7701234567\n" in text_of(
        render_invoice(invoice(issuer=blank), Language.EN)
    )
    assert "Исполнитель\nSeatmark\nПлательщик\n" in text_of(render_credit_note(credit_note(issuer=blank), Language.RU))


def test_the_issuers_bank_details_are_printed() -> None:
    paper = invoice(issuer=replace(invoice().issuer, bank_details="БИК 044525974"))

    assert "Москва, ул. Льва Толстого, 16\nBank details: БИК 044525974\nTo\n" in text_of(
        render_invoice(paper, Language.EN)
    )


@pytest.mark.parametrize(
    ("threshold", "english", "russian"),
    [
        (1, "Up to 1 seat a month is free; with more", "До 1 места в месяц бесплатно"),
        (21, "Up to 21 seats a month are free; with more", "До 21 места в месяц бесплатно"),
        (22, "Up to 22 seats a month are free; with more", "До 22 мест в месяц бесплатно"),
    ],
)
def test_what_is_free_is_counted_as_the_language_does(threshold: int, english: str, russian: str) -> None:
    paper = invoice(free_threshold=threshold)
    assert english in text_of(render_invoice(paper, Language.EN))
    assert russian in text_of(render_invoice(paper, Language.RU))


def test_where_every_seat_is_charged_nothing_is_said_to_be_free() -> None:
    peak = PaperPeak(1, JANUARY, None, True)
    paper = invoice(free_threshold=0, peak=peak, chart=chart([(JANUARY, 1)], free_threshold=0))

    english = text_of(render_invoice(paper, Language.EN))

    assert "Charged is 1 seat: the most" in english
    assert "Price list: RUB from 2020-10.\nSeats held" in english
    assert "free" not in english
    assert "бесплатно" not in text_of(render_invoice(paper, Language.RU))


def test_without_the_ledger_there_is_neither_a_chart_nor_a_cause() -> None:
    text = text_of(render_invoice(invoice(peak=PaperPeak(270, PEAK_AT, None, False), chart=None), Language.EN))

    assert "Charged are 270 seats" in text
    for absent in ("Nobody was seated", "Raised by", "Seats held during", "charged: 270"):
        assert absent not in text


def test_only_the_first_members_seated_are_named() -> None:
    cause = PeakCause("system:settle", "a new month began", tuple(f"{one:08x}-0000" for one in range(10)))

    text = text_of(render_invoice(invoice(peak=PaperPeak(10, PEAK_AT, cause, False)), Language.EN))

    assert "Raised by system (settle): a new month began." in text
    assert "00000006, 00000007 and 2 more." in " ".join(text.split())
    assert "00000008" not in text


def test_a_prorated_month_says_how_much_of_it_is_charged() -> None:
    text = text_of(render_invoice(invoice(charged_share=Fraction(2, 3)), Language.EN))
    assert "Charged is the part of the period after the trial: 66.67% of each line." in text


def test_a_credit_note_takes_amounts_off() -> None:
    assert lines_of(render_credit_note(credit_note(), Language.EN)) == [
        "Credit note CN-2021-000001",
        "Issued 3 February 2021",
        "Of invoice 2021-000001, 1 February 2021",
        "Month January 2021",
        "Reason Учтён сотрудник, уволенный в декабре.",
        "From",
        "ООО «Ситмарк»",
        "Tax number: 7700000000",
        "Москва, ул. Льва Толстого, 16",
        "To",
        "ООО «Ромашка»",
        "Legal entity",
        "Tax number: 7701234567",
        "Москва, Тверская, 1",
        "Bank details: БИК 044525225",
        "Credited −RUB 185.00",
        "Including VAT 20% −RUB 30.83",
        "Net of VAT −RUB 154.17",
        "SHA-256 of everything this amount was computed from: " + "fedcba9876543210" * 4,
        "Credit note CN-2021-000001 1 / 1",
    ]


def test_a_credit_note_in_russian_with_vat_on_top() -> None:
    paper = credit_note(vat=PaperVat(Decimal(22), False, Decimal("151.64"), Decimal("33.36")))

    text = text_of(render_credit_note(paper, Language.RU))

    assert "Кредит-нота № CN-2021-000001\nВыставлен 3 февраля 2021 г.\nК счёту 2021-000001, 1 фев" in text
    assert "Основание Учтён сотрудник, уволенный в декабре." in text
    assert "Без НДС −151,64 ₽\nНДС 22 % −33,36 ₽\nВсего зачтено −185,00 ₽" in text


def entries() -> list[Entry]:
    return [
        Entry(EntryKind.INVOICE, moscow("2020-12-01 00:30"), "2020-000001", Decimal(1548), moscow("2020-12-16 00:30")),
        Entry(EntryKind.INVOICE, ISSUED, "2021-000001", Decimal(62800), moscow("2021-02-16 00:30")),
        Entry(EntryKind.CREDIT_NOTE, moscow("2021-02-03 12:00"), "CN-2021-000001", Decimal(185), about="2021-000001"),
        Entry(EntryKind.PAYMENT, moscow("2021-02-10 12:00"), "bank-17", Decimal(2000)),
        Entry(EntryKind.REVERSAL, moscow("2021-03-10 12:00"), "bank-16", Decimal("100.5")),
    ]


ISSUED = moscow("2021-02-01 00:30")


def test_the_account_of_a_quarter() -> None:
    text = text_of(render_account_statement(account(entries()), Language.EN))

    assert text.startswith(
        "Account statement\nOrganization Romashka\nQuarter First quarter of 2021\n"
        "Period 1 January 2021, 00:00 – 1 April 2021, 00:00 (Europe/Moscow)\nFrom\n"
    )
    for line in (
        "Opening balance −1,548.00",
        "1 February 2021 Invoice 2021-000001, due 16 February 2021 62,800.00 −64,348.00",
        "3 February 2021 Credit note CN-2021-000001 of invoice 2021-000001 185.00 −64,163.00",
        "10 February 2021 Payment bank-17 2,000.00 −62,163.00",
        "10 March 2021 Payment bank-16 reversed 100.50 −62,263.50",
        "Closing balance −62,263.50",
        "Unpaid at the end",
        "Invoice 2021-000001 16 February 2021 62,263.50",
        "Unpaid in total 62,263.50",
        "Account statement, 2021-Q1 1 / 1",
    ):
        assert line in text.splitlines()


def test_the_account_in_russian() -> None:
    text = text_of(render_account_statement(account(entries()), Language.RU))

    for said in (
        "Выписка по лицевому счёту",
        "Квартал I квартал 2021 г.",
        "Входящий баланс −1 548,00",
        "Платёж bank-17 2 000,00 −62 163,00",
        "Отмена платежа bank-16 100,50 −62 263,50",
        "Исходящий баланс −62 263,50",
        "Счёт № 2021-000001 16 февраля 2021 г. 62 263,50",
    ):
        assert said in text


def test_an_account_without_entries_says_so_and_has_nothing_unpaid() -> None:
    text = text_of(render_account_statement(account([], payer=None, is_running=True), Language.EN))

    assert "Opening balance 0.00\nNothing was charged, credited or paid.\nClosing balance 0.00" in text
    assert "Nothing is unpaid at the end." in text
    assert "The quarter is not over: this is the account so far.\nFrom" in text
    assert "No billing profile is recorded." in text


def test_what_the_font_lacks_is_seen_to_be_missing() -> None:
    payer = replace(invoice().payer, legal_name="株 Zoë Ғылым e\u0308", address="😀 1\tst\nLine two")
    (page,) = pages_of(render_invoice(invoice(payer=payer), Language.EN))

    assert "\ufffd Zoë Ғылым ë" in page.lines
    assert "\ufffd 1 st Line two" in page.lines

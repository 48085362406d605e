"""Documents to print: the January of 62 800 roubles, and what is changed of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from app.documents.content import (
    AccountPaper,
    CreditNotePaper,
    InvoicePaper,
    Issuer,
    PaperLine,
    PaperPeak,
    PaperVat,
    Payer,
    PeakCause,
    SeatChart,
)
from app.domain.bookkeeping import Entry, state_account
from app.domain.quarter import Quarter
from tests.factories import moscow

ISSUER = Issuer("ООО «Ситмарк»", "7700000000", "Москва, ул. Льва Толстого, 16", "", "Europe/Moscow")
PAYER = Payer("ООО «Ромашка»", "LEGAL_ENTITY", "7701234567", "Москва, Тверская, 1", "БИК 044525225")
LONG_PAYER = Payer(
    ("Общество с ограниченной ответственностью «" + "Научно-производственное объединение " * 8)[:299] + "»",
    "LEGAL_ENTITY",
    "7" * 64,
    ("Россия, г. Санкт-Петербург, проспект Обуховской Обороны, дом 120, литера ЗБ, " * 7)[:500],
    "W" * 500,
)
JANUARY, FEBRUARY = moscow("2021-01-01 00:00"), moscow("2021-02-01 00:00")
PEAK_AT = moscow("2021-01-15 00:00")
ISSUED_AT = moscow("2021-02-01 00:30")


def chart(
    steps: Sequence[tuple[datetime, int]],
    *,
    free_threshold: int = 5,
    suspended: Sequence[tuple[datetime, datetime]] = (),
) -> SeatChart:
    """The month with the steps, charged for the highest of them."""
    most = max(seats for _, seats in steps)
    at = next(instant for instant, seats in steps if seats == most)
    return SeatChart(JANUARY, FEBRUARY, "Europe/Moscow", tuple(steps), most, at, free_threshold, tuple(suspended))


def many_steps(number: int) -> list[tuple[datetime, int]]:
    """So many steps over January, up and down between 20 and 1 019 seats."""
    width = (FEBRUARY - JANUARY) / number
    return [(JANUARY + width * place, 20 + place * 7919 % 1000) for place in range(number)]


def invoice(**given: Any) -> InvoicePaper:
    """The invoice of January 2021: 245, then 270, then 260 seats."""
    paper = {
        "number": "2021-000001",
        "issued_at": ISSUED_AT,
        "due_at": ISSUED_AT + timedelta(days=15),
        "month": "2021-01",
        "starts_at": JANUARY,
        "ends_at": FEBRUARY,
        "time_zone": "Europe/Moscow",
        "currency": "RUB",
        "issuer": ISSUER,
        "payer": PAYER,
        "price_list": "RUB from 2020-10",
        "free_threshold": 5,
        "charged_share": Fraction(1),
        "lines": (
            PaperLine("Seats 1–100", 100, Decimal(258), Decimal(0), Decimal(25800)),
            PaperLine("Seats 101–250", 150, Decimal(222), Decimal(0), Decimal(33300)),
            PaperLine("Seats 251 and more", 20, Decimal(185), Decimal(0), Decimal(3700)),
        ),
        "subtotal": Decimal("62800.000000"),
        "discounts": (),
        "vat": PaperVat(Decimal(20), True, Decimal("52333.33"), Decimal("10466.67")),
        "total": Decimal("62800.000000"),
        "peak": PaperPeak(
            270,
            PEAK_AT,
            PeakCause("member:0190a1b2-1111-7000-8000-000000000000", "seats were changed", ("1a2b3c4d-0000",)),
            False,
        ),
        "suspended": (),
        "chart": chart([(JANUARY, 245), (PEAK_AT, 270), (moscow("2021-01-22 00:00"), 260)]),
        "digest": "0123456789abcdef" * 4,
        "replaces": None,
        "replaced_by": None,
        "credits": (),
    }
    return InvoicePaper(**{**paper, **given})


def tiers(number: int) -> tuple[PaperLine, ...]:
    """So many lines, every one with a flat amount and a price of six decimals."""
    return tuple(
        PaperLine(
            f"Seats {100 * place + 1}–{100 * place + 100}",
            100,
            Decimal(place) + Decimal("0.123456"),
            Decimal("1000.5"),
            Decimal("1012.85") + 100 * place,
        )
        for place in range(number)
    )


def credit_note(**given: Any) -> CreditNotePaper:
    """One seat of that January given back."""
    paper = {
        "number": "CN-2021-000001",
        "issued_at": moscow("2021-02-03 12:00"),
        "invoice_number": "2021-000001",
        "invoice_issued_at": ISSUED_AT,
        "month": "2021-01",
        "currency": "RUB",
        "issuer": ISSUER,
        "payer": PAYER,
        "reason": "Учтён сотрудник, уволенный в декабре.",
        "amount": Decimal("185.000000"),
        "vat": PaperVat(Decimal(20), True, Decimal("154.17"), Decimal("30.83")),
        "digest": "fedcba9876543210" * 4,
    }
    return CreditNotePaper(**{**paper, **given})


def account(entries: Sequence[Entry], **given: Any) -> AccountPaper:
    """The first quarter of 2021."""
    since, until = Quarter(2021, 1).bounds("Europe/Moscow")
    paper = {
        "quarter": Quarter(2021, 1),
        "since": since,
        "until": until,
        "is_running": False,
        "time_zone": "Europe/Moscow",
        "currency": "RUB",
        "issuer": ISSUER,
        "payer": PAYER,
        "organization": "Romashka",
        "account": state_account(entries, since, until),
    }
    return AccountPaper(**{**paper, **given})

"""What mails say: every template in both languages, as text and as HTML, and what hostile names come to."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import pytest

from app.delivery.letters import Letter, write_letter
from app.documents.content import Language
from app.domain.mails import MailKind

EN, RU = Language.EN, Language.RU
COMMON: Mapping[str, Any] = {
    "organization": "Romashka",
    "name": "Anna",
    "is_test": False,
    "is_optional": False,
    "has_deadline": True,
    "reason": "OWNER",
    "link": "https://seats.test/auth/link?token=smsl_secret&language=en",
    "suspends": False,
}
FACTS: Mapping[MailKind, Mapping[str, Any]] = {
    MailKind.INVITATION: {"expires": "E-DAY", "reason": "INVITED"},
    MailKind.SIGN_IN_LINK: {"expires": "E-DAY", "reason": "ASKED"},
    MailKind.TRIAL_ENDING: {"day": "T-DAY", "moment": "T-MOMENT", "purge": "P-MOMENT", "days": 7},
    MailKind.TRIAL_ENDED: {"day": "T-DAY", "moment": "T-MOMENT", "purge": "P-MOMENT", "days": 7},
    MailKind.PURGE_APPROACHING: {"day": "P-DAY", "moment": "P-MOMENT", "is_closed": False, "days": 1},
    MailKind.BILL_RAISED: {
        "month": "MONTH", "before": "BEFORE", "after": "AFTER", "peak_before": "5", "peak_after": "6", "cause": "CAUSE",
    },
    MailKind.PEOPLE_WAITING: {"waiting": 3, "was": 1},
    MailKind.INVOICE_ISSUED: {
        "number": "2021-000001", "month": "MONTH", "total": "TOTAL", "due": "DUE", "payer": "PAYER",
    },
    MailKind.CREDIT_NOTE_ISSUED: {"number": "2021-000002", "invoice": "2021-000001", "amount": "AMOUNT"},
    MailKind.INVOICE_DUE_SOON: {"number": "2021-000001", "outstanding": "REST", "due": "DUE"},
    MailKind.INVOICE_OVERDUE: {"number": "2021-000001", "outstanding": "REST", "due": "DUE"},
    MailKind.WEBHOOK_DISABLED: {"webhook": "Office (partner.example)", "is_gone": False},
}  # fmt: skip
SAID: Mapping[MailKind, tuple[str, ...]] = {
    MailKind.INVITATION: ("Romashka", "Anna", "E-DAY", COMMON["link"]),
    MailKind.SIGN_IN_LINK: ("E-DAY", COMMON["link"]),
    MailKind.TRIAL_ENDING: ("Romashka", "T-MOMENT"),
    MailKind.TRIAL_ENDED: ("Romashka", "T-MOMENT", "P-MOMENT"),
    MailKind.PURGE_APPROACHING: ("Romashka", "P-MOMENT"),
    MailKind.BILL_RAISED: ("Romashka", "MONTH", "BEFORE", "AFTER", "CAUSE"),
    MailKind.PEOPLE_WAITING: ("Romashka", "3"),
    MailKind.INVOICE_ISSUED: ("Romashka", "2021-000001", "MONTH", "TOTAL", "DUE", "PAYER"),
    MailKind.CREDIT_NOTE_ISSUED: ("Romashka", "2021-000002", "2021-000001", "AMOUNT"),
    MailKind.INVOICE_DUE_SOON: ("Romashka", "2021-000001", "REST", "DUE"),
    MailKind.INVOICE_OVERDUE: ("Romashka", "2021-000001", "REST", "DUE"),
    MailKind.WEBHOOK_DISABLED: ("Romashka", "Office (partner.example)"),
}
HOSTILE = (
    'Evil <script>alert("1")</script> & Co\r\nBcc: all@people.example\n\n<a href="https://evil.test">x</a> {{ 7*7 }}'
)


class Page(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def written(kind: MailKind, language: Language, **given: Any) -> Letter:
    return write_letter(kind, language, {**COMMON, **FACTS[kind], **given})


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", MailKind)
def test_every_mail_says_what_it_is_about_in_both_forms(kind: MailKind, language: Language) -> None:
    letter = written(kind, language)
    page = Page(letter.html)
    flowing = " ".join(letter.text.split())
    for fact in SAID[kind]:
        assert fact in flowing
        assert fact in page.text or fact in [attributes.get("href") for _, attributes in page.tags]
    assert letter.subject
    assert ("html", {"lang": language.value}) in page.tags
    assert (any("а" <= one <= "я" for one in letter.text)) is (language is RU)
    assert (any("а" <= one <= "я" for one in letter.subject)) is (language is RU)
    assert "{{" not in letter.text + letter.html
    assert not {"img", "script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert max(len(line) for line in letter.text.splitlines() if "https://" not in line) <= 72


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", MailKind)
def test_a_hostile_name_is_no_markup_no_header_and_no_paragraph(kind: MailKind, language: Language) -> None:
    letter = written(kind, language, organization=HOSTILE, name=HOSTILE)
    clean, page = Page(written(kind, language).html), Page(letter.html)
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in clean.tags]
    assert "evil.test" not in str([attributes for _, attributes in page.tags])
    assert "\n" not in letter.subject
    assert "\r" not in letter.subject + letter.text
    assert "\n\nBcc:" not in letter.text
    assert "49" not in letter.text


def test_a_trial_that_ends_in_english() -> None:
    letter = written(MailKind.TRIAL_ENDING, EN, day="3 December 2020", moment="3 December 2020, 13:00 (Europe/Moscow)")
    assert letter.subject == "The trial of Romashka ends on 3 December 2020 (7 days left)"
    assert (
        letter.text
        == """\
The trial of Romashka ends on 3 December 2020, 13:00 (Europe/Moscow). 7
days are left.

From then on those who have a seat keep full access, and all others can
read everything and change nothing.

If no subscription is made within 30 days after the trial, the
organization and all its data are deleted.

--\x20
You get this mail because you are an owner of Romashka. It cannot be
switched off: something has to be decided or paid in time.
"""
    )


def test_an_invoice_in_russian() -> None:
    letter = written(
        MailKind.INVOICE_ISSUED, RU, total="62 800,00 ₽", month="январь 2021", due="16 февраля 2021 г.",
        payer="ООО Ромашка", reason="CONTACT", is_test=True,
    )  # fmt: skip
    assert letter.subject == "Счёт 2021-000001 за январь 2021: 62 800,00 ₽"
    assert (
        letter.text
        == """\
Организации Romashka выставлен счёт.

Счёт: 2021-000001
Месяц: январь 2021
Итого: 62 800,00 ₽
Оплатить до: 16 февраля 2021 г.
Плательщик: ООО Ромашка

Сам счёт и расчёт суммы приложены к письму.

--\x20
Вы получили это письмо, потому что этот адрес указан в платёжных данных
организации Romashka. Пока организации выставляют счета, отключить его
нельзя; другой адрес можно указать в платёжных данных. Организация живёт
по тестовым часам: всё в этом письме не настоящее.
"""
    )


@pytest.mark.parametrize(
    ("waiting", "subject"),
    [
        (1, "Romashka: 1 человек ждёт места"),
        (3, "Romashka: 3 человека ждут места"),
        (5, "Romashka: 5 человек ждут места"),
        (21, "Romashka: 21 человек ждёт места"),
    ],
)
def test_people_who_wait_are_counted_as_russian_counts(waiting: int, subject: str) -> None:
    assert written(MailKind.PEOPLE_WAITING, RU, waiting=waiting).subject == subject


@pytest.mark.parametrize(
    ("days", "subject"),
    [
        (1, "Данные Romashka будут удалены P-DAY (остался 1 день)"),
        (7, "Данные Romashka будут удалены P-DAY (осталось 7 дней)"),
        (14, "Данные Romashka будут удалены P-DAY (осталось 14 дней)"),
    ],
)
def test_each_warning_says_how_many_days_are_left(days: int, subject: str) -> None:
    letter = written(MailKind.PURGE_APPROACHING, RU, days=days)
    assert letter.subject == subject
    assert subject.partition("(")[2].rstrip(")").capitalize() in " ".join(letter.text.split())


@pytest.mark.parametrize("language", Language)
def test_what_needs_no_answer_does_not_ask_for_one(language: Language) -> None:
    said = {Language.EN: "decided or paid in time", Language.RU: "вовремя что-то решить"}[language]
    assert said in " ".join(written(MailKind.PURGE_APPROACHING, language).text.split())
    letter = written(MailKind.WEBHOOK_DISABLED, language, has_deadline=False)
    assert said not in " ".join(letter.text.split())


def test_what_can_be_switched_off_says_so() -> None:
    assert "You can switch it off" in " ".join(written(MailKind.BILL_RAISED, EN, is_optional=True).text.split())
    assert "only read" not in written(MailKind.INVOICE_OVERDUE, EN).text
    assert "only read" in " ".join(written(MailKind.INVOICE_OVERDUE, EN, suspends=True).text.split())

"""Nothing that the server says to people is in English for who reads Russian."""

import re

import pytest

from app.documents.content import Language
from app.domain.errors import ErrorCode
from app.words.codes import CODES
from app.words.russian import SENTENCES, say_russian
from app.words.speaking import preferred_language, said, said_why, speaking
from tests.words.sentences import refusals, refusals_of, told

HANDED_ON = {
    "app/access/service.py",  # a decision's, with whom to ask
    "app/domain/access.py",  # of two tables, which are read below
    "app/domain/documents.py",  # of what could not be read
    "app/domain/errors.py",  # what makes them all
    "app/domain/pricing.py",  # of its list of flaws
    "app/domain/promo_codes.py",  # likewise
    "app/domain/roster_plan.py",  # likewise, and how many groups are made
    "app/domain/warnings.py",  # how much is left to a limit
    "app/graphql/access.py",  # said here
    "app/graphql/errors.py",  # likewise
    "app/graphql/ids.py",  # another place for one made before
    "app/graphql/impacts.py",  # said here
    "app/graphql/what_if.py",  # another place for one made before
    "app/identity/cookies.py",  # of `_forbidden`
    "app/organizations/trials.py",  # of `_message`
    "app/seats/requests.py",  # a limit's
    "app/seats/undo.py",  # CHURNED, which another module makes
}
"""Where sentences are given on that were made elsewhere, or are put together: what is made there is below."""
ELSEWHERE = ("app/domain/evidence.py", "app/rest/exports.py")
"""Told to a terminal, and to programs by the place in their filter."""
TELLING = (
    "domain/explanation.py",
    "domain/verification.py",
    "organizations/trials.py",
    "domain/warnings.py",
)
PUT_TOGETHER = (" less, 7.", "7: 7 × 7 = 7 7.", "7 held from 7, the most at once in 7.", " differ: 7.")
"""Of parts that have words of their own: by the kind of a discount, by the tier, by how many seats, by who is too many. See
below."""
ENGLISH = re.compile(
    r"\b(the|is|are|of|and|not|there|this|that|has|have|to|be|at|in|for|from|by|more)\b", re.IGNORECASE
)


def test_every_refusal_that_is_made_anywhere_is_said_in_russian() -> None:
    made = [one for one in refusals() if not one[0].startswith(ELSEWHERE)]

    assert len(made) > 350  # they are found at all
    assert [one for one in made if not one[1].startswith("<") and _is_unsaid(one[1])] == []
    assert {where.partition(":")[0] for where, sentence in made if sentence.startswith("<")} == HANDED_ON


@pytest.mark.parametrize("module", TELLING)
def test_whatever_explains_or_verifies_is_said_in_russian(module: str) -> None:
    found = [one for one in told(module) if not one[1].endswith(PUT_TOGETHER)]
    assert found != []
    assert [one for one in found if _is_unsaid(one[1])] == []


def _is_unsaid(sentence: str) -> bool:
    russian = say_russian(sentence)
    return (
        russian is None or re.search("[А-Яа-яё]", russian) is None or ENGLISH.search(_without_code(russian)) is not None
    )


def _without_code(text: str) -> str:
    return re.sub(r"`[^`]*`|[\w-]+/[\w-]+", "", text)


def test_a_refusal_that_has_no_russian_is_found() -> None:
    source = 'def f(a):\n    message = f"Ask {a}." if a else "No news."\n    raise invalid(message, "input")'

    assert [sentence for _, sentence in refusals_of(source, "here")] == ["Ask 7.", "No news."]
    assert [_is_unsaid(sentence) for _, sentence in refusals_of(source, "here")] == [True, True]


def test_every_code_is_said_in_russian() -> None:
    assert set(CODES) == set(ErrorCode)
    assert all(re.search("[А-Яа-яё]", words) for words in CODES.values())


@pytest.mark.parametrize("english", SENTENCES)
def test_both_languages_have_the_same_holes(english: str) -> None:
    holes = [re.findall(r"\{(\w+)", text) for text in (english, SENTENCES[english])]
    assert set(holes[0]) >= set(holes[1])
    assert len(holes[0]) == len(set(holes[0]))
    assert ENGLISH.search(re.sub(r"\{[^}]*\}", "", _without_code(SENTENCES[english]))) is None


@pytest.mark.parametrize(
    ("english", "russian"),
    [
        ("The name cannot be longer than 200 characters.", "Название: не больше 200 знаков."),
        ("The name cannot be longer than 1 characters.", "Название: не больше 1 знака."),
        ("'ф' is not an e-mail address. (and 3 more)", "«ф» — не адрес эл. почты. (и ещё 3)"),
        ("There is no such team.", "Такой команды нет."),
        ("The e-mail address a@b.example is in the roster twice.", "Дважды в списке: адрес a@b.example."),
        ("The external id 7 is somebody else's.", "Уже занято кем-то другим: внешний идентификатор 7."),
        ("A person's name cannot be empty.", "Имя: обязательное поле."),
        (
            "The month would cost 1548.00 RUB, not what you expect.",
            "Месяц стоил бы 1 548,00 ₽, а не столько, сколько вы ожидаете.",
        ),
        (
            "It could be undone until 2026-11-23T06:51:19Z.",
            "Отменить это можно было до 23 ноября 2026 г., 06:51:19 UTC.",
        ),
        (
            "The holders of the seats at the peak differ: a, b held none by the ledger; c held one by the ledger and are not named.",
            "Расходится, у кого были места в момент максимума: по истории мест не было у a, b; было, но не названы — c.",
        ),
        (
            "The document's peak is 7 at 2021-01-05T09:00:00Z; its statement's is None.",
            "В документе максимум: 7 мест, 5 января 2021 г., 09:00 UTC; в итоге месяца: нет.",
        ),
        ("2021-02 is not closed yet.", "Месяц ещё не закрыт: февраль 2021."),
        ("12 seats pass the organization's own cap of 10.", "12 мест — больше собственного предела организации: 10."),
        (
            "21 seats pass the limit of 20; write to us about a contract.",
            "21 место — больше предела: 20; напишите нам о договоре.",
        ),
        ("A roster makes at most 100 new teams, not 101.", "Список создаёт не больше 100 новых команд, а не 101."),
        (
            "You had a trial that began on 2021-03-04; another is to be had 12 months later.",
            "У вас был пробный период, который начался 4 марта 2021 г.; новый возможен через 12 месяцев после этого.",
        ),
        (
            "The month still cannot be closed: There is no billing profile to bill.",
            "Месяц по-прежнему не закрыть: Не указан плательщик: счёт выставить некому.",
        ),
        (
            "The trial is over and there is no seat: everything can be seen and nothing changed. Ask Anna or Boris.",
            "Пробный период закончился, а места нет: всё можно смотреть и ничего нельзя менять. Спросите: Anna или Boris.",
        ),
        ("The role MEMBER does not give SEAT_VIEW.", "Роль «участник» не даёт права SEAT_VIEW."),
        ("lines[1].quantity was 6; recomputed it is 7.", "строка 1, количество: было 6; при пересчёте 7."),
        (
            "The peak was 6 at 2021-02-01T00:00:00Z; the ledger says 0.",
            "Максимум был: 6 мест, 1 февраля 2021 г., 00:00 UTC; по истории мест: 0.",
        ),
        (
            "The suspensions were 2021-02-01T00:00:00Z to past the month's end; now they are none.",
            "Приостановки были: с 1 февраля 2021 г., 00:00 UTC до времени после конца месяца; сейчас: нет.",
        ),
        (
            "7 seats were held from 2021-01-05 09:00 UTC (2021-01-05 12:00 Europe/Moscow), the most at once in 2021-01.",
            "7 мест было занято с 5 января 2021 г., 12:00 (Europe/Moscow): это максимум за месяц (январь 2021).",
        ),
        (
            "Raised from 1 by operator:anna (6 subscribed).",
            "До этого — 1; увеличил оператор anna (оформлено 6 подписок).",
        ),
        (
            "The list is 'Public list'; with more than 5 every seat is charged.",
            "Прайс-лист — «Public list»; если мест больше 5, оплачивается каждое.",
        ),
        ("Seats 1–100: 100 × 258 = 25800.00 RUB.", "Места 1–100: 100 × 258 = 25 800,00 ₽."),
        (
            "Seats 1–100: 7 × 258.5, 50.00% of it for the time after the trial = 904.75 RUB.",
            "Места 1–100: 7 × 258,5, из них 50,00 % за время после пробного периода = 904,75 ₽.",
        ),
        (
            "Promo code SPRING: 20.00 RUB less, by the code that was redeemed.",
            "Промокод SPRING: меньше на 20,00 ₽ по промокоду.",
        ),
        (
            "Price kept: Old: 20.00 RUB less, for an organization that was there before the list.",
            "Сохранённая цена: Old: меньше на 20,00 ₽ для организации, которая была до этого прайс-листа.",
        ),
        (
            "3 seats are left to the organization's own budget, 1548.00 RUB.",
            "До предела бюджета организации (1 548,00 ₽) осталось 3 места.",
        ),
        ("No seat is left to the organization's own cap, 5.", "До предела самой организации (5) мест не осталось."),
        (
            "2 people would wait for a seat (BUDGET_REACHED, SEAT_CHURN).",
            "2 человека ждали бы места (бюджет, место давали слишком часто).",
        ),
    ],
)
def test_numbers_dates_and_money_are_in_russian_forms(english: str, russian: str) -> None:
    assert (say_russian(english) or "").replace("\u00a0", " ").replace("\u202f", " ") == russian


def test_what_people_wrote_is_left_as_they_wrote_it() -> None:
    assert say_russian("There is no such thing is deactivated.") == "Не найдено: thing is deactivated."
    assert say_russian("Team. 7 is deactivated.") == "Team. 7: участник отключён."
    assert say_russian("Anna wrote this.") is None


def test_a_sentence_that_callers_made_very_long_is_not_looked_for() -> None:
    long = "x: 1 × 2 + 3 for the tier = " * 400
    assert say_russian(long) is None
    assert say_russian(long[:500]) is None
    with speaking(Language.RU):
        assert said_why(ErrorCode.INVALID_INPUT, long) == CODES[ErrorCode.INVALID_INPUT]


def test_english_is_said_unless_russian_is_asked_for_and_a_new_sentence_has_at_least_its_code() -> None:
    assert said("There is no such team.") == "There is no such team."
    with speaking(Language.RU):
        assert said("There is no such team.") == "Такой команды нет."
        assert said("A new sentence.") == "A new sentence."
        assert said_why(ErrorCode.CONFLICT, "A new sentence.") == CODES[ErrorCode.CONFLICT]
    assert said_why(ErrorCode.CONFLICT, "A new sentence.") == "A new sentence."


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", Language.EN),
        ("ru", Language.RU),
        ("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", Language.RU),
        ("en-US,en;q=0.9,ru;q=0.8", Language.EN),
        ("de, ru;q=0.5", Language.RU),
        ("ru;q=0", Language.EN),
        ("ru;q=0.5, en;q=0.5", Language.EN),
        ("ru;q=much", Language.EN),
        ("ru;level=1", Language.EN),
        ("*", Language.EN),
        ("rus", Language.EN),
        ("," * 10_000 + "ru", Language.EN),
    ],
)
def test_the_language_is_what_the_header_wants_most_of_what_we_speak(accepted: str, language: Language) -> None:
    assert preferred_language(accepted) is language

"""Every word that is printed, in each language."""

import re
from dataclasses import dataclass

from app.documents.content import Language
from app.documents.formats import Formats
from app.domain.pricing import line_name


@dataclass(frozen=True, slots=True)
class Words:
    """What is in braces is filled in."""

    invoice: str
    credit_note: str
    account: str
    issued: str
    due: str
    month: str
    period: str
    issuer: str
    payer: str
    tax_number: str
    bank_details: str
    kinds: dict[str, str]
    no_payer: str
    description: str
    quantity: str
    unit_price: str
    flat_amount: str
    amount: str
    subtotal: str
    total: str
    credit_total: str
    net: str
    vat_on_top: str
    vat_inside: str
    void: str
    voided: str
    credited: str
    replaces: str
    replaced_by: str
    explanation: str
    price_list: str
    free: str
    seats_up_to: dict[str, str]
    peak: str
    charged_seats: dict[str, str]
    cause: str
    cause_people: str
    cause_more: str
    carried: str
    resumed: str
    suspension: str
    suspension_on: str
    share: str
    actors: dict[str, str]
    chart: str
    chart_peak: str
    chart_free: str
    chart_suspended: str
    digest: str
    verify: str
    of_invoice: str
    reason: str
    organization: str
    quarter: str
    quarter_title: str
    stated: str
    until_now: str
    date: str
    entry: str
    charged: str
    paid: str
    balance: str
    opening: str
    closing: str
    entries: dict[str, str]
    nothing: str
    unpaid: str
    all_paid: str
    unpaid_total: str
    balance_note: str


_ENGLISH = Words(
    invoice="Invoice {number}",
    credit_note="Credit note {number}",
    account="Account statement",
    issued="Issued",
    due="Due",
    month="Month",
    period="Billing period",
    issuer="From",
    payer="To",
    tax_number="Tax number: {number}",
    bank_details="Bank details: {details}",
    kinds={"LEGAL_ENTITY": "Legal entity", "SOLE_TRADER": "Sole trader", "INDIVIDUAL": "Individual"},
    no_payer="No billing profile is recorded.",
    description="Description",
    quantity="Seats",
    unit_price="Price per seat",
    flat_amount="Flat amount",
    amount="Amount",
    subtotal="Subtotal",
    total="Total",
    credit_total="Credited",
    net="Net of VAT",
    vat_on_top="VAT {rate}",
    vat_inside="Including VAT {rate}",
    void="VOID",
    voided="This invoice has been taken back in full by credit notes and is not to be paid.",
    credited="Credit note {number} of {date}: {amount}.",
    replaces="Replaces invoice {number}.",
    replaced_by="Replaced by invoice {number}.",
    explanation="How the amount came about",
    price_list="Price list: {name}.",
    free="Up to {seats} free; with more, every seat is charged.",
    seats_up_to={"one": "{number} seat a month is", "other": "{number} seats a month are"},
    peak="Charged {seats}: the most held at one instant of the period, first on {moment} ({zone}).",
    charged_seats={"one": "is {number} seat", "other": "are {number} seats"},
    cause="Raised by {actor}: {description}.",
    cause_people="Seated by that change: {people}",
    cause_more=" and {more} more",
    carried="Nobody was seated at that instant: the seats were held from before.",
    resumed="The seats were held already when the suspension ended at that instant.",
    suspension="Suspended from {since} to {until} ({zone}): no seat counts then.",
    suspension_on="Suspended from {since} ({zone}) past the end of the period: no seat counts then.",
    share="Charged is the part of the period after the trial: {percent} of each line.",
    actors={"member": "member {id}", "operator": "operator {id}", "system": "system ({id})", "invited": "member {id}"},
    chart="Seats held during the period, those not charged included ({zone})",
    chart_peak="charged: {seats}",
    chart_free="free: {seats}",
    chart_suspended="suspended",
    digest="SHA-256 of everything this amount was computed from: {digest}",
    verify="To verify offline: save the invoice's evidence file and run `seatmark verify FILE`.",
    of_invoice="Of invoice",
    reason="Reason",
    organization="Organization",
    quarter="Quarter",
    quarter_title="{quarter} quarter of {year}",
    stated="Period",
    until_now="The quarter is not over: this is the account so far.",
    date="Date",
    entry="Entry",
    charged="Charged",
    paid="Paid and credited",
    balance="Balance",
    opening="Opening balance",
    closing="Closing balance",
    entries={
        "INVOICE": "Invoice {reference}, due {due}",
        "CREDIT_NOTE": "Credit note {reference} of invoice {about}",
        "PAYMENT": "Payment {reference}",
        "REVERSAL": "Payment {reference} reversed",
    },
    nothing="Nothing was charged, credited or paid.",
    unpaid="Unpaid at the end",
    all_paid="Nothing is unpaid at the end.",
    unpaid_total="Unpaid in total",
    balance_note="A balance below zero is owed to the issuer.",
)
_RUSSIAN = Words(
    invoice="Счёт №\u00a0{number}",
    credit_note="Кредит-нота №\u00a0{number}",
    account="Выписка по лицевому счёту",
    issued="Выставлен",
    due="Оплатить до",
    month="Месяц",
    period="Расчётный период",
    issuer="Исполнитель",
    payer="Плательщик",
    tax_number="ИНН: {number}",
    bank_details="Банковские реквизиты: {details}",
    kinds={
        "LEGAL_ENTITY": "Юридическое лицо",
        "SOLE_TRADER": "Индивидуальный предприниматель",
        "INDIVIDUAL": "Физическое лицо",
    },
    no_payer="Платёжные данные не указаны.",
    description="Наименование",
    quantity="Мест",
    unit_price="Цена за место",
    flat_amount="Фиксированная сумма",
    amount="Сумма",
    subtotal="Итого по строкам",
    total="Всего к оплате",
    credit_total="Всего зачтено",
    net="Без НДС",
    vat_on_top="НДС {rate}",
    vat_inside="В том числе НДС {rate}",
    void="АННУЛИРОВАН",
    voided="Счёт полностью отменён кредит-нотами и не подлежит оплате.",
    credited="Кредит-нота №\u00a0{number} от {date}: {amount}.",
    replaces="Заменяет счёт №\u00a0{number}.",
    replaced_by="Заменён счётом №\u00a0{number}.",
    explanation="Как получилась сумма",
    price_list="Прайс-лист: {name}.",
    free="До {seats} в месяц бесплатно; если больше — оплачивается каждое место.",
    seats_up_to={"one": "{number} места", "other": "{number} мест"},
    peak="Оплачивается мест: {seats} — наибольшее число занятых одновременно за период, "
    "впервые достигнуто {moment} ({zone}).",
    charged_seats={"other": "{number}"},
    cause="Изменение внёс {actor}: {description}.",
    cause_people="Этим изменением места получили: {people}",
    cause_more=" и ещё {more}",
    carried="В этот момент никто не получал места: они были заняты раньше.",
    resumed="Места были заняты ещё до того, как в этот момент закончилась приостановка.",
    suspension="Приостановлено с {since} до {until} ({zone}): места в это время не считаются.",
    suspension_on="Приостановлено с {since} ({zone}) и не возобновлено до конца периода: "
    "места в это время не считаются.",
    share="Оплачивается часть периода после пробного: {percent} каждой строки.",
    actors={
        "member": "участник {id}",
        "operator": "оператор {id}",
        "system": "система ({id})",
        "invited": "участник {id}",
    },
    chart="Занятые места в течение периода, включая неоплачиваемые ({zone})",
    chart_peak="к оплате: {seats}",
    chart_free="бесплатно: {seats}",
    chart_suspended="приостановлено",
    digest="SHA-256 всех данных, по которым рассчитана сумма: {digest}",
    verify="Проверить без подключения: сохраните файл доказательств счёта и выполните `seatmark verify FILE`.",
    of_invoice="К счёту",
    reason="Основание",
    organization="Организация",
    quarter="Квартал",
    quarter_title="{quarter} квартал {year} г.",
    stated="Период",
    until_now="Квартал ещё не закончился: показано состояние на текущий момент.",
    date="Дата",
    entry="Операция",
    charged="Начислено",
    paid="Оплачено и зачтено",
    balance="Баланс",
    opening="Входящий баланс",
    closing="Исходящий баланс",
    entries={
        "INVOICE": "Счёт №\u00a0{reference}, оплатить до {due}",
        "CREDIT_NOTE": "Кредит-нота №\u00a0{reference} к счёту №\u00a0{about}",
        "PAYMENT": "Платёж {reference}",
        "REVERSAL": "Отмена платежа {reference}",
    },
    nothing="Начислений, зачётов и платежей не было.",
    unpaid="Не оплачено на конец периода",
    all_paid="На конец периода всё оплачено.",
    unpaid_total="Всего не оплачено",
    balance_note="Отрицательный баланс — задолженность перед исполнителем.",
)
WORDS = {Language.EN: _ENGLISH, Language.RU: _RUSSIAN}

QUARTERS = {Language.EN: ("First", "Second", "Third", "Fourth"), Language.RU: ("I", "II", "III", "IV")}

# What invoices store is English; a sentence of ours is said in Russian, anything else stays as it is.
_STORED = (
    (re.compile(r"Seat (\d+)"), r"Место \1"),
    (re.compile(r"Seats (\d+)–(\d+)"), r"Места \1–\2"),
    (re.compile(r"Seats (\d+) and more"), r"Места \1 и далее"),
    (re.compile(r"Price kept: (.*)", re.DOTALL), r"Сохранённая цена: \1"),
    (re.compile(r"Promo code (.*)", re.DOTALL), r"Промокод \1"),
)


def say_stored(text: str, language: Language) -> str:
    """The description of a line or a discount, in the language."""
    text = line_name(text)
    if language is Language.RU:
        for pattern, template in _STORED:
            if pattern.fullmatch(text) is not None:
                return pattern.sub(template, text)
    return text


# What the ledger says of changes, in its English; some with numbers, each by the forms that Russian has for numbers.
_CAUSES = {
    "joined the organization": "вступление в организацию",
    "accepted an invitation": "приглашение принято",
    "invitation was revoked": "приглашение отозвано",
    "joined a team": "вступление в команду",
    "left a team": "выход из команды",
    "left and joined a team": "выход из команды и вступление в неё",
    "team was deleted": "команда удалена",
    "moved to another department": "переход в другой отдел",
    "department was moved": "отдел перенесён",
    "was deactivated": "участник отключён",
    "came back": "участник вернулся",
    "was erased": "данные участника стёрты",
    "a roster was applied": "применён список сотрудников",
    "a new month began": "начался новый месяц",
    "a contract was recorded": "записан договор",
    "a legacy baseline was set": "сохранены прежние цены",
    "a promo code was redeemed": "применён промокод",
    "the billing profile was set": "указаны платёжные данные",
    "the organization's limits were changed": "изменены ограничения организации",
    "the trial was extended": "продлён пробный период",
    "undid a change": "изменение отменено",
    "nothing changed": "без изменений",
}
_COUNTED_CAUSES: tuple[tuple[re.Pattern[str], dict[str, str]], ...] = (
    (
        re.compile(r"(\d+) subscribed"),
        {
            "one": "оформлена {number} подписка",
            "few": "оформлены {number} подписки",
            "other": "оформлено {number} подписок",
        },
    ),
    (
        re.compile(r"(\d+) unsubscribed"),
        {
            "one": "прекращена {number} подписка",
            "few": "прекращены {number} подписки",
            "other": "прекращено {number} подписок",
        },
    ),
    (
        re.compile(r"(\d+) seated who waited"),
        {
            "one": "место получил {number} ожидавший",
            "few": "место получили {number} ожидавших",
            "other": "место получили {number} ожидавших",
        },
    ),
)


def say_cause(description: str, formats: Formats) -> str:
    """A change in the ledger's words, said in the language; what the table does not have stays as it is."""
    if formats.language is not Language.RU:
        return description
    parts = [_say_part(one, formats) for one in description.split(", ")]
    return ", ".join(one for one in parts if one is not None) if None not in parts else description


def _say_part(part: str, formats: Formats) -> str | None:
    for pattern, forms in _COUNTED_CAUSES:
        counted = pattern.fullmatch(part)
        if counted is not None:
            return formats.counted(int(counted[1]), forms)
    return _CAUSES.get(part)

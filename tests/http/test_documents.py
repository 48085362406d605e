"""Documents and lists over HTTP: for who may see the billing, and for nobody else."""

import asyncio
import time
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest

from app.graphql.ids import global_id, parse_global_id
from tests.client import Client, Company, contents, start, unknown
from tests.documents.booking import credit, pay
from tests.documents.reading import text_of
from tests.factories import moscow

HEADERS = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class Office:
    """An organization with January's invoice of seven seats, a credit note and a payment."""

    company: Company
    invoice: str
    credit_note: str
    member: str

    @property
    def paths(self) -> list[str]:
        """Everything there is to get."""
        own = f"/organizations/{self.company.id}"
        return [
            f"/invoices/{self.invoice}/pdf",
            f"/credit-notes/{self.credit_note}/pdf",
            f"{own}/account-statement.pdf?quarter=2021-Q1",
            f"{own}/statements.csv",
            f"{own}/invoices.csv",
            f"{own}/payments.csv",
        ]


@pytest.fixture(scope="module")
async def office(client: Client) -> Office:
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(7)
    await company.advance("2021-01-05T12:00:00+03:00")
    await company.subscribe(people)
    await company.advance("2021-02-05T12:00:00+03:00")
    (invoice,) = await company.invoices("id")
    organization_id, invoice_id = parse_global_id(company.id)[1], parse_global_id(invoice["id"])[1]
    note_id = await credit(invoice_id, 1, "258", "One too many.", moscow("2021-02-02 12:00"))
    await pay(organization_id, "bank-1", "1000", moscow("2021-02-03 12:00"))
    return Office(company, invoice["id"], global_id("CreditNote", note_id), people[0])


async def get(client: Client, path: str) -> httpx.Response:
    return await client.http.get(path, headers=client.headers)


async def refused(client: Client, path: str, status: int, code: str) -> str:
    """Why there is nothing to get, and that nothing was changed by asking."""
    before = await contents()
    answer = await get(client, path)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (status, code)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert await contents() == before
    message: str = error["message"]
    return message


async def pdf_of(client: Client, path: str, name: str) -> str:
    """The text of a PDF that comes to be saved under the name."""
    answer = await get(client, path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert HEADERS.items() <= {key: answer.headers.get(key) for key in HEADERS}.items()
    return text_of(answer.content)


async def test_an_invoice_is_had_where_it_says_in_both_languages(client: Client, office: Office) -> None:
    (found,) = await office.company.invoices("number ru: pdfUrl(language: RU) en: pdfUrl")

    english = await pdf_of(client, found["en"], f"invoice-{found['number']}-en.pdf")
    russian = await pdf_of(client, found["ru"], f"invoice-{found['number']}-ru.pdf")

    assert "Total RUB 1,806.00" in english
    assert "Credit note CN-2021-000001 of 2 February 2021: −RUB 258.00." in english
    assert "Всего к оплате 1 806,00 ₽" in russian
    assert "к оплате: 7" in russian
    assert "Person" not in english


async def test_the_same_invoice_is_the_same_bytes(client: Client, office: Office) -> None:
    path = f"/invoices/{office.invoice}/pdf?language=ru"
    assert (await get(client, path)).content == (await get(client, path)).content


async def test_a_credit_note_is_had(client: Client, office: Office) -> None:
    text = await pdf_of(
        client, f"/credit-notes/{office.credit_note}/pdf?language=ru", "credit-note-CN-2021-000001-ru.pdf"
    )
    assert "Всего зачтено −258,00 ₽" in text


async def test_the_account_of_a_quarter_is_had_where_it_says(client: Client, office: Office) -> None:
    wanted = 'billing { accountStatementUrl(quarter: "2021-Q1", language: RU) }'
    url = (await office.company.read(wanted))["billing"]["accountStatementUrl"]

    text = await pdf_of(client, url, "account-statement-2021-Q1-ru.pdf")

    assert "Исходящий баланс −548,00" in text
    assert "Платёж bank-1 1 000,00 −548,00" in text


async def test_lists_are_had_where_they_say(client: Client, office: Office) -> None:
    urls = (await office.company.read("billing { statementsCsvUrl invoicesCsvUrl paymentsCsvUrl }"))["billing"]

    for name, rows in (("statements", 3), ("invoices", 1), ("payments", 1)):
        answer = await get(client, urls[f"{name}CsvUrl"])
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}.csv"'
        assert HEADERS.items() <= {key: answer.headers.get(key) for key in HEADERS}.items()
        assert answer.content.startswith(b"\xef\xbb\xbf")
        assert answer.content.count(b"\r\n") == 1 + rows


async def test_a_billing_manager_has_them_too(client: Client, office: Office) -> None:
    manager = (await office.company.invite(1))[0]
    await client.change("memberUpdate", "member { id }", memberId=manager, role="BILLING_MANAGER")
    acting = await client.as_member(manager)

    assert [(await get(acting, path)).status_code for path in office.paths] == [200] * 6


async def test_nobody_has_them_without_a_token(client: Client, office: Office) -> None:
    nobody = Client(client.http, "sm_nothing")
    for path in office.paths:
        answer = await get(nobody, path)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


async def test_a_member_without_the_permission_is_refused(client: Client, office: Office) -> None:
    acting = await client.as_member(office.member)
    for path in office.paths:
        message = await refused(acting, path, 403, "FORBIDDEN")
        assert message == "This needs the permission BILLING_VIEW."


async def test_another_organizations_documents_are_as_if_they_did_not_exist(client: Client, office: Office) -> None:
    other = await start(client, "2021-02-05T12:00:00+03:00")
    stranger = await client.as_member((await other.invite(1))[0])
    missing = Office(
        Company(client, "", unknown("Organization"), ""), unknown("Invoice"), unknown("CreditNote"), office.member
    )
    for theirs, none in zip(office.paths, missing.paths, strict=True):
        message = await refused(stranger, theirs, 404, "NOT_FOUND")
        assert message == await refused(client, none, 404, "NOT_FOUND")


async def test_what_is_no_id_or_that_of_something_else_is_refused(client: Client, office: Office) -> None:
    nonsense = Office(Company(client, "", "nonsense", ""), "nonsense", "nonsense", office.member)
    wrong = Office(Company(client, "", office.invoice, ""), office.company.id, office.invoice, office.member)
    for path in (*nonsense.paths, *wrong.paths):
        await refused(client, path, 400, "INVALID_INPUT")


async def test_languages_and_quarters_that_there_are_not_are_refused(client: Client, office: Office) -> None:
    account = f"/organizations/{office.company.id}/account-statement.pdf"
    for path in (
        f"/invoices/{office.invoice}/pdf?language=de",
        f"/invoices/{office.invoice}/pdf?language=",
        f"/credit-notes/{office.credit_note}/pdf?language=RU",
        f"{account}?quarter=2021-Q1&language=english",
        account,
        f"{account}?quarter=2021-Q5",
        f"{account}?quarter=2021-01",
    ):
        await refused(client, path, 400, "INVALID_INPUT")
    for quarter in ("2020-Q3", "2021-Q2"):
        await refused(client, f"{account}?quarter={quarter}", 404, "NOT_FOUND")


async def test_a_quarter_is_checked_where_its_address_is_asked_for(office: Office) -> None:
    failure = await office.company.fail('billing { accountStatementUrl(quarter: "Q1") }')
    assert failure.code == "INVALID_INPUT"


async def test_the_server_answers_others_while_it_draws(client: Client, office: Office) -> None:
    drawn = [asyncio.create_task(get(client, f"/invoices/{office.invoice}/pdf")) for _ in range(6)]
    await asyncio.sleep(0.05)
    answered = 0
    began = time.monotonic()
    while not all(task.done() for task in drawn):
        assert (await client.http.get("/healthz")).text == "ok"
        answered += 1
    took = time.monotonic() - began

    assert [(await task).status_code for task in drawn] == [200] * 6
    assert answered >= 6, f"{answered} answers in {took:.1f} s"


async def test_an_unknown_credit_note_is_not_found(client: Client) -> None:
    path = f"/credit-notes/{global_id('CreditNote', UUID(int=1))}/pdf"
    assert await refused(client, path, 404, "NOT_FOUND") == "There is no such credit note."

"""Who documents are from: set by operators, printed on what is issued from then on (R5.6)."""

from typing import Any
from uuid import uuid4

import orjson
import pytest

from app import db
from app.billing.credit_notes import list_credit_notes
from app.billing.queries import list_invoices
from app.billing.verification import verify_invoices
from app.documents.loading import load_invoice
from app.documents.loading_accounts import find_credit_note, load_credit_note
from app.domain.actor import Role
from app.domain.errors import ErrorCode
from app.domain.paging import EVERYTHING
from app.domain.roles import member
from app.domain.verification import Verification
from app.terms.issuers import IssuerUpdate, get_issuer, update_issuer
from tests.billing.test_credit_notes import bill, credit
from tests.factories import NOVEMBER, OPERATOR, advance, as_superuser, found_at, moscow, refused, snapshot

pytestmark = pytest.mark.usefixtures("clean_database")

WHOLE = IssuerUpdate("Seatmark LLC", "7700000000", "1 Tverskaya, Moscow", "40702, BIC 044525225")
PRINTED = {
    "name": "Seatmark LLC",
    "taxNumber": "7700000000",
    "address": "1 Tverskaya, Moscow",
    "bankDetails": "40702, BIC 044525225",
    "timeZone": "Europe/Moscow",
}
BLANK = {"name": "Seatmark", "taxNumber": "", "address": "", "bankDetails": "", "timeZone": "Europe/Moscow"}


async def records() -> list[Any]:
    """Of changes of the issuer, before and after, oldest first."""
    rows = await db.fetch("SELECT before, after FROM audit_entries WHERE action = 'issuer.updated' ORDER BY sequence")
    return [(orjson.loads(row["before"]), orjson.loads(row["after"])) for row in rows]


async def test_what_is_left_out_stays_and_what_changed_is_recorded() -> None:
    await update_issuer(OPERATOR, IssuerUpdate(tax_number="  7700000000 ", address="Moscow"))
    issuer = await update_issuer(OPERATOR, IssuerUpdate(name="Seatmark", address="1 Tverskaya, Moscow"))
    assert issuer == await get_issuer(OPERATOR)
    assert (issuer.name, issuer.tax_number, issuer.address, issuer.bank_details, issuer.time_zone) == (
        "Seatmark", "7700000000", "1 Tverskaya, Moscow", "", "Europe/Moscow",
    )  # fmt: skip
    assert await records() == [
        ({"taxNumber": "", "address": ""}, {"taxNumber": "7700000000", "address": "Moscow"}),
        ({"address": "Moscow"}, {"address": "1 Tverskaya, Moscow"}),
    ]


async def test_what_changes_nothing_is_not_recorded() -> None:
    await update_issuer(OPERATOR, WHOLE)
    before = await snapshot()
    await update_issuer(OPERATOR, WHOLE)
    await update_issuer(OPERATOR, IssuerUpdate())
    assert await snapshot() == before


@pytest.mark.parametrize(
    ("update", "paths"),
    [
        (IssuerUpdate(name=None), ["name"]),
        (IssuerUpdate(name=" ", tax_number="--", address="", bank_details="a" * 501),
         ["name", "taxNumber", "address", "bankDetails"]),
        (IssuerUpdate(name="a" * 201, tax_number="7" * 65, address="a" * 501), ["name", "taxNumber", "address"]),
        (IssuerUpdate(address="Moscow", bank_details="with a \x00 in it"), ["bankDetails"]),
    ],
)  # fmt: skip
async def test_what_cannot_be_printed_is_refused_with_every_problem(update: IssuerUpdate, paths: list[str]) -> None:
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await update_issuer(OPERATOR, update)
    assert [problem.path for problem in refusal.value.problems] == [("input", path) for path in paths]


async def test_only_operators_read_and_change_the_issuer() -> None:
    company = await found_at(NOVEMBER)
    owner = member(uuid4(), company.id, Role.OWNER, "request-of-a-test")
    async with refused(ErrorCode.FORBIDDEN):
        await update_issuer(owner, WHOLE)
    async with refused(ErrorCode.FORBIDDEN):
        await get_issuer(owner)


async def test_documents_print_the_issuer_as_it_was_when_they_were_issued() -> None:
    company, _ = await bill(7)
    await update_issuer(OPERATOR, WHOLE)
    await advance(company.clock_id, moscow("2021-03-01 00:30"))
    january, february = await list_invoices(company.id, EVERYTHING)
    assert (january.document["issuer"], february.document["issuer"]) == (BLANK, PRINTED)

    await credit(january, "6")

    (note,) = await list_credit_notes([january.id])
    assert (note.document["issuer"], note.document["payer"]) == (PRINTED, january.document["payer"])
    whole = Verification(())
    assert await verify_invoices([january, february]) == {january.id: whole, february.id: whole}
    printed = await find_credit_note(note.id)
    assert printed is not None
    facts = await company.facts()
    papers = [await load_invoice(facts, one) for one in (january, february)]
    assert [one.issuer.bank_details for one in papers] == ["", "40702, BIC 044525225"]
    assert (await load_credit_note(printed)).issuer == papers[1].issuer


async def test_documents_of_before_have_no_bank_details_and_the_zone_of_now() -> None:
    company, _ = await bill(6)
    await update_issuer(OPERATOR, WHOLE)
    async with as_superuser():
        await db.fetch("UPDATE invoices SET document = document #- '{issuer,bankDetails}' #- '{issuer,timeZone}'")
    (invoice,) = await list_invoices(company.id, EVERYTHING)

    paper = await load_invoice(await company.facts(), invoice)

    assert (paper.issuer.name, paper.issuer.bank_details, paper.issuer.time_zone) == ("Seatmark", "", "Europe/Moscow")

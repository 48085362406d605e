"""Replacing invoices: the old one credited, a new one that names it, at most one that stands (R5.5)."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from app import db
from app.billing.credit_notes import issue_credit_note, list_credit_notes
from app.billing.preview import preview_invoice
from app.billing.profile import set_billing_profile
from app.billing.queries import InvoiceRow, find_invoices, list_invoices, list_statements
from app.billing.replacing import Replacement, replace_invoice
from app.billing.simulation import simulate_billing
from app.billing.verification import explain_invoices, verify_invoices
from app.domain.errors import DomainError, ErrorCode
from app.domain.paging import EVERYTHING
from app.domain.period import parse_month
from app.domain.verification import Verification
from app.organizations.queries import find_balance
from app.retention.life import close_organization
from app.terms.price_lists import delete_price_list
from tests.billing.test_credit_notes import bill
from tests.factories import OPERATOR, POLICIES, PROFILE, Company, advance, moscow, refused, someone_in
from tests.retention.test_accounting import purge_by_hand

pytestmark = pytest.mark.usefixtures("clean_database")


async def correct(invoice: InvoiceRow, price_list_id: UUID | None = None) -> Replacement:
    return await replace_invoice(OPERATOR, invoice.id, "Another payer", price_list_id, POLICIES)


async def make_list(price: str, *, free: int = 0, is_public: bool = False, currency: str = "RUB") -> UUID:
    """A list of one tier, in force from 2020-01 on."""
    (row,) = await db.fetch(
        """
        INSERT INTO price_lists
            (id, name, currency, is_public, effective_from, free_threshold, vat_included, legacy_periods)
        VALUES (gen_random_uuid(), 'Private', $1, $2, '2020-01', $3, true, 0) RETURNING id
        """,
        currency,
        is_public,
        free,
    )
    await db.fetch(
        """
        INSERT INTO price_list_tiers (id, price_list_id, position, unit_price, flat_amount)
        VALUES (gen_random_uuid(), $1, 0, $2, 0)
        """,
        row["id"],
        Decimal(price),
    )
    list_id: UUID = row["id"]
    return list_id


async def chain(company: Company) -> list[InvoiceRow]:
    return await list_invoices(company.id, EVERYTHING)


async def statement_invoice(company: Company) -> UUID | None:
    return (await list_statements(company.id, EVERYTHING))[-1].invoice_id


async def test_a_replacement_credits_what_is_left_and_bills_the_payer_as_now() -> None:
    company, invoice = await bill(7)
    await issue_credit_note(OPERATOR, invoice.id, Decimal(6), "A gift", POLICIES)
    other: Any = {**{name: getattr(PROFILE, name) for name in PROFILE.__slots__}, "legal_name": "Lutik LLC"}
    await set_billing_profile(OPERATOR, company.id, type(PROFILE)(**other), POLICIES)

    done = await correct(invoice)

    old, new = await chain(company)
    assert (done.invoice_id, done.new_invoice_id) == (old.id, new.id)
    assert [str(one.amount) for one in await list_credit_notes([old.id])] == ["6.000000", "1800.000000"]
    assert (new.replaces_id, new.replaces_number, old.replaced_by_id) == (old.id, old.number, new.id)
    assert (new.number, new.total, new.document["payer"]["legalName"]) == ("2021-000002", old.total, "Lutik LLC")
    assert new.document["replaces"] == {"id": str(old.id), "number": old.number}
    assert {key: new.document[key] for key in ("peak", "lines", "terms")} == {
        key: old.document[key] for key in ("peak", "lines", "terms")
    }
    assert await statement_invoice(company) == new.id
    assert await find_balance(company.id) == -new.total
    assert await verify_invoices([old, new]) == {old.id: Verification(()), new.id: Verification(())}
    assert (await explain_invoices([new]))[new.id][-1] == f"It replaces the invoice {old.number}."


async def test_a_replaced_invoice_is_not_replaced_again_but_its_successor_is() -> None:
    company, invoice = await bill(6)
    await correct(invoice)
    async with refused(ErrorCode.CONFLICT):
        await correct(invoice)
    second = (await chain(company))[-1]

    await correct(second)

    assert [one.replaced_by_id is None for one in await chain(company)] == [False, False, True]
    assert await statement_invoice(company) == (await chain(company))[-1].id


async def test_a_private_list_may_lower_the_month_and_never_raise_it() -> None:
    company, invoice = await bill(6)
    cheaper, dearer = await make_list("100"), await make_list("258.01")
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await correct(invoice, dearer)
    assert refusal.value.message == "Under this list the month would cost 1548.06 RUB: more than it did."

    await correct(invoice, cheaper)

    assert [one.total for one in await chain(company)] == [Decimal(1548), Decimal(600)]
    assert await find_balance(company.id) == -600


async def test_what_was_settled_under_a_list_stays_so_when_its_payer_is_corrected() -> None:
    company, invoice = await bill(6)
    await correct(invoice, await make_list("100"))

    await correct((await chain(company))[-1])

    assert [one.total for one in await chain(company)] == [Decimal(1548), Decimal(600), Decimal(600)]
    assert (await chain(company))[-1].document["terms"]["priceList"]["name"] == "Private"
    assert await find_balance(company.id) == -600
    preview = await preview_invoice(await company.facts(), parse_month("2021-01"), POLICIES)
    assert (preview.draft.total.amount, preview.terms.prices.name) == (Decimal(600), "Private")
    simulated = await simulate_billing(OPERATOR, parse_month("2021-01"), POLICIES, company.clock_id)
    assert simulated.differences == []  # it was closed at 1 548, and would be


async def test_a_month_that_costs_nothing_now_has_only_the_credit_note() -> None:
    company, invoice = await bill(6)
    free = await make_list("100", free=6)
    done = await correct(invoice, free)
    assert (done.credit_note_id is not None, done.new_invoice_id) == (True, None)
    assert len(await chain(company)) == 1
    assert await find_balance(company.id) == 0
    async with refused(ErrorCode.CONFLICT):
        await correct(invoice, free)

    await correct(invoice)  # after all

    assert len(await chain(company)) == 2
    assert len(await list_credit_notes([invoice.id])) == 1


@pytest.mark.parametrize(
    ("price_list", "code"),
    [
        ({"price": "1", "is_public": True}, ErrorCode.INVALID_INPUT),
        ({"price": "1", "currency": "USD"}, ErrorCode.INVALID_INPUT),
        (None, ErrorCode.NOT_FOUND),
    ],
)
async def test_a_list_that_cannot_price_it_is_refused(price_list: dict[str, Any] | None, code: ErrorCode) -> None:
    _, invoice = await bill(6)
    list_id = await make_list(**price_list) if price_list is not None else uuid4()
    async with refused(code) as refusal:
        await correct(invoice, list_id)
    assert refusal.value.problems[0].path == ("input", "priceListId")


async def test_the_list_is_kept_from_being_removed_until_the_replacement_is_stored() -> None:
    _, invoice = await bill(6)
    cheaper = await make_list("100")
    async with db.undone() as other, db.in_transaction():
        await correct(invoice, cheaper)
        with pytest.raises(asyncpg.LockNotAvailableError):
            await other.fetch("SELECT FROM price_lists WHERE id = $1 FOR UPDATE NOWAIT", cheaper)
    async with refused(ErrorCode.PRICE_LIST_IN_USE):
        await delete_price_list(OPERATOR, cheaper)


async def test_without_a_billing_profile_nothing_is_replaced() -> None:
    company, invoice = await bill(6)
    await db.fetch("DELETE FROM billing_profiles WHERE organization_id = $1", company.id)
    async with refused(ErrorCode.BILLING_PROFILE_REQUIRED):
        await correct(invoice)


async def test_only_operators_replace_and_a_reason_is_needed() -> None:
    company, invoice = await bill(6)
    owner = someone_in([company.id])
    async with refused(ErrorCode.FORBIDDEN):
        await replace_invoice(owner, invoice.id, "Mine", None, POLICIES)
    async with refused(ErrorCode.NOT_FOUND):
        await replace_invoice(OPERATOR, uuid4(), "None", None, POLICIES)
    async with refused(ErrorCode.INVALID_INPUT):
        await replace_invoice(OPERATOR, invoice.id, " ", None, POLICIES)


async def test_a_closed_organizations_invoice_can_be_replaced() -> None:
    company, invoice = await bill(6)
    await close_organization(OPERATOR, company.id)
    await correct(invoice)
    assert len(await chain(company)) == 2


async def test_ten_replacements_at_once_are_one() -> None:
    company, invoice = await bill(6)

    results = await asyncio.gather(*(correct(invoice) for _ in range(10)), return_exceptions=True)

    assert sum(isinstance(one, Replacement) for one in results) == 1
    assert {one.code for one in results if isinstance(one, DomainError)} == {ErrorCode.CONFLICT}
    assert [one.number for one in await chain(company)] == ["2021-000001", "2021-000002"]
    assert await find_balance(company.id) == -1548


async def test_a_chain_can_be_deleted_with_the_other_documents_when_its_years_are_over() -> None:
    company, invoice = await bill(6)
    await correct(invoice)
    await purge_by_hand(company)
    assert len(await chain(company)) == 2

    await advance(company.clock_id, moscow("2022-02-01 12:00"))
    for year in range(2023, 2028):
        await advance(company.clock_id, moscow(f"{year}-02-01 12:00"))

    assert await find_invoices([invoice.id]) == []

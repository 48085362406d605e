"""What accounting law keeps for years after a purge (R1.8)."""

import hashlib
import json
from pathlib import Path

import pytest

from app import db
from app.billing.payments import reverse_payment
from app.clocks.service import create_test_clock
from app.domain.actor import system
from app.domain.lifecycle import OrganizationState
from app.memberships.members import erase_member
from app.organizations.service import lock_organizations
from app.retention.accounting import delete_accounting, list_due_accounting
from app.retention.purge import decide_purges, list_unfinished_purges, purge_batch, store_decisions
from app.retention.repeat import repeat_purges
from tests.billing.paying import credit, owing, pay, standing
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
    TICK,
    Company,
    advance,
    as_owner,
    change,
    count_of,
    found,
    found_at,
    jump,
    moscow,
    snapshot,
    utc,
)

pytestmark = pytest.mark.usefixtures("clean_database")

PURGER = system("purge")


async def purged_with_invoice() -> Company:
    """Purged on 5 February 2021 with January's invoice: decided by hand, for what owes money is not purged."""
    company = await found_at(NOVEMBER, 6)
    await change(company, subscribe=company.members)
    await advance(company.clock_id, moscow("2021-02-05 12:00"))
    await purge_by_hand(company)
    return company


async def purge_by_hand(company: Company) -> None:
    async with db.in_transaction():
        (locked,) = await lock_organizations([company.id], during_advance=False)
        await store_decisions(PURGER, [(locked, "by hand")])
    while await purge_batch(PURGER, company.id, 5000, during_advance=False):
        pass


async def kept(company: Company) -> tuple[int, int, int]:
    return (
        await count_of("statements", company.id),
        await count_of("invoices", company.id),
        await count_of("tombstones", company.id),
    )


async def test_statements_and_invoices_are_kept_for_five_years_and_then_deleted() -> None:
    company = await purged_with_invoice()
    purged_at = (await company.facts()).lifecycle.purged_at
    assert purged_at is not None
    (invoice,) = await db.fetch("SELECT document FROM invoices WHERE organization_id = $1 LIMIT 1", company.id)
    assert json.loads(invoice["document"])["payer"]["legalName"] == "Romashka LLC"  # the payer as printed

    until = purged_at.replace(year=2026)
    await jump(company.clock_id, until - TICK)
    assert await list_due_accounting(10, None) == []
    assert await delete_accounting(PURGER, [company.id], during_advance=False) == 0
    assert await kept(company) == (3, 2, 1)

    await jump(company.clock_id, until)
    assert await list_due_accounting(10, None) == [company.id]
    assert await delete_accounting(PURGER, [company.id], during_advance=False) == 1
    assert await kept(company) == (0, 0, 1)
    assert await list_due_accounting(10, None) == []
    before = await snapshot()
    assert await delete_accounting(PURGER, [company.id], during_advance=False) == 0
    assert await snapshot() == before
    assert (await company.facts()).state is OrganizationState.PURGED
    assert not any("Romashka" in row for rows in (await snapshot()).values() for row in rows)


async def test_payments_reversals_and_credit_notes_are_kept_as_long_and_notices_of_invoices_are_not() -> None:
    company = await owing("2021-01-20 12:00")
    await credit(company, 0, "48")
    await reverse_payment(OPERATOR, await pay(company, "10", "bank-1"), "bounced")
    await pay(company, "1500", "bank-2")
    tables = ("payments", "payment_reversals", "credit_notes", "invoices", "invoice_notices")
    assert [await count_of(table, company.id) for table in tables] == [2, 1, 1, 1, 3]
    await purge_by_hand(company)
    assert [await count_of(table, company.id) for table in tables] == [2, 1, 1, 1, 0]
    assert await standing(company) == [("2021-000001", "PAID", "1500.00")]

    purged_at = (await company.facts()).lifecycle.purged_at
    assert purged_at is not None
    await jump(company.clock_id, purged_at.replace(year=2026) - TICK)
    assert await delete_accounting(PURGER, [company.id], during_advance=False) == 0
    await jump(company.clock_id, purged_at.replace(year=2026))
    assert await delete_accounting(PURGER, [company.id], during_advance=False) == 1
    assert [await count_of(table, company.id) for table in tables] == [0, 0, 0, 0, 0]


async def test_an_advance_of_the_clock_deletes_them_in_time() -> None:
    company = await found_at(utc("2020-11-03 10:00"))
    await advance(company.clock_id, utc("2021-01-20 00:00"))
    assert await kept(company) == (2, 0, 1)
    for year in range(2022, 2026):
        await advance(company.clock_id, utc(f"{year}-01-20 00:00"))
    await advance(company.clock_id, utc("2026-01-02 09:00"))
    assert await kept(company) == (2, 0, 1)
    await advance(company.clock_id, utc("2026-01-03 09:00"))
    assert await kept(company) == (0, 0, 1)


@pytest.mark.parametrize("table", ["invoices", "statements", "payments", "payment_reversals", "credit_notes"])
async def test_the_database_refuses_to_delete_any_others(table: str) -> None:
    company = await owing()
    await credit(company, 0, "48")
    await reverse_payment(OPERATOR, await pay(company, "10"), "bounced")
    await purge_by_hand(company)
    before = await snapshot()
    with pytest.raises(Exception, match="for years after a purge"):
        await db.fetch("SELECT delete_accounting($1, $2)", table, [company.id])
    assert await snapshot() == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tombstones SET accounting_until = now() - interval '9 years'",
        "UPDATE tombstones SET receipt_hash = 'other'",
        "UPDATE tombstones SET rows_deleted = '{}'",
        "DELETE FROM tombstones",
        "TRUNCATE tombstones",
    ],
)
async def test_a_tombstone_is_written_once(statement: str) -> None:
    await purged_with_invoice()
    before = await snapshot()
    with pytest.raises(Exception, match=r"written once|only grows"):
        async with as_owner():
            await db.fetch(statement)
    assert await snapshot() == before


# Receipts outside the database


async def test_the_receipt_lies_outside_the_database_and_the_tombstone_holds_its_hash(own_data_dir: Path) -> None:
    company = await purged_with_invoice()
    content = own_data_dir.joinpath("receipts", f"{company.id}.json").read_bytes()
    (stone,) = await db.fetch("SELECT * FROM tombstones WHERE organization_id = $1", company.id)
    assert hashlib.sha256(content).hexdigest() == stone["receipt_hash"]
    receipt = json.loads(content)
    assert receipt["organizationId"] == str(company.id)
    assert receipt["rowsDeleted"]["members"] == 7
    assert receipt["auditHash"] == stone["audit_hash"].hex()
    (event,) = await db.fetch("SELECT payload FROM events WHERE type = 'organization.purged'")
    assert json.loads(event["payload"]) == receipt
    assert list(own_data_dir.joinpath("receipts").glob(".*")) == []


async def test_receipts_of_erasures_go_once_the_purge_has_its_own(own_data_dir: Path) -> None:
    company = await found_at(utc("2020-11-03 10:00"), 2)
    await erase_member(OPERATOR, company.members[0], POLICIES)
    receipt = own_data_dir / "erasures" / f"{company.id}.jsonl"
    assert json.loads(receipt.read_text())["memberId"] == str(company.members[0])
    await purge_by_hand(company)
    assert not receipt.exists()
    assert own_data_dir.joinpath("receipts", f"{company.id}.json").exists()


async def test_purges_can_be_repeated_on_a_backup_from_before_them(own_data_dir: Path) -> None:
    clock_id = await create_test_clock(OPERATOR, utc("2020-11-03 10:00"))
    company, other = await found(clock_id, 3), await found(clock_id, 2)
    await advance(clock_id, utc("2021-01-01 12:00"))
    await change(other, subscribe=other.members)
    # The backup is from now. A receipt is all that is left of what happens after it.
    receipt = {"organizationId": str(company.id), "reason": "no subscription within 30 days of the trial"}
    own_data_dir.joinpath("receipts").mkdir(exist_ok=True)
    own_data_dir.joinpath("receipts", f"{company.id}.json").write_text(json.dumps(receipt))

    assert await decide_purges(PURGER, [company.id], during_advance=False) == 0
    assert await repeat_purges(PURGER) == 1
    assert await list_unfinished_purges(10, None) == [company.id]
    assert await repeat_purges(PURGER) == 0
    while await purge_batch(PURGER, company.id, 5000, during_advance=False):
        pass
    assert (await company.facts()).state is OrganizationState.PURGED
    assert (await other.facts()).state is OrganizationState.SUBSCRIBED
    (stone,) = await db.fetch("SELECT reason FROM tombstones WHERE organization_id = $1", company.id)
    assert stone["reason"] == "no subscription within 30 days of the trial"

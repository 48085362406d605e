"""A change of zone moves no month that has begun, however late the ones before it are closed (R0.2, F11)."""

from datetime import datetime

import pytest

from app import db
from app.billing.close import close_periods
from app.billing.preview import preview_invoice
from app.billing.queries import list_statements
from app.billing.retry import retry_statement
from app.domain.actor import system
from app.domain.paging import EVERYTHING
from app.domain.period import Month
from app.domain.unset import UNSET
from app.seats.limits import OrganizationUpdate, set_contract, update_organization
from tests.billing.test_close import in_january
from tests.factories import OPERATOR, POLICIES, Company, advance, as_superuser, change, hire, jump, moscow, utc
from tests.terms.lists import make_list

pytestmark = pytest.mark.usefixtures("clean_database", "clean_afterwards")


async def move(company: Company, zone: str) -> None:
    await update_organization(OPERATOR, company.id, OrganizationUpdate(UNSET, zone, UNSET, UNSET), POLICIES)


async def bounds(company: Company) -> list[tuple[str, datetime, datetime]]:
    rows = await db.fetch(
        "SELECT month, starts_at, ends_at FROM statements WHERE organization_id = $1 AND month > '2020-12' ORDER BY 1",
        company.id,
    )
    return [(row["month"], row["starts_at"], row["ends_at"]) for row in rows]


async def test_between_the_end_of_a_month_and_its_close_the_one_that_runs_keeps_the_old_zone() -> None:
    company = await in_january(6)
    await jump(company.clock_id, moscow("2021-02-01 00:10"))  # January closes at 00:30
    await move(company, "America/New_York")
    await advance(company.clock_id, utc("2021-04-02 00:00"))
    assert await bounds(company) == [
        ("2021-01", moscow("2021-01-01 00:00"), moscow("2021-02-01 00:00")),
        ("2021-02", moscow("2021-02-01 00:00"), moscow("2021-03-01 00:00")),
        ("2021-03", moscow("2021-03-01 00:00"), utc("2021-04-01 04:00")),  # to midnight in New York
    ]


async def test_behind_a_parked_month_every_month_keeps_the_zone_in_which_it_began() -> None:
    company = await in_january(6)
    private = await make_list("300")
    async with as_superuser():  # a list never changes by itself
        await db.fetch("UPDATE price_lists SET effective_from = '2021-02' WHERE is_public")
    await jump(company.clock_id, moscow("2021-03-01 02:00"))
    assert await close_periods(system("close"), [company.id], POLICIES, during_advance=False) == 1
    more = await hire(company, 4)
    await change(company, subscribe=more)  # in March by Moscow's calendar, in February by New York's
    await jump(company.clock_id, moscow("2021-03-01 03:00"))
    await change(company, unsubscribe=more)
    await jump(company.clock_id, moscow("2021-03-20 12:00"))
    await move(company, "America/New_York")

    february = await preview_invoice(await company.facts(), Month(2021, 2), POLICIES)
    assert (february.peak.seats, february.period.ends_at) == (6, moscow("2021-03-01 00:00"))

    await set_contract(OPERATOR, company.id, 500, Month(2021, 1), Month(2021, 1), POLICIES, price_list_id=private)
    (parked,) = [one for one in await list_statements(company.id, EVERYTHING) if one.outcome.value == "PARKED"]
    await retry_statement(OPERATOR, parked.id, POLICIES)
    await advance(company.clock_id, utc("2021-05-02 00:00"))
    assert await bounds(company) == [
        ("2021-01", moscow("2021-01-01 00:00"), moscow("2021-02-01 00:00")),
        ("2021-02", moscow("2021-02-01 00:00"), moscow("2021-03-01 00:00")),
        ("2021-03", moscow("2021-03-01 00:00"), moscow("2021-04-01 00:00")),  # it ran when the zone was changed
        ("2021-04", moscow("2021-04-01 00:00"), utc("2021-05-01 04:00")),
    ]
    rows = await db.fetch(
        "SELECT total FROM invoices WHERE organization_id = $1 AND document ->> 'month' > '2020-12' ORDER BY issued_at",
        company.id,
    )
    assert [str(row["total"]) for row in rows] == [
        "1800.000000",  # 6 × 300, by the contract
        "1548.000000",
        "2580.000000",  # the four of March
        "1548.000000",
    ]

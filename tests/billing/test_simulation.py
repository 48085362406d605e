"""A month simulated over hundreds of organizations: what it comes to, and where what is stored differs."""

from decimal import Decimal

import pytest

from app import db
from app.billing.close import close_periods
from app.billing.simulation import CHUNK, Simulation, simulate_billing
from app.clocks.service import create_test_clock
from app.domain.actor import system
from app.domain.errors import ErrorCode
from app.domain.invoice import Outcome
from app.domain.period import Month, parse_month
from app.domain.policies import Policies
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
    as_superuser,
    found,
    found_in_bulk,
    jump,
    moscow,
    refused,
    snapshot,
)

pytestmark = pytest.mark.usefixtures("clean_database")

JANUARY = parse_month("2021-01")
CLOSER = system("close")


async def simulate(clock_id: object, month: Month = JANUARY, policies: Policies = POLICIES) -> Simulation:
    return await simulate_billing(OPERATOR, month, policies, clock_id)  # type: ignore[arg-type]


async def test_hundreds_of_organizations_are_simulated_as_if_nothing_changes_and_nothing_is_stored() -> None:
    clock_id = await create_test_clock(OPERATOR, moscow("2021-01-10 12:00"))
    billed = await found_in_bulk(CHUNK + 20, 6, clock_id, NOVEMBER, "2021-01")
    await found_in_bulk(30, 5, clock_id, NOVEMBER, "2021-01")
    async with as_superuser():
        await db.fetch("DELETE FROM billing_profiles WHERE organization_id = ANY($1)", billed[:2])

    before = await snapshot()
    with db.counted_statements() as statements:
        simulation = await simulate(clock_id)
    assert await snapshot() == before
    assert len(statements) < 30  # a few for each chunk

    assert simulation.outcomes == {Outcome.BILLED: CHUNK + 18, Outcome.FREE: 30, Outcome.PARKED: 2}
    total = simulation.totals["RUB"]
    assert (total.organizations, total.seats) == (CHUNK + 50, (CHUNK + 20) * 6 + 30 * 5)
    assert total.total == (CHUNK + 18) * Decimal(1548)
    assert simulation.parked == [(one, "There is no billing profile to bill.") for one in sorted(billed[:2])]
    assert (simulation.differences, simulation.difference_count) == ([], 0)


async def test_a_closed_month_differs_where_something_was_planted_and_says_why() -> None:
    clock_id = await create_test_clock(OPERATOR, moscow("2021-02-01 00:30"))
    ids = await found_in_bulk(110, 6, clock_id, NOVEMBER, "2021-01")
    assert await close_periods(CLOSER, ids, POLICIES, during_advance=False) == 110
    assert (await simulate(clock_id)).difference_count == 0
    # By the policies that it was closed by, not by those of today.
    assert (await simulate(clock_id, policies=Policies(prorate_first_month=True))).difference_count == 0

    async with as_superuser():
        await db.fetch("UPDATE statements SET peak_seats = 7 WHERE organization_id = $1", ids[3])
        await db.fetch("UPDATE statements SET outcome = 'FREE' WHERE organization_id = $1", ids[5])
        await db.fetch("DELETE FROM statements WHERE organization_id = $1", ids[8])
    simulation = await simulate(clock_id)
    assert {one.organization_id: list(one.reasons) for one in simulation.differences} == {
        ids[3]: ["The peak is 7, not 6."],
        ids[5]: ["The outcome is FREE, not BILLED."],
        ids[8]: ["There is no statement."],
    }

    async with as_superuser():
        await db.fetch("UPDATE statements SET peak_reached_at = peak_reached_at + interval '1 second'")
    simulation = await simulate(clock_id)
    assert (len(simulation.differences), simulation.difference_count) == (100, 110)


async def test_production_is_simulated_without_the_organizations_of_test_clocks() -> None:
    clock_id = await create_test_clock(OPERATOR, NOVEMBER)
    await found(clock_id, 1)
    real = await found(None, 1)
    now = (await real.facts()).now
    month = parse_month(f"{now:%Y-%m}")
    simulation = await simulate(None, month)
    assert (simulation.outcomes.total(), simulation.totals["RUB"].organizations) == (1, 1)
    assert (await simulate(clock_id, parse_month("2020-11"))).outcomes == {Outcome.TRIAL: 1}


async def test_a_month_without_prices_would_be_parked() -> None:
    clock_id = await create_test_clock(OPERATOR, NOVEMBER)
    await found_in_bulk(2, 6, clock_id, NOVEMBER, "2021-01")
    await jump(clock_id, moscow("2021-01-10 12:00"))
    async with as_superuser():
        await db.fetch("UPDATE organizations SET currency = 'JPY'")
    simulation = await simulate(clock_id)
    assert simulation.outcomes == {Outcome.PARKED: 2}
    assert {reason for _, reason in simulation.parked} == {"No public price list in JPY is in force in 2021-01."}


async def test_a_month_that_nobody_has_is_refused() -> None:
    async with refused(ErrorCode.NOT_FOUND):
        await simulate(None, parse_month("2030-01"))

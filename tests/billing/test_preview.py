"""Previews of months that are over (R5.1, R5.2)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.billing.preview import preview_invoice
from app.domain.period import Month
from app.domain.policies import Policies
from app.organizations.queries import choose_period, find_organization, list_timeline
from app.seats.timeline import load_peak
from tests.factories import NOVEMBER, OPERATOR, advance, change, found_at, moscow

pytestmark = pytest.mark.usefixtures("clean_database")


async def test_what_a_closed_month_says_does_not_depend_on_the_policies_of_today() -> None:
    company = await found_at(NOVEMBER, 12)
    await advance(company.clock_id, moscow("2021-01-05 12:00"))
    await change(company, subscribe=company.members[:5])
    await change(company, subscribe=company.members[5:])
    await advance(company.clock_id, moscow("2021-01-05 12:20"))
    await change(company, unsubscribe=company.members[5:])  # forgiven: the peak is 5
    await advance(company.clock_id, moscow("2021-02-10 12:00"))

    organization = await find_organization(OPERATOR, company.id)
    assert organization is not None
    strict = Policies(grace=timedelta(0))
    preview = await preview_invoice(organization, Month(2021, 1), strict)
    period = choose_period(await list_timeline(organization), Month(2021, 1), organization.now)
    peak = await load_peak(organization, period, strict, with_holders=True)

    assert (preview.peak.seats, preview.draft.total.amount) == (5, Decimal("0.00"))
    assert peak.holders == tuple(sorted(company.members[:5]))

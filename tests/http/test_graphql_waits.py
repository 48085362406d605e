"""People who wait for a seat, by those whose login is a tenant's: owners and partners (R3.11)."""

from typing import Any

import pytest

from tests.client import Client, Company, start
from tests.http.test_graphql_invoices import owner_of
from tests.http.test_graphql_partners import partner_of

WAITS = "seats { used waiting }"


@pytest.fixture
async def company(client: Client) -> Company:
    return await start(client, "2020-11-09T10:00:00+00:00")


async def invite(asker: Client, company: Company, name: str) -> Any:
    person = {"email": f"{name}@waits.example", "name": name.title(), "active": True}
    return await asker.change("memberInvite", "members { id access }", organizationId=company.id, members=[person])


@pytest.mark.parametrize("whose", ["owner", "partner"])
async def test_a_tenant_lets_people_wait_changes_whom_it_likes_meanwhile_and_seats_them(
    client: Client, company: Company, whose: str
) -> None:
    owner = await owner_of(company)
    asker = owner if whose == "owner" else await partner_of(client, company.id)
    await owner.change("organizationUpdate", "organization { id }", organizationId=company.id, seatCap=1)
    await owner.change("seatsChange", "change { id }", organizationId=company.id, subscribe=[{"everyone": True}])
    await invite(asker, company, "anna")
    assert (await company.read(WAITS))["seats"] == {"used": 1, "waiting": 1}
    await invite(asker, company, "boris")  # those who wait already wait on
    assert (await company.read(WAITS))["seats"] == {"used": 1, "waiting": 2}
    await owner.change("organizationUpdate", "organization { id }", organizationId=company.id, seatCap=20)
    assert (await company.read(WAITS))["seats"] == {"used": 3, "waiting": 0}

"""What a newcomer finds in an empty database, as the API shows it."""

import pytest

from app import db
from app.identity.demo import ADDRESSES
from app.seed import seed_demo
from app.seed_history import seed_history
from tests.client import Client, contents

pytestmark = pytest.mark.usefixtures("clean_database", "invariants_hold")

DEMO = """{ organization(slug: "demo") {
    state seats { used } members(first: 100) { nodes { email role } } queues { nodes { key } }
} }"""
ROMASHKA = """{ organization(slug: "romashka") {
    state testClock { now } seats { used }
    members(first: 100) { nodes { email name role access } }
    waiting(first: 100) { nodes { member { name } } }
    invoicePreview { seatsNow peak { seats reachedAt } }
    invoices(first: 10) { nodes { number state total { amount } } }
    queues { nodes { key } }
    issues(first: 10) { nodes { key status } }
} }"""


async def test_the_demo_is_in_its_trial(client: Client) -> None:
    assert await seed_demo() == "demo"
    found = (await client.ask(DEMO))["organization"]
    assert (found["state"], found["seats"]["used"], len(found["members"]["nodes"])) == ("TRIAL", 3, 9)
    roles = {one["email"]: one["role"] for one in found["members"]["nodes"]}
    assert [roles[email] for email in ADDRESSES.values()] == ["OWNER", "BILLING_MANAGER", "MEMBER"]
    assert found["queues"]["nodes"] == [{"key": "DEMO"}]


async def test_where_there_is_an_organization_nothing_is_made(client: Client) -> None:
    await seed_demo()
    before = await contents()
    assert await seed_demo() is None
    assert await contents() == before


async def test_romashka_has_a_past(client: Client) -> None:
    await seed_demo()
    assert await seed_history() == "romashka"
    found = (await client.ask(ROMASHKA))["organization"]
    assert (found["state"], found["testClock"]["now"]) == ("SUBSCRIBED", "2026-08-14T09:00:00Z")
    assert found["seats"]["used"] == found["invoicePreview"]["seatsNow"] == 34
    assert found["invoicePreview"]["peak"] == {"seats": 34, "reachedAt": "2026-08-04T09:00:00Z"}
    invoices = [(one["number"], one["state"], one["total"]["amount"]) for one in found["invoices"]["nodes"]]
    # 24 × 258 and 27 × 258; 34 are 8 772.
    assert sorted(invoices) == [("2026-000001", "PAID", "6192.00"), ("2026-000002", "ISSUED", "6966.00")]
    assert [one["member"]["name"] for one in found["waiting"]["nodes"]] == ["Timur Alekseev"]
    people = {one["email"]: one for one in found["members"]["nodes"]}
    assert len(people) == 40
    assert [people[email]["role"] for email in ADDRESSES.values()] == ["OWNER", "BILLING_MANAGER", "MEMBER"]
    assert people[ADDRESSES["member"]]["access"] == "READ_ONLY"
    statuses = {one["key"]: one["status"] for one in found["issues"]["nodes"]}
    assert statuses == {"ROM-1": "RESOLVED", "ROM-2": "IN_PROGRESS"} | {f"ROM-{place}": "OPEN" for place in (3, 4, 5)}


async def test_the_people_of_the_demo_are_its_people_at_once(client: Client) -> None:
    await seed_demo()
    await seed_history()
    linked = await db.fetch(
        """
        SELECT count(DISTINCT identity.subject) AS subjects, count(*) AS members FROM member_identities AS identity
        """
    )
    assert dict(linked[0]) == {"subjects": 3, "members": 6}

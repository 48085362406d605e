"""Creating, activating and finding organizations."""

from typing import Any
from uuid import uuid4

import pytest

from tests.client import Client, Problem, create_clock, found, start, unknown

FOUND = "query($id: ID, $slug: String) { organization(id: $id, slug: $slug) { id } }"


def new(**given: Any) -> dict[str, Any]:
    """An input of organizationCreate, with something else than usual."""
    slug = f"romashka-{uuid4().hex}"
    return {"name": "Romashka", "slug": slug, "owner": {"email": "olga@romashka.example", "name": "Olga"}, **given}


async def test_a_new_organization_has_an_owner_and_is_not_activated(client: Client) -> None:
    clock_id = await create_clock(client, "2021-01-05T09:00:00+03:00")
    given = new(testClockId=clock_id, timeZone="Asia/Tokyo")
    wanted = """organization {
        slug name timeZone currency createdAt state suspended purgeAt trial { endsAt } testClock { id now }
        members { totalCount nodes { email name login role status isRobot access seat { grantedAt } } }
        billing { profile { legalName } } invoicePreview { month total { amount } } seats { used limit freeThreshold }
    }"""

    organization = (await client.change("organizationCreate", wanted, **given))["organization"]

    assert organization == {
        "slug": given["slug"],
        "name": "Romashka",
        "timeZone": "Asia/Tokyo",
        "currency": "RUB",
        "createdAt": "2021-01-05T06:00:00Z",
        "state": "NOT_ACTIVATED",
        "suspended": False,
        "purgeAt": None,
        "trial": None,
        "testClock": {"id": clock_id, "now": "2021-01-05T06:00:00Z"},
        "members": {
            "totalCount": 1,
            "nodes": [
                {
                    "email": "olga@romashka.example",
                    "name": "Olga",
                    "login": None,
                    "role": "OWNER",
                    "status": "ACTIVE",
                    "isRobot": False,
                    "access": "NONE",
                    "seat": None,
                }
            ],
        },
        "billing": {"profile": None},
        "invoicePreview": {"month": "2021-01", "total": {"amount": "0.00"}},
        "seats": {"used": 0, "limit": 500, "freeThreshold": 5},
    }


async def test_without_saying_more_an_organization_lives_in_moscow_pays_in_rubles_and_has_no_test_clock(
    client: Client,
) -> None:
    wanted = "organization { timeZone currency testClock { id } }"
    organization = (await client.change("organizationCreate", wanted, **new()))["organization"]

    assert organization == {"timeZone": "Europe/Moscow", "currency": "RUB", "testClock": None}


async def test_what_surrounds_names_and_addresses_is_trimmed(client: Client) -> None:
    given = new(name="  Romashka \n", owner={"email": " olga@romashka.example ", "name": " Olga "})
    wanted = "organization { name members { nodes { name email } } }"
    organization = (await client.change("organizationCreate", wanted, **given))["organization"]

    assert organization["name"] == "Romashka"
    assert organization["members"]["nodes"] == [{"name": "Olga", "email": "olga@romashka.example"}]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        pytest.param({"slug": ""}, ["input", "slug"], id="no slug"),
        pytest.param({"slug": "-romashka"}, ["input", "slug"], id="a slug with a hyphen outside"),
        pytest.param({"slug": "Romashka"}, ["input", "slug"], id="a slug with a capital"),
        pytest.param({"slug": "ромашка"}, ["input", "slug"], id="a slug in Cyrillic"),
        pytest.param({"slug": "a" * 64}, ["input", "slug"], id="a slug of 64 characters"),
        pytest.param({"name": "  "}, ["input", "name"], id="an empty name"),
        pytest.param({"name": "a" * 201}, ["input", "name"], id="a name of 201 characters"),
        pytest.param({"name": "a\x00b"}, ["input", "name"], id="a name with NUL"),
        pytest.param({"name": "\ud800"}, ["input", "name"], id="a name with half a character"),
        pytest.param({"owner": {"email": "olga", "name": "Olga"}}, ["input", "owner", "email"], id="a wrong e-mail"),
        pytest.param(
            {"owner": {"email": "o@r.example", "name": ""}}, ["input", "owner", "name"], id="a nameless owner"
        ),
    ],
)
async def test_an_organization_that_makes_no_sense_is_refused_where_it_makes_none(
    client: Client, given: dict[str, Any], path: list[str]
) -> None:
    refusal = await client.refuse("organizationCreate", **new(**given))

    assert refusal.code == "INVALID_INPUT"
    assert [(one.code, one.path) for one in refusal.problems] == [("INVALID_INPUT", path)]


@pytest.mark.parametrize("time_zone", ["", "Moscow", "Europe/moscow", "../etc/passwd", "localtime", "+03:00", "\x00"])
async def test_an_unknown_time_zone_is_refused(client: Client, time_zone: str) -> None:
    assert (await client.refuse("organizationCreate", **new(timeZone=time_zone))).code == "INVALID_INPUT"


@pytest.mark.parametrize("currency", ["rub", "XXX", "", "EUR"])
async def test_a_currency_without_a_public_price_list_is_refused(client: Client, currency: str) -> None:
    refusal = await client.refuse("organizationCreate", **new(currency=currency))

    assert refusal.problems == [Problem("INVALID_INPUT", ["input", "currency"])]


async def test_before_the_first_price_list_no_organization_can_be_created(client: Client) -> None:
    clock_id = await create_clock(client, "2020-09-30T20:59:59Z")  # 23:59:59 in Moscow
    refusal = await client.refuse("organizationCreate", **new(testClockId=clock_id))
    assert refusal.problems == [Problem("INVALID_INPUT", ["input", "currency"])]

    await client.change("testClockAdvance", "testClock { id }", testClockId=clock_id, to="2020-09-30T21:00:00Z")
    await client.change("organizationCreate", "organization { id }", **new(testClockId=clock_id))


async def test_a_slug_that_is_taken_is_refused(client: Client) -> None:
    company = await start(client, "2021-01-05T09:00:00+03:00")

    assert (await client.refuse("organizationCreate", **new(slug=company.slug))).code == "ALREADY_EXISTS"


async def test_an_unknown_test_clock_is_refused(client: Client) -> None:
    refusal = await client.refuse("organizationCreate", **new(testClockId=unknown("TestClock")))

    assert refusal.code == "NOT_FOUND"


@pytest.mark.parametrize("clock_id", [unknown("Organization"), "nonsense", "VGVzdENsb2NrOg=="])
async def test_an_id_that_is_not_a_test_clocks_is_refused(client: Client, clock_id: str) -> None:
    refusal = await client.refuse("organizationCreate", **new(testClockId=clock_id))

    assert refusal.code == "INVALID_INPUT"
    assert [one.path for one in refusal.problems] == [["input", "testClockId"]]


async def test_activating_the_tracker_starts_a_trial_of_30_times_24_hours(client: Client) -> None:
    # On 28 March 2021 the clocks of Berlin go forward: 30 × 24 hours end an hour later by the wall.
    clock_id = await create_clock(client, "2021-03-10T08:59:59+01:00")
    company = await found(client, clock_id, time_zone="Europe/Berlin")
    await company.advance("2021-03-10T09:00:00+01:00")

    wanted = "organization { state purgeAt trial { startedAt endsAt isOver } }"
    payload = await client.change("trackerActivate", wanted, organizationId=company.id)

    assert payload["organization"] == {
        "state": "TRIAL",
        "purgeAt": "2021-05-09T08:00:00Z",
        "trial": {"startedAt": "2021-03-10T08:00:00Z", "endsAt": "2021-04-09T08:00:00Z", "isOver": False},
    }


async def test_the_tracker_is_activated_only_once(client: Client) -> None:
    company = await start(client, "2021-01-05T09:00:00+03:00")
    assert (await client.refuse("trackerActivate", organizationId=company.id)).code == "TRACKER_ALREADY_ACTIVATED"
    await company.advance("2021-02-10T09:00:00+03:00")

    assert (await client.refuse("trackerActivate", organizationId=company.id)).code == "TRACKER_ALREADY_ACTIVATED"


async def test_an_unknown_organization_cannot_be_activated(client: Client) -> None:
    assert (await client.refuse("trackerActivate", organizationId=unknown("Organization"))).code == "NOT_FOUND"


async def test_the_id_of_something_else_cannot_be_activated(client: Client) -> None:
    refusal = await client.refuse("trackerActivate", organizationId=unknown("Member"))

    assert (refusal.code, refusal.message) == (
        "INVALID_INPUT",
        "This takes the id of type Organization, and that is one of type Member.",
    )
    assert [one.path for one in refusal.problems] == [["input", "organizationId"]]


async def test_an_organization_is_found_by_its_id_and_by_its_slug(client: Client) -> None:
    company = await start(client, "2021-01-05T09:00:00+03:00")

    assert await client.ask(FOUND, id=company.id) == {"organization": {"id": company.id}}
    assert await client.ask(FOUND, slug=company.slug) == {"organization": {"id": company.id}}


@pytest.mark.parametrize(
    "asked",
    [
        {"id": unknown("Organization")},
        {"slug": "there-is-none-of-that-name"},
        {"slug": ""},
        {"slug": "a\x00b"},
        {"slug": "\ud800"},
    ],
)
async def test_what_is_not_there_is_null(client: Client, asked: dict[str, str]) -> None:
    assert await client.ask(FOUND, **asked) == {"organization": None}


@pytest.mark.parametrize("asked", [{}, {"id": unknown("Organization"), "slug": "demo"}])
async def test_an_organization_is_asked_for_by_exactly_one_of_id_and_slug(
    client: Client, asked: dict[str, str]
) -> None:
    failure = await client.fail(FOUND, **asked)

    assert (failure.code, failure.data) == ("INVALID_INPUT", {"organization": None})


@pytest.mark.parametrize("wrong", [unknown("Member"), "nonsense", "", "\ud800"])
async def test_an_id_that_is_not_an_organizations_is_refused(client: Client, wrong: str) -> None:
    failure = await client.fail(FOUND, id=wrong)

    assert (failure.code, failure.data) == ("INVALID_INPUT", {"organization": None})

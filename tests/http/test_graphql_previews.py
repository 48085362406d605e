"""What a month costs so far and would cost next, how seats stand, and the months in which they stood so."""

from typing import Any

import pytest

from tests.client import Client, Company, start

NOW = "2021-01-05T09:00:00+03:00"
OUTLOOK = "seatsNow headroom nextSeatPrice { amount } seatsToNextTier seatsToLimit total { amount }"


@pytest.fixture(scope="module")
async def january(client: Client) -> Company:
    """260 seats on 22 January 2021, after a peak of 270: to be read, not changed."""
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(270)
    await company.advance("2021-01-01T09:00:00+03:00")
    await company.subscribe(people)
    await company.advance("2021-01-22T09:00:00+03:00")
    await company.unsubscribe(people[260:])
    return company


async def test_a_preview_says_all_that_the_invoice_will(january: Company) -> None:
    wanted = """
        month periodStart periodEnd timeZone inGrace priceList { name }
        peak { seats reachedAt raisedBy { description } holders { totalCount } }
        lines { description quantity unitPrice flatAmount amount { amount } }
        subtotal { amount currency } discounts { kind } total { amount currency }
        vat { rate included net { amount } amount { amount } }
        ifNothingChanges { amount } nextMonth { amount }
    """

    assert await january.preview(wanted) == {
        "month": "2021-01",
        "periodStart": "2020-12-31T21:00:00Z",
        "periodEnd": "2021-01-31T21:00:00Z",
        "timeZone": "Europe/Moscow",
        "inGrace": 0,
        "priceList": {"name": "Public list of October 2020"},
        "peak": {
            "seats": 270,
            "reachedAt": "2021-01-01T06:00:00Z",
            "raisedBy": {"description": "270 subscribed"},
            "holders": {"totalCount": 270},
        },
        "lines": [
            _line("Seats 1–100", 100, "258", "25800.00"),
            _line("Seats 101–250", 150, "222", "33300.00"),
            _line("Seats 251 and more", 20, "185", "3700.00"),
        ],
        "subtotal": {"amount": "62800.00", "currency": "RUB"},
        "discounts": [],
        "total": {"amount": "62800.00", "currency": "RUB"},
        "vat": {"rate": "20", "included": True, "net": {"amount": "52333.33"}, "amount": {"amount": "10466.67"}},
        "ifNothingChanges": {"amount": "62800.00"},
        "nextMonth": {"amount": "60950.00"},  # 260 seats: 25 800 + 33 300 + 10 × 185
    }


def _line(description: str, quantity: int, unit_price: str, amount: str) -> dict[str, Any]:
    return {
        "description": description,
        "quantity": quantity,
        "unitPrice": unit_price,
        "flatAmount": "0",
        "amount": {"amount": amount},
    }


async def test_below_the_peak_there_is_room_at_no_price(january: Company) -> None:
    assert await january.preview(OUTLOOK) == {
        "seatsNow": 260,
        "headroom": 10,  # up to the peak of 270
        "nextSeatPrice": {"amount": "0.00"},
        "seatsToNextTier": None,
        "seatsToLimit": 240,
        "total": {"amount": "62800.00"},
    }


async def test_the_next_month_can_be_looked_at_as_it_will_be(january: Company) -> None:
    wanted = (
        "month peak { seats reachedAt } total { amount } ifNothingChanges { amount } headroom nextSeatPrice { amount }"
    )
    preview = (await january.read(f'invoicePreview(month: "2021-02") {{ {wanted} }}'))["invoicePreview"]

    assert preview == {
        "month": "2021-02",
        "peak": {"seats": 0, "reachedAt": None},  # so far
        "total": {"amount": "0.00"},
        "ifNothingChanges": {"amount": "60950.00"},
        "headroom": 0,
        "nextSeatPrice": {"amount": "185.00"},
    }


@pytest.mark.parametrize("field", ["invoicePreview", "seatTimeline"])
@pytest.mark.parametrize("month", ["2020-10", "2021-03", "2199-12"])
async def test_a_month_that_the_organization_has_no_period_of_is_not_found(
    january: Company, field: str, month: str
) -> None:
    failure = await january.fail(f'id {field}(month: "{month}") {{ month }}')

    assert (failure.code, failure.data["organization"]) == ("NOT_FOUND", {"id": january.id, field: None})


async def test_seats_in_use_are_counted_with_their_peak_and_limits(january: Company) -> None:
    wanted = "seats { used inGrace limit freeThreshold peak { seats reachedAt holders { totalCount } } }"

    assert (await january.read(wanted))["seats"] == {
        "used": 260,
        "inGrace": 0,
        "limit": 500,
        "freeThreshold": 5,
        "peak": {"seats": 270, "reachedAt": "2021-01-01T06:00:00Z", "holders": {"totalCount": 270}},
    }


async def test_the_timeline_of_the_current_month_ends_now(january: Company) -> None:
    timeline = (await january.read('seatTimeline(month: "2021-01") { steps { at seats } }'))["seatTimeline"]

    assert timeline["steps"] == [
        {"at": "2020-12-31T21:00:00Z", "seats": 0},
        {"at": "2021-01-01T06:00:00Z", "seats": 270},
        {"at": "2021-01-22T06:00:00Z", "seats": 260},
    ]


async def test_the_sixth_seat_costs_as_much_as_six(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(7)
    await company.advance(NOW)
    seen = []
    for count in range(8):
        found = await company.preview(OUTLOOK)
        seen.append((found["seatsNow"], found["headroom"], found["nextSeatPrice"]["amount"], found["total"]["amount"]))
        if count < 7:
            await company.subscribe(people[count : count + 1])

    assert seen == [
        (0, 5, "0.00", "0.00"),
        (1, 4, "0.00", "0.00"),
        (2, 3, "0.00", "0.00"),
        (3, 2, "0.00", "0.00"),
        (4, 1, "0.00", "0.00"),
        (5, 0, "1548.00", "0.00"),  # the cliff: 6 × 258
        (6, 0, "258.00", "1548.00"),
        (7, 0, "258.00", "1806.00"),
    ]


async def test_the_next_seat_is_cheaper_in_the_next_tier(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(251)
    await company.advance(NOW)
    seen = {}
    for before, after in ((0, 99), (99, 100), (100, 101), (101, 249), (249, 250), (250, 251)):
        await company.subscribe(people[before:after])
        found = await company.preview(OUTLOOK)
        seen[after] = (found["nextSeatPrice"]["amount"], found["seatsToNextTier"], found["seatsToLimit"])

    assert seen == {
        99: ("258.00", 1, 401),
        100: ("222.00", 0, 400),
        101: ("222.00", 149, 399),
        249: ("222.00", 1, 251),
        250: ("185.00", 0, 250),
        251: ("185.00", None, 249),
    }


async def test_a_seat_in_grace_is_in_the_peak_so_far_and_said_to_be_undoable(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(6)
    await company.advance(NOW)
    await company.subscribe(people)
    await company.advance("2021-01-05T09:30:00+03:00")  # the last instant of the grace
    wanted = "seatsNow inGrace total { amount } ifNothingChanges { amount }"
    assert await company.preview(wanted) == {
        "seatsNow": 6,
        "inGrace": 6,
        "total": {"amount": "1548.00"},
        "ifNothingChanges": {"amount": "1548.00"},
    }

    await company.advance("2021-01-05T09:30:00.000001+03:00")

    assert (await company.preview(wanted))["inGrace"] == 0
    await company.unsubscribe(people)
    assert (await company.preview(wanted))["total"] == {"amount": "1548.00"}


async def test_the_preview_of_a_month_is_what_its_invoice_says(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(120)
    await company.advance(NOW)
    await company.subscribe(people)
    await company.advance("2021-01-31T23:59:59+03:00")
    wanted = "total { amount } vat { amount { amount } } lines { quantity amount { amount } } peak { seats reachedAt }"
    preview = await company.preview(wanted)
    await company.advance("2021-02-01T00:30:00+03:00")

    assert await company.invoices(wanted) == [preview]
    assert preview["total"] == {"amount": "30240.00"}  # 25 800 + 20 × 222

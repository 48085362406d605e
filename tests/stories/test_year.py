"""The year turns: invoice numbers begin anew, and VAT rises from 20 to 22 percent."""

from tests.client import Client, create_clock, found, start


async def test_numbers_are_gapless_within_a_year_and_begin_anew_with_the_next(client: Client) -> None:
    company = await start(client, "2020-10-01T09:00:00+03:00")  # the trial ends on 31 October
    people = await company.invite(6)
    await company.advance("2020-11-02T09:00:00+03:00")
    await company.subscribe(people)
    await company.advance("2021-03-01T09:00:00+03:00")

    numbers = [(invoice["month"], invoice["number"]) for invoice in await company.invoices("month number")]

    # November is issued on 1 December 2020, December on 1 January 2021.
    assert numbers == [
        ("2020-11", "2020-000001"),
        ("2020-12", "2021-000001"),
        ("2021-01", "2021-000002"),
        ("2021-02", "2021-000003"),
    ]


async def test_the_organizations_of_a_clock_share_one_gapless_series(client: Client) -> None:
    clock_id = await create_clock(client, "2020-10-01T09:00:00+03:00")
    companies = [await found(client, clock_id) for _ in range(3)]
    seated = []
    for company in companies:
        await company.activate()
        await company.set_payer()
        seated.append(await company.invite(6))
    await companies[0].advance("2020-11-02T09:00:00+03:00")
    for company, people in zip(companies, seated, strict=True):
        await company.subscribe(people)
    await companies[0].advance("2020-12-10T09:00:00+03:00")
    await companies[1].unsubscribe(seated[1])  # one that is billed for December, and not for January
    await companies[0].advance("2021-02-10T09:00:00+03:00")

    numbers = [invoice["number"] for company in companies for invoice in await company.invoices("number")]

    assert sorted(numbers) == [
        *("2020-000001", "2020-000002", "2020-000003"),
        *("2021-000001", "2021-000002", "2021-000003", "2021-000004", "2021-000005"),
    ]
    issued = [one for company in companies for one in await company.invoices("number issuedAt")]
    issued.sort(key=lambda invoice: invoice["number"])
    assert [one["issuedAt"] for one in issued] == sorted(one["issuedAt"] for one in issued)


async def test_another_clock_has_a_series_of_its_own(client: Client) -> None:
    for _ in range(2):
        company = await start(client, "2020-10-01T09:00:00+03:00")
        await company.subscribe(await company.invite(6))
        await company.advance("2020-12-10T09:00:00+03:00")
        assert (await company.invoices("number"))[0] == {"number": "2020-000001"}


async def test_december_2025_has_20_percent_vat_inside_and_january_2026_22(client: Client) -> None:
    company = await start(client, "2025-10-20T09:00:00+03:00")  # the trial ends on 19 November
    people = await company.invite(6)
    await company.advance("2025-12-05T09:00:00+03:00")
    await company.subscribe(people)
    await company.advance("2026-02-05T09:00:00+03:00")

    wanted = "month number total { amount } vat { rate net { amount } amount { amount } }"
    december, january = await company.invoices(wanted)

    assert december == {
        "month": "2025-12",
        "number": "2026-000001",
        "total": {"amount": "1548.00"},
        # 1 548 × 20 / 120 = 258
        "vat": {"rate": "20", "net": {"amount": "1290.00"}, "amount": {"amount": "258.00"}},
    }
    assert january == {
        "month": "2026-01",
        "number": "2026-000002",
        "total": {"amount": "1548.00"},
        # 1 548 × 22 / 122 = 279.147…; 1 548 − 279.15 = 1 268.85
        "vat": {"rate": "22", "net": {"amount": "1268.85"}, "amount": {"amount": "279.15"}},
    }

"""A company with departments and teams, from its trial to its first invoices."""

from typing import Any

from tests.client import Client, Company, start


async def department(company: Company, name: str, parent: str | None = None) -> str:
    payload = await company.client.change(
        "departmentCreate", "department { id }", organizationId=company.id, name=name, parentId=parent
    )
    made: str = payload["department"]["id"]
    return made


async def employ(company: Company, department_id: str | None, *names: str, teams: tuple[str, ...] = ()) -> list[str]:
    people = [
        {
            "email": f"{name}@{company.slug}.example",
            "name": name.title(),
            "login": name,
            "departmentId": department_id,
            "teamIds": list(teams),
            "active": True,
        }
        for name in names
    ]
    payload = await company.client.change("memberInvite", "members { id }", organizationId=company.id, members=people)
    return [member["id"] for member in payload["members"]]


async def used(company: Company) -> int:
    seats: int = (await company.read("seats { used }"))["seats"]["used"]
    return seats


async def why(company: Company, member: str) -> Any:
    """What a person is told about their seat."""
    subject = "subject { ... on Team { name } ... on Department { name } }"
    wanted = f"access accessReason {{ code sources {{ {subject} }} }} lastSeat {{ endReason }}"
    document = f"query($id: ID!) {{ node(id: $id) {{ ... on Member {{ {wanted} }} }} }}"
    return (await company.client.ask(document, id=member))["node"]


def sources(told: Any) -> list[str]:
    """The groups that a seat comes from."""
    return sorted(source["subject"]["name"] for source in told["accessReason"]["sources"])


async def test_a_company_with_departments_and_teams_from_its_trial_to_its_first_invoices(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00Z")
    engineering = await department(company, "Engineering")
    backend = await department(company, "Backend", engineering)
    sales = await department(company, "Sales")
    payload = await client.change("teamCreate", "team { id }", organizationId=company.id, name="Analysts")
    analysts = payload["team"]["id"]
    await employ(company, engineering, "ada", "bo")
    await employ(company, backend, "cy", "di", "ed")
    (flo,) = await employ(company, backend, "flo", teams=(analysts,))
    gil, _ = await employ(company, sales, "gil", "hal", teams=(analysts,))
    (ivy,) = await employ(company, sales, "ivy")

    # In the trial everyone works; what is to be paid for is set up in advance.
    changed = await company.change_seats(subscribe=[{"departmentId": engineering}, {"teamId": analysts}])
    assert (changed["seatedCount"], await used(company), await company.access(ivy)) == (8, 8, "FULL")
    await company.advance("2020-12-10T10:00:00Z")  # the trial ended an hour ago

    assert await company.access(ivy) == "READ_ONLY"
    told = await why(company, flo)
    assert (told["access"], told["accessReason"]["code"]) == ("FULL", "SEAT")
    assert sources(told) == ["Analysts", "Engineering"]
    assert (await why(company, ivy))["accessReason"]["code"] == "NO_SEAT"

    # January: two join Backend on the 12th, and on the 20th Backend leaves Engineering.
    await company.advance("2021-01-12T09:00:00Z")
    await employ(company, backend, "jo", "kim")
    assert await used(company) == 10
    assert await company.preview("total { amount }") == {"total": {"amount": "2580.00"}}
    await company.advance("2021-01-20T09:00:00Z")
    await client.change("departmentUpdate", "department { id }", departmentId=backend, parentId=None)
    # ada and bo by Engineering, flo, gil and hal by Analysts
    assert await used(company) == 5
    told = await why(company, flo)
    assert sources(told) == ["Analysts"]

    # The team is deleted: its people lose their seats at that instant, and are told so.
    await company.advance("2021-01-25T09:00:00Z")
    await client.change("teamDelete", "team { id }", teamId=analysts)
    assert await used(company) == 2
    told = await why(company, gil)
    assert (told["access"], told["lastSeat"]["endReason"]) == ("READ_ONLY", "team was deleted")

    await company.advance("2021-03-01T09:00:00Z")
    assert await company.bills() == [
        ("2020-11", "TRIAL", 0, None),
        ("2020-12", "BILLED", 8, "2064.00"),  # 8 × 258, from the end of the trial on
        ("2021-01", "BILLED", 10, "2580.00"),  # 10 × 258, from the 12th to the 20th
        ("2021-02", "FREE", 2, None),
    ]
    (december, january) = await company.invoices("month peak { reachedAt raisedBy { description } }")
    assert (december["peak"]["reachedAt"], december["peak"]["raisedBy"]) == ("2020-12-10T09:00:00Z", None)
    assert january["peak"]["reachedAt"] == "2021-01-12T09:00:00Z"
    assert january["peak"]["raisedBy"]["description"] == "joined the organization"

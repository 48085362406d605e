"""What an admin's page asks: 50 members with name, e-mail address, role, access, seat and teams."""

from typing import Any

from app.graphql.ids import global_id
from bench.asking import Question, bare_body, body, plain, run_pair
from bench.figures import Figure
from bench.world import Office, gather, open_office, seat, settle_down

PEOPLE, SEATED, PAGE = 1_000, 500, 50
QUERY = """
    query($id: ID!, $first: Int) { organization(id: $id) { members(first: $first) { nodes {
        id name email role access seat { grantedAt } teams { id name }
    } } } }
"""


async def measure() -> list[Figure]:
    office = await open_office(PEOPLE)
    await fill(office)
    await settle_down()
    async with run_pair() as pair:
        return [await pair.measure(question(office))]


async def fill(office: Office) -> None:
    """Every second one is seated, and each is in two of 30 teams."""
    await seat(office, office.people[::2])
    for number in range(20):
        await gather(office, f"Team {number:02}", office.people[number * PEOPLE // 20 : (number + 1) * PEOPLE // 20])
    for number in range(10):
        await gather(office, f"Guild {number:02}", office.people[number::10])


def question(office: Office) -> Question:
    return Question(
        f"{PAGE} members with name, e-mail, role, access, seat, teams",
        "bare endpoint, same data as JSON",
        0.5,
        office.token,
        "/members",
        [body(QUERY, id=global_id("Organization", office.id), first=PAGE)],
        [bare_body(organizationId=office.id, first=PAGE)],
        _told,
    )


def _told(data: Any) -> Any:
    return plain(data["organization"]["members"]["nodes"])

"""An organization with one of everything that the API can show."""

from dataclasses import dataclass
from typing import Any

from tests.client import Client, Company, start

PEOPLE = 250

# Whatever is a node. Of each type the first few are enough.
_NODES = """
    id testClock { id }
    members(first: 5) { nodes { id } }
    departments(first: 5) { nodes { id } }
    teams(first: 5) { nodes { id } }
    seatSubscriptions(first: 5) { nodes { id } }
    statements(first: 5) { nodes { id } }
    invoices(first: 5) { nodes { id creditNotes { id } } }
    billing { payments(first: 5) { nodes { id } } }
    queues(first: 5) { nodes { id } }
    issues(first: 5) {
        nodes { id attachments { id } comments(first: 5) { nodes { id } } history(first: 5) { nodes { id } } }
    }
    boards { id }
"""


@dataclass(frozen=True, slots=True)
class Furnished:
    """The organization, tokens to act by, and ids of every type of node."""

    company: Company
    owner_token: str
    ids: list[str]


async def furnish(client: Client) -> Furnished:
    """Let an organization live from November 2020 to February 2021: a trial, two bills, a payment, a credit note."""
    company = await start(client, "2020-11-01T00:00:00+03:00")
    members = await company.invite(PEOPLE)
    await company.change_seats(subscribe=[{"memberId": member} for member in members[:100]])
    await company.advance("2021-02-02T12:00:00+03:00")
    owner = await _owner(company)
    session = await client.change("sessionCreate", "token", memberId=owner)
    await _group(company, members)
    await _bill(company)
    await _track(company, await client.as_member(owner), members[0])
    export = await client.change("organizationExport", "export { id }", organizationId=company.id)
    shared = await client.ask("{ priceLists { id } }")
    code = await client.change(
        "promoCodeCreate", "promoCode { id }", code="CONFORMANCE", percent="10", periods=3, mostUses=5
    )
    ids = _ids_in([await company.read(_NODES), export, shared, code])
    return Furnished(company, session["token"], sorted(ids))


async def _owner(company: Company) -> str:
    found = await company.read("members(first: 1, filter: { role: OWNER }) { nodes { id } }")
    owner: str = found["members"]["nodes"][0]["id"]
    return owner


async def _group(company: Company, members: list[str]) -> None:
    """A department below another, and a team, whose members are subscribed."""
    client, scope = company.client, {"organizationId": company.id}
    above = (await client.change("departmentCreate", "department { id }", name="Sales", **scope))["department"]["id"]
    await client.change("departmentCreate", "department { id }", name="Retail", parentId=above, **scope)
    team = await client.change("teamCreate", "team { id }", name="Tango", memberIds=members[90:110], **scope)
    await company.change_seats(subscribe=[{"teamId": team["team"]["id"]}, {"departmentId": above}])


async def _bill(company: Company) -> None:
    """A payment of a part of the oldest invoice, and a credit note for another."""
    client = company.client
    oldest = (await company.invoices("id"))[0]["id"]
    await client.change(
        "paymentRecord",
        "payment { id }",
        organizationId=company.id,
        amount="1000.00",
        receivedAt="2021-02-01T12:00:00+03:00",
        externalReference=company.slug,
    )
    await client.change("creditNoteIssue", "creditNote { id }", invoiceId=oldest, amount="100.00", reason="Goodwill")


async def _track(company: Company, owner: Client, assignee: str) -> None:
    """A queue with an issue that has a comment, a watcher and an announced file, and a board that shows it."""
    scope = {"organizationId": company.id}
    await company.subscribe([await _owner(company)])
    queue = (await owner.change("queueCreate", "queue { id }", key="OPS", name="Operations", **scope))["queue"]["id"]
    made = await owner.change(
        "issueCreate", "issue { id }", queueId=queue, summary="Printers are on fire", assigneeId=assignee
    )
    issue = made["issue"]["id"]
    await owner.change("issueComment", "comment { id }", issueId=issue, text="Again.")
    await owner.change("issueWatch", "issue { id }", issueId=issue, watch=True)
    await owner.change(
        "attachmentCreate", "attachment { id }", issueId=issue, fileName="fire.png", contentType="image/png", size=100
    )
    await owner.change("boardCreate", "board { id }", name="Fires", filter={"text": "fire"}, **scope)


def _ids_in(answer: Any) -> set[str]:
    """Every `id` in an answer."""
    if isinstance(answer, list):
        return {found for one in answer for found in _ids_in(one)}
    if not isinstance(answer, dict):
        return set()
    own = {answer["id"]} if "id" in answer else set()
    return own | _ids_in(list(answer.values()))

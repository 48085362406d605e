"""An organization with something of everything, for tests that walk the whole schema."""

from typing import Any

from app.delivery.webhook_fan_out import fan_out, list_webhooks_to_tell
from tests.client import Client, Company, start
from tests.http.places import Ids


async def fill(client: Client) -> tuple[Company, Ids]:
    """The organization, and the id of one of each, by what inputs call it."""
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(7)
    await company.advance("2021-01-05T09:00:00+03:00")
    changed = await company.subscribe(people)
    await company.advance("2021-02-02T09:00:00+03:00")
    ids = {"organizationId": company.id, "testClockId": company.clock_id, "memberId": people[0]}
    ids |= {"assigneeId": people[1], "changeId": changed["change"]["id"]}
    ids |= await _fill_directory(company, people)
    ids |= await _fill_tracker(company, people[0])
    ids |= await _fill_billing(company)
    ids |= await _fill_keys(company)
    return company, ids


async def _fill_directory(company: Company, people: list[str]) -> Ids:
    team = await _make(company, "teamCreate", name="Team", memberIds=people)
    department = await _make(company, "departmentCreate", name="Department")
    return {"teamId": team, "departmentId": department}


async def _fill_tracker(company: Company, member: str) -> Ids:
    """As a member with a seat: only they may."""
    acting = Company(await company.client.as_member(member), company.clock_id, company.id, company.slug)
    queue = await _make(acting, "queueCreate", key="OPS", name="Queue")
    change = acting.client.change
    issue = (await change("issueCreate", "issue { id }", queueId=queue, summary="Issue"))["issue"]["id"]
    await change("issueComment", "comment { id }", issueId=issue, text="Comment")
    await change("issueUpdate", "issue { id }", issueId=issue, summary="Another")
    board = await _make(acting, "boardCreate", name="Board")
    file = {"fileName": "a.txt", "contentType": "text/plain", "size": 1}
    attachment = await change("attachmentCreate", "attachment { id }", issueId=issue, **file)
    return {"queueId": queue, "issueId": issue, "boardId": board, "attachmentId": attachment["attachment"]["id"]}


async def _fill_keys(company: Company) -> Ids:
    given = {"name": "Partner", "organizationIds": [company.id], "permissions": ["MEMBER_VIEW"]}
    made = await company.client.change("partnerKeyCreate", "partnerKey { id }", **given)
    hook = {"url": "https://hooks.example/seatmark", "description": "Hook", "organizationId": company.id}
    webhook = (await company.client.change("webhookCreate", "webhook { id }", **hook))["webhook"]["id"]
    await company.client.change("webhookUpdate", "webhook { id }", webhookId=webhook, description="Told")
    await fan_out(await list_webhooks_to_tell(100))
    return {"partnerKeyId": made["partnerKey"]["id"], "webhookId": webhook}


async def _fill_billing(company: Company) -> Ids:
    paid = {"amount": "1.00", "receivedAt": "2021-01-05T06:00:00Z", "externalReference": company.slug}
    payment = await _make(company, "paymentRecord", **paid)
    code = {"code": company.slug[-20:], "percent": "10", "periods": 1}
    wanted = "statements(last: 1) { nodes { id } } invoices(last: 1) { nodes { id } }"
    found = await company.read(f"{wanted} invoicePreview {{ priceList {{ id }} }}")
    return {
        "paymentId": payment,
        "statementId": found["statements"]["nodes"][0]["id"],
        "invoiceId": found["invoices"]["nodes"][0]["id"],
        "priceListId": found["invoicePreview"]["priceList"]["id"],
        "promoCodeId": (await company.client.change("promoCodeCreate", "promoCode { id }", **code))["promoCode"]["id"],
    }


async def _make(company: Company, field: str, **given: Any) -> str:
    """The id of what a mutation of the organization makes, which is named as the mutation is."""
    noun = field.removesuffix("Create").removesuffix("Record")
    payload = await company.client.change(field, f"{noun} {{ id }}", organizationId=company.id, **given)
    made: str = payload[noun]["id"]
    return made

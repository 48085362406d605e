"""One organization with everything in it, put into every state by turns, and everyone who could ask about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from graphql import ExecutionResult, parse

from app import db
from app.billing.payments import ReceivedPayment, record_payment
from app.delivery.webhook_fan_out import fan_out, list_webhooks_to_tell
from app.domain.actor import Actor, ActorKind, Permission, Role, Standing, invited
from app.domain.period import period_at
from app.domain.policy import UNBOUND
from app.domain.roles import api_key, member, partner, person
from app.graphql.context import Context
from app.graphql.execution import execute
from app.graphql.ids import global_id
from app.memberships.invitations import invite_members, resend_invitation
from app.memberships.invitees import Invitee
from app.organizations.service import insert_periods
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
    Company,
    advance,
    as_superuser,
    change,
    found,
    found_at,
    moscow,
)

NOW = moscow("2021-02-03 12:00")


@dataclass(slots=True)
class World:
    """`ids` are global ids by the type's name; `actors` by what they are called in the tables.

    `strangers` are of every kind, may do everything elsewhere and have nothing here. `token` is of an open invitation.
    """

    company: Company
    other: Company
    people: dict[str, UUID] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    strangers: dict[str, Actor] = field(default_factory=dict)
    token: str = ""


async def run(actor: Actor, document: str, **variables: Any) -> ExecutionResult:
    """As the HTTP door does it: by the login of tenants, or of the system for operators."""
    with db.acting_for(actor.organizations):
        return await execute(parse(document), Context(actor, POLICIES), variables)


async def do(actor: Actor, name: str, wanted: str, /, **given: Any) -> Any:
    """The payload of a mutation, which must do what it is asked."""
    noun = name[0].upper() + name[1:]
    document = f"""mutation($input: {noun}Input!) {{ {name}(input: $input) {{
        ... on {noun}Payload {{ {wanted} }} ... on UserError {{ code message }} }} }}"""
    result = await run(actor, document, input=given)
    assert result.errors is None, result.errors
    assert result.data is not None
    assert "code" not in result.data[name], result.data
    return result.data[name]


async def make_world() -> World:
    """Founded in November 2020, its trial over in December, January 2021 billed; on 3 February it is subscribed."""
    company = await found_at(NOVEMBER, 6)
    elsewhere = (await found_at(NOVEMBER)).clock_id
    world = World(company, await found(elsewhere, 1))
    await _invite(world)
    await change(company, subscribe=[*company.members, world.people["seated"]])
    _appoint(world)
    _appoint_strangers(world, await found(elsewhere, 1))
    await _fill(world)
    await _make_keys(world)
    await advance(company.clock_id, NOW)
    await _bill(world)
    world.token = (await resend_invitation(OPERATOR, world.people["invited"])).token
    return world


async def _invite(world: World) -> None:
    roles = {"admin": Role.ADMIN, "billing": Role.BILLING_MANAGER, "seated": Role.MEMBER, "read_only": Role.MEMBER}
    people = [Invitee(f"{name}@x.example", name.title(), None, role, True) for name, role in roles.items()]
    people.append(Invitee("invited@x.example", "Invited", None, Role.MEMBER, False))
    made = await invite_members(OPERATOR, world.company.id, people, POLICIES)
    world.people = dict(zip([*roles, "invited"], made.member_ids, strict=True))
    world.people["owner"] = await _owner_of(world.company)


async def _owner_of(company: Company) -> UUID:
    row = await db.fetch_one("SELECT id FROM members WHERE organization_id = $1 AND role = 'OWNER'", company.id)
    assert row is not None
    found: UUID = row["id"]
    return found


def _appoint(world: World) -> None:
    here, there, people = world.company.id, world.other.id, world.people
    roles = {"owner": Role.OWNER, "admin": Role.ADMIN, "billing": Role.BILLING_MANAGER}
    roles |= {"seated": Role.MEMBER, "read_only": Role.MEMBER}
    reading = Standing(people["seated"], Role.MEMBER, frozenset({Permission.ISSUE_VIEW, Permission.QUEUE_VIEW}))
    bills = Standing(None, None, frozenset({Permission.MEMBER_VIEW, Permission.BILLING_VIEW}))
    stranger = world.other.members[0]
    world.actors = {
        "operator": OPERATOR,
        **{name: member(people[name], here, role, "request") for name, role in roles.items()},
        "person": person(
            "sign-in", "request", {here: (people["read_only"], Role.MEMBER), there: (stranger, Role.OWNER)}, None
        ),
        "key": Actor(ActorKind.API_KEY, str(uuid4()), "request", None, {here: reading}),
        "partner": Actor(ActorKind.PARTNER, str(uuid4()), "request", None, {here: bills}),
        "invited": invited(people["invited"], "request"),
        "stranger": member(stranger, there, Role.OWNER, "request"),
    }


def _appoint_strangers(world: World, third: Company) -> None:
    one, owner = world.other.id, world.other.members[0]
    owners = {one: (owner, Role.OWNER), third.id: (third.members[0], Role.OWNER)}
    world.strangers = {
        "stranger": world.actors["stranger"],
        "person of two others": person("sign-in", "request", owners, None),
        "key of another": api_key(uuid4(), one, owners[one], frozenset(Permission), "request", None),
        "partner of another": partner(uuid4(), [one], frozenset(Permission) - UNBOUND, "request", None),
    }


async def _fill(world: World) -> None:
    """People's groups and the tracker, made in the trial by those who may."""
    organization = global_id("Organization", world.company.id)
    owner, seated, ids = world.actors["owner"], world.actors["seated"], world.ids
    ids |= {"Organization": organization, "Member": global_id("Member", world.people["seated"])}
    at = {"organizationId": organization}
    for noun in ("department", "team"):
        made = await do(owner, f"{noun}Create", f"{noun} {{ id }}", name=noun.title(), **at)
        ids[noun.title()] = made[noun]["id"]
    ids["Queue"] = (await do(seated, "queueCreate", "queue { id }", key="OPS", name="Operations", **at))["queue"]["id"]
    issue = await do(seated, "issueCreate", "issue { id }", queueId=ids["Queue"], summary="It is slow")
    ids["Issue"] = issue["issue"]["id"]
    await do(seated, "issueUpdate", "issue { id }", issueId=ids["Issue"], summary="It is very slow")
    comment = await do(seated, "issueComment", "comment { id }", issueId=ids["Issue"], text="Very")
    ids["Comment"] = comment["comment"]["id"]
    ids["Board"] = (await do(seated, "boardCreate", "board { id }", name="Mine", **at))["board"]["id"]
    file = {"fileName": "a.txt", "contentType": "text/plain", "size": 1}
    attachment = await do(seated, "attachmentCreate", "attachment { id }", issueId=ids["Issue"], **file)
    ids["Attachment"] = attachment["attachment"]["id"]
    ids["HistoryEntry"] = global_id("HistoryEntry", await _first("issue_changes", world))


async def _make_keys(world: World) -> None:
    organization, ids = world.ids["Organization"], world.ids
    given = {"name": "Reports", "permissions": ["MEMBER_VIEW", "BILLING_VIEW"]}
    key = await do(world.actors["owner"], "apiKeyCreate", "apiKey { id }", organizationId=organization, **given)
    ids["ApiKey"] = key["apiKey"]["id"]
    key = await do(OPERATOR, "partnerKeyCreate", "partnerKey { id }", organizationIds=[organization], **given)
    ids["PartnerKey"] = key["partnerKey"]["id"]
    told = {"organizationId": organization, "url": "https://receiver.example/", "description": "A receiver"}
    webhook = await do(world.actors["owner"], "webhookCreate", "webhook { id }", **told)
    ids["Webhook"] = webhook["webhook"]["id"]
    await fan_out(await list_webhooks_to_tell(1))
    ids["WebhookDelivery"] = global_id("WebhookDelivery", await _first("webhook_deliveries", world))


async def _bill(world: World) -> None:
    organization, ids = world.ids["Organization"], world.ids
    for noun, table in (
        ("SeatSubscription", "seat_subscriptions"),
        ("Statement", "statements"),
        ("Invoice", "invoices"),
    ):
        ids[noun] = global_id(noun, await _first(table, world))
    await record_payment(OPERATOR, world.company.id, ReceivedPayment(Decimal(100), "RUB", NOW, "bank-1"), POLICIES)
    ids["Payment"] = global_id("Payment", await _first("payments", world))
    note = await do(OPERATOR, "creditNoteIssue", "creditNote { id }", invoiceId=ids["Invoice"], amount="1", reason="No")
    ids["CreditNote"] = note["creditNote"]["id"]
    export = await do(world.actors["owner"], "organizationExport", "export { id }", organizationId=organization)
    ids["OrganizationExport"] = export["export"]["id"]
    code = await do(OPERATOR, "promoCodeCreate", "promoCode { id }", code="SPRING", percent="5", periods=1)
    ids["PromoCode"] = code["promoCode"]["id"]
    assert world.company.clock_id is not None
    ids["TestClock"] = global_id("TestClock", world.company.clock_id)
    row = await db.fetch_one("SELECT id FROM price_lists WHERE is_public ORDER BY id LIMIT 1")
    assert row is not None
    ids["PriceList"] = global_id("PriceList", row["id"])


async def _first(table: str, world: World) -> UUID:
    row = await db.fetch_one(f"SELECT id FROM {table} WHERE organization_id = $1 ORDER BY id LIMIT 1", world.company.id)
    assert row is not None, table
    found: UUID = row["id"]
    return found


async def find_change(world: World) -> str:
    """The id of a change of seats, to undo."""
    return global_id("SeatChange", await _first("seat_changes", world))


_STATES: Mapping[str, str] = {
    "NOT_ACTIVATED": "activated_at = NULL, trial_ends_at = NULL",
    "TRIAL": "trial_ends_at = $2::timestamptz + interval '5 days'",
    "SUBSCRIBED": "closed_at = NULL",
    "SUSPENDED": "closed_at = NULL",
    "CLOSED": "closed_at = $2::timestamptz",
    "PURGING": "purge_decided_at = $2::timestamptz",
    "PURGED": "purge_decided_at = $2::timestamptz, purged_at = $2::timestamptz",
    "RETENTION": "closed_at = NULL",
}
STATES = list(_STATES)
"""In the order to go through them: nobody comes back from the last."""


async def put_into(world: World, state: str) -> None:
    """Past every rule, so that the organization is in the state with everything still in it."""
    organization_id = world.company.id
    async with as_superuser():
        await db.fetch(
            """
            UPDATE organizations
            SET activated_at = $2::timestamptz, trial_ends_at = $2::timestamptz + interval '30 days',
                closed_at = NULL, purge_decided_at = NULL, purged_at = NULL WHERE id = $1
            """,
            organization_id,
            NOVEMBER,
        )
        await db.fetch("DELETE FROM suspensions WHERE organization_id = $1", organization_id)
        await db.fetch(f"UPDATE organizations SET {_STATES[state]} WHERE id = $1 AND $2::timestamptz IS NOT NULL",
                       organization_id, NOW)  # fmt: skip
        await _open_period(organization_id, is_open=state != "NOT_ACTIVATED")
        if state == "SUSPENDED":
            await db.fetch(
                "INSERT INTO suspensions (id, organization_id, since) VALUES (gen_random_uuid(), $1, $2)",
                organization_id, NOW,
            )  # fmt: skip
        if state == "RETENTION":
            await _take_all_seats(organization_id)


async def _open_period(organization_id: UUID, *, is_open: bool) -> None:
    """Before the activation there is no period, and nobody has had a trial."""
    if not is_open:
        await db.fetch("DELETE FROM billing_periods WHERE organization_id = $1 AND closed_at IS NULL", organization_id)
        await db.fetch("DELETE FROM trial_owners")
    elif not await db.count(
        "SELECT 1 FROM billing_periods WHERE organization_id = $1 AND closed_at IS NULL", organization_id
    ):
        await insert_periods({organization_id: period_at(NOW, "Europe/Moscow")})


async def _take_all_seats(organization_id: UUID) -> None:
    """As if they had all been taken away within the trial."""
    await db.fetch(
        """
        UPDATE seat_grants SET during = tstzrange(lower(during), lower(during) + interval '1 hour'),
            revoked_by_id = granted_by_id WHERE organization_id = $1
        """,
        organization_id,
    )
    await db.fetch(
        "UPDATE seat_subscriptions SET ended_at = created_at + interval '1 hour', ended_by = 'nobody' "
        "WHERE organization_id = $1",
        organization_id,
    )

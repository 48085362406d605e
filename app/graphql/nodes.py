"""Finding anything by its global id."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import strawberry
from strawberry.dataloader import DataLoader

from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, invalid
from app.domain.paging import MOST_PER_PAGE
from app.graphql.api_keys import api_key_from
from app.graphql.attachments import attachment_from
from app.graphql.billing import invoice_from, statement_from
from app.graphql.boards import board_from
from app.graphql.clocks import test_clock_from
from app.graphql.context import Info
from app.graphql.departments import department_from
from app.graphql.exports import export_from
from app.graphql.ids import parse_global_id
from app.graphql.invoice_proof import credit_note_from
from app.graphql.issues import comment_from, history_from, issue_from
from app.graphql.loaders import Loaders
from app.graphql.member import member_from
from app.graphql.node import Node
from app.graphql.organization import organization_from
from app.graphql.partner_keys import partner_key_from
from app.graphql.payments import payment_from
from app.graphql.promo_codes import promo_code_from
from app.graphql.queues import queue_from
from app.graphql.reads import NODES
from app.graphql.seats import subscription_from
from app.graphql.teams import team_from
from app.graphql.terms import price_list_from
from app.graphql.webhooks import delivery_from, webhook_from
from app.organizations.partners import owns_clock

_FINDERS: dict[str, tuple[Callable[[Loaders], DataLoader[Any, Any]], Callable[[Any], Node]]] = {
    "Organization": (lambda loaders: loaders.organizations, organization_from),
    "Member": (lambda loaders: loaders.members, member_from),
    "Department": (lambda loaders: loaders.departments, department_from),
    "Team": (lambda loaders: loaders.teams, team_from),
    "SeatSubscription": (lambda loaders: loaders.subscriptions, subscription_from),
    "Statement": (lambda loaders: loaders.statements, statement_from),
    "Invoice": (lambda loaders: loaders.invoices, invoice_from),
    "Payment": (lambda loaders: loaders.payments, payment_from),
    "CreditNote": (lambda loaders: loaders.credit_notes, credit_note_from),
    "OrganizationExport": (lambda loaders: loaders.exports, export_from),
    "TestClock": (lambda loaders: loaders.test_clocks, test_clock_from),
    "ApiKey": (lambda loaders: loaders.api_keys, api_key_from),
    "PartnerKey": (lambda loaders: loaders.partner_keys, partner_key_from),
    "Webhook": (lambda loaders: loaders.webhooks, webhook_from),
    "WebhookDelivery": (lambda loaders: loaders.webhook_deliveries, delivery_from),
    "PriceList": (lambda loaders: loaders.price_lists, price_list_from),
    "PromoCode": (lambda loaders: loaders.promo_codes, promo_code_from),
    "Queue": (lambda loaders: loaders.tracker.queues, queue_from),
    "Issue": (lambda loaders: loaders.tracker.issues, issue_from),
    "Comment": (lambda loaders: loaders.tracker.comments, comment_from),
    "HistoryEntry": (lambda loaders: loaders.tracker.history, history_from),
    "Attachment": (lambda loaders: loaders.tracker.attachments, attachment_from),
    "Board": (lambda loaders: loaders.tracker.boards, board_from),
}
"""By type: the loader of its rows, and what makes a node of a row."""


async def find_node(info: Info, id: strawberry.ID) -> Node | None:
    """None for an id that is not ours, of another type, or of something that the actor cannot reach or see (R2.6)."""
    try:
        type_name, row_id = parse_global_id(id)
    except DomainError:
        return None
    if type_name not in _FINDERS:
        return None
    loader_of, wrap = _FINDERS[type_name]
    row = await loader_of(info.context.loaders).load(row_id)
    return wrap(row) if row is not None and _may_see(info.context.actor, type_name, row) else None


def _may_see(actor: Actor, type_name: str, row: Any) -> bool:
    if type_name == "TestClock":
        return actor.is_allowed_own(Permission.TEST_CLOCK_MANAGE) and owns_clock(actor, row.partner_key_id)
    need = NODES.get(type_name)
    if type_name in ("Webhook", "WebhookDelivery") and row.partner_key_id is not None:
        return True  # a partner's own exists for that partner alone
    return need is None or need.is_met(actor, row.organization_id, row.id)


async def find_nodes(info: Info, ids: Sequence[strawberry.ID]) -> list[Node | None]:
    """Raises: DomainError INVALID_INPUT for more than 100."""
    if len(ids) > MOST_PER_PAGE:
        raise invalid(f"Ask for at most {MOST_PER_PAGE} ids at once, not {len(ids)}.", "ids")
    return list(await asyncio.gather(*(find_node(info, one) for one in ids)))

"""What events and audit entries tell, with the ids of rows as the API knows them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.graphql.ids import global_id

_TYPES: Mapping[str, str] = {
    "apiKey": "ApiKey",
    "assignee": "Member",
    "attachment": "Attachment",
    "author": "Member",
    "baseline": "PriceList",
    "board": "Board",
    "change": "SeatChange",
    "comment": "Comment",
    "creditNote": "CreditNote",
    "department": "Department",
    "dueAgainInvoice": "Invoice",
    "endedSubscription": "SeatSubscription",
    "export": "OrganizationExport",
    "holder": "Member",
    "invoice": "Invoice",
    "issue": "Issue",
    "joinedMember": "Member",
    "leftMember": "Member",
    "member": "Member",
    "organization": "Organization",
    "owner": "Member",
    "parent": "Department",
    "payment": "Payment",
    "priceList": "PriceList",
    "promoCode": "PromoCode",
    "queue": "Queue",
    "replaces": "Invoice",
    "seatWaitingMember": "Member",
    "startedSubscription": "SeatSubscription",
    "statement": "Statement",
    "subscription": "SeatSubscription",
    "team": "Team",
    "testClock": "TestClock",
    "undoneChange": "SeatChange",
    "watcher": "Member",
}
"""Of which type the ids are that a payload has as `<word>Id` or `<word>Ids`."""


def presented(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as they are stored, with the ids of rows as the API knows them."""
    return {key: _presented_fact(key, value) for key, value in facts.items()}


def _presented_fact(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return presented(value)
    if isinstance(value, list):
        return [_presented_fact(key.removesuffix("s"), one) for one in value]
    type_name = _TYPES.get(key.removesuffix("Id")) if key.endswith("Id") else None
    return global_id(type_name, UUID(value)) if type_name is not None and isinstance(value, str) else value

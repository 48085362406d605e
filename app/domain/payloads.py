"""What events and audit entries tell, with the ids of rows as the API knows them, and instants that end in Z."""

import base64
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?\+00:00", re.ASCII)
"""As they are stored: chains are hashed over this spelling, and stay as they are."""

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
    "webhook": "Webhook",
}
"""Of which type the ids are that a payload has as `<word>Id` or `<word>Ids`."""


def global_id(type_name: str, row_id: UUID) -> str:
    """The type's name and the row's id, base64: what the API knows a row by."""
    return base64.urlsafe_b64encode(f"{type_name}:{row_id}".encode()).decode()


def presented(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as they are stored, with the ids of rows as the API knows them, and instants that end in Z."""
    return {key: _presented_fact(key, value) for key, value in facts.items()}


def _presented_fact(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return presented(value)
    if isinstance(value, list):
        return [_presented_fact(key.removesuffix("s"), one) for one in value]
    if not isinstance(value, str):
        return value
    type_name = _TYPES.get(key.removesuffix("Id")) if key.endswith("Id") else None
    if type_name is not None:
        return global_id(type_name, UUID(value))
    return value.removesuffix("+00:00") + "Z" if _INSTANT.fullmatch(value) else value

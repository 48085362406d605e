"""What fits a payload that was promised."""

from typing import Any
from uuid import UUID

import pytest

from app.domain.event_catalog import EVENT_TYPES
from app.domain.event_shapes import misfits
from app.domain.payloads import presented

INVOICE = UUID("0f0c7b7e-5f0e-4c0a-9c1e-0a5d2a1b3c4d")
OVERDUE = {
    "notice": "INVOICE_OVERDUE",
    "invoiceId": str(INVOICE),
    "number": "2026-000001",
    "dueAt": "2026-02-15T00:00:00+00:00",
    "outstanding": "62800.00",
    "currency": "RUB",
}


def test_what_was_promised_fits() -> None:
    assert misfits(EVENT_TYPES["invoice.overdue"].payload, presented(OVERDUE)) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("notice", "TRIAL_ENDED"),
        ("invoiceId", str(INVOICE)),
        ("invoiceId", "TWVtYmVyOjE="),
        ("invoiceId", None),
        ("number", 1),
        ("dueAt", "2026-02-15"),
        ("dueAt", "2026-02-15T00:00:00+00:00"),
        ("dueAt", "2026-02-15T03:00:00+03:00"),
        ("outstanding", 62800),
        ("outstanding", "62 800"),
        ("currency", "rub"),
    ],
)
def test_what_was_not_promised_does_not_fit(field: str, value: Any) -> None:
    (told,) = misfits(EVENT_TYPES["invoice.overdue"].payload, presented(OVERDUE) | {field: value})
    assert told.startswith(f"{field} is not ")


def test_fields_that_are_missing_or_unknown_are_told() -> None:
    payload = presented(OVERDUE)
    del payload["number"]
    told = misfits(EVENT_TYPES["invoice.overdue"].payload, payload | {"debtor": "Romashka"})
    assert told == ["number is missing", "debtor is not expected"]


def test_what_may_be_missing_is_looked_at_where_it_is() -> None:
    payload = EVENT_TYPES["organization.updated"].payload
    assert misfits(payload, {}) == []
    assert misfits(payload, {"seatCap": None, "budget": "1000"}) == []
    assert misfits(payload, {"seatCap": True}) == ["seatCap is not whole number, or null"]


def test_objects_in_a_list_are_looked_into() -> None:
    person: dict[str, Any] = {
        "memberId": str(INVOICE),
        "role": "MEMBER",
        "status": "ACTIVE",
        "departmentId": None,
        "teamIds": [],
    }
    invited = {"memberIds": [str(INVOICE)], "members": [person | {"isRobot": False}]}
    expected = EVENT_TYPES["members.invited"].payload
    assert misfits(expected, presented(invited)) == []
    assert [one.split(" is ")[0] for one in misfits(expected, presented(invited | {"members": [person]}))] == [
        "members"
    ]

"""Who may see what happened: the permission that each type of event takes."""

from collections.abc import Collection, Mapping

from app.domain.actor import Permission

_OF_NOUN: Mapping[str, Permission | None] = {
    "attachment": Permission.ISSUE_VIEW,
    "bill": Permission.BILLING_VIEW,
    "billing_profile": Permission.BILLING_VIEW,
    "board": Permission.QUEUE_VIEW,
    "contract": Permission.BILLING_VIEW,
    "credit_note": Permission.BILLING_VIEW,
    "department": Permission.MEMBER_VIEW,
    "directory": Permission.MEMBER_VIEW,
    "export": Permission.ORGANIZATION_MANAGE,
    "invitation": Permission.MEMBER_VIEW,
    "invoice": Permission.BILLING_VIEW,
    "issue": Permission.ISSUE_VIEW,
    "legacy_baseline": Permission.BILLING_VIEW,
    "legal_hold": Permission.BILLING_VIEW,
    "member": Permission.MEMBER_VIEW,
    "members": Permission.MEMBER_VIEW,
    "notification_settings": Permission.AUDIT_VIEW,
    "organization": None,
    "payment": Permission.BILLING_VIEW,
    "period": Permission.BILLING_VIEW,
    "promo_code": Permission.BILLING_VIEW,
    "purge": None,
    "queue": Permission.QUEUE_VIEW,
    "seats": Permission.SEAT_VIEW,
    "team": Permission.MEMBER_VIEW,
    "tracker": None,
    "trial": None,
    "api_key": Permission.API_KEY_MANAGE,
    "webhook": Permission.WEBHOOK_MANAGE,
}
"""By what an event is about, the word before the dot; None for what everyone sees who reaches the organization."""

_OF_TYPE: Mapping[str, Permission] = {
    "organization.updated": Permission.BILLING_VIEW,  # tells its budget
    "organization.suspended": Permission.BILLING_VIEW,  # tells since when an invoice is overdue
    "organization.resumed": Permission.BILLING_VIEW,
}
"""Of those that tell more than others about the same."""


SEEING = frozenset({Permission.AUDIT_VIEW, *_OF_TYPE.values(), *(one for one in _OF_NOUN.values() if one is not None)})
"""Every permission by which something is seen."""

ACCESS_CHANGED = "access.changed"
"""Told to a member instead of an event that they may not see, where it was about their own access (R2.3). Nothing else
is told by it, and it is in no outbox."""

_OF_SEATS = frozenset({"seats.changed", "seats.change_undone", "seats.waiting_seated", "seats.settled"})
_OF_ACCESS = _OF_SEATS | {"organization.suspended", "organization.resumed"}


def is_of_seats(event_type: str) -> bool:
    """Whether it changed the seats, or the waiting, of those whom the ledger names."""
    return event_type in _OF_SEATS


def is_of_access(event_type: str) -> bool:
    """Whether it changed what people may do in the tracker, or why: of some or, with a suspension, of all."""
    return event_type in _OF_ACCESS


def is_known(event_type: str) -> bool:
    """Whether it is written here who may see events of the type."""
    return event_type in _OF_TYPE or event_type.partition(".")[0] in _OF_NOUN


def needed_for(event_type: str) -> Permission | None:
    """The permission that seeing events of the type takes; None when reaching the organization is enough.

    What is not known is for those who see everything that happens.
    """
    by_noun = _OF_NOUN.get(event_type.partition(".")[0], Permission.AUDIT_VIEW)
    return _OF_TYPE.get(event_type, by_noun)


def may_see(event_type: str, permissions: Collection[Permission]) -> bool:
    """Whether someone with the permissions in the organization may see its events of the type."""
    needed = needed_for(event_type)
    return needed is None or needed in permissions

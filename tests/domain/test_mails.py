"""Who is told what by mail."""

from app.domain.actor import Role
from app.domain.mails import TOLD


def test_nobody_is_told_by_mail_for_being_a_member_alone() -> None:
    """Who is told is looked for among those with another role, by an index of them (app/events/mails.py)."""
    assert all(told.roles and Role.MEMBER not in told.roles for told in TOLD.values())

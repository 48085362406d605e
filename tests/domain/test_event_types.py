"""Who may see what happened."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.actor import Permission, Role
from app.domain.event_types import is_known, may_see
from app.domain.policy import PERMISSIONS_OF_ROLE
from app.domain.webhooks import EVENTS

ROOMS = Path(__file__).parents[2] / "app"
PLATFORMS = {
    "accounting", "browser_session", "issuer", "job", "mail", "numbers", "operator_key", "partner_key", "price_list",
    "purges", "session", "test_clock", "vat_rate",
}  # fmt: skip
"""What belongs to no organization, and is told to nobody."""
PLATFORMS_TYPES = {"promo_code.created", "promo_code.disabled"}
"""Of nouns that organizations have events of too."""


WRITERS = ("Change", "record", "_record", "record_webhook")
TYPE = re.compile(r"[a-z_]+\.[a-z_]+")


WEBHOOKS_OWN = {"webhook.created", "webhook.deleted", "webhook.replayed", "webhook.secret_rotated", "webhook.updated"}
"""Written by `record_webhook`, which names the type in another place."""


def written_types() -> Iterator[str]:
    """Every type that the code writes: what `Change`, `record` and the tables of notices name."""
    for file in ROOMS.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) in WRITERS:
                yield from (text for one in node.args for text in _strings(one) if TYPE.fullmatch(text))
            if isinstance(node, ast.Assign) and [_name(one) for one in node.targets] == ["EVENT_TYPES"]:
                yield from _strings(node.value)


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _strings(node: ast.AST) -> Iterator[str]:
    return (one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str))


def test_every_type_that_is_written_has_a_row() -> None:
    types = set(written_types())
    assert {"seats.changed", "trial.ending", "invoice.overdue", "issue.created", "legal_hold.set"} <= types
    assert sorted(one for one in types if not is_known(one) and one.partition(".")[0] not in PLATFORMS) == []


def test_webhooks_know_every_type_that_is_written_and_no_other() -> None:
    platforms_own = {"promo_code.created", "promo_code.disabled"}
    types = {one for one in written_types() if one.partition(".")[0] not in PLATFORMS} - platforms_own
    assert types | WEBHOOKS_OWN == EVENTS


@pytest.mark.parametrize(
    ("event_type", "roles"),
    [
        ("seats.changed", {Role.OWNER, Role.ADMIN, Role.BILLING_MANAGER}),
        ("invoice.issued", {Role.OWNER, Role.ADMIN, Role.BILLING_MANAGER}),
        ("bill.raised", {Role.OWNER, Role.ADMIN, Role.BILLING_MANAGER}),
        ("organization.updated", {Role.OWNER, Role.ADMIN, Role.BILLING_MANAGER}),
        ("organization.closed", set(Role)),
        ("member.updated", set(Role)),
        ("issue.created", set(Role)),
        ("export.requested", {Role.OWNER}),
        ("api_key.created", {Role.OWNER}),
        ("notification_settings.updated", {Role.OWNER, Role.ADMIN}),
        ("never_heard_of.created", {Role.OWNER, Role.ADMIN}),
    ],
)
def test_a_role_sees_what_its_permissions_let_it(event_type: str, roles: set[Role]) -> None:
    assert {role for role in Role if may_see(event_type, PERMISSIONS_OF_ROLE[role])} == roles


def test_without_a_permission_the_tracker_is_not_seen() -> None:
    assert not may_see("issue.created", set(Permission) - {Permission.ISSUE_VIEW})

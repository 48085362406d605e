from uuid import UUID

import pytest

from app.domain.actor import Actor, ActorKind, Permission, operator, system
from app.domain.errors import DomainError, ErrorCode

OURS = UUID(int=1)
THEIRS = UUID(int=2)


def someone(*permissions: Permission) -> Actor:
    return Actor(ActorKind.OPERATOR, "key-7", "request-1", frozenset({OURS}), frozenset(permissions))


def test_an_operator_may_do_everything_everywhere() -> None:
    actor = operator("key-7", "request-1")
    assert actor.permissions == frozenset(Permission)
    assert actor.can_reach(OURS)
    assert actor.can_reach(THEIRS)


def test_an_operator_is_written_by_key_and_keeps_the_request() -> None:
    actor = operator("key-7", "request-1")
    assert (actor.name, actor.request_id) == ("operator:key-7", "request-1")


def test_our_worker_may_do_everything_and_is_written_by_job() -> None:
    actor = system("close_periods")
    assert (actor.name, actor.request_id) == ("system:close_periods", "job:close_periods")
    assert actor.permissions == frozenset(Permission)
    assert actor.can_reach(THEIRS)


def test_another_organization_does_not_exist_for_an_actor_of_one() -> None:
    assert someone().can_reach(OURS)
    assert not someone().can_reach(THEIRS)


def test_an_actor_of_no_organization_reaches_none() -> None:
    nowhere = Actor(ActorKind.OPERATOR, "key-7", "request-1", frozenset(), frozenset())
    assert not nowhere.can_reach(OURS)


def test_only_a_permission_that_was_given_is_held() -> None:
    actor = someone(Permission.SEAT_VIEW)
    assert actor.is_allowed(Permission.SEAT_VIEW)
    assert not actor.is_allowed(Permission.SEAT_MANAGE)


def test_nothing_is_permitted_by_itself() -> None:
    actor = Actor(ActorKind.OPERATOR, "key-7", "request-1", frozenset(), frozenset())
    assert [permission for permission in Permission if actor.is_allowed(permission)] == []


def test_a_permission_held_is_not_refused() -> None:
    someone(Permission.SEAT_MANAGE).require(Permission.SEAT_MANAGE)


def test_a_permission_missing_is_refused_by_name() -> None:
    with pytest.raises(DomainError) as refusal:
        someone(Permission.SEAT_VIEW).require(Permission.SEAT_MANAGE)
    assert refusal.value.code is ErrorCode.FORBIDDEN
    assert refusal.value.message == "This needs the permission SEAT_MANAGE."


def test_one_of_several_permissions_will_do() -> None:
    either = (Permission.BILLING_MANAGE, Permission.SEAT_MANAGE)
    someone(Permission.SEAT_MANAGE).require(*either)
    with pytest.raises(DomainError) as refusal:
        someone(Permission.SEAT_VIEW).require(*either)
    assert refusal.value.code is ErrorCode.FORBIDDEN
    assert refusal.value.message == "This needs the permission BILLING_MANAGE or SEAT_MANAGE."

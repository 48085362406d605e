from uuid import UUID

import pytest

from app.domain.actor import (
    Actor,
    ActorKind,
    Permission,
    Role,
    Standing,
    invited,
    member_id_of,
    operator,
    system,
)
from app.domain.errors import DomainError, ErrorCode
from app.domain.policy import PERMISSIONS_OF_ROLE
from app.domain.roles import can_give, member, person

OURS = UUID(int=1)
THEIRS = UUID(int=2)
ANNA = UUID(int=11)
ANNA_THERE = UUID(int=12)


def someone(*permissions: Permission) -> Actor:
    standing = Standing(None, None, frozenset(permissions))
    return Actor(ActorKind.PARTNER, "key-7", "request-1", None, {OURS: standing})


def test_an_operator_may_do_everything_everywhere() -> None:
    actor = operator("key-7", "request-1")
    assert actor.standing_in(THEIRS).permissions == frozenset(Permission)
    assert actor.organizations is None
    assert actor.can_reach(OURS)
    assert actor.can_reach(THEIRS)


def test_an_operator_is_written_by_key_and_keeps_the_request() -> None:
    actor = operator("key-7", "request-1")
    assert (actor.name, actor.name_in(OURS), actor.request_id) == ("operator:key-7", "operator:key-7", "request-1")


def test_our_worker_may_do_everything_and_is_written_by_job() -> None:
    actor = system("close_periods")
    assert (actor.name, actor.request_id) == ("system:close_periods", "job:close_periods")
    assert actor.standing_in(OURS).permissions == frozenset(Permission)
    assert actor.can_reach(THEIRS)


def test_another_organization_does_not_exist_for_an_actor_of_one() -> None:
    assert someone().can_reach(OURS)
    assert not someone().can_reach(THEIRS)
    assert someone().organizations == frozenset([OURS])


def test_an_actor_of_no_organization_reaches_none() -> None:
    nowhere = invited(ANNA, "request-1")
    assert not nowhere.can_reach(OURS)
    assert nowhere.organizations == frozenset()


def test_only_a_permission_that_was_given_is_held_and_only_there() -> None:
    actor = someone(Permission.SEAT_VIEW)
    assert actor.is_allowed(OURS, Permission.SEAT_VIEW)
    assert not actor.is_allowed(OURS, Permission.SEAT_MANAGE)
    assert not actor.is_allowed(THEIRS, Permission.SEAT_VIEW)


def test_nothing_is_permitted_by_itself() -> None:
    actor = invited(ANNA, "request-1")
    assert [permission for permission in Permission if actor.is_allowed(OURS, permission)] == []
    assert [permission for permission in Permission if actor.is_allowed_own(permission)] == []


def test_a_permission_held_is_not_refused() -> None:
    someone(Permission.SEAT_MANAGE).require(OURS, Permission.SEAT_MANAGE)


def test_a_permission_missing_is_refused_by_name() -> None:
    with pytest.raises(DomainError) as refusal:
        someone(Permission.SEAT_VIEW).require(OURS, Permission.SEAT_MANAGE)
    assert refusal.value.code is ErrorCode.FORBIDDEN
    assert refusal.value.message == "This needs the permission SEAT_MANAGE."


def test_one_of_several_permissions_will_do() -> None:
    either = (Permission.BILLING_MANAGE, Permission.SEAT_MANAGE)
    someone(Permission.SEAT_MANAGE).require(OURS, *either)
    with pytest.raises(DomainError) as refusal:
        someone(Permission.SEAT_VIEW).require(OURS, *either)
    assert refusal.value.code is ErrorCode.FORBIDDEN
    assert refusal.value.message == "This needs the permission BILLING_MANAGE or SEAT_MANAGE."


def test_what_is_bound_to_no_organization_is_held_apart() -> None:
    partner = Actor(ActorKind.PARTNER, "key-7", "request-1", None, {}, frozenset([Permission.ORGANIZATION_CREATE]))
    partner.require_own(Permission.ORGANIZATION_CREATE)
    with pytest.raises(DomainError) as refusal:
        someone(*Permission).require_own(Permission.ORGANIZATION_CREATE)
    assert refusal.value.code is ErrorCode.FORBIDDEN


def test_a_person_is_another_member_in_each_organization() -> None:
    anna = person("sign-in", "request-1", {OURS: (ANNA, Role.OWNER), THEIRS: (ANNA_THERE, Role.MEMBER)}, None)
    assert (anna.name_in(OURS), anna.name_in(THEIRS)) == (f"member:{ANNA}", f"member:{ANNA_THERE}")
    assert (anna.member_in(OURS), anna.member_in(THEIRS)) == (ANNA, ANNA_THERE)
    assert anna.is_allowed(OURS, Permission.SEAT_MANAGE)
    assert not anna.is_allowed(THEIRS, Permission.SEAT_MANAGE)
    assert anna.member_ids == [ANNA, ANNA_THERE]


def test_who_acts_through_a_key_is_written_with_it_and_found_behind_it() -> None:
    standing = Standing(ANNA, Role.ADMIN, frozenset())
    through_key = Actor(ActorKind.API_KEY, "key-7", "request-1", None, {OURS: standing})
    assert through_key.name_in(OURS) == f"member:{ANNA}/api_key:key-7"
    assert member_id_of(through_key.name_in(OURS)) == ANNA
    assert member_id_of("partner:key-7") is None


def test_nobody_gives_a_role_above_what_they_hold_themselves() -> None:
    owner = member(ANNA, OURS, Role.OWNER, "r").standing_in(OURS)
    admin = member(ANNA, OURS, Role.ADMIN, "r").standing_in(OURS)
    assert [role for role in Role if can_give(owner, role)] == list(Role)
    assert [role for role in Role if can_give(admin, role)] == [Role.ADMIN, Role.MEMBER]


def test_a_key_that_only_manages_people_gives_the_lowest_role() -> None:
    key = Standing(ANNA, Role.OWNER, frozenset([Permission.MEMBER_MANAGE]))
    assert [role for role in Role if can_give(key, role)] == [Role.MEMBER]


def test_what_a_role_gives_is_what_its_member_may_do() -> None:
    assert member(ANNA, OURS, Role.ADMIN, "r").standing_in(OURS) == Standing(
        ANNA, Role.ADMIN, PERMISSIONS_OF_ROLE[Role.ADMIN]
    )

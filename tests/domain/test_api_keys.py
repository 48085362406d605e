"""The text of a key, and what one may be allowed."""

import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.domain.actor import Actor, ActorKind, Permission, Role, operator, system
from app.domain.api_keys import (
    check_expiry,
    check_maker,
    check_overlap,
    find_partner_permission_problems,
    find_permission_problems,
    is_key,
    is_like_key,
    shown_prefix,
    write_key,
)
from app.domain.errors import DomainError, ErrorCode
from app.domain.policy import PERMISSIONS_OF_ROLE, TRACKER_PERMISSIONS
from app.domain.roles import api_key, member, partner, person

NOVEMBER = datetime(2020, 11, 10, 9, tzinfo=UTC)
KEY_ID = UUID("11111111-2222-4333-8444-555555555555")
OTHER = UUID("99999999-2222-4333-8444-555555555555")
HOME = UUID("aaaaaaaa-2222-4333-8444-555555555555")
SECRET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg"


def test_a_key_is_its_id_its_secret_and_a_checksum_of_six_digits() -> None:
    key = write_key(KEY_ID, SECRET)
    head, id_text, rest = key.split("_")
    assert (head, len(id_text), rest[:43], len(rest)) == ("sm", 22, SECRET, 49)
    assert from_base_62(id_text) == KEY_ID.int
    assert from_base_62(key[-6:]) == zlib.crc32(key[:-6].encode())


def test_the_smallest_and_the_largest_id_are_as_long_as_any() -> None:
    assert write_key(UUID(int=0), SECRET).startswith("sm_0000000000000000000000_")
    assert write_key(UUID(int=2**128 - 1), SECRET).startswith("sm_7n42DGM5Tflk9n8mt7Fhc7_")


def test_a_whole_key_is_known_without_asking_anybody() -> None:
    assert is_key(write_key(KEY_ID, SECRET))


def test_every_digit_that_is_mistyped_is_noticed() -> None:
    key = write_key(KEY_ID, SECRET)
    for place in range(len(key)):
        other = "1" if key[place] != "1" else "2"
        assert not is_key(key[:place] + other + key[place + 1 :]), place


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1],
        lambda key: key + "0",
        lambda key: key + "\n",
        lambda key: key.replace("sm_", "SM_"),
        lambda key: key.replace("sm_", "smp_"),
        lambda key: key.swapcase(),
        lambda key: key.replace("_", "", 1),
        lambda key: key[:0],
        lambda key: key[:3],
        lambda key: key[:3] + "_",
        lambda key: key[:5] + "\u0661" + key[6:],
        lambda key: key[:30] + "-" + key[31:],
    ],
)
def test_what_is_cut_off_or_made_up_is_no_key(spoil: Callable[[str], str]) -> None:
    assert not is_key(spoil(write_key(KEY_ID, SECRET)))


def test_two_neighbors_that_changed_places_are_noticed() -> None:
    key = write_key(KEY_ID, SECRET)
    for place in range(len(key) - 1):
        if key[place] != key[place + 1]:
            assert not is_key(key[:place] + key[place + 1] + key[place] + key[place + 2 :]), place


def test_other_tokens_do_not_mean_to_be_keys() -> None:
    assert is_like_key("sm_abc_def")
    assert [
        one for one in ("smse_abc_def", "smop_x", "sm_a", "sm_operator_for_tests", "eyJ.a.b", "") if is_like_key(one)
    ] == []


def test_of_a_key_only_its_beginning_is_shown() -> None:
    assert write_key(KEY_ID, SECRET).startswith(shown_prefix(KEY_ID).removesuffix("…"))
    assert len(shown_prefix(KEY_ID)) == len("sm_") + 22 + len("_…")


def test_nobody_gives_what_they_lack_and_a_bearer_limits_what_a_key_may() -> None:
    wanted = [Permission.MEMBER_VIEW, Permission.BILLING_MANAGE, Permission.SEAT_MANAGE, Permission.PAYMENT_RECORD]
    giver = PERMISSIONS_OF_ROLE[Role.ADMIN]
    problems = find_permission_problems(wanted, giver, PERMISSIONS_OF_ROLE[Role.MEMBER])
    assert [(one.code, one.path) for one in problems] == [
        (ErrorCode.FORBIDDEN, ("input", "permissions", "1")),
        (ErrorCode.INVALID_INPUT, ("input", "permissions", "2")),
        (ErrorCode.INVALID_INPUT, ("input", "permissions", "3")),
    ]


def test_a_key_that_may_do_nothing_is_none() -> None:
    for problems in (
        find_permission_problems([], frozenset(Permission), frozenset(Permission)),
        find_partner_permission_problems([]),
    ):
        assert [(one.code, one.path) for one in problems] == [(ErrorCode.INVALID_INPUT, ("input", "permissions"))]


@pytest.mark.parametrize(
    "unbound", [Permission.ORGANIZATION_CREATE, Permission.TEST_CLOCK_MANAGE, Permission.PAYMENT_RECORD]
)
def test_what_is_for_partners_is_in_no_key_of_an_organization_whoever_gives_it(unbound: Permission) -> None:
    (problem,) = find_permission_problems([unbound], frozenset(Permission), frozenset(Permission))
    assert (problem.code, problem.path) == (ErrorCode.INVALID_INPUT, ("input", "permissions", "0"))


def test_a_partner_may_be_allowed_everything_but_the_tracker() -> None:
    refused = find_partner_permission_problems(list(Permission))
    every = list(Permission)
    assert {every[int(one.path[2])] for one in refused} == TRACKER_PERMISSIONS


def test_people_and_operators_make_keys_and_keys_make_none() -> None:
    check_maker(operator("o", "r"))
    check_maker(member(OTHER, HOME, Role.OWNER, "r"))
    check_maker(person("p", "r", {HOME: (OTHER, Role.OWNER)}, None))
    everything = frozenset(Permission)
    for actor in (a_key(Role.OWNER, everything), partner(KEY_ID, [HOME], everything, "r", None), system("sweep")):
        with pytest.raises(DomainError) as refusal:
            check_maker(actor)
        assert refusal.value.code is ErrorCode.FORBIDDEN


def test_a_key_expires_later_than_now_or_never() -> None:
    assert check_expiry(None, NOVEMBER) is None
    later = NOVEMBER + timedelta(microseconds=1)
    assert check_expiry(later, NOVEMBER) == later
    with pytest.raises(DomainError) as refusal:
        check_expiry(NOVEMBER, NOVEMBER)
    assert refusal.value.problems[0].path == ("input", "expiresAt")


def test_an_old_secret_lives_on_for_a_week_at_most() -> None:
    assert (check_overlap(0), check_overlap(168)) == (timedelta(0), timedelta(days=7))
    for hours in (-1, 169, 2**31 - 1):
        with pytest.raises(DomainError) as refusal:
            check_overlap(hours)
        assert refusal.value.problems[0].path == ("input", "overlapHours")


def test_a_key_has_what_it_was_given_of_what_the_role_gives_now() -> None:
    actor = a_key(Role.ADMIN, frozenset({Permission.MEMBER_MANAGE, Permission.BILLING_MANAGE}))
    assert actor.standing_in(HOME).permissions == {Permission.MEMBER_MANAGE}
    assert actor.standing_in(OTHER).permissions == frozenset()
    assert (actor.kind, actor.own, actor.organizations) == (ActorKind.API_KEY, frozenset(), frozenset({HOME}))
    assert actor.name_in(HOME) == f"member:{OTHER}/api_key:{KEY_ID}"


def test_a_partner_has_the_same_in_each_organization_and_the_rest_unbound() -> None:
    given = frozenset({Permission.SEAT_MANAGE, Permission.PAYMENT_RECORD, Permission.ORGANIZATION_CREATE})
    actor = partner(KEY_ID, [HOME, OTHER], given, "r", NOVEMBER)
    for one in (HOME, OTHER):
        assert actor.standing_in(one).permissions == {Permission.SEAT_MANAGE, Permission.PAYMENT_RECORD}
        assert (actor.member_in(one), actor.name_in(one)) == (None, f"partner:{KEY_ID}")
    assert actor.own == {Permission.ORGANIZATION_CREATE}
    assert actor.expires_at == NOVEMBER


def a_key(role: Role, permissions: frozenset[Permission]) -> Actor:
    return api_key(KEY_ID, HOME, (OTHER, role), permissions, "r", None)


def from_base_62(text: str) -> int:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    number = 0
    for digit in text:
        number = number * 62 + digits.index(digit)
    return number

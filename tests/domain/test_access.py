from itertools import product

import pytest

from app.domain.access import MemberStatus, access_of
from app.domain.lifecycle import OrganizationState
from app.domain.policy import Access

FULL, READ_ONLY, NONE = Access.FULL, Access.READ_ONLY, Access.NONE

ACTIVE_MEMBER = {
    # R2.1:                            no seat    seat       no seat,   seat,
    #                                                        suspended  suspended
    OrganizationState.NOT_ACTIVATED: (NONE, NONE, NONE, NONE),
    OrganizationState.TRIAL: (FULL, FULL, READ_ONLY, READ_ONLY),
    OrganizationState.SUBSCRIBED: (READ_ONLY, FULL, READ_ONLY, READ_ONLY),
    OrganizationState.RETENTION: (READ_ONLY, FULL, READ_ONLY, READ_ONLY),
    OrganizationState.CLOSED: (READ_ONLY, READ_ONLY, READ_ONLY, READ_ONLY),
    OrganizationState.PURGING: (NONE, NONE, NONE, NONE),
    OrganizationState.PURGED: (NONE, NONE, NONE, NONE),
}


@pytest.mark.parametrize("state", OrganizationState)
def test_an_active_member_has_the_access_of_the_table(state: OrganizationState) -> None:
    found = tuple(
        access_of(MemberStatus.ACTIVE, state, has_seat, is_suspended)
        for is_suspended, has_seat in product([False, True], [False, True])
    )
    assert found == ACTIVE_MEMBER[state]


@pytest.mark.parametrize("state", OrganizationState)
@pytest.mark.parametrize("status", [MemberStatus.INVITED, MemberStatus.DEACTIVATED])
def test_who_is_not_an_active_member_has_none(status: MemberStatus, state: OrganizationState) -> None:
    found = {access_of(status, state, *flags) for flags in product([False, True], [False, True])}
    assert found == {NONE}


def test_everyone_has_full_access_in_the_trial_without_a_seat() -> None:
    assert access_of(MemberStatus.ACTIVE, OrganizationState.TRIAL, has_seat=False, is_suspended=False) is FULL


def test_after_the_trial_whoever_has_no_seat_is_read_only() -> None:
    assert access_of(MemberStatus.ACTIVE, OrganizationState.RETENTION, has_seat=False, is_suspended=False) is READ_ONLY

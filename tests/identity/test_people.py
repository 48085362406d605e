"""Who is which member: by the verified address the first time, by the subject from then on (R2.7)."""

import asyncio
import re
from typing import Any
from uuid import UUID

import pytest

from app import db
from app.domain.actor import Actor, Role
from app.domain.policies import Policies
from app.identity.people import find_person_by
from app.identity.provider import Provider
from app.memberships.invitations import invite_members
from app.memberships.invitees import Invitee
from app.memberships.members import deactivate_member, erase_member, reactivate_member
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, found, found_at, snapshot
from tests.openid import AUDIENCE, OpenIdProvider

pytestmark = pytest.mark.usefixtures("clean_database")

ANNA = {"sub": "anna", "email": "Anna@people.example", "email_verified": True}


async def hire(company: Company, email: str, *, is_active: bool = True) -> UUID:
    person = Invitee(email, "A Person", None, Role.MEMBER, is_active)
    return (await invite_members(OPERATOR, company.id, [person], Policies())).member_ids[0]


async def who_is(provider: Provider, issuer: OpenIdProvider, **claims: Any) -> Actor:
    """Whom a good token is of."""
    actor = await find_person_by(provider, AUDIENCE, issuer.sign(**claims), "request-1")
    assert actor is not None
    return actor


async def is_nobodys_member(provider: Provider, issuer: OpenIdProvider, **claims: Any) -> bool:
    """Whether the token maps to no member at all, and nothing is changed by it."""
    before = await snapshot()
    actor = await who_is(provider, issuer, **claims)
    assert await snapshot() == before
    return actor.organizations == frozenset()


async def links() -> list[tuple[UUID, str]]:
    rows = await db.fetch("SELECT member_id, subject FROM member_identities ORDER BY linked_at")
    return [(row["member_id"], row["subject"]) for row in rows]


async def test_the_first_time_the_address_finds_the_member_and_the_link_is_recorded(
    provider: Provider, issuer: OpenIdProvider
) -> None:
    company = await found_at(NOVEMBER)
    anna = await hire(company, "anna@People.example")
    actor = await who_is(provider, issuer, **ANNA)
    assert actor.organizations == frozenset({company.id})
    assert await links() == [(anna, "anna")]
    (entry,) = await db.fetch("SELECT * FROM audit_entries WHERE action = 'member.linked'")
    assert (entry["organization_id"], entry["actor"], entry["request_id"]) == (
        company.id,
        "system:sign-in",
        "request-1",
    )
    assert f'"memberId": "{anna}"' in entry["after"]
    assert "people.example" not in str(entry)
    before = await snapshot()
    assert (await who_is(provider, issuer, **ANNA)).organizations == frozenset({company.id})
    assert await snapshot() == before


async def test_the_reference_is_the_same_every_time_and_says_nothing(
    provider: Provider, issuer: OpenIdProvider
) -> None:
    one, again, other = [await who_is(provider, issuer, sub=sub) for sub in ("anna", "anna", "boris")]
    assert one.reference == again.reference != other.reference
    assert re.fullmatch(r"[0-9a-f-]{36}", one.reference)


async def test_the_same_person_in_two_organizations_is_two_members(provider: Provider, issuer: OpenIdProvider) -> None:
    first, second = await found(None), await found(None)
    members = [await hire(first, "anna@people.example"), await hire(second, "anna@people.example")]
    actor = await who_is(provider, issuer, **ANNA)
    assert actor.organizations == frozenset({first.id, second.id})
    assert {member for member, _ in await links()} == set(members)


async def test_from_then_on_the_subject_decides(provider: Provider, issuer: OpenIdProvider) -> None:
    company = await found_at(NOVEMBER)
    anna, boris = await hire(company, "anna@people.example"), await hire(company, "boris@people.example")
    await who_is(provider, issuer, **ANNA)
    for changed in ({"email": "new@people.example"}, {"email_verified": False}, {"email": "boris@people.example"}):
        before = await snapshot()
        assert (await who_is(provider, issuer, **{**ANNA, **changed})).organizations == frozenset({company.id})
        assert await snapshot() == before
    assert await links() == [(anna, "anna")]
    assert boris not in [member for member, _ in await links()]


async def test_an_address_that_someone_else_got_opens_nothing(provider: Provider, issuer: OpenIdProvider) -> None:
    await hire(await found_at(NOVEMBER), "anna@people.example")
    await who_is(provider, issuer, **ANNA)
    assert await is_nobodys_member(provider, issuer, **{**ANNA, "sub": "another anna"})


@pytest.mark.parametrize("claims", [{"email_verified": False}, {"email_verified": "true"}, {"email_verified": None}])
async def test_an_address_that_is_not_verified_opens_nothing(
    provider: Provider, issuer: OpenIdProvider, claims: dict[str, Any]
) -> None:
    await hire(await found_at(NOVEMBER), "anna@people.example")
    assert await is_nobodys_member(provider, issuer, **{**ANNA, **claims})


async def test_who_is_invited_deactivated_or_a_robot_is_nobody(provider: Provider, issuer: OpenIdProvider) -> None:
    company = await found_at(NOVEMBER)
    await hire(company, "anna@people.example", is_active=False)
    gone, robot = await hire(company, "gone@people.example"), await hire(company, "robot@people.example")
    await deactivate_member(OPERATOR, gone, POLICIES)
    await db.fetch("UPDATE members SET is_robot = true WHERE id = $1", robot)
    for email in ("anna@people.example", "gone@people.example", "robot@people.example"):
        assert await is_nobodys_member(provider, issuer, sub=email, email=email, email_verified=True)


async def test_who_is_deactivated_is_out_at_once_and_back_when_reactivated(
    provider: Provider, issuer: OpenIdProvider
) -> None:
    company = await found_at(NOVEMBER)
    anna = await hire(company, "anna@people.example")
    await who_is(provider, issuer, **ANNA)
    await deactivate_member(OPERATOR, anna, POLICIES)
    assert await is_nobodys_member(provider, issuer, **ANNA)
    await reactivate_member(OPERATOR, anna, POLICIES)
    assert (await who_is(provider, issuer, sub="anna")).organizations == frozenset({company.id})


async def test_who_is_erased_leaves_no_subject_and_no_session_behind(
    provider: Provider, issuer: OpenIdProvider
) -> None:
    anna = await hire(await found_at(NOVEMBER), "anna@people.example")
    await who_is(provider, issuer, **{**ANNA, "sub": "canary-subject"})
    await db.fetch(
        """
        INSERT INTO browser_sessions (id, issuer, subject, token_hash, created_at, renewed_at, seen_at, expires_at)
        SELECT gen_random_uuid(), $1, 'canary-subject', 'hash', now(), now(), now(), now() + interval '1 day'
        """,
        issuer.url,
    )
    await erase_member(OPERATOR, anna, POLICIES)
    assert [table for table, rows in (await snapshot()).items() if any("canary" in row for row in rows)] == []
    assert await is_nobodys_member(provider, issuer, **{**ANNA, "sub": "canary-subject"})


async def test_an_organization_to_be_purged_links_nobody(provider: Provider, issuer: OpenIdProvider) -> None:
    company = await found_at(NOVEMBER)
    await hire(company, "anna@people.example")
    await db.fetch("UPDATE organizations SET purge_decided_at = last_change_at WHERE id = $1", company.id)
    assert await is_nobodys_member(provider, issuer, **ANNA)


async def test_an_organization_that_cannot_be_changed_now_is_reached_when_it_can(
    provider: Provider, issuer: OpenIdProvider
) -> None:
    company = await found_at(NOVEMBER)
    await hire(company, "anna@people.example")
    clocks = "UPDATE test_clocks SET advancing_to = $2 WHERE id = $1"
    await db.fetch(clocks, company.clock_id, NOVEMBER.replace(year=2022))
    assert await is_nobodys_member(provider, issuer, **ANNA)
    await db.fetch(clocks, company.clock_id, None)
    assert (await who_is(provider, issuer, **ANNA)).organizations == frozenset({company.id})


async def test_ten_requests_at_once_link_once(provider: Provider, issuer: OpenIdProvider) -> None:
    company = await found_at(NOVEMBER)
    anna = await hire(company, "anna@people.example")
    actors = await asyncio.gather(*(who_is(provider, issuer, **ANNA) for _ in range(10)))
    assert {actor.organizations for actor in actors} == {frozenset({company.id})}
    assert await links() == [(anna, "anna")]
    assert await db.count("SELECT 1 FROM audit_entries WHERE action = 'member.linked'") == 1


@pytest.mark.parametrize("claims", [{"aud": "https://other.test"}, {"iss": "https://other.test"}, {"exp": 1}])
async def test_a_token_that_is_not_believed_is_nobodys_and_changes_nothing(
    provider: Provider, issuer: OpenIdProvider, claims: dict[str, Any]
) -> None:
    await hire(await found_at(NOVEMBER), "anna@people.example")
    before = await snapshot()
    assert await find_person_by(provider, AUDIENCE, issuer.sign(**{**ANNA, **claims}), "r") is None
    assert await snapshot() == before

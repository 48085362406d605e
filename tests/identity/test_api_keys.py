"""API keys of an organization: what they let in, for how long, and that their secrets are nowhere (R2.3, R2.4)."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app import db
from app.domain.actor import Actor, ActorKind, Permission, Role
from app.domain.api_keys import write_key
from app.domain.errors import ErrorCode
from app.domain.roles import api_key, member, partner
from app.identity.api_keys import KeyToBe, create_api_key, find_api_keys, list_api_keys, revoke_api_key, rotate_api_key
from app.identity.key_secrets import IssuedKey, delete_ended_secrets
from app.identity.service import find_actor
from app.memberships.invitations import invite_members
from app.memberships.invitees import Invitee
from app.memberships.members import (
    MemberUpdate,
    deactivate_member,
    erase_member,
    reactivate_member,
    update_member,
)
from tests.factories import DAY, NOVEMBER, OPERATOR, POLICIES, Company, appoint, found_at, refused, snapshot

pytestmark = pytest.mark.usefixtures("clean_database")

READING = (Permission.MEMBER_VIEW, Permission.SEAT_VIEW)
LATER = datetime(2199, 1, 1, tzinfo=UTC)


@pytest.fixture
async def company(clean_database: None) -> Company:
    return await found_at(NOVEMBER, 1)


@pytest.fixture
async def owner(company: Company) -> Actor:
    return await appoint(company, Role.OWNER)


def wanted(
    *permissions: Permission, robot_id: UUID | None = None, expires_at: datetime | None = None, name: str = "Export"
) -> KeyToBe:
    return KeyToBe(name, permissions or READING, robot_id, expires_at)


async def make(actor: Actor, company: Company, *permissions: Permission, robot_id: UUID | None = None) -> IssuedKey:
    return await create_api_key(actor, company.id, wanted(*permissions, robot_id=robot_id))


async def add_robot(company: Company, role: Role = Role.MEMBER, *, is_active: bool = True) -> UUID:
    robot = Invitee(f"{uuid4().hex}@robots.example", "A Robot", None, role, is_active, is_robot=True)
    return (await invite_members(OPERATOR, company.id, [robot], POLICIES)).member_ids[0]


async def let_in(key: IssuedKey) -> Actor:
    actor = await find_actor(key.text, "request-1")
    assert actor is not None
    return actor


async def end_secrets(key_id: UUID) -> None:
    """Every secret that was told to end some day has ended."""
    await db.fetch(
        "UPDATE api_key_secrets SET expires_at = clock_timestamp() WHERE api_key_id = $1 AND expires_at IS NOT NULL",
        key_id,
    )


async def test_a_key_acts_as_its_maker_with_what_it_was_given(company: Company, owner: Actor) -> None:
    actor = await let_in(await make(owner, company))
    assert (actor.kind, actor.request_id, actor.expires_at) == (ActorKind.API_KEY, "request-1", None)
    assert actor.organizations == frozenset({company.id})
    assert actor.member_in(company.id) == owner.member_in(company.id)
    assert actor.standing_in(company.id).permissions == frozenset(READING)
    (row,) = await list_api_keys(company.id)
    assert actor.name_in(company.id) == f"member:{owner.member_in(company.id)}/api_key:{row.id}"
    assert (row.name, row.created_by, row.permissions) == ("Export", owner.name, READING)


async def test_no_secret_is_stored_anywhere(company: Company, owner: Actor) -> None:
    key = await make(owner, company)
    new = await rotate_api_key(owner, key.id, 24)
    await let_in(new)
    secrets = [one.text[-49:] for one in (key, new)]
    rows = [row for table in (await snapshot()).values() for row in table]
    assert [row for row in rows for secret in secrets if secret in row or secret[:-6] in row] == []


async def test_what_is_no_key_is_refused_without_asking_the_database(company: Company, owner: Actor) -> None:
    key = await make(owner, company)
    with db.counted_statements() as statements:
        assert await find_actor(key.text[:-1] + ("0" if key.text[-1] != "0" else "1"), "r") is None
        assert await find_actor(key.text[:-1], "r") is None
        assert await find_actor("sm__", "r") is None
    assert statements == []


async def test_a_whole_key_that_was_never_made_lets_nobody_in(company: Company, owner: Actor) -> None:
    key = await make(owner, company)
    assert await find_actor(write_key(key.id, "0" * 43), "r") is None
    assert await find_actor(write_key(uuid4(), key.text[26:69]), "r") is None


async def test_making_rotating_and_revoking_are_recorded_by_ids(company: Company, owner: Actor) -> None:
    key = await create_api_key(owner, company.id, wanted(expires_at=LATER))
    await rotate_api_key(owner, key.id, 0)
    await revoke_api_key(owner, key.id)
    rows = await db.fetch(
        "SELECT action, actor, after::text FROM audit_entries WHERE organization_id = $1 AND action LIKE 'api_key.%'"
        " ORDER BY sequence",
        company.id,
    )
    assert [(row["action"], row["actor"]) for row in rows] == [
        (f"api_key.{what}", owner.name) for what in ("created", "rotated", "revoked")
    ]
    assert rows[0]["after"] == (
        f'{{"apiKeyId": "{key.id}", "memberId": "{owner.member_in(company.id)}", '
        '"expiresAt": "2199-01-01T00:00:00Z", "permissions": ["MEMBER_VIEW", "SEAT_VIEW"]}'
    )
    assert rows[1]["after"] == f'{{"apiKeyId": "{key.id}", "overlapHours": 0}}'


async def test_the_old_secret_lives_on_beside_the_new_for_the_overlap(company: Company, owner: Actor) -> None:
    key = await make(owner, company)
    before = datetime.now(UTC)
    new = await rotate_api_key(owner, key.id, 24)
    assert (new.id, new.text[:26]) == (key.id, key.text[:26])
    old = await let_in(key)
    assert old.expires_at is not None
    assert DAY <= old.expires_at - before < DAY + timedelta(minutes=10)
    assert (await let_in(new)).expires_at is None
    (row,) = await find_api_keys([key.id])
    assert [one.expires_at for one in row.secrets] == [old.expires_at, None]
    await end_secrets(key.id)
    assert await find_actor(key.text, "r") is None
    await let_in(new)


async def test_without_an_overlap_the_old_secret_ends_at_once(company: Company, owner: Actor) -> None:
    key = await make(owner, company)
    new = await rotate_api_key(owner, key.id, 0)
    assert await find_actor(key.text, "r") is None
    await let_in(new)


async def test_a_second_rotation_ends_what_was_ending_so_that_there_are_never_more_than_two(
    company: Company, owner: Actor
) -> None:
    key = await make(owner, company)
    texts = [key.text] + [(await rotate_api_key(owner, key.id, 168)).text for _ in range(5)]
    assert [await find_actor(text, "r") is not None for text in texts] == [False] * 4 + [True] * 2
    (row,) = await find_api_keys([key.id])
    assert [one.expires_at is None for one in row.secrets] == [False, True]
    assert await delete_ended_secrets() == 4
    assert [await find_actor(text, "r") is not None for text in texts] == [False] * 4 + [True] * 2
    await rotate_api_key(owner, key.id, 0)
    assert await delete_ended_secrets() == 2
    assert await db.count("SELECT 1 FROM api_key_secrets") == 1


async def test_a_revoked_key_lets_nobody_in_with_any_of_its_secrets(company: Company, owner: Actor) -> None:
    key = await make(owner, company)
    new = await rotate_api_key(owner, key.id, 24)
    await revoke_api_key(owner, key.id)
    assert [await find_actor(one.text, "r") for one in (key, new)] == [None, None]
    assert await list_api_keys(company.id) == []
    (row,) = await find_api_keys([key.id])
    assert (row.revoked_at is not None, row.revoked_by) == (True, owner.name)
    for refusing in (revoke_api_key(owner, key.id), rotate_api_key(owner, key.id, 24)):
        async with refused(ErrorCode.INVALID_INPUT):
            await refusing


async def test_a_key_ends_when_it_expires(company: Company, owner: Actor) -> None:
    key = await create_api_key(owner, company.id, wanted(expires_at=LATER))
    assert (await let_in(key)).expires_at == LATER
    await db.fetch("UPDATE api_keys SET expires_at = clock_timestamp() WHERE id = $1", key.id)
    assert await find_actor(key.text, "r") is None
    async with refused(ErrorCode.INVALID_INPUT):
        await rotate_api_key(owner, key.id, 24)


async def test_a_key_loses_at_once_what_its_members_role_loses(company: Company, owner: Actor) -> None:
    key = await make(owner, company, Permission.API_KEY_MANAGE, Permission.SEAT_VIEW, Permission.MEMBER_VIEW)
    member_id = owner.member_in(company.id)
    assert member_id is not None
    for role, left in [
        (Role.ADMIN, {Permission.SEAT_VIEW, Permission.MEMBER_VIEW}),
        (Role.MEMBER, {Permission.MEMBER_VIEW}),
        (Role.OWNER, {Permission.API_KEY_MANAGE, Permission.SEAT_VIEW, Permission.MEMBER_VIEW}),
    ]:
        await update_member(OPERATOR, member_id, MemberUpdate(role=role), POLICIES)
        assert (await let_in(key)).standing_in(company.id).permissions == left


async def test_a_key_stops_with_its_member_and_comes_back_with_them(company: Company, owner: Actor) -> None:
    key = await make(owner, company)
    member_id = owner.member_in(company.id)
    assert member_id is not None
    await deactivate_member(OPERATOR, member_id, POLICIES)
    assert await find_actor(key.text, "r") is None
    await reactivate_member(OPERATOR, member_id, POLICIES)
    await let_in(key)


async def test_erasing_someone_revokes_their_keys_and_forgets_what_they_called_them(
    company: Company, owner: Actor
) -> None:
    key = await create_api_key(owner, company.id, wanted(name="Olga's telephone"))
    member_id = owner.member_in(company.id)
    assert member_id is not None
    await erase_member(OPERATOR, member_id, POLICIES)
    assert await find_actor(key.text, "r") is None
    (row,) = await find_api_keys([key.id])
    assert (row.name, row.revoked_by) == ("Key of an erased person", OPERATOR.name)


async def test_a_use_is_noted_once_a_minute(company: Company, owner: Actor) -> None:
    key = await make(owner, company)
    (row,) = await find_api_keys([key.id])
    assert row.last_used_at is None
    await let_in(key)
    (used,) = await find_api_keys([key.id])
    assert used.last_used_at is not None
    with db.counted_statements() as statements:
        await let_in(key)
    assert len(statements) == 1
    assert await find_api_keys([key.id]) == [used]
    await db.fetch("UPDATE api_keys SET last_used_at = last_used_at - interval '61 seconds'")
    await let_in(key)
    (again,) = await find_api_keys([key.id])
    assert again.last_used_at is not None
    assert again.last_used_at > used.last_used_at


async def test_nobody_waits_for_a_use_to_be_noted(company: Company, owner: Actor) -> None:
    key = await make(owner, company)
    async with db.in_transaction():
        await db.fetch("SELECT id FROM api_keys FOR NO KEY UPDATE")
        with db.acting_apart():
            async with asyncio.timeout(5):
                await let_in(key)
    (row,) = await find_api_keys([key.id])
    assert row.last_used_at is None


async def test_nobody_gives_a_key_what_they_lack_themselves(company: Company, owner: Actor) -> None:
    lesser = api_key(uuid4(), company.id, (owner.member_ids[0], Role.OWNER), {Permission.API_KEY_MANAGE}, "r", None)
    for actor, permission, code in [
        (owner, Permission.PAYMENT_RECORD, ErrorCode.INVALID_INPUT),
        (owner, Permission.ORGANIZATION_CREATE, ErrorCode.INVALID_INPUT),
        (lesser, Permission.SEAT_VIEW, ErrorCode.FORBIDDEN),
        (lesser, Permission.API_KEY_MANAGE, ErrorCode.FORBIDDEN),
        (await appoint(company, Role.ADMIN), Permission.MEMBER_VIEW, ErrorCode.FORBIDDEN),
        (await appoint(company, Role.BILLING_MANAGER), Permission.MEMBER_VIEW, ErrorCode.FORBIDDEN),
        (await appoint(company, Role.MEMBER), Permission.MEMBER_VIEW, ErrorCode.FORBIDDEN),
        (partner(uuid4(), [company.id], frozenset(Permission), "r", None), Permission.MEMBER_VIEW, ErrorCode.FORBIDDEN),
    ]:
        async with refused(code):
            await make(actor, company, permission)


async def test_a_robots_key_may_what_the_robots_role_gives(company: Company, owner: Actor) -> None:
    robot_id = await add_robot(company)
    key = await make(owner, company, Permission.ISSUE_CREATE, robot_id=robot_id)
    actor = await let_in(key)
    assert (actor.member_in(company.id), actor.standing_in(company.id).role) == (robot_id, Role.MEMBER)
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await make(owner, company, Permission.ISSUE_CREATE, Permission.SEAT_MANAGE, robot_id=robot_id)
    assert [one.path for one in refusal.value.problems] == [("input", "permissions", "1")]


async def test_a_key_acts_as_nobody_but_its_maker_or_an_active_robot_of_the_organization(
    company: Company, owner: Actor
) -> None:
    other = await found_at(NOVEMBER, 1)
    sleeping = await add_robot(company, is_active=True)
    await deactivate_member(OPERATOR, sleeping, POLICIES)
    for robot_id, code in [
        (company.members[0], ErrorCode.INVALID_INPUT),
        (sleeping, ErrorCode.INVALID_INPUT),
        (await add_robot(other), ErrorCode.NOT_FOUND),
        (uuid4(), ErrorCode.NOT_FOUND),
    ]:
        async with refused(code) as refusal:
            await make(owner, company, Permission.ISSUE_VIEW, robot_id=robot_id)
        assert refusal.value.problems[0].path == ("input", "robot")
    async with refused(ErrorCode.INVALID_INPUT):
        await make(OPERATOR, company, Permission.ISSUE_VIEW)
    assert (await let_in(await make(OPERATOR, company, robot_id=await add_robot(company, Role.ADMIN)))).member_ids


async def test_a_key_rotates_itself_and_no_other(company: Company, owner: Actor) -> None:
    key = await make(owner, company, Permission.API_KEY_MANAGE)
    other = await make(owner, company, Permission.API_KEY_MANAGE)
    actor = await let_in(key)
    new = await rotate_api_key(actor, key.id, 0)
    await let_in(new)
    async with refused(ErrorCode.FORBIDDEN):
        await rotate_api_key(actor, other.id, 0)
    plain = await make(owner, company, Permission.MEMBER_VIEW)
    lesser = await let_in(plain)
    async with refused(ErrorCode.FORBIDDEN):
        await rotate_api_key(lesser, plain.id, 0)


async def test_another_organizations_key_is_not_there(company: Company, owner: Actor) -> None:
    stranger = await appoint(await found_at(NOVEMBER), Role.OWNER)
    key = await make(owner, company)
    for refusing in (
        lambda: rotate_api_key(stranger, key.id, 24),
        lambda: revoke_api_key(stranger, key.id),
        lambda: rotate_api_key(stranger, uuid4(), 24),
        lambda: create_api_key(stranger, company.id, wanted()),
    ):
        async with refused(ErrorCode.NOT_FOUND):
            await refusing()


async def test_an_organization_has_at_most_a_hundred_keys(company: Company, owner: Actor) -> None:
    key = await make(owner, company)
    await db.fetch(
        """
        INSERT INTO api_keys (id, organization_id, member_id, name, permissions, created_at, created_by)
        SELECT gen_random_uuid(), organization_id, member_id, name, permissions, created_at, created_by
        FROM api_keys, generate_series(1, 99)
        """
    )
    async with refused(ErrorCode.INVALID_INPUT):
        await make(owner, company)
    await revoke_api_key(owner, key.id)
    await make(owner, company)


async def test_of_two_who_make_the_last_key_at_once_one_does(company: Company, owner: Actor) -> None:
    await make(owner, company)
    await db.fetch(
        """
        INSERT INTO api_keys (id, organization_id, member_id, name, permissions, created_at, created_by)
        SELECT gen_random_uuid(), organization_id, member_id, name, permissions, created_at, created_by
        FROM api_keys, generate_series(1, 98)
        """
    )
    outcomes = await asyncio.gather(make(owner, company), make(owner, company), return_exceptions=True)
    assert sum(isinstance(one, IssuedKey) for one in outcomes) == 1
    assert len(await list_api_keys(company.id)) == 100


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x00b"])
async def test_a_key_has_a_name_that_can_be_read(company: Company, owner: Actor, name: str) -> None:
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await create_api_key(owner, company.id, wanted(name=name))
    assert refusal.value.problems[0].path == ("input", "name")


async def test_a_key_does_not_expire_before_it_is_made(company: Company, owner: Actor) -> None:
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await create_api_key(owner, company.id, wanted(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert refusal.value.problems[0].path == ("input", "expiresAt")


async def test_who_lost_their_role_as_they_asked_makes_no_key(company: Company) -> None:
    admin = await appoint(company, Role.ADMIN)
    stale = member(admin.member_ids[0], company.id, Role.OWNER, "r")
    async with refused(ErrorCode.CONFLICT):
        await make(stale, company)


async def test_the_database_refuses_a_key_that_may_do_nothing(company: Company, owner: Actor) -> None:
    key = await make(owner, company)
    with pytest.raises(Exception, match="api_keys_allow_something"):
        await db.fetch("UPDATE api_keys SET permissions = '{}' WHERE id = $1", key.id)


async def test_tenants_read_no_hash_of_a_secret_and_no_partners_key(company: Company, owner: Actor) -> None:
    await make(owner, company)
    with db.acting_for(frozenset({company.id})):
        assert len(await db.fetch("SELECT id FROM api_key_secrets")) == 1
        for sql in (
            "SELECT secret_hash FROM api_key_secrets",
            "SELECT id FROM partner_keys",
            "SELECT id FROM partner_key_secrets",
        ):
            with pytest.raises(Exception, match="permission denied"):
                await db.fetch(sql)
    with db.acting_for(frozenset({uuid4()})):
        assert await db.fetch("SELECT id FROM api_keys") == []
        assert await db.fetch("SELECT id FROM api_key_secrets") == []

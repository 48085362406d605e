"""Who may do what to whom: every role, every verb, every role that it is done to."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from tests.client import Client, Company, start

NOW = "2021-01-05T09:00:00+03:00"
ROLES = ("OWNER", "ADMIN", "BILLING_MANAGER", "MEMBER")
REACH = {"OWNER": set(ROLES), "ADMIN": {"ADMIN", "MEMBER"}, "BILLING_MANAGER": set[str](), "MEMBER": set[str]()}
"""Whom each role may change, and which roles it may give."""
ARRANGES_GROUPS = ("OWNER", "ADMIN")


@dataclass(slots=True)
class Stage:
    """A company with someone of the role that is tried out."""

    operator: Client
    actor: Client
    company: Company
    numbers: Iterator[int] = field(default_factory=count)

    async def add(self, role: str, **other: Any) -> str:
        """Someone to do it to; gives their id."""
        number = next(self.numbers)
        given = {"email": f"t{number}@x.example", "name": f"T{number}", "role": role, "active": True} | other
        wanted, organization_id = "members { id }", self.company.id
        payload = await self.operator.change("memberInvite", wanted, organizationId=organization_id, members=[given])
        member_id: str = payload["members"][0]["id"]
        return member_id

    async def deactivated(self, role: str) -> str:
        member_id = await self.add(role)
        await self.operator.change("memberDeactivate", "member { id }", memberId=member_id)
        return member_id


Arranged = tuple[str, str, dict[str, Any]]
Verb = Callable[[Stage, str], Awaitable[Arranged]]


async def invite(stage: Stage, role: str) -> Arranged:
    someone = {"email": f"i{next(stage.numbers)}@x.example", "name": "I", "role": role}
    return "memberInvite", "members { id }", {"organizationId": stage.company.id, "members": [someone]}


async def rename(stage: Stage, role: str) -> Arranged:
    return "memberUpdate", "member { id }", {"memberId": await stage.add(role), "name": "Renamed"}


async def give_role(stage: Stage, role: str) -> Arranged:
    giving_to = await stage.add("ADMIN" if role == "MEMBER" else "MEMBER")
    return "memberUpdate", "member { id }", {"memberId": giving_to, "role": role}


async def deactivate(stage: Stage, role: str) -> Arranged:
    return "memberDeactivate", "member { id }", {"memberId": await stage.add(role)}


async def reactivate(stage: Stage, role: str) -> Arranged:
    return "memberReactivate", "member { id }", {"memberId": await stage.deactivated(role)}


async def erase(stage: Stage, role: str) -> Arranged:
    return "memberErase", "member { id }", {"memberId": await stage.add(role)}


async def resend(stage: Stage, role: str) -> Arranged:
    return "invitationResend", "invitation { token }", {"memberId": await stage.add(role, active=False)}


async def revoke(stage: Stage, role: str) -> Arranged:
    return "invitationRevoke", "member { id }", {"memberId": await stage.add(role, active=False)}


VERBS: tuple[Verb, ...] = (invite, rename, give_role, deactivate, reactivate, erase, resend, revoke)


async def set_stage(client: Client, role: str) -> Stage:
    company = await start(client, NOW)
    given = {"email": "actor@x.example", "name": "Actor", "role": role, "active": True}
    payload = await client.change("memberInvite", "members { id }", organizationId=company.id, members=[given])
    return Stage(client, await client.as_member(payload["members"][0]["id"]), company)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
@pytest.mark.parametrize("actor", ROLES)
async def test_nobody_gives_or_touches_a_role_above_their_own(client: Client, actor: str, verb: Verb) -> None:
    stage = await set_stage(client, actor)
    for target in ROLES:
        mutation, wanted, given = await verb(stage, target)
        if target in REACH[actor]:
            await stage.actor.change(mutation, wanted, **given)
        else:
            assert (await stage.actor.refuse(mutation, **given)).code == "FORBIDDEN", target


@pytest.mark.parametrize("actor", ROLES)
async def test_groups_are_arranged_by_owners_and_admins_whoever_is_in_them(client: Client, actor: str) -> None:
    stage = await set_stage(client, actor)
    people = [await stage.add(role) for role in ROLES]
    organization_id = stage.company.id
    sales = await client.change("departmentCreate", "department { id }", organizationId=organization_id, name="Sales")
    team = await client.change("teamCreate", "team { id }", organizationId=organization_id, name="Team")
    department_id, team_id = sales["department"]["id"], team["team"]["id"]
    verbs: list[Arranged] = [
        ("departmentCreate", "department { id }", {"organizationId": organization_id, "name": "Support"}),
        ("departmentUpdate", "department { id }", {"departmentId": department_id, "name": "Sellers"}),
        ("departmentDelete", "department { id }", {"departmentId": department_id}),
        ("teamCreate", "team { id }", {"organizationId": organization_id, "name": "Other"}),
        ("teamUpdate", "team { id }", {"teamId": team_id, "addMemberIds": people}),
        ("teamDelete", "team { id }", {"teamId": team_id}),
    ]
    for mutation, wanted, given in verbs:
        if actor in ARRANGES_GROUPS:
            await stage.actor.change(mutation, wanted, **given)
        else:
            assert (await stage.actor.refuse(mutation, **given)).code == "FORBIDDEN", mutation


@pytest.mark.parametrize("actor", ROLES)
async def test_everyone_sees_the_people_and_groups_of_their_own_organization_alone(client: Client, actor: str) -> None:
    stage, other = await set_stage(client, actor), await set_stage(client, "MEMBER")
    fields = "members { totalCount } departments { totalCount } teams { totalCount }"
    wanted = f"query($id: ID!) {{ organization(id: $id) {{ {fields} }} }}"
    assert await stage.actor.ask(wanted, id=stage.company.id) == {
        "organization": {"members": {"totalCount": 2}, "departments": {"totalCount": 0}, "teams": {"totalCount": 0}}
    }
    assert await stage.actor.ask(wanted, id=other.company.id) == {"organization": None}
    theirs = await other.add("MEMBER")
    organization_id = other.company.id
    sales = await client.change("departmentCreate", "department { id }", organizationId=organization_id, name="Sales")
    team = await client.change("teamCreate", "team { id }", organizationId=organization_id, name="Team")
    ids = [theirs, sales["department"]["id"], team["team"]["id"]]
    nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert await stage.actor.ask(nodes, ids=ids) == {"nodes": [None, None, None]}
    assert await other.actor.ask(nodes, ids=ids) == {"nodes": [{"id": one} for one in ids]}

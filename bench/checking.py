"""`accessCheck`: the hot path of partners. One permission a request, a hundred, and how long one takes at half of the
highest rate."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx

from app.graphql.ids import global_id
from bench.figures import Figure, alternate
from bench.load import Door, press
from bench.server import run_bare, run_ours
from bench.world import Office, open_office, seat, settle_down

PEOPLE, SEATED = 1_000, 500
PERMISSIONS = ("ISSUE_UPDATE", "ISSUE_VIEW", "ISSUE_COMMENT", "DATA_EXPORT")
AT_ONCE = 100
QUERY = (
    "query($checks: [AccessCheckInput!]!) { accessCheck(checks: $checks) { allowed access code message validUntil } }"
)


async def measure() -> list[Figure]:
    office = await open_office(PEOPLE)
    await seat(office, office.people[:SEATED])
    await settle_down()
    one = _bodies(office, 1)
    many = _bodies(office, AT_ONCE)
    async with run_ours() as ours, run_bare() as bare:
        doors = Door(ours.url, office.token), Door(f"{bare.url}/check", office.token)
        await _compare(doors, (one, many))
        return [
            await _figure("accessCheck of one permission", 0.7, doors, one),
            await _figure(f"accessCheck of {AT_ONCE} permissions in one request", 0.6, doors, many),
        ]


Bodies = tuple[Sequence[str], Sequence[str]]


def _bodies(office: Office, at_once: int) -> Bodies:
    """For ours and for the limit, the same questions in the same order: half of the people hold a seat."""
    asked = [
        [
            (office.people[(number * 7 + place * 13) % PEOPLE], PERMISSIONS[(number + place) % len(PERMISSIONS)])
            for place in range(at_once)
        ]
        for number in range(PEOPLE if at_once == 1 else 20)
    ]
    return [_ours(office.id, one) for one in asked], [_bare(office.id, one) for one in asked]


def _ours(organization_id: UUID, asked: Sequence[tuple[UUID, str]]) -> str:
    checks = [
        {
            "organizationId": global_id("Organization", organization_id),
            "memberId": global_id("Member", member_id),
            "permission": permission,
        }
        for member_id, permission in asked
    ]
    return json.dumps({"query": QUERY, "variables": {"checks": checks}})


def _bare(organization_id: UUID, asked: Sequence[tuple[UUID, str]]) -> str:
    checks = [{"memberId": str(member_id), "permission": permission} for member_id, permission in asked]
    return json.dumps({"organizationId": str(organization_id), "checks": checks})


async def _compare(doors: tuple[Door, Door], all_bodies: Sequence[Bodies]) -> None:
    """Both answer the same."""
    async with httpx.AsyncClient(trust_env=False) as client:
        for ours, bare in all_bodies:
            for one, other in list(zip(ours, bare, strict=True))[:20]:
                told = await _post(client, doors[0], one)
                assert told["data"]["accessCheck"] == await _post(client, doors[1], other), told


async def _post(client: httpx.AsyncClient, door: Door, body: str) -> Any:
    headers = {"Authorization": f"Bearer {door.token}", "Content-Type": "application/json", "Accept": door.accepts}
    answer = await client.post(door.url, content=body, headers=headers)
    assert answer.status_code == 200, answer.text  # noqa: PLR2004 - OK
    return answer.json()


async def _figure(name: str, at_least: float, doors: tuple[Door, Door], bodies: Bodies) -> Figure:
    async def ours() -> float:
        return (await press(doors[0], [bodies[0]])).seconds_each

    async def bare() -> float:
        return (await press(doors[1], [bodies[1]])).seconds_each

    return Figure(name, "bare endpoint with the same SQL", at_least, *await alternate(ours, bare))

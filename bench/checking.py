"""`accessCheck`: the hot path of partners. One permission a request, a hundred, and how long one takes at half of the
highest rate."""

import statistics
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.graphql.ids import global_id
from bench.asking import Pair, Question, bare_body, body, run_pair
from bench.figures import ROUNDS, Figure
from bench.load import press
from bench.world import Office, open_office, seat, settle_down

PEOPLE, SEATED = 1_000, 500
PERMISSIONS = ("ISSUE_UPDATE", "ISSUE_VIEW", "ISSUE_COMMENT", "DATA_EXPORT")
AT_ONCE = 100
QUERY = (
    "query($checks: [AccessCheckInput!]!) { accessCheck(checks: $checks) { allowed access code message validUntil } }"
)
CONNECTIONS = 16
"""Of those who ask now and then."""


async def measure() -> list[Figure]:
    office = await open_office(PEOPLE)
    await seat(office, office.people[:SEATED])
    await settle_down()
    one, many = question(office, 1, 0.7), question(office, AT_ONCE, 0.6)
    async with run_pair() as pair:
        single = await pair.measure(one)
        return [single, await pair.measure(many), await _latency(pair, one, statistics.median(single.ours))]


def question(office: Office, at_once: int, at_least: float) -> Question:
    """About so many people in each request, half of whom hold a seat."""
    asked = [
        [
            (office.people[(number * 7 + place * 13) % len(office.people)], PERMISSIONS[(number + place) % 4])
            for place in range(at_once)
        ]
        for number in range(1_000 if at_once == 1 else 20)
    ]
    name = "accessCheck of one permission" if at_once == 1 else f"accessCheck of {at_once} permissions in one request"
    return Question(
        name,
        "bare endpoint with the same SQL",
        at_least,
        office.token,
        "/check",
        [body(QUERY, checks=_checks(office.id, one)) for one in asked],
        [bare_body(organizationId=office.id, checks=_bare_checks(one)) for one in asked],
        _told,
    )


def _told(data: Any) -> Any:
    return data["accessCheck"]


def _checks(organization_id: UUID, asked: Sequence[tuple[UUID, str]]) -> list[dict[str, str]]:
    organization = global_id("Organization", organization_id)
    return [
        {"organizationId": organization, "memberId": global_id("Member", member_id), "permission": permission}
        for member_id, permission in asked
    ]


def _bare_checks(asked: Sequence[tuple[UUID, str]]) -> list[dict[str, str]]:
    return [{"memberId": str(member_id), "permission": permission} for member_id, permission in asked]


async def _latency(pair: Pair, asked: Question, seconds_each: float) -> Figure:
    """At half of the highest rate."""
    door, _ = pair.doors(asked)
    slowest, usual = [], []
    for _ in range(ROUNDS):
        load = await press(
            door, [asked.bodies], seconds=3, connections=CONNECTIONS, pause=CONNECTIONS * seconds_each * 2
        )
        slowest.append(load.p99)
        usual.append(load.p50 * 5)
    notes = {"requests_per_second": round(0.5 / seconds_each)}
    return Figure("p99 of accessCheck at half of the highest rate", "five times its median", 1, slowest, usual, notes)

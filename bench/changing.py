"""`seatsChange` of one member, committed with its event and its audit entry: subscribed by one request, unsubscribed by
the next, in organizations that each connection has for itself."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from uuid import UUID

from app import db
from app.graphql.ids import global_id
from bench.asking import Pair, bare_body, body, check_alike, post, run_pair
from bench.figures import Figure, Turn, alternate
from bench.load import CONNECTIONS, Door, press
from bench.world import Office, open_office, seat, settle_down, share

PEOPLE, SEATED = 2_000, 200
PEOPLE_OF_A_ROUND = 100
QUERY = """
    mutation($input: SeatsChangeInput!) { seatsChange(input: $input) {
        ... on SeatsChangePayload { seatedCount unseatedCount }
        ... on UserError { code message problems { path message } }
    } }
"""
TABLES = ("seat_changes", "seat_subscriptions", "seat_grants", "events", "audit_entries", "mails")
Bodies = Callable[[UUID, UUID], list[str]]


async def measure() -> list[Figure]:
    offices = [await open_office(PEOPLE) for _ in range(2 * CONNECTIONS)]
    for office in offices:
        await seat(office, office.people[:SEATED])
    await settle_down()
    token = await share(offices)
    async with run_pair() as pair:
        return [await _measure(pair, token, offices)]


async def _measure(pair: Pair, token: str, offices: Sequence[Office]) -> Figure:
    ours, bare = Door(pair.ours.url, token), Door(f"{pair.bare.url}/change", token)
    own, others = offices[:CONNECTIONS], offices[CONNECTIONS:]
    await _compare(ours, own[0], bare, others[0])
    taken = await alternate(_turn(ours, own, _ours), _turn(bare, others, _bare))
    limit = "bare endpoint doing the same inserts under the same lock"
    notes = {"connections": CONNECTIONS, "organizations": CONNECTIONS}
    return Figure("seatsChange of one member, with event and audit", limit, 0.5, *taken, notes)


def _turn(door: Door, offices: Sequence[Office], bodies: Bodies) -> Turn:
    rounds: Iterator[int] = count()

    async def turn() -> float:
        begin = SEATED + 1 + next(rounds) * PEOPLE_OF_A_ROUND
        people = [(one, one.people[begin : begin + PEOPLE_OF_A_ROUND]) for one in offices]
        given = [[text for member in some for text in bodies(office.id, member)] for office, some in people]
        return (await press(door, given)).seconds_each

    return turn


def _ours(organization_id: UUID, member_id: UUID) -> list[str]:
    organization, subject = global_id("Organization", organization_id), [{"memberId": global_id("Member", member_id)}]
    return [body(QUERY, input={"organizationId": organization, verb: subject}) for verb in ("subscribe", "unsubscribe")]


def _bare(organization_id: UUID, member_id: UUID) -> list[str]:
    return [bare_body(organizationId=organization_id, **{verb: member_id}) for verb in ("subscribe", "unsubscribe")]


async def _compare(ours: Door, own: Office, bare: Door, other: Office) -> None:
    """Both answer the same and write as many rows."""
    for text, bare_text in zip(_ours(own.id, own.people[SEATED]), _bare(other.id, other.people[SEATED]), strict=True):
        told, expected = await post(ours, text), await post(bare, bare_text)
        check_alike(told["data"]["seatsChange"], expected)
    assert await _rows(own.id) == await _rows(other.id), (await _rows(own.id), await _rows(other.id))


async def _rows(organization_id: UUID) -> list[int]:
    return [await db.count(f"SELECT 1 FROM {table} WHERE organization_id = $1", organization_id) for table in TABLES]

"""What a month costs so far, and what it would cost with a team more."""

from typing import Any
from uuid import UUID

from app.graphql.ids import global_id
from bench.asking import Question, bare_body, body, run_pair
from bench.figures import Figure
from bench.world import Office, gather, open_office, seat, settle_down

SPANS, SPANS_EACH = 10_000, 5
PEOPLE, SEATED, TEAM = 10_000, 5_000, 500
PREVIEW = """
    query($id: ID!) { organization(id: $id) { invoicePreview {
        peak { seats reachedAt } seatsNow total { amount } ifNothingChanges { amount }
    } } }
"""
WHAT_IF = """
    query($id: ID!, $team: ID!) { organization(id: $id) { invoicePreview(change: { subscribe: [{ teamId: $team }] }) {
        impact { peakBefore peakAfter totalBefore { amount } totalAfter { amount } newlySeatedCount }
    } } }
"""


async def measure() -> list[Figure]:
    office = await open_office(SPANS // SPANS_EACH)
    await seat(office, office.people, SPANS_EACH)
    crowd = await open_office(PEOPLE)
    await gather(crowd, "Crew", crowd.people[:SEATED], is_seated=True)
    team_id = await gather(crowd, "Team", crowd.people[-TEAM:])
    await settle_down()
    async with run_pair() as pair:
        return [await pair.measure(preview(office, SPANS)), await pair.measure(what_if(crowd, team_id))]


def preview(office: Office, spans: int) -> Question:
    return Question(
        f"invoicePreview of an organization with {spans:,} spans".replace(",", " "),
        "bare endpoint with the peak in SQL",
        0.8,
        office.token,
        "/preview",
        [body(PREVIEW, id=global_id("Organization", office.id))],
        [bare_body(organizationId=office.id)],
        _previewed,
        one_by_one=8,
    )


def what_if(office: Office, team_id: UUID) -> Question:
    return Question(
        f"what-if of a team of {TEAM} in an organization of {PEOPLE:,}".replace(",", " "),
        "bare endpoint with the two peaks in SQL",
        0.6,
        office.token,
        "/what-if",
        [body(WHAT_IF, id=global_id("Organization", office.id), team=global_id("Team", team_id))],
        [bare_body(organizationId=office.id, teamId=team_id)],
        _supposed,
        one_by_one=2,  # it holds the organization's lock, which no other could share
    )


def _previewed(data: Any) -> Any:
    found = data["organization"]["invoicePreview"]
    return found | {name: found[name]["amount"] for name in ("total", "ifNothingChanges")}


def _supposed(data: Any) -> Any:
    found = data["organization"]["invoicePreview"]["impact"]
    return found | {name: found[name]["amount"] for name in ("totalBefore", "totalAfter")}

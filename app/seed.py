"""The demo organization that a newcomer finds in an empty database."""

from uuid import UUID

from app import db
from app.domain.actor import Role, system
from app.domain.roles import member
from app.domain.seat_change import JoinsPolicy
from app.domain.tracker import IssueType, Priority
from app.identity.demo import ADDRESSES, SLUG
from app.memberships.departments import create_department
from app.memberships.founding import Founding, create_organization
from app.memberships.invitations import invite_members
from app.memberships.invitees import Invitee
from app.memberships.teams import create_team
from app.organizations.service import activate_tracker
from app.seats.changing import change_seats
from app.seats.service import RequestedChange
from app.seats.subjects import SubjectReference
from app.settings import load_settings
from app.tracker.service import create_issue, create_queue

PEOPLE = (
    "Anna Petrova",
    "Boris Ivanov",
    "Vera Sokolova",
    "Gleb Orlov",
    "Daria Kozlova",
    "Egor Novikov",
    "Zoya Lebedeva",
)


async def seed_demo() -> str | None:
    """Found an organization in its trial: an owner, a billing manager, seven people, a department, a team, a queue, and
    three seats set up.

    Returns: its slug; None when the database had an organization already.
    """
    if await db.fetch_one("SELECT id FROM organizations LIMIT 1") is not None:
        return None
    actor, policies = system("seed"), load_settings().policies
    organization_id = await create_organization(
        actor,
        Founding(
            name="Demo",
            slug=SLUG,
            time_zone="Europe/Moscow",
            currency="RUB",
            owner=Invitee(ADDRESSES["owner"], "Olga Demo", None, Role.OWNER, is_active=True),
            test_clock_id=None,
        ),
    )
    await activate_tracker(actor, organization_id)
    department_id = await create_department(actor, organization_id, "Product", None)
    people = [_person(name, department_id) for name in PEOPLE]
    billing_manager = Invitee(ADDRESSES["billing"], "Bella Demo", "bella", Role.BILLING_MANAGER, is_active=True)
    invited = await invite_members(actor, organization_id, [billing_manager, *people], policies)
    await create_team(actor, organization_id, "Support", invited.member_ids[-2:], policies)
    await _open_queue(organization_id, invited.member_ids[1])
    subjects = [SubjectReference(("subscribe", str(place)), email=one.email) for place, one in enumerate(people[:3])]
    change = RequestedChange(subjects, [], JoinsPolicy.ALWAYS, skip_already_subscribed=False, expected_total=None)
    await change_seats(actor, organization_id, change, policies)
    return SLUG


def _person(name: str, department_id: UUID) -> Invitee:
    login = name.split(maxsplit=1)[0].lower()
    return Invitee(f"{login}@demo.example", name, login, Role.MEMBER, is_active=True, department_id=department_id)


async def _open_queue(organization_id: UUID, member_id: UUID) -> None:
    """A queue with an issue, by a member: in the tracker nobody else writes."""
    author = member(member_id, organization_id, Role.MEMBER, "seed")
    queue_id = await create_queue(author, organization_id, "DEMO", "Demonstration")
    issue = {
        "summary": "Try the tracker for 30 days",
        "description": "",
        "type": IssueType.TASK,
        "priority": Priority.NORMAL,
        "assignee_id": member_id,
        "tags": ("welcome",),
        "due_on": None,
    }
    await create_issue(author, queue_id, issue)

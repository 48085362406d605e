"""The demo organization that a newcomer finds in an empty database."""

from app import db
from app.domain.actor import system
from app.domain.roles import Role
from app.domain.seat_change import JoinsPolicy
from app.memberships.founding import Founding, create_organization
from app.memberships.invitations import invite_members
from app.memberships.invitees import Invitee
from app.organizations.service import activate_tracker
from app.seats.service import RequestedChange, change_seats
from app.seats.subjects import SubjectReference
from app.settings import load_settings

SLUG = "demo"
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
    """Found an organization in its trial, with seven people and three seats set up.

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
            owner=Invitee("owner@demo.example", "Olga Demo", None, Role.OWNER, is_active=True),
            test_clock_id=None,
        ),
    )
    await activate_tracker(actor, organization_id)
    people = [
        Invitee(f"{name.split()[0].lower()}@demo.example", name, name.split()[0].lower(), Role.MEMBER, is_active=True)
        for name in PEOPLE
    ]
    await invite_members(actor, organization_id, people, policies)
    subjects = [SubjectReference(("subscribe", str(place)), email=one.email) for place, one in enumerate(people[:3])]
    change = RequestedChange(subjects, [], JoinsPolicy.ALWAYS, skip_already_subscribed=False, expected_total=None)
    await change_seats(actor, organization_id, change, policies)
    return SLUG

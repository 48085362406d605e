"""An organization with a past, for whoever looks at the console in development: on a test clock that shows 14 August
2026, with two months behind it that were charged. Everything was done as people and workers do it.

June: 24 seats, paid. July: 27, to be paid. August so far: 34 on the 4th, 31 from the 11th,
34 again from the 13th, mostly others; and somebody waits, for whom the month would cost more.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from app.billing.payments import ReceivedPayment, record_payment
from app.billing.profile import BillingProfileInput, PayerKind, set_billing_profile
from app.billing.queries import list_invoices
from app.clocks.service import advance_test_clock, create_test_clock
from app.domain.actor import Actor, Role, system
from app.domain.paging import PageRequest
from app.domain.roles import member
from app.domain.seat_change import JoinsPolicy
from app.domain.tracker import IssueStatus, IssueType, Priority, Resolution
from app.identity.demo import ADDRESSES
from app.identity.sign_in_links import recognize_address
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
from app.tracker.service import comment_issue, create_issue, create_queue, transition_issue

SLUG = "romashka"

_DEPARTMENTS = {
    "Product": None,
    "Design": "Product",
    "Engineering": "Product",
    "Backend": "Engineering",
    "Frontend": "Engineering",
    "Quality": "Engineering",
    "Sales": None,
    "Support": None,
    "Finance": None,
}
"""Each with the one above it."""
_PEOPLE = {
    "Product": "Irina Belova",
    "Design": "Kira Voronina, Lev Tarasov, Maya Zotova",
    "Engineering": "Nikita Fomin",
    "Backend": "Oleg Kuznetsov, Polina Ershova, Roman Sidorov, Sofia Guseva, Taras Melnik, Ulyana Kirova, Fyodor Panin",
    "Frontend": "Filipp Zuev, Galina Titova, Denis Rogov, Elena Mironova, Zhanna Kotova, Ilya Savin",
    "Quality": "Ksenia Lapina, Maxim Dyakov, Nina Frolova, Pavel Komarov",
    "Sales": "Raisa Vlasova, Stepan Nosov, Tamara Ilyina, Valery Bykov, Yana Sobol, Yury Makeev",
    "Support": "Alla Gromova, Bogdan Shubin, Vadim Lykov, Darya Orlova, Eva Nikitina",
    "Finance": "Ruslan Abramov, Svetlana Popova",
}
_ISSUES = (
    ("Send invoices as PDF", "Irina Belova", "Roman Sidorov", IssueType.IMPROVEMENT, Priority.NORMAL),
    ("The list of orders is empty after midnight", "Alla Gromova", "Polina Ershova", IssueType.BUG, Priority.CRITICAL),
    ("Which browsers do we support?", "Anna Petrova", "Filipp Zuev", IssueType.QUESTION, Priority.MINOR),
    ("Draw the new page of prices", "Nikita Fomin", "Kira Voronina", IssueType.TASK, Priority.NORMAL),
    ("Measure how long a search takes", "Ksenia Lapina", "Taras Melnik", IssueType.TASK, Priority.TRIVIAL),
)
"""What, by whom, for whom. They were written in the trial, in which everybody may."""
_PAYER = BillingProfileInput(
    legal_name="OOO Romashka",
    kind=PayerKind.LEGAL_ENTITY,
    tax_number="7701234567",
    address="Moscow, Tverskaya 1",
    bank_details="40702810900000000001, BIC 044525225",
    contact_email=ADDRESSES["billing"],
    accept_agreement=True,
)


async def seed_history() -> str:
    """Found it and let its months pass. Returns: its slug."""
    clock_id = await create_test_clock(system("seed"), _at(5, 4))
    story = _Story(clock_id, await create_organization(system("seed"), _founding(clock_id)))
    await story.begin()
    for address in ADDRESSES.values():
        await recognize_address(address, "seed")  # whoever signed in as one of them just now has it at once
    await story.work_in_the_trial()
    await story.subscribe_for_june()
    await story.pay_june_and_grow_in_july()
    await story.peak_in_august()
    return SLUG


class _Story:
    def __init__(self, clock_id: UUID, organization_id: UUID) -> None:
        self.clock_id, self.organization_id = clock_id, organization_id
        self.policies = load_settings().policies
        self.departments: dict[str, UUID] = {}
        self.teams: dict[str, UUID] = {}
        self.members: dict[str, UUID] = {}
        self.issues: list[UUID] = []

    async def begin(self) -> None:
        """4 May: everybody is there, and the trial begins."""
        seeder = system("seed")
        await activate_tracker(seeder, self.organization_id)
        for name, above in _DEPARTMENTS.items():
            parent_id = self.departments[above] if above is not None else None
            self.departments[name] = await create_department(seeder, self.organization_id, name, parent_id)
        people = [self._person(name, place) for place, names in _PEOPLE.items() for name in names.split(", ")]
        await self._join(
            Invitee(ADDRESSES["billing"], "Bella Demo", "bella", Role.BILLING_MANAGER, is_active=True),
            Invitee("arkady@romashka.example", "Arkady Danilov", "arkady", Role.ADMIN, is_active=True),
            Invitee(
                ADDRESSES["member"],
                "Anna Petrova",
                "anna",
                Role.MEMBER,
                is_active=True,
                department_id=self.departments["Finance"],
            ),
            *people,
        )
        for team, names in {
            "On duty": ("Alla Gromova", "Bogdan Shubin", "Oleg Kuznetsov", "Sofia Guseva"),
            "Website": ("Kira Voronina", "Filipp Zuev", "Elena Mironova", "Irina Belova"),
        }.items():
            people_of = [self.members[name] for name in names]
            self.teams[team] = await create_team(seeder, self.organization_id, team, people_of, self.policies)

    async def work_in_the_trial(self) -> None:
        """May: a queue with what there is to do."""
        await self._go_to(_at(5, 12))
        queue_id = await create_queue(self._as("Irina Belova"), self.organization_id, "ROM", "Romashka")
        for summary, author, assignee, kind, priority in _ISSUES:
            issue = {
                "summary": summary,
                "description": "",
                "type": kind,
                "priority": priority,
                "assignee_id": self.members[assignee],
                "tags": ("website",) if assignee in ("Filipp Zuev", "Kira Voronina") else (),
                "due_on": date(2026, 8, 31) if priority is Priority.CRITICAL else None,
            }
            self.issues.append(await create_issue(self._as(author), queue_id, issue))

    async def subscribe_for_june(self) -> None:
        """The trial ends on 3 June: 22 have seats then, and 24 from the 10th on."""
        await self._go_to(_at(5, 20))
        await set_billing_profile(self._as("Bella Demo"), self.organization_id, _PAYER, self.policies)
        await self._subscribe(
            self._department("Engineering"), self._team("On duty"), *self._each("Arkady Danilov", "Irina Belova")
        )
        await self._go_to(_at(6, 10))
        await self._subscribe(*self._each("Kira Voronina", "Lev Tarasov"))
        await transition_issue(self._as("Roman Sidorov"), self.issues[0], IssueStatus.RESOLVED, Resolution.FIXED)

    async def pay_june_and_grow_in_july(self) -> None:
        """June is paid; the rest of Support comes, and one of Design goes: 27, then 26."""
        await self._go_to(_at(7, 3))
        (invoice,) = await list_invoices(self.organization_id, PageRequest(limit=1))
        paid = ReceivedPayment(invoice.total, invoice.currency, _at(7, 2), "ROMASHKA-2026-06")
        await record_payment(system("seed"), self.organization_id, paid, self.policies)
        await self._go_to(_at(7, 9))
        await self._subscribe(self._department("Support"))
        await comment_issue(self._as("Polina Ershova"), self.issues[1], "It is the time zone: the day ends too early.")
        await transition_issue(self._as("Polina Ershova"), self.issues[1], IssueStatus.IN_PROGRESS, None)
        await self._go_to(_at(7, 20))
        await self._change([], self._each("Lev Tarasov"), JoinsPolicy.ALWAYS)

    async def peak_in_august(self) -> None:
        """July is charged and not paid yet. A campaign brings 34; who joins Sales later waits for room."""
        await self._go_to(_at(8, 4))
        finance = self._each("Ruslan Abramov", "Svetlana Popova")
        await self._change([self._department("Sales"), *finance], [], JoinsPolicy.WITHIN_PEAK)
        await comment_issue(self._as("Valery Bykov"), self.issues[3], "The campaign needs it by Monday.")
        await self._go_to(_at(8, 11))
        await self._change([], [*finance, *self._each("Irina Belova")], JoinsPolicy.ALWAYS)
        await self._go_to(_at(8, 13))
        await self._subscribe(*self._each("Irina Belova", "Lev Tarasov", "Maya Zotova"))
        await self._join(self._person("Timur Alekseev", "Sales"))
        await self._go_to(_at(8, 14))

    def _as(self, name: str) -> Actor:
        roles = {"Bella Demo": Role.BILLING_MANAGER, "Arkady Danilov": Role.ADMIN}
        return member(self.members[name], self.organization_id, roles.get(name, Role.MEMBER), "seed")

    def _person(self, name: str, department: str) -> Invitee:
        login, department_id = name.lower().replace(" ", "."), self.departments[department]
        return Invitee(f"{login}@romashka.example", name, login, Role.MEMBER, True, department_id)

    async def _join(self, *people: Invitee) -> None:
        invited = await invite_members(system("seed"), self.organization_id, people, self.policies)
        self.members |= {one.name: member_id for one, member_id in zip(people, invited.member_ids, strict=True)}

    def _department(self, name: str) -> SubjectReference:
        return SubjectReference(("subscribe", name), department_id=self.departments[name])

    def _team(self, name: str) -> SubjectReference:
        return SubjectReference(("subscribe", name), team_id=self.teams[name])

    def _each(self, *names: str) -> list[SubjectReference]:
        return [SubjectReference(("subscribe", name), member_id=self.members[name]) for name in names]

    async def _subscribe(self, *subjects: SubjectReference) -> None:
        await self._change(subjects, [], JoinsPolicy.ALWAYS)

    async def _change(
        self, subscribe: Sequence[SubjectReference], unsubscribe: Sequence[SubjectReference], joins: JoinsPolicy
    ) -> None:
        """By the administrator."""
        change = RequestedChange(subscribe, unsubscribe, joins, skip_already_subscribed=False, expected_total=None)
        await change_seats(self._as("Arkady Danilov"), self.organization_id, change, self.policies)

    async def _go_to(self, instant: datetime) -> None:
        await advance_test_clock(system("seed"), self.clock_id, instant, self.policies)


def _founding(clock_id: UUID) -> Founding:
    return Founding(
        name="Romashka",
        slug=SLUG,
        time_zone="Europe/Moscow",
        currency="RUB",
        owner=Invitee(ADDRESSES["owner"], "Olga Demo", None, Role.OWNER, is_active=True),
        test_clock_id=clock_id,
    )


def _at(month: int, day: int) -> datetime:
    """Noon in Moscow."""
    return datetime(2026, month, day, 9, tzinfo=UTC)

"""Rosters: the whole of an organization's people as they should be."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from app.domain.access import MemberStatus
from app.domain.actor import Role
from app.domain.errors import Problem
from app.domain.paging import page_request
from app.domain.period import Month
from app.domain.roster import Difference, Person, RosterLine
from app.graphql.context import FreshLoaders, Info
from app.graphql.errors import UserError
from app.graphql.ids import row_id, row_id_or_flaw
from app.graphql.impacts import ChangeImpact, impact_from
from app.graphql.member import Member, member_from
from app.graphql.money import Money, money
from app.graphql.scalars import Email
from app.memberships.roster import Roster, RosterReport, apply_roster

if TYPE_CHECKING:
    from app.graphql.organization import Organization

FirstFew = Annotated[int, strawberry.argument(description="At most so many, up to 100.")]


@strawberry.type(description="Someone as they are, or as they will be.")
class RosterPerson:
    email: Email = strawberry.field(description="The e-mail address.")
    login: str | None = strawberry.field(description="The name to sign in with.")
    name: str = strawberry.field(description="The name.")
    external_id: str | None = strawberry.field(description="What another system calls them.")
    role: Role = strawberry.field(description="Administrative power.")
    status: MemberStatus = strawberry.field(description="Whether they take part.")
    department: str | None = strawberry.field(description='Their department, from the root down: "Sales/North".')
    teams: list[str] = strawberry.field(description="Their teams, by name.")
    row: strawberry.Private[Person]

    @strawberry.field(description="The member; null for someone new as long as it is a dry run.")
    async def member(self, info: Info) -> Member | None:
        row = await info.context.loaders.members.load(self.row.id)
        return member_from(row) if row is not None else None


@strawberry.type(description="What the roster changes about someone.")
class RosterDifference:
    place: int | None = strawberry.field(description="Their place in the roster, from 0; null without a line.")
    before: RosterPerson | None = strawberry.field(description="As they were; null for someone new.")
    after: RosterPerson = strawberry.field(description="As they are by the roster.")


@strawberry.type(description="Differences of one kind.")
class RosterDifferences:
    count: int = strawberry.field(description="How many people.")
    report: strawberry.Private[RosterReport]
    found: strawberry.Private[Sequence[Difference]]

    @strawberry.field(description="Who, and what changes about them, everything included.")
    async def nodes(self, first: FirstFew = 50) -> list[RosterDifference]:
        limit = page_request(first, None, None, None).limit
        return [difference_from(one, self.report) for one in self.found[:limit]]


@strawberry.type(description="People whom the roster concerns in one way.")
class RosterPeople:
    count: int = strawberry.field(description="How many people.")
    report: strawberry.Private[RosterReport]
    found: strawberry.Private[Sequence[Person]]

    @strawberry.field(description="Who, as they are by the roster.")
    async def nodes(self, first: FirstFew = 50) -> list[RosterPerson]:
        limit = page_request(first, None, None, None).limit
        return [person_from(one, self.report) for one in self.found[:limit]]


@strawberry.type(description="Departments or teams that the roster makes.")
class RosterGroups:
    count: int = strawberry.field(description="How many.")
    found: strawberry.Private[Sequence[str]]

    @strawberry.field(description="Their names; a department's from the root down.")
    async def names(self, first: FirstFew = 50) -> list[str]:
        return list(self.found[: page_request(first, None, None, None).limit])


@strawberry.type(description="What a roster changes. Someone may be in several of these.")
class DirectoryDifferences:
    added: RosterDifferences = strawberry.field(description="New to the organization; they take part at once.")
    admitted: RosterDifferences = strawberry.field(description="Were invited, and take part without accepting.")
    returned: RosterDifferences = strawberry.field(description="Were deactivated, and take part again.")
    deactivated: RosterDifferences = strawberry.field(description="Not in the roster: they take part no more.")
    renamed: RosterDifferences = strawberry.field(description="Another name, e-mail address, login or external id.")
    role_changed: RosterDifferences = strawberry.field(description="Another role.")
    moved: RosterDifferences = strawberry.field(description="Another department, or none any more.")
    joined_teams: RosterDifferences = strawberry.field(description="Members already who join teams.")
    left_teams: RosterDifferences = strawberry.field(description="Members who leave teams.")
    kept: RosterPeople = strawberry.field(
        description="Take part, are not in the roster and stay: owners, people with a role above that of whoever "
        "applies it, and whoever applies it. Robots and invited people stay too."
    )
    new_departments: RosterGroups = strawberry.field(description="Departments that are made.")
    new_teams: RosterGroups = strawberry.field(description="Teams that are made.")
    newly_seated: RosterPeople = strawberry.field(description="Hold a seat who held none.")
    losing_seat: RosterPeople = strawberry.field(description="Held a seat and hold none.")
    would_wait: RosterPeople = strawberry.field(description="Begin to wait for a seat.")


@strawberry.type(description="The current month's money before and after a roster.")
class DirectoryPrice:
    month: Month = strawberry.field(description="The month.")
    total_before: Money = strawberry.field(description="What the month cost so far.")
    total_after: Money = strawberry.field(description="What it costs so far with the roster applied.")
    if_nothing_changes_before: Money = strawberry.field(description="What the month would have cost in the end.")
    if_nothing_changes_after: Money = strawberry.field(
        description="What it costs in the end if nothing changes after the roster."
    )
    peak_before: int = strawberry.field(description="The peak of the month if nothing had changed.")
    peak_after: int = strawberry.field(description="The peak of the month if nothing changes after the roster.")
    seats_before: int = strawberry.field(description="How many held a seat.")
    seats_after: int = strawberry.field(description="How many hold a seat with the roster applied.")


@strawberry.input(description="Someone as the roster has them. What is left out or null stays as it is.")
class RosterMemberInput:
    email: Email = strawberry.field(
        description="The e-mail address; it says who is meant where nobody has the external id, in any case of letters."
    )
    name: str = strawberry.field(description="The name, at most 200 characters.")
    login: str | None = strawberry.field(
        default=None,
        description="A name to sign in with; it says who is meant where nobody has the external id or the address.",
    )
    external_id: str | None = strawberry.field(
        default=None,
        description="What another system calls them; it says who is meant before anything else, so that all else "
        "can change.",
    )
    role: Role | None = strawberry.field(default=None, description="Administrative power; MEMBER for someone new.")
    department: str | None = strawberry.field(
        default=None,
        description='The department, from the root down: "Sales/North". Made where there is none; blank takes '
        "them out of any.",
    )
    department_id: strawberry.ID | None = strawberry.field(default=None, description="The department by id instead.")
    teams: list[str] | None = strawberry.field(
        default=None, description="Every team they are in, by name. Made where there is none; empty is no team."
    )

    def line(self, *path: str) -> RosterLine:
        """An id that is no department's is among the flaws."""
        given = [self.department_id] if self.department_id is not None else []
        departments = [row_id_or_flaw("Department", one, *path, "departmentId") for one in given]
        teams = tuple(self.teams) if self.teams is not None else None
        return RosterLine(
            path,
            self.email,
            self.name,
            self.login,
            self.role,
            self.department,
            next((one for one in departments if isinstance(one, UUID)), None),
            teams,
            self.external_id,
            tuple(one for one in departments if isinstance(one, Problem)),
        )


@strawberry.input(description="What `directoryApply` takes.")
class DirectoryApplyInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    members: list[RosterMemberInput] = strawberry.field(
        description="Everyone who takes part, 1 to 20000 people, all or none. Whoever is missing is deactivated."
    )
    dry_run: bool = strawberry.field(
        default=False, description="Say what would change and what it would cost, and change nothing."
    )
    max_deactivations: int | None = strawberry.field(
        default=None,
        description="Refuse a roster that deactivates more people than this; by default more than a fifth of those "
        "who take part, and more than 3.",
    )
    expected_total: Decimal | None = strawberry.field(
        default=None,
        description="What this month is to cost so far after the roster, in the organization's currency; else "
        "nothing is changed.",
    )

    def roster(self) -> Roster:
        lines = [one.line("input", "members", str(place)) for place, one in enumerate(self.members)]
        return Roster(lines, self.dry_run, self.max_deactivations, self.expected_total)


@strawberry.type(description="What `directoryApply` answers; the same for a dry run, with nothing changed.")
class DirectoryApplyPayload:
    organization: Annotated["Organization", strawberry.lazy("app.graphql.organization")] = strawberry.field(
        description="The organization; after a dry run as it was before."
    )
    applied_at: datetime | None = strawberry.field(
        description="The one instant at which all of it happened; null when nothing was changed."
    )
    differences: DirectoryDifferences = strawberry.field(description="What changed, or would.")
    report: strawberry.Private[RosterReport]

    @strawberry.field(description="What the month costs before and after; needs BILLING_VIEW.")
    async def price(self) -> DirectoryPrice | None:
        return _price_from(self.report)

    @strawberry.field(description="What it does to seats and money, with warnings; needs BILLING_VIEW and SEAT_VIEW.")
    async def impact(self) -> ChangeImpact | None:
        return impact_from(self.report.impact, self.report.shown)


DirectoryApplyResult = Annotated[
    DirectoryApplyPayload | UserError,
    strawberry.union("DirectoryApplyResult", description="What changed, or why nothing did."),
]


@strawberry.type
class RosterMutation:
    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Make an organization's people those of a roster, all of it or nothing, at one instant, leaves "
        "first; or with `dryRun` say what that would change and cost.",
    )
    async def directory_apply(
        self, info: Info, input: Annotated[DirectoryApplyInput, strawberry.argument(description="Who and where.")]
    ) -> DirectoryApplyResult:
        from app.graphql.organization import load_organization

        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        report = await apply_roster(info.context.actor, organization_id, input.roster(), info.context.policies)
        return payload_from(report, await load_organization(info, organization_id))


def payload_from(report: RosterReport, organization: "Organization") -> DirectoryApplyPayload:
    return DirectoryApplyPayload(
        organization=organization,
        applied_at=report.applied_at,
        differences=_differences_from(report),
        report=report,
    )


def difference_from(one: Difference, report: RosterReport) -> RosterDifference:
    return RosterDifference(
        place=int(one.path[2]) if one.path is not None else None,
        before=person_from(one.before, report) if one.before is not None else None,
        after=person_from(one.after, report),
    )


def person_from(person: Person, report: RosterReport) -> RosterPerson:
    return RosterPerson(
        email=Email(person.email),
        login=person.login,
        name=person.name,
        external_id=person.external_id,
        role=person.role,
        status=person.status,
        department=report.path_of(person.department) or None,
        teams=sorted(report.team_names[team] for team in person.teams),
        row=person,
    )


def _differences_from(report: RosterReport) -> DirectoryDifferences:
    found, impact = report.differences, report.impact

    def differences(chosen: Iterable[Difference]) -> RosterDifferences:
        listed = list(chosen)
        return RosterDifferences(count=len(listed), report=report, found=listed)

    def people(chosen: Sequence[Person]) -> RosterPeople:
        return RosterPeople(count=len(chosen), report=report, found=chosen)

    paths = [report.path_of(key) for key in report.new_departments]
    teams = [report.team_names[key] for key in report.new_teams]
    return DirectoryDifferences(
        added=differences(one for one in found if one.is_added),
        admitted=differences(one for one in found if one.is_admitted),
        returned=differences(one for one in found if one.is_returned),
        deactivated=differences(one for one in found if one.is_deactivated),
        renamed=differences(one for one in found if one.is_renamed),
        role_changed=differences(one for one in found if one.has_another_role),
        moved=differences(one for one in found if one.is_moved),
        joined_teams=differences(one for one in found if one.joined and not one.is_added),
        left_teams=differences(one for one in found if one.left),
        kept=people(report.kept),
        new_departments=RosterGroups(count=len(paths), found=paths),
        new_teams=RosterGroups(count=len(teams), found=teams),
        newly_seated=people(report.people_of(impact.newly_seated)),
        losing_seat=people(report.people_of(impact.losing_seat)),
        would_wait=people(report.people_of(impact.would_wait)),
    )


def _price_from(report: RosterReport) -> DirectoryPrice:
    before, after = report.impact.before, report.impact.after
    return DirectoryPrice(
        month=report.month,
        total_before=money(before.total),
        total_after=money(after.total),
        if_nothing_changes_before=money(before.this_month.total),
        if_nothing_changes_after=money(after.this_month.total),
        peak_before=before.this_month.peak,
        peak_after=after.this_month.peak,
        seats_before=before.seats,
        seats_after=after.seats,
    )

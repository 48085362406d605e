"""What a change does to seats and money, before it is made or after."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import strawberry

from app.directory.queries import MemberRow
from app.domain import impact as domain
from app.domain.errors import ErrorCode
from app.domain.paging import page_request
from app.domain.warnings import WarningCode, list_warnings
from app.graphql.context import Info
from app.graphql.errors import Problem, problem_from
from app.graphql.member import Member, member_from
from app.graphql.money import Money, money
from app.graphql.scalars import Email
from app.graphql.seats import Seat, seat_from
from app.seats.picture import Shown
from app.words.speaking import said

LISTS_OF_PEOPLE = ("newlySeated", "alreadySeated", "losingSeat", "stillSeated", "wouldWait", "wouldWaitFor")
"""Fields of an impact that are answered from what is shown of it."""

FirstFew = Annotated[int, strawberry.argument(description="At most so many, up to 100.")]

_CODES = " ".join(f"{code.name}: {code.value}" for code in WarningCode)


@strawberry.type(description="What whoever makes the change should know.")
class ImpactWarning:
    code: str = strawberry.field(description=f"What it is about, for programs; more may come. {_CODES}")
    message: str = strawberry.field(description="The same, for people.")
    amount: Money | None = strawberry.field(description="What it is worth; which amount that is depends on the code.")


@strawberry.type(description="The other order: granting seats before revoking others.")
class GrantFirst:
    peak: int = strawberry.field(description="The peak that the month would have come to.")
    total: Money = strawberry.field(description="What the month would have cost.")
    saved: Money = strawberry.field(description="How much less it costs to revoke first, as is done.")


@strawberry.type(description="Someone who would wait for a seat.")
class WouldWait:
    member: Member = strawberry.field(description="Who.")
    reason: ErrorCode = strawberry.field(description="What they would wait for.")


@strawberry.type(
    description="What a change does to seats and money, all of it at one instant, leaves first. People are listed by "
    "name, as they are recorded now; someone who loses one source of a seat and gains another is in two lists."
)
class ChangeImpact:
    total_before: Money = strawberry.field(description="What the month costs so far.")
    total_after: Money = strawberry.field(description="What it costs so far with the change.")
    difference: Money = strawberry.field(description="The second less the first; below zero where it falls.")
    if_nothing_changes_before: Money = strawberry.field(description="What the month comes to without the change.")
    if_nothing_changes_after: Money = strawberry.field(
        description="What the month comes to with the change, if nothing else changes."
    )
    if_nothing_changes_difference: Money = strawberry.field(
        description="The second less the first: what the change costs this month. Where the trial ends within it, this "
        "is not yet in `difference`."
    )
    next_month_before: Money = strawberry.field(description="What the month after costs without the change.")
    next_month_after: Money = strawberry.field(description="What the month after costs with the change.")
    peak_before: int = strawberry.field(description="The peak of the month so far.")
    peak_after: int = strawberry.field(description="The peak of the month so far with the change.")
    peak_if_nothing_changes_before: int = strawberry.field(description="The peak of the month without the change.")
    peak_if_nothing_changes_after: int = strawberry.field(
        description="The peak of the month with the change, if nothing else changes."
    )
    seats_before: int = strawberry.field(description="How many hold a seat.")
    seats_after: int = strawberry.field(description="How many hold a seat with the change.")
    newly_seated_count: int = strawberry.field(description="How many hold a seat then who hold none.")
    already_seated_count: int = strawberry.field(description="How many hold a seat and gain another source of it.")
    losing_seat_count: int = strawberry.field(description="How many hold a seat and hold none then.")
    still_seated_count: int = strawberry.field(
        description="How many lose a source of their seat and keep it through another."
    )
    would_wait_count: int = strawberry.field(description="How many begin to wait for a seat.")
    invited: list[Email] = strawberry.field(
        description="The e-mail addresses of those whom the change invites; they take no seat until they accept."
    )
    grant_first: GrantFirst | None = strawberry.field(
        description="What the other order would have come to; null unless seats both begin and end."
    )
    refusals: list[Problem] = strawberry.field(
        description="Limits for which the change would be refused; everything else is as if they were none. Empty for "
        "a change that would be made."
    )
    warnings: list[ImpactWarning] = strawberry.field(description="What whoever makes the change should know.")
    found: strawberry.Private[domain.Impact]
    shown: strawberry.Private[Shown]

    @strawberry.field(description="Who holds a seat then and holds none.")
    async def newly_seated(self, info: Info, first: FirstFew = 50) -> list[Member]:
        return await _members(info, self.shown.newly_seated, first)

    @strawberry.field(description="Who holds a seat and gains another source of it.")
    async def already_seated(self, info: Info, first: FirstFew = 50) -> list[Member]:
        return await _members(info, self.shown.already_seated, first)

    @strawberry.field(description="Who holds a seat and holds none then.")
    async def losing_seat(self, info: Info, first: FirstFew = 50) -> list[Member]:
        return await _members(info, self.shown.losing_seat, first)

    @strawberry.field(
        description="Who loses a source of their seat and keeps it, with the sources it then has; a subscription that "
        "the change begins has an id that is not to be found before the change is made."
    )
    async def still_seated(self, first: FirstFew = 50) -> list[Seat]:
        some = self.shown.still_seated[: page_request(first, None, None, None).limit]
        return [seat_from(self.shown.seats[one.id], self.shown.sources[one.id]) for one in some]

    @strawberry.field(description="Who begins to wait for a seat.")
    async def would_wait(self, info: Info, first: FirstFew = 50) -> list[Member]:
        return await _members(info, self.shown.would_wait, first)

    @strawberry.field(description="The same, with what each would wait for.")
    async def would_wait_for(self, info: Info, first: FirstFew = 50) -> list[WouldWait]:
        some = self.shown.would_wait
        members = await _members(info, some, first)
        rows = some[: len(members)]
        return [WouldWait(member=m, reason=self.found.would_wait[row.id]) for m, row in zip(members, rows, strict=True)]


async def _members(info: Info, rows: Sequence[MemberRow], first: int) -> list[Member]:
    """As they are recorded; someone new in a dry run as they would be, in no department, for it may be new too."""
    some = rows[: page_request(first, None, None, None).limit]
    known = await info.context.loaders.members.load_many([row.id for row in some])
    return [member_from(one or replace(row, department_id=None)) for one, row in zip(known, some, strict=True)]


def impact_from(found: domain.Impact, shown: Shown) -> ChangeImpact:
    before, after = found.before, found.after
    return ChangeImpact(
        total_before=money(before.total),
        total_after=money(after.total),
        difference=money(after.total - before.total),
        if_nothing_changes_before=money(before.this_month.total),
        if_nothing_changes_after=money(after.this_month.total),
        if_nothing_changes_difference=money(after.this_month.total - before.this_month.total),
        next_month_before=money(before.next_month.total),
        next_month_after=money(after.next_month.total),
        peak_before=before.peak_so_far,
        peak_after=after.peak_so_far,
        peak_if_nothing_changes_before=before.this_month.peak,
        peak_if_nothing_changes_after=after.this_month.peak,
        seats_before=before.seats,
        seats_after=after.seats,
        newly_seated_count=len(found.newly_seated),
        already_seated_count=len(found.already_seated),
        losing_seat_count=len(found.losing_seat),
        still_seated_count=len(found.still_seated),
        would_wait_count=len(found.would_wait),
        invited=[Email(one) for one in found.invited],
        grant_first=_grant_first_from(found.grant_first),
        refusals=[problem_from(one) for one in found.refusals],
        warnings=[
            ImpactWarning(
                code=one.code.name,
                message=said(one.message),
                amount=money(one.amount) if one.amount is not None else None,
            )
            for one in list_warnings(found)
        ],
        found=found,
        shown=shown,
    )


def _grant_first_from(found: domain.GrantFirst | None) -> GrantFirst | None:
    if found is None:
        return None
    return GrantFirst(peak=found.peak, total=money(found.total), saved=money(found.saved))

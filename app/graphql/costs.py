"""What a month's amount was for: its split by department or team."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.billing.document import groups_in
from app.billing.queries import InvoiceRow
from app.domain import money as domain
from app.domain.costs import CostSplitBy, HolderGroups, Share, split_cost
from app.graphql.context import Info
from app.graphql.departments import load_department
from app.graphql.enums import describe_enum
from app.graphql.money import Money, money
from app.graphql.seats import Everyone, SubscriptionSubject
from app.graphql.teams import load_team

describe_enum(
    CostSplitBy,
    "What an amount is split by.",
    {
        "DEPARTMENT": "The department that each holder is in, without those above it.",
        "TEAM": "The teams that each holder is in, in equal parts.",
    },
)

SplitBy = Annotated[CostSplitBy, strawberry.argument(description="Whether by department or by team.")]


@strawberry.type(description="What a group's seats are of an amount.")
class CostShare:
    seats: int = strawberry.field(
        description="How many of the holders are in the group; someone in several teams counts in each of them."
    )
    amount: Money = strawberry.field(description="Its part; the parts of a split add up to the total.")
    share: strawberry.Private[Share]
    by: strawberry.Private[CostSplitBy]
    organization_id: strawberry.Private[UUID]

    @strawberry.field(description="The group; everyone stands for those in none.")
    async def subject(self, info: Info) -> SubscriptionSubject:
        if self.share.group_id is None:
            return Everyone(organization_id=self.organization_id)
        load = load_team if self.by is CostSplitBy.TEAM else load_department
        return await load(info, self.share.group_id)


@strawberry.type
class CostsOfInvoice:
    row: strawberry.Private[InvoiceRow]

    @strawberry.field(
        description="The total by the groups that its holders were in when it was issued, largest part first."
    )
    async def cost_split(self, info: Info, by: SplitBy = CostSplitBy.DEPARTMENT) -> list[CostShare]:
        row = self.row
        groups = groups_in(row.document)
        if groups is None:  # issued before they were written down
            groups = await _groups_now(info, [UUID(one) for one in row.document["peak"]["holders"]])
        return await _split(info, row.organization_id, domain.Money(row.total, row.currency), groups, by)


@strawberry.type
class CostsOfPreview:
    organization_id: strawberry.Private[UUID]
    draft_total: strawberry.Private[domain.Money]
    load_holders: strawberry.Private[Callable[[], Awaitable[Sequence[UUID]]]]

    @strawberry.field(description="The total so far by the groups that the holders at the peak are in now.")
    async def cost_split(self, info: Info, by: SplitBy = CostSplitBy.DEPARTMENT) -> list[CostShare]:
        groups = await _groups_now(info, await self.load_holders())
        return await _split(info, self.organization_id, self.draft_total, groups, by)


async def _groups_now(info: Info, holders: Sequence[UUID]) -> list[HolderGroups]:
    found = await info.context.loaders.holder_groups.load_many(list(holders))
    return [one or HolderGroups(holder) for holder, one in zip(holders, found, strict=True)]


async def _split(
    info: Info, organization_id: UUID, total: domain.Money, holders: Sequence[HolderGroups], by: CostSplitBy
) -> list[CostShare]:
    """Groups that a purge deleted count as none; any other is kept, also once it is deleted."""
    loaders = info.context.loaders
    rows: Any = loaders.teams if by is CostSplitBy.TEAM else loaders.departments
    ids = sorted({group for one in holders for group in one.groups(by)})
    known = {group for group, row in zip(ids, await rows.load_many(ids), strict=True) if row is not None}
    shares = split_cost(total, [[one if one in known else None for one in own.groups(by)] for own in holders])
    return [
        CostShare(seats=share.seats, amount=money(share.amount), share=share, by=by, organization_id=organization_id)
        for share in shares
    ]

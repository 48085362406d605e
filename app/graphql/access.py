"""Why someone may do something, or may not."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from app.domain import access as domain
from app.domain.actor import Permission
from app.domain.policy import Access
from app.graphql.context import Info
from app.graphql.enums import describe_enum
from app.graphql.seats import SeatSubscription, subscription_from
from app.organizations.queries import OrganizationFacts
from app.seats.queries import SubscriptionRow
from app.words.speaking import said

describe_enum(
    domain.AccessCode,
    "The one reason that an answer about access rests on.",
    {
        "TRIAL": "The trial, in which every active member has full access.",
        "SEAT": "A seat.",
        "NO_SEAT": "There is no seat, and the trial is over.",
        "NOT_A_MEMBER": "They are no active member.",
        "NOT_ACTIVATED": "The tracker is not activated.",
        "SUSPENDED": "The organization is suspended until it pays.",
        "CLOSED": "The organization is closed.",
        "PURGED": "The organization's data have been deleted.",
        "ROLE": "Their role gives it.",
        "ROLE_TOO_LOW": "Their role does not give it.",
        "UNKNOWN_ORGANIZATION": "There is no such organization, or not for whoever asks.",
        "UNDECIDED": "Something went wrong on our side as this was decided, so it is denied; ask again.",
    },
)
describe_enum(
    Permission,
    "One thing that someone may be allowed to do.",
    {
        "ISSUE_VIEW": "See issues, their history and comments.",
        "ISSUE_CREATE": "Create issues.",
        "ISSUE_UPDATE": "Change fields of issues.",
        "ISSUE_TRANSITION": "Change statuses and resolutions.",
        "ISSUE_COMMENT": "Comment.",
        "ISSUE_WATCH": "Watch issues.",
        "QUEUE_VIEW": "See queues, boards and statistics.",
        "QUEUE_MANAGE": "Create queues.",
        "BOARD_MANAGE": "Create, change and delete boards.",
        "DATA_EXPORT": "Export lists of issues.",
        "MEMBER_VIEW": "See people, departments and teams.",
        "MEMBER_MANAGE": "Invite, change and deactivate people; arrange departments and teams.",
        "MEMBER_PROVISION": "Add people who take part at once, without accepting.",
        "SEAT_VIEW": "See who holds and held a seat.",
        "SEAT_MANAGE": "Change seats.",
        "BILLING_VIEW": "See what is paid and was paid.",
        "BILLING_MANAGE": "Change who pays.",
        "ORGANIZATION_MANAGE": "Change, close and activate the organization.",
        "API_KEY_MANAGE": "Make and revoke API keys.",
        "WEBHOOK_MANAGE": "Make and change webhooks.",
        "AUDIT_VIEW": "See the audit log.",
        "ORGANIZATION_CREATE": "Create organizations.",
        "PAYMENT_RECORD": "Record payments.",
        "TEST_CLOCK_MANAGE": "Make and advance test clocks.",
    },
)


@strawberry.type(description="Whether someone may do something, and why.")
class AccessDecision:
    allowed: bool = strawberry.field(description="Whether they may.")
    access: Access = strawberry.field(description="Their access to the tracker.")
    code: domain.AccessCode = strawberry.field(description="The reason, for programs.")
    message: str = strawberry.field(description="The reason, for people.")
    sources: list[SeatSubscription] = strawberry.field(
        description="Every subscription that their seat comes from; only for themselves and whoever may see seats."
    )
    valid_until: datetime | None = strawberry.field(
        description="Until when it holds, where that is known: the end of the trial, the deletion of the data."
    )


def decision_from(decision: domain.AccessDecision, sources: Sequence[SubscriptionRow]) -> AccessDecision:
    return AccessDecision(
        allowed=decision.allowed,
        access=decision.access,
        code=decision.code,
        message=said(decision.message),
        sources=[subscription_from(source) for source in sources],
        valid_until=decision.valid_until,
    )


@strawberry.type
class AccessOfOrganization:
    facts: strawberry.Private[OrganizationFacts]

    @strawberry.field(description="The access to the tracker that whoever asks has here; operators have none.")
    async def viewer_access(self, info: Info) -> Access:
        return await info.context.loaders.access_of_viewer(self.facts)

    @strawberry.field(
        description="What whoever asks may do here now, as far as the organization's state and their access go. What a "
        "permission shows is seen also while nothing can be changed by it."
    )
    async def viewer_permissions(self, info: Info) -> list[Permission]:
        return sorted(await info.context.loaders.permissions_of_viewer(self.facts), key=lambda one: one.value)

"""What members are told of the tracker."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.documents.content import Language
from app.graphql.context import FreshLoaders, Info
from app.graphql.errors import UserError
from app.graphql.ids import row_id
from app.graphql.issues import Issue, load_issue
from app.graphql.member import Member, load_members
from app.tracker import notifications
from app.tracker.notifications import NotificationRow, find_settings, update_settings


@strawberry.type(description="Something that a watcher is told.")
class Notification:
    event: str = strawberry.field(description='What happened, as in "issue.commented".')
    at: datetime = strawberry.field(description="When.")
    row: strawberry.Private[NotificationRow]

    @strawberry.field(description="The issue it happened to.")
    async def issue(self, info: Info) -> Issue:
        return await load_issue(info, self.row.issue_id)

    @strawberry.field(description="Who did it.")
    async def author(self, info: Info) -> Member:
        return (await load_members(info, [self.row.author_id]))[0]


@strawberry.type(description="What a member wants to be told.")
class NotificationSettings:
    watched_issues: bool = strawberry.field(description="What happens to issues that they watch.")
    own_changes: bool = strawberry.field(description="Also what they did themselves.")
    billing_mails: bool = strawberry.field(
        description="Mails about a raised bill and about people who wait for a seat. Those with a deadline, and "
        "invoices, come in any case."
    )
    language: Language | None = strawberry.field(
        description="What their mails are written in; null for what is usual in this installation."
    )


@strawberry.input(description="What `notificationSettingsUpdate` takes. What is left out or null stays as it is.")
class NotificationSettingsUpdateInput:
    organization_id: strawberry.ID = strawberry.field(description="Where.")
    watched_issues: bool | None = strawberry.field(
        default=None, description="Whether to be told what happens to issues that one watches."
    )
    own_changes: bool | None = strawberry.field(
        default=None, description="Whether to be told also what one did oneself."
    )
    billing_mails: bool | None = strawberry.field(
        default=None, description="Whether to get mails about raised bills and people who wait for a seat."
    )
    language: Language | None = strawberry.field(default=None, description="What one's mails are to be written in.")

    def given(self) -> dict[str, bool | str]:
        given = {
            "watched_issues": self.watched_issues,
            "own_changes": self.own_changes,
            "billing_mails": self.billing_mails,
            "language": self.language.value if self.language is not None else None,
        }
        return {name: value for name, value in given.items() if value is not None}


@strawberry.type(description="What `notificationSettingsUpdate` answers.")
class NotificationSettingsUpdatePayload:
    notification_settings: NotificationSettings = strawberry.field(description="The settings as they are now.")


NotificationSettingsUpdateResult = Annotated[
    NotificationSettingsUpdatePayload | UserError,
    strawberry.union("NotificationSettingsUpdateResult", description="The settings, or why nothing was changed."),
]


@strawberry.type
class NotificationMutation:
    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Say what one wants to be told oneself; allowed with read-only access too.",
    )
    async def notification_settings_update(
        self, info: Info, input: Annotated[NotificationSettingsUpdateInput, strawberry.argument(description="What.")]
    ) -> NotificationSettingsUpdateResult:
        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        member_id = await update_settings(info.context.actor, organization_id, input.given())
        return NotificationSettingsUpdatePayload(notification_settings=settings_from(await find_settings(member_id)))


def settings_from(row: notifications.NotificationSettings) -> NotificationSettings:
    return NotificationSettings(
        watched_issues=row.watched_issues,
        own_changes=row.own_changes,
        billing_mails=row.billing_mails,
        language=Language(row.language) if row.language is not None else None,
    )


def notification_from(row: NotificationRow) -> Notification:
    return Notification(event=row.event, at=row.at, row=row)

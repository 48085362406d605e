"""Members who use the tracker, for tests that speak to its services."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.actor import Actor, Role
from app.domain.roles import member
from app.domain.tracker import IssueType, Priority
from app.tracker.queries import IssueRow, find_issues
from app.tracker.service import create_issue, create_queue
from tests.factories import NOVEMBER, Company, found_at

FIELDS: dict[str, Any] = {
    "summary": "The printer is on fire",
    "description": "",
    "type": IssueType.TASK,
    "priority": Priority.NORMAL,
    "assignee_id": None,
    "tags": (),
    "due_on": None,
}


@dataclass(frozen=True, slots=True)
class Team:
    """A company in its trial with a queue OPS, made by its first member."""

    company: Company
    queue_id: UUID

    def actor(self, place: int = 0) -> Actor:
        return acting(self.company, self.company.members[place])

    async def issue(self, place: int = 0, **fields: Any) -> IssueRow:
        return await read(await create_issue(self.actor(place), self.queue_id, FIELDS | fields))


async def gather_team(members: int = 2) -> Team:
    company = await found_at(NOVEMBER, members)
    return Team(company, await create_queue(acting(company, company.members[0]), company.id, "OPS", "Operations"))


def acting(company: Company, member_id: UUID, role: Role = Role.MEMBER) -> Actor:
    return member(member_id, company.id, role, "request-of-a-test")


async def read(issue_id: UUID) -> IssueRow:
    (issue,) = await find_issues([issue_id])
    return issue

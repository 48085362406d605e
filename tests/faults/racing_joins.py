"""Let people join a team at once, each in a transaction: `python -m tests.faults.racing_joins TEAM MEMBER…`."""

import asyncio
import os
import sys
from collections.abc import Sequence
from uuid import UUID

from app import db
from app.memberships.teams import TeamUpdate, update_team
from tests.factories import OPERATOR, POLICIES


async def join_at_once(team_id: UUID, member_ids: Sequence[UUID]) -> None:
    await asyncio.gather(*(update_team(OPERATOR, team_id, TeamUpdate(add=[one]), POLICIES) for one in member_ids))


async def main(team_id: UUID, *member_ids: UUID) -> None:
    await db.connect(os.environ["DATABASE_URL"])
    await join_at_once(team_id, member_ids)
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(*map(UUID, sys.argv[1:])))

"""Listing organizations: those that exist for whoever asks, by what is asked of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID

from app import db
from app.domain.actor import Actor
from app.domain.lifecycle import OrganizationState
from app.domain.paging import PageRequest
from app.domain.text import is_storable
from app.organizations.queries import FACT_COLUMNS, OrganizationFacts, facts_of


@dataclass(frozen=True, slots=True)
class OrganizationFilter:
    """Which to list; None asks nothing."""

    text: str | None = None
    state: OrganizationState | None = None
    currency: str | None = None
    is_suspended: bool | None = None
    is_on_test_clock: bool | None = None
    test_clock_id: UUID | None = None

    @property
    def is_of_nothing(self) -> bool:
        """Whether it asks for a text that nothing has, for it cannot be stored."""
        return not (is_storable(self.text or "") and is_storable(self.currency or ""))


EVERY_ORGANIZATION = OrganizationFilter()


class OrganizationOrder(Enum):
    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"
    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"

    @property
    def is_by_name(self) -> bool:
        return self in (OrganizationOrder.NAME_ASC, OrganizationOrder.NAME_DESC)

    @property
    def is_descending(self) -> bool:
        return self in (OrganizationOrder.CREATED_AT_DESC, OrganizationOrder.NAME_DESC)


# The state as `domain.lifecycle.state_at` derives it.
_STATE = """
    CASE WHEN purged_at IS NOT NULL THEN 'PURGED'
         WHEN purge_decided_at IS NOT NULL THEN 'PURGING'
         WHEN closed_at IS NOT NULL THEN 'CLOSED'
         WHEN trial_ends_at IS NULL THEN 'NOT_ACTIVATED'
         WHEN now < trial_ends_at THEN 'TRIAL'
         WHEN subscribed_from <= now THEN 'SUBSCRIBED'
         ELSE 'RETENTION' END
"""
_LISTED = f"""
    FROM organization_facts
    WHERE ($1::uuid[] IS NULL OR id = ANY($1))
      AND ($2::text IS NULL OR strpos(lower(concat_ws(chr(10), name, slug)), lower($2)) > 0)
      AND ($3::text IS NULL OR {_STATE} = $3)
      AND ($4::text IS NULL OR currency = $4)
      AND ($5::boolean IS NULL OR is_suspended = $5)
      AND ($6::boolean IS NULL OR (test_clock_id IS NOT NULL) = $6)
      AND ($7::uuid IS NULL OR test_clock_id = $7)
"""


async def list_organizations(
    actor: Actor, wanted: OrganizationFilter, order: OrganizationOrder, page: PageRequest
) -> list[OrganizationFacts]:
    """A page of those that the actor reaches and that are wanted."""
    if wanted.is_of_nothing:
        return []
    rows = await db.fetch_page(
        f"SELECT {FACT_COLUMNS} {_LISTED}",
        "true",
        ("name", "id") if order.is_by_name else ("created_at", "id"),
        page.turned_round() if order.is_descending else page,
        *_values(actor, wanted),
    )
    return [facts_of(row) for row in rows]


async def count_organizations(actor: Actor, wanted: OrganizationFilter) -> int:
    """How many `list_organizations` pages through."""
    if wanted.is_of_nothing:
        return 0
    return await db.count(f"SELECT 1 {_LISTED}", *_values(actor, wanted))


async def list_phases(organization_ids: Sequence[UUID]) -> list[OrganizationState]:
    """Every state that one of the organizations is in, where TRIAL is also SUBSCRIBED and RETENTION: of ten thousand,
    without their seats and clocks."""
    rows = await db.fetch(
        """
        SELECT DISTINCT CASE WHEN purged_at IS NOT NULL THEN 'PURGED' WHEN purge_decided_at IS NOT NULL THEN 'PURGING'
                             WHEN closed_at IS NOT NULL THEN 'CLOSED'
                             WHEN trial_ends_at IS NULL THEN 'NOT_ACTIVATED' ELSE 'TRIAL' END AS phase
        FROM organizations WHERE id = ANY($1)
        """,
        list(organization_ids),
    )
    return [OrganizationState(row["phase"]) for row in rows]


def _values(actor: Actor, wanted: OrganizationFilter) -> tuple[Any, ...]:
    return (
        list(actor.organizations) if actor.organizations is not None else None,
        wanted.text.strip() if wanted.text is not None else None,
        wanted.state.value if wanted.state is not None else None,
        wanted.currency,
        wanted.is_suspended,
        wanted.is_on_test_clock,
        wanted.test_clock_id,
    )

"""Extending a trial, closing an organization and reopening it (R1.2, R1.10)."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from app import db
from app.domain.actor import Actor, Permission
from app.domain.lifecycle import RETENTION_LENGTH, check_extension, require_closed
from app.domain.policies import Policies
from app.events.service import Change
from app.organizations.service import lock_organization, record
from app.seats.raising import bill_raised, foresee_month
from app.seats.settling import settle_seats


async def extend_trial(actor: Actor, organization_id: UUID, ends_at: datetime, policies: Policies) -> UUID:
    """Let a running trial end later; it is warned of anew, and who waited for what a seat would cost may have it.

    Periods that are closed by now lie within the trial as it was, so nothing that was told changes.

    Raises: DomainError FORBIDDEN for all but operators, INVALID_INPUT, TRACKER_NOT_ACTIVATED, and what
    `lock_organization` raises.
    """
    actor.require_operator()
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.ORGANIZATION_MANAGE)
        lifecycle = organization.facts.lifecycle
        check_extension(lifecycle, organization.at, ends_at)
        await db.fetch("UPDATE organizations SET trial_ends_at = $2 WHERE id = $1", organization_id, ends_at)
        before, after = {"trialEndsAt": lifecycle.trial_ends_at}, {"trialEndsAt": ends_at.astimezone(UTC)}
        extended = replace(organization.facts, lifecycle=replace(lifecycle, trial_ends_at=ends_at))
        settlement = await settle_seats(
            actor, replace(organization, facts=extended), "the trial was extended", policies, member_ids=[]
        )
        await record(actor, organization, Change("trial.extended", after, before), *settlement.changes)
    return organization_id


async def close_organization(actor: Actor, organization_id: UUID) -> UUID:
    """Make it read-only, to be purged in 30 days unless it is reopened. Subscriptions stand, and nothing is charged.

    Raises: what `lock_organization` raises; ORGANIZATION_CLOSED when it is closed already.
    """
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.ORGANIZATION_MANAGE)
        await db.fetch("UPDATE organizations SET closed_at = $2 WHERE id = $1", organization_id, organization.at)
        await db.fetch(
            "INSERT INTO suspensions (id, organization_id, since, cause) VALUES (gen_random_uuid(), $1, $2, 'CLOSED')",
            organization_id,
            organization.at,
        )
        closed = {"closedAt": organization.at, "purgeAt": organization.at + RETENTION_LENGTH}
        await record(actor, organization, Change("organization.closed", closed))
    return organization_id


async def reopen_organization(actor: Actor, organization_id: UUID, policies: Policies) -> UUID:
    """Take a closing back: everything is as if it had not been closed, but for what was not charged meanwhile. Seats
    count again, which may raise the month. If it is overdue for a purge for want of a subscription, it is warned once
    more before.

    Raises: DomainError INVALID_INPUT when it is not closed, and what `lock_organization` raises.
    """
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.ORGANIZATION_MANAGE, even_closed=True)
        lifecycle = organization.facts.lifecycle
        require_closed(lifecycle, organization.at)
        foreseen = await foresee_month(organization, policies)
        await db.fetch(
            "UPDATE organizations SET closed_at = NULL, spared_until = $2 WHERE id = $1",
            organization_id,
            organization.at,
        )
        await db.fetch(
            "UPDATE suspensions SET until = $2 WHERE organization_id = $1 AND cause = 'CLOSED' AND until IS NULL",
            organization_id,
            organization.at,
        )
        reopened = Change("organization.reopened", {}, {"closedAt": lifecycle.closed_at})
        raised = bill_raised(foreseen, await foresee_month(organization, policies), "the organization was reopened")
        await record(actor, organization, reopened, *raised)
    return organization_id

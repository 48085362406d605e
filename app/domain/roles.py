"""Actors who are members: what their role gives them (R2.3). The table is in `policy`."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from app.domain.actor import Actor, ActorKind, Permission, Role, Standing
from app.domain.policy import PERMISSIONS_OF_ROLE, UNBOUND


def member(
    member_id: UUID, organization_id: UUID, role: Role, request_id: str, expires_at: datetime | None = None
) -> Actor:
    """Someone in an organization, with what their role gives there and nothing elsewhere."""
    standings = {organization_id: standing_of_role(member_id, role)}
    return Actor(ActorKind.MEMBER, str(member_id), request_id, None, standings, expires_at=expires_at)


def person(
    reference: str, request_id: str, members: Mapping[UUID, tuple[UUID, Role]], expires_at: datetime | None
) -> Actor:
    """Someone whom an OpenID provider vouches for: in each organization the member that they are there (R2.7).

    `members` has the member and their role by organization; `reference` is of the sign-in, not of any member.
    """
    standings = {one: standing_of_role(member_id, role) for one, (member_id, role) in members.items()}
    return Actor(ActorKind.PERSON, reference, request_id, None, standings, expires_at=expires_at)


def api_key(
    key_id: UUID,
    organization_id: UUID,
    bearer: tuple[UUID, Role],
    permissions: Collection[Permission],
    request_id: str,
    expires_at: datetime | None,
) -> Actor:
    """A key that acts as a member, its bearer, with what it is allowed of what their role gives now (R2.4)."""
    member_id, role = bearer
    standing = Standing(member_id, role, PERMISSIONS_OF_ROLE[role].intersection(permissions))
    return Actor(ActorKind.API_KEY, str(key_id), request_id, None, {organization_id: standing}, expires_at=expires_at)


def partner(
    key_id: UUID,
    organization_ids: Iterable[UUID],
    permissions: frozenset[Permission],
    request_id: str,
    expires_at: datetime | None,
) -> Actor:
    """A partner's key: no member anywhere, and the same permissions in each of the organizations that it manages."""
    standings = dict.fromkeys(organization_ids, partner_standing(permissions))
    own = permissions & UNBOUND
    return Actor(ActorKind.PARTNER, str(key_id), request_id, None, standings, own, expires_at)


def partner_standing(permissions: frozenset[Permission]) -> Standing:
    """What a partner's key is in each organization that it manages."""
    return Standing(None, None, permissions - UNBOUND)


def standing_of_role(member_id: UUID, role: Role) -> Standing:
    return Standing(member_id, role, PERMISSIONS_OF_ROLE[role])


def can_give(giver: Standing, role: Role) -> bool:
    """Whether the giver may give the role, or act on someone who has it: nobody goes above their own (R2.3).

    What every member may do is above nobody; a key gives no role with a permission that it lacks itself.
    """
    power = PERMISSIONS_OF_ROLE[role] - PERMISSIONS_OF_ROLE[Role.MEMBER]
    return power <= giver.permissions

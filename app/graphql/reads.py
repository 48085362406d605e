"""What seeing each field takes: one table, asked before any resolver runs. What is not in it is open to whoever reaches
the object that it is of, and what reaching that takes is asked where it was found."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any
from uuid import UUID

from graphql import GraphQLFieldResolver, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema

from app.domain import policy
from app.domain.actor import Actor
from app.domain.policy import Need
from app.graphql.context import Context
from app.graphql.ids import row_id


@dataclass(frozen=True, slots=True)
class Read:
    """What a field takes. `own` names the argument that says whose it is; with `when`, the path of an argument, only
    asking by that argument takes it."""

    need: Need
    own: str | None = None
    when: tuple[str, ...] = ()


# fmt: off
READS: Mapping[str, tuple[Read, ...]] = {
    "Organization.members":           (Read(policy.PEOPLE), Read(policy.SEATS, when=("filter", "hasSeat"))),
    "Organization.departments":       (Read(policy.PEOPLE),),
    "Organization.teams":             (Read(policy.PEOPLE),),
    "Organization.subjectSearch":     (Read(policy.PEOPLE),),
    "Organization.seats":             (Read(policy.SEATS),),
    "Organization.seatSpans":         (Read(policy.OWN_SEATS, own="memberId"),),
    "Organization.seatSubscriptions": (Read(policy.SEATS),),
    "Organization.waiting":           (Read(policy.SEATS),),
    "Organization.seatRequests":      (Read(policy.SEATS),),
    "Organization.seatTimeline":      (Read(policy.SEATS),),
    "Organization.billing":           (Read(policy.BILLING_ACCOUNT),),
    "Organization.invoicePreview":    (Read(policy.BILLING_ACCOUNT),),
    "Organization.statements":        (Read(policy.BILLING_ACCOUNT),),
    "Organization.invoices":          (Read(policy.BILLING_ACCOUNT),),
    "Organization.hindsight":         (Read(policy.BILLING_ACCOUNT),),
    "Organization.legalHold":         (Read(policy.BILLING_ACCOUNT),),
    "Organization.queues":            (Read(policy.QUEUES),),
    "Organization.boards":            (Read(policy.QUEUES),),
    "Organization.issue":             (Read(policy.ISSUES),),
    "Organization.issues":            (Read(policy.ISSUES),),
    "Organization.notificationSettings": (Read(policy.ISSUES),),
    "Organization.notifications":     (Read(policy.ISSUES),),
    "Organization.apiKeys":           (Read(policy.API_KEYS),),
    "Organization.webhooks":          (Read(policy.WEBHOOKS),),
    "Organization.auditLog":          (Read(policy.AUDIT),),
    "Organization.auditVerification": (Read(policy.AUDIT),),
    "Member.email":                   (Read(policy.ADDRESSES),),
    "Member.externalId":              (Read(policy.ADDRESSES),),
    "Member.department":              (Read(policy.OWN_PERSON),),
    "Member.teams":                   (Read(policy.OWN_PERSON),),
    "Member.access":                  (Read(policy.OWN_SEATS),),
    "Member.accessReason":            (Read(policy.OWN_SEATS),),
    "Member.invitation":              (Read(policy.INVITATIONS),),
    "Member.seat":                    (Read(policy.OWN_SEATS),),
    "Member.waiting":                 (Read(policy.OWN_SEATS),),
    "Member.lastSeat":                (Read(policy.OWN_SEATS),),
    "Team.members":                   (Read(policy.PEOPLE),),
    "Board.issues":                   (Read(policy.ISSUES),),
    "DirectoryApplyPayload.price":    (Read(policy.BILLING_ACCOUNT),),
    "DirectoryApplyPayload.impact":   (Read(policy.IMPACT),),
}
"""By field. Who lacks what it takes gets null and FORBIDDEN."""

NODES: Mapping[str, Need] = {
    "Member":             policy.OWN_PERSON,
    "Department":         policy.PEOPLE,
    "Team":               policy.PEOPLE,
    "SeatSubscription":   policy.SEATS,
    "Statement":          policy.BILLING_ACCOUNT,
    "Invoice":            policy.BILLING_ACCOUNT,
    "Payment":            policy.BILLING_ACCOUNT,
    "CreditNote":         policy.BILLING_ACCOUNT,
    "ApiKey":             policy.API_KEYS,
    "Webhook":            policy.WEBHOOKS,
    "WebhookDelivery":    policy.WEBHOOKS,
    "OrganizationExport": policy.WHOLE_EXPORT,
    "Queue":              policy.QUEUES,
    "Board":              policy.QUEUES,
    "Issue":              policy.ISSUES,
    "Comment":            policy.ISSUES,
    "HistoryEntry":       policy.ISSUES,
    "Attachment":         policy.ISSUES,
}
"""By type: what finding one by its id takes, besides reaching its organization. Who lacks it gets null, as for an id of
nothing. Of the tracker's types the access is asked too, where they are loaded."""

_OWNERS: Mapping[str, Callable[[Any], tuple[UUID, UUID | None]]] = {
    "Organization":          lambda source: (source.facts.id, None),
    "Member":                lambda source: (source.row.organization_id, source.row.id),
    "Team":                  lambda source: (source.row.organization_id, None),
    "Board":                 lambda source: (source.row.organization_id, None),
    "DirectoryApplyPayload": lambda source: (source.report.organization_id, None),
}
"""By type: the organization of an object, and the member that it is of."""
# fmt: on


def guard(schema: GraphQLSchema) -> None:
    """Let every field of the table ask before it resolves. Raises: KeyError for one that is not in the schema."""
    for place, reads in READS.items():
        type_name, _, field_name = place.partition(".")
        kind = schema.type_map[type_name]
        assert isinstance(kind, GraphQLObjectType), f"{type_name} is no type of objects"
        field = kind.fields[field_name]
        assert field.resolve is not None, "Strawberry resolves every field"
        guarded = Guarded(field.resolve, reads, _OWNERS[type_name])
        field.resolve = guarded.resolve_with_access if guarded.takes_access else guarded


@dataclass(frozen=True, slots=True)
class Guarded:
    """The resolver of such a field: it asks before it resolves."""

    resolve: GraphQLFieldResolver
    reads: tuple[Read, ...]
    owner_of: Callable[[Any], tuple[UUID, UUID | None]]

    @property
    def takes_access(self) -> bool:
        return any(read.need.takes_access for read in self.reads)

    def __call__(self, source: Any, info: GraphQLResolveInfo[Context], **given: Any) -> Any:
        self._ask(source, info, given)
        return self.resolve(source, info, **given)

    async def resolve_with_access(self, source: Any, info: GraphQLResolveInfo[Context], **given: Any) -> Any:
        self._ask(source, info, given)
        context: Context = info.context
        await context.loaders.tracker.require_access(self.owner_of(source)[0])
        found = self.resolve(source, info, **given)
        return await found if isawaitable(found) else found

    def is_open(self, sources: Iterable[Any], actor: Actor) -> bool:
        """Whether the actor sees the field, which takes no arguments, of all of them: in an organization of everyone,
        or else of each."""
        owners = {self.owner_of(one) for one in sources}
        closed = {one for one in {organization_id for organization_id, _ in owners} if not self._is_met(actor, one)}
        return all(self._is_met(actor, *one) for one in owners if one[0] in closed)

    def _is_met(self, actor: Actor, organization_id: UUID, member_id: UUID | None = None) -> bool:
        return all(read.need.is_met(actor, organization_id, member_id) for read in self.reads)

    def _ask(self, source: Any, info: GraphQLResolveInfo[Context], given: Mapping[str, Any]) -> None:
        organization_id, member_id = self.owner_of(source)
        for read in self.reads:
            if not read.when or _is_given(given, read.when):
                whose = _whose(read, given) if read.own is not None else member_id
                read.need.require(info.context.actor, organization_id, whose)


def _whose(read: Read, given: Mapping[str, Any]) -> UUID | None:
    """Raises: DomainError INVALID_INPUT for what is no id of a member."""
    assert read.own is not None, "the caller asked"
    found = given.get(read.own)
    return row_id("Member", found, read.own) if found is not None else None


def _is_given(given: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    found: Any = given
    for name in path:
        found = found.get(name) if found is not None else None
    return found is not None

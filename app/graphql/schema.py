"""The public schema, put together."""

from typing import Annotated

import strawberry
from graphql import (
    GraphQLInputObjectType,
    GraphQLSchema,
    build_schema,
    lexicographic_sort_schema,
    print_schema,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from app.graphql.access_checks import AccessQuery, answer_directly
from app.graphql.api_keys import ApiKey, ApiKeyMutation
from app.graphql.attachments import Attachment, AttachmentMutation
from app.graphql.billing import Invoice, Statement
from app.graphql.boards import Board, BoardMutation
from app.graphql.clocks import TestClock, TestClockMutation, TestClockQuery
from app.graphql.context import Info
from app.graphql.contracts import ContractMutation
from app.graphql.corrections import CorrectionMutation
from app.graphql.departments import Department, DepartmentMutation
from app.graphql.errors import DomainErrorHandler
from app.graphql.events import Subscription
from app.graphql.exports import ExportMutation, OrganizationExport
from app.graphql.inputs import build_by_plan
from app.graphql.insight import SimulationQuery
from app.graphql.invitations import InvitationMutation
from app.graphql.invoice_proof import CreditNote
from app.graphql.issue_mutations import IssueMutation
from app.graphql.issuers import IssuerMutation, IssuerQuery
from app.graphql.issues import Comment, HistoryEntry, Issue
from app.graphql.jobs import JobMutation, JobQuery
from app.graphql.life import LifeMutation
from app.graphql.limits import LimitsMutation
from app.graphql.member import Member, MemberMutation
from app.graphql.node import Node
from app.graphql.nodes import find_node, find_nodes
from app.graphql.notifications import NotificationMutation
from app.graphql.organization import Organization, OrganizationMutation, OrganizationQuery
from app.graphql.organizations import OrganizationsQuery
from app.graphql.partner_keys import PartnerKey, PartnerKeyMutation, PartnerKeyQuery
from app.graphql.payments import Payment, PaymentMutation
from app.graphql.price_lists import PriceListMutation, PriceListQuery
from app.graphql.promo_codes import PromoCode, PromoCodeMutation, PromoCodeQuery
from app.graphql.purges import PurgeQuery
from app.graphql.queues import Queue, QueueMutation
from app.graphql.reads import guard
from app.graphql.roster import RosterMutation
from app.graphql.scalars import SCALARS
from app.graphql.seat_changes import SeatsMutation
from app.graphql.seats import SeatSubscription
from app.graphql.sessions import SessionMutation
from app.graphql.teams import Team, TeamMutation
from app.graphql.terms import PriceList, TermsMutation, TermsQuery
from app.graphql.together import mark
from app.graphql.viewer import ViewerQuery
from app.graphql.webhook_mutations import WebhookMutation
from app.graphql.webhooks import Webhook, WebhookDelivery


@strawberry.type
class NodeQuery:
    @strawberry.field(description="Anything with an id; null when there is none for whoever asks.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The id.")]
    ) -> Node | None:
        return await find_node(info, id)

    @strawberry.field(description="Up to 100 things by id, in order; null where there is none for whoever asks.")
    async def nodes(
        self, info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="The ids.")]
    ) -> list[Node | None]:
        return await find_nodes(info, ids)


Query = merge_types(
    "Query",
    (
        NodeQuery,
        ViewerQuery,
        OrganizationQuery,
        OrganizationsQuery,
        AccessQuery,
        PurgeQuery,
        TermsQuery,
        PriceListQuery,
        IssuerQuery,
        PromoCodeQuery,
        SimulationQuery,
        PartnerKeyQuery,
        TestClockQuery,
        JobQuery,
    ),
)
Mutation = merge_types(
    "Mutation",
    (
        OrganizationMutation,
        LifeMutation,
        ExportMutation,
        InvitationMutation,
        MemberMutation,
        RosterMutation,
        DepartmentMutation,
        TeamMutation,
        SeatsMutation,
        TermsMutation,
        PriceListMutation,
        IssuerMutation,
        ContractMutation,
        PromoCodeMutation,
        PaymentMutation,
        CorrectionMutation,
        JobMutation,
        TestClockMutation,
        SessionMutation,
        ApiKeyMutation,
        PartnerKeyMutation,
        WebhookMutation,
        LimitsMutation,
        QueueMutation,
        IssueMutation,
        AttachmentMutation,
        BoardMutation,
        NotificationMutation,
    ),
)
TRACKER_NODES = [Queue, Issue, Comment, HistoryEntry, Attachment, Board]


Query = strawberry.type(Query, description="What can be read.")
Mutation = strawberry.type(Mutation, description="What can be done.")


class Schema(strawberry.Schema):
    @property
    def core(self) -> GraphQLSchema:
        """As graphql-core knows it, to validate documents and inputs against."""
        return self._schema


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[
        Organization,
        Member,
        Department,
        Team,
        SeatSubscription,
        Statement,
        Invoice,
        Payment,
        CreditNote,
        PriceList,
        PromoCode,
        TestClock,
        ApiKey,
        PartnerKey,
        Webhook,
        WebhookDelivery,
        *TRACKER_NODES,
        OrganizationExport,
    ],
    exception_handlers=[DomainErrorHandler()],
    config=StrawberryConfig(scalar_map=SCALARS),
)
# Strawberry prints @oneOf, and graphql-core, which holds documents and variables to it, has to be told.
for one in schema.core.type_map.values():
    if isinstance(one, GraphQLInputObjectType):
        one.is_one_of = one.extensions["strawberry-definition"].is_one_of
build_by_plan(schema)
mark(schema.core)
answer_directly(schema.core)
guard(schema.core)


def print_sdl() -> str:
    """The schema as text, types and fields in alphabetical order: what `schema.graphql` holds."""
    return print_schema(lexicographic_sort_schema(build_schema(schema.as_str()))) + "\n"

"""The names and shapes that clients were promised before there was code: `schema-sketch.graphql` holds them."""

from collections.abc import Iterator
from pathlib import Path

from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    build_schema,
    parse,
    print_ast,
)

HERE = Path(__file__).parent
SKETCH: DocumentNode = parse(HERE.joinpath("schema-sketch.graphql").read_text())
SCHEMA: GraphQLSchema = build_schema(HERE.parent.joinpath("schema.graphql").read_text())


LATER: dict[str, str] = {}
"""What is not there yet. Whoever makes it takes it out of here."""

A_SCALAR = "a scalar of its own says what the string is; it is written and read as a string"
DENIED = "a permission can deny it, and then it is null (R2.3)"
A_DEFAULT = "it can be left out, and only null itself is refused"
OTHERWISE = {
    "Organization.timeZone: TimeZone!": A_SCALAR,
    "InvoicePreview.timeZone: TimeZone!": A_SCALAR,
    "Member.email: Email": f"{A_SCALAR}; {DENIED}",
    "Member.teams: [Team!]": DENIED,
    "Member.access: Access": DENIED,
    "Member.accessReason: AccessDecision": DENIED,
    "Team.members: MemberConnection": DENIED,
    "ChangeImpact.invited: [Email!]!": A_SCALAR,
    "SubjectInput.email: Email": A_SCALAR,
    "Organization.issues(orderBy): IssueOrder!": A_DEFAULT,
    "Organization.subjectSearch(first): Int!": A_DEFAULT,
    "PeakCause.spans(first): Int!": A_DEFAULT,
    "ChangeImpact.newlySeated(first): Int!": A_DEFAULT,
    "ChangeImpact.alreadySeated(first): Int!": A_DEFAULT,
    "ChangeImpact.losingSeat(first): Int!": A_DEFAULT,
    "ChangeImpact.stillSeated(first): Int!": A_DEFAULT,
    "ChangeImpact.wouldWait(first): Int!": A_DEFAULT,
    "Hindsight.idleAtPeak(first): Int!": A_DEFAULT,
    "ChangeInput.subscribe: [SubjectInput!]!": A_DEFAULT,
    "ChangeInput.unsubscribe: [SubjectInput!]!": A_DEFAULT,
    "ChangeInput.joinTeams: [JoinInput!]!": A_DEFAULT,
    "ChangeInput.leaveTeams: [JoinInput!]!": A_DEFAULT,
    "ChangeInput.deactivateMemberIds: [ID!]!": A_DEFAULT,
}
"""What is there in another shape than was sketched, and why a client of the sketch can live with it."""

INPUTS = {
    "organizationCreate": "name slug timeZone currency owner testClockId",
    "organizationUpdate": "organizationId name timeZone seatCap budget",
    "organizationClose": "organizationId",
    "organizationReopen": "organizationId",
    "organizationExport": "organizationId",
    "trackerActivate": "organizationId",
    "trialExtend": "organizationId endsAt",
    "memberInvite": "organizationId members",
    "invitationAccept": "token",
    "invitationResend": "memberId",
    "invitationRevoke": "memberId",
    "memberUpdate": "memberId role departmentId name",
    "memberDeactivate": "memberId",
    "memberReactivate": "memberId",
    "memberErase": "memberId",
    "directoryApply": "organizationId members dryRun",
    "departmentCreate": "organizationId name parentId",
    "departmentUpdate": "departmentId name parentId",
    "departmentDelete": "departmentId",
    "teamCreate": "organizationId name",
    "teamUpdate": "teamId name addMemberIds removeMemberIds",
    "teamDelete": "teamId",
    "seatsChange": "organizationId subscribe unsubscribe joins expectedTotal skipAlreadySubscribed",
    "seatsChangeUndo": "changeId",
    "waitingSeat": "organizationId memberIds",
    "billingProfileSet": "organizationId legalName kind taxNumber address bankDetails contactEmail acceptAgreement",
    "promoCodeRedeem": "organizationId code",
    "contractRequest": "organizationId seats message",
    "promoCodeCreate": "code",
    "promoCodeDisable": "promoCodeId",
    "priceListCreate": (
        "name currency isPublic effectiveFrom freeThreshold tiers vatIncluded legacyPeriods baselineId"
    ),
    "contractSet": "organizationId seatLimit priceListId fromMonth toMonth",
    "paymentRecord": "organizationId amount receivedAt externalReference",
    "paymentReverse": "paymentId",
    "creditNoteIssue": "invoiceId",
    "invoiceReplace": "invoiceId",
    "legalHoldSet": "organizationId reason",
    "jobRetry": "",
    "queueCreate": "organizationId key name",
    "boardCreate": "organizationId",
    "boardUpdate": "boardId",
    "boardDelete": "boardId",
    "issueCreate": "queueId summary description type priority assigneeId tags dueOn",
    "issueUpdate": "issueId",
    "issueTransition": "issueId status resolution",
    "issueComment": "issueId",
    "attachmentCreate": "issueId",
    "attachmentDelete": "attachmentId",
    "issueWatch": "issueId watch",
    "notificationSettingsUpdate": "organizationId",
    "apiKeyCreate": "organizationId name permissions robot",
    "webhookCreate": "organizationId",
    "webhookUpdate": "webhookId",
    "webhookDelete": "webhookId",
    "webhookSecretRotate": "webhookId",
    "webhookReplay": "webhookId",
    "sessionCreate": "memberId",
    "testClockCreate": "now",
    "testClockAdvance": "testClockId to",
}
"""The mutations that the sketch names, those in its comments too, with the fields that it says their inputs have."""

PAYLOADS = {
    "SeatsChangePayload": "organization change seatedCount unseatedCount waitingCount",
    "SessionCreatePayload": "token expiresAt",
    "SeatChange": "id undoableUntil",
    "OwnerInput": "email name",
    "InviteeInput": "email name login role departmentId teamIds active",
    "TierInput": "upTo unitPrice flatAmount",
}
"""The same for what its comments say of other types."""


def test_what_was_promised_is_there() -> None:
    assert sorted(missing()) == sorted([*(place for place in LATER if is_sketched(place)), *OTHERWISE])


def test_what_comes_later_is_not_there_yet() -> None:
    assert [place for place in LATER if is_ours(place)] == []


def test_mutations_take_what_was_promised() -> None:
    for name, promised in INPUTS.items():
        type_name = f"{name[0].upper()}{name[1:]}Input"
        assert is_ours(f"Mutation.{name}"), name
        assert set(promised.split()) - set(SCHEMA.type_map[type_name].fields) == set(), name  # type: ignore[attr-defined]
    sketched = [one for one in SKETCH.definitions if one.name.value == "Mutation"]  # type: ignore[attr-defined]
    names = {field.name.value for field in sketched[0].fields}  # type: ignore[attr-defined]
    assert {name for name in names if f"Mutation.{name}" not in LATER} - set(INPUTS) == set()


def test_what_comments_promise_is_there() -> None:
    for type_name, promised in PAYLOADS.items():
        assert set(promised.split()) - set(SCHEMA.type_map[type_name].fields) == set(), type_name  # type: ignore[attr-defined]


def is_ours(place: str) -> bool:
    type_name, _, field = place.partition(".")
    return type_name in SCHEMA.type_map and (not field or field in SCHEMA.type_map[type_name].fields)  # type: ignore[attr-defined]


def is_sketched(place: str) -> bool:
    """Whether the sketch itself has it, and not only a comment in it."""
    type_name, _, field = place.partition(".")
    found = [one for one in SKETCH.definitions if one.name.value == type_name]  # type: ignore[attr-defined]
    return any(not field or field in {each.name.value for each in one.fields} for one in found)  # type: ignore[attr-defined]


def missing() -> Iterator[str]:
    """Every promise that the schema does not keep, with what it has instead."""
    for one in SKETCH.definitions:
        name = one.name.value  # type: ignore[attr-defined]
        ours = SCHEMA.type_map.get(name)
        if ours is None:
            yield name
        elif isinstance(one, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            assert isinstance(ours, GraphQLObjectType | GraphQLInterfaceType)
            for field in one.fields or ():
                yield from missing_of(name, field, ours)
        elif isinstance(one, InputObjectTypeDefinitionNode):
            assert isinstance(ours, GraphQLInputObjectType)
            for taken in one.fields or ():
                place, own = f"{name}.{taken.name.value}", ours.fields.get(taken.name.value)
                if own is None or not is_taken(str(own.type), taken.type):
                    yield f"{place}: {own.type}" if own is not None else place
        elif isinstance(one, EnumTypeDefinitionNode):
            assert isinstance(ours, GraphQLEnumType)
            yield from (
                f"{name}.{value.name.value}" for value in one.values or () if value.name.value not in ours.values
            )
        elif isinstance(one, UnionTypeDefinitionNode):
            assert isinstance(ours, GraphQLUnionType)
            assert sorted(member.name for member in ours.types) == sorted(
                member.name.value for member in one.types or ()
            )
        else:
            assert isinstance(one, ScalarTypeDefinitionNode), print_ast(one)


def missing_of(name: str, field: FieldDefinitionNode, ours: GraphQLObjectType | GraphQLInterfaceType) -> Iterator[str]:
    place, own = f"{name}.{field.name.value}", ours.fields.get(field.name.value)
    if own is None:
        yield place
        return
    if not is_given(str(own.type), field.type):
        yield f"{place}: {own.type}"
    for argument in field.arguments or ():
        taken = own.args.get(argument.name.value)
        if taken is None or not is_taken(str(taken.type), argument.type):
            yield f"{place}({argument.name.value})" + (f": {taken.type}" if taken is not None else "")


def is_given(ours: str, promised: TypeNode) -> bool:
    """Whether who expects what was promised can read what is answered: that, or less often null."""
    if isinstance(promised, NonNullTypeNode):
        return ours.endswith("!") and is_given(ours[:-1], promised.type)
    ours = ours.removesuffix("!")
    if isinstance(promised, ListTypeNode):
        return ours.startswith("[") and is_given(ours[1:-1], promised.type)
    assert isinstance(promised, NamedTypeNode)
    return ours == promised.name.value


def is_taken(ours: str, promised: TypeNode) -> bool:
    """Whether what was promised to be taken is taken: that, or also null."""
    if isinstance(promised, NonNullTypeNode):
        return is_taken(ours.removesuffix("!"), promised.type)
    if isinstance(promised, ListTypeNode):
        return ours.startswith("[") and is_taken(ours[1:].removesuffix("]"), promised.type)
    assert isinstance(promised, NamedTypeNode)
    return ours == promised.name.value

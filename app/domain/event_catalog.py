"""Every event of an organization, and what its payload tells: promised to those who take events (R8.1).

Never names, e-mail addresses or secrets. Fields are added, and never taken away or given another meaning.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.access import MemberStatus
from app.domain.account import InvoiceNotice
from app.domain.actor import Permission, Role
from app.domain.event_shapes import (
    AMOUNT,
    COUNT,
    CURRENCY,
    FLAG,
    INSTANT,
    MONTH,
    TEXT,
    UUID_TEXT,
    Payload,
    Shape,
    id_of,
    many,
    maybe,
    one_of,
    or_null,
    record_of,
)
from app.domain.invoice import Outcome
from app.domain.lifecycle import PURGE_WARNINGS, Notice
from app.domain.tracker import IssueField, IssueStatus

LAST_EVENT = "organization.purged"
"""Told to partners from the platform's record: there is no other record of the organization by then."""


@dataclass(frozen=True, slots=True)
class EventType:
    """`told` says when it happens; `payload` has the fields by name."""

    name: str
    told: str
    payload: Payload


def _event(name: str, told: str, **payload: Shape) -> EventType:
    return EventType(name, told, payload)


_MEMBER, _TEAM, _DEPARTMENT, _CHANGE = id_of("Member"), id_of("Team"), id_of("Department"), id_of("SeatChange")
_INVOICE, _ISSUE, _ATTACHMENT, _BOARD = id_of("Invoice"), id_of("Issue"), id_of("Attachment"), id_of("Board")
_PARENT = or_null(_DEPARTMENT).meaning("above it")
_CAUSE = TEXT.meaning("what it came of, in English and not to be parsed")
_CHANGED = "what is different"
_TOLD = many(_MEMBER).meaning("who are notified")
_ENDS = or_null(INSTANT)

_PERSON = {
    "memberId": _MEMBER,
    "role": one_of(Role),
    "status": one_of(MemberStatus),
    "departmentId": or_null(_DEPARTMENT),
    "teamIds": many(_TEAM),
}
_SETTLED = {
    "changeId": _CHANGE,
    "seats": COUNT.meaning("held from now on"),
    "seated": COUNT.meaning("people who got a seat"),
    "unseated": COUNT.meaning("people who lost theirs"),
    "waiting": COUNT.meaning("people who wait for one"),
}
_UNPAID = {
    "invoiceId": _INVOICE,
    "number": TEXT,
    "dueAt": INSTANT,
    "outstanding": AMOUNT,
    "currency": CURRENCY,
}

_LIFE = (
    _event(
        "organization.created",
        "It was founded.",
        ownerId=_MEMBER,
        timeZone=TEXT,
        currency=CURRENCY,
        testClockId=or_null(id_of("TestClock")),
    ),
    _event(
        "organization.updated",
        "Its settings were changed; those that were are there.",
        isNameChanged=maybe(FLAG),
        timeZone=maybe(TEXT),
        seatCap=maybe(or_null(COUNT)),
        budget=maybe(or_null(AMOUNT)),
    ),
    _event("organization.closed", "An owner closed it.", closedAt=INSTANT, purgeAt=INSTANT),
    _event("organization.reopened", "Its closing was taken back."),
    _event(
        "organization.suspended",
        "An invoice is overdue, and everyone is read-only until it is paid.",
        suspendedAt=INSTANT,
        overdueSince=INSTANT,
    ),
    _event("organization.resumed", "Nothing is overdue any more."),
    _event(
        "tracker.activated", "The tracker was activated, and the trial began.", activatedAt=INSTANT, trialEndsAt=_ENDS
    ),
    _event(
        "trial.ending",
        "The trial ends soon.",
        notice=one_of([Notice.TRIAL_ENDS_IN_7_DAYS, Notice.TRIAL_ENDS_IN_1_DAY]),
        trialEndsAt=_ENDS,
    ),
    _event("trial.ended", "The trial is over.", notice=one_of([Notice.TRIAL_ENDED]), trialEndsAt=_ENDS),
    _event("trial.extended", "The trial lasts longer.", trialEndsAt=INSTANT),
    _event(
        "purge.approaching",
        "All its data will be deleted.",
        notice=one_of(PURGE_WARNINGS),
        trialEndsAt=_ENDS,
        purgeAt=INSTANT,
        closedAt=or_null(INSTANT),
    ),
    _event("purge.decided", "All its data are being deleted.", reason=TEXT),
    _event(
        LAST_EVENT,
        "They are deleted: told to webhooks of partners alone, from our own record.",
        organizationId=id_of("Organization"),
        reason=TEXT,
        decidedAt=INSTANT,
        purgedAt=INSTANT,
        rowsDeleted=Shape("object of whole numbers by table", lambda value: isinstance(value, dict)),
        filesDeleted=COUNT,
        bytesDeleted=COUNT,
        auditHash=or_null(TEXT).meaning("the last of its audit log, in hexadecimal"),
    ),
    _event("legal_hold.set", "Its data may not be deleted for now."),
    _event("legal_hold.lifted", "Its data may be deleted again."),
    _event("export.requested", "A file with everything it has was asked for.", exportId=id_of("OrganizationExport")),
    _event(
        "export.finished",
        "The file can be fetched.",
        exportId=id_of("OrganizationExport"),
        bytes=COUNT,
    ),
)
_PEOPLE = (
    _event(
        "members.invited",
        "People were added: those who are INVITED have not come yet.",
        memberIds=many(_MEMBER),
        members=many(record_of(_PERSON | {"isRobot": FLAG})),
    ),
    _event(
        "members.changed",
        "The roster changed people, up to 1 000 in an event.",
        members=many(record_of(_PERSON | {"isRenamed": FLAG})),
    ),
    _event(
        "member.updated",
        "Someone is different in what `changed` names.",
        memberId=_MEMBER,
        changed=many(one_of(["name", "login", "role", "departmentId"])),
        role=maybe(one_of(Role)),
        departmentId=maybe(or_null(_DEPARTMENT)),
    ),
    _event("member.deactivated", "Someone left.", memberId=_MEMBER, status=one_of(["DEACTIVATED"])),
    _event("member.reactivated", "Someone came back.", memberId=_MEMBER, status=one_of(["ACTIVE"])),
    _event(
        "member.erased",
        "Someone's name, login and address are gone for good.",
        memberId=_MEMBER,
        status=one_of(["DEACTIVATED"]),
        departmentId=or_null(_DEPARTMENT),
    ),
    _event(
        "member.linked",
        "Someone signed in for the first time.",
        memberId=_MEMBER,
        memberIdentityId=UUID_TEXT,
    ),
    _event(
        "invitation.accepted",
        "Someone who was invited came.",
        memberId=_MEMBER,
        invitationId=UUID_TEXT,
        presentedBy=or_null(TEXT).meaning("who brought the token, if not they themselves"),
        status=one_of(["ACTIVE"]),
    ),
    _event("invitation.resent", "The invitation before is dead.", memberId=_MEMBER, expiresAt=INSTANT),
    _event("invitation.revoked", "An invitation was taken back.", memberId=_MEMBER, status=one_of(["DEACTIVATED"])),
    _event("department.created", "A department was made.", departmentId=_DEPARTMENT, parentId=_PARENT),
    _event(
        "department.updated",
        "It has another name, or is somewhere else with everything below it.",
        departmentId=_DEPARTMENT,
        changed=many(one_of(["name", "parentId"])),
        parentId=maybe(_PARENT),
    ),
    _event("department.deleted", "An empty department is gone.", departmentId=_DEPARTMENT),
    _event("team.created", "A team was made.", teamId=_TEAM, memberIds=many(_MEMBER)),
    _event(
        "team.updated",
        "It has another name, or other people.",
        teamId=_TEAM,
        changed=many(one_of(["name", "members"])),
        joinedMemberIds=many(_MEMBER),
        leftMemberIds=many(_MEMBER),
    ),
    _event("team.deleted", "A team is gone; its people are not.", teamId=_TEAM),
    _event(
        "directory.applied",
        "The whole roster was applied; `members.changed` follow.",
        **dict.fromkeys(
            ("added", "admitted", "returned", "deactivated", "renamed", "roleChanged", "moved", "joined", "left"), COUNT
        ),
        departmentIds=many(_DEPARTMENT).meaning("new ones"),
        teamIds=many(_TEAM).meaning("new ones"),
    ),
    _event(
        "api_key.created",
        "A key was made.",
        apiKeyId=id_of("ApiKey"),
        memberId=_MEMBER,
        permissions=many(one_of(Permission)),
        expiresAt=or_null(INSTANT),
    ),
    _event("api_key.rotated", "It has a new secret.", apiKeyId=id_of("ApiKey"), overlapHours=COUNT),
    _event("api_key.revoked", "It opens nothing any more.", apiKeyId=id_of("ApiKey")),
)
_TO_WEBHOOK = {
    "webhookId": id_of("Webhook"),
    "host": TEXT.meaning("where it sends to"),
    "events": many(TEXT).meaning("types and nouns; none are all"),
}
_WEBHOOKS = (
    _event(
        "webhook.created",
        "A webhook was made.",
        **_TO_WEBHOOK,
        permissions=many(one_of(Permission)).meaning("with which it sees events"),
    ),
    _event("webhook.updated", "It is different.", **_TO_WEBHOOK, enabled=maybe(FLAG)),
    _event("webhook.deleted", "Nothing is sent to it any more.", webhookId=id_of("Webhook")),
    _event("webhook.secret_rotated", "It has a new secret.", webhookId=id_of("Webhook"), overlapHours=COUNT),
    _event("webhook.replayed", "Some is sent again.", webhookId=id_of("Webhook"), deliveries=COUNT),
    _event(
        "webhook.disabled",
        "It took nothing for days, or said that it is gone: nothing is sent to it until it is enabled.",
        webhookId=id_of("Webhook"),
        reason=one_of(["FAILING", "GONE"]),
        failingSince=or_null(INSTANT),
    ),
)
_SEATS = (
    _event(
        "seats.changed",
        "Seats were given or taken.",
        **_SETTLED,
        startedSubscriptionIds=many(id_of("SeatSubscription")),
        endedSubscriptionIds=many(id_of("SeatSubscription")),
    ),
    _event("seats.change_undone", "A change was taken back.", undoneChangeId=_CHANGE, **_SETTLED),
    _event("seats.waiting_seated", "People who waited were chosen.", memberIds=many(_MEMBER), **_SETTLED),
    _event(
        "seats.settled",
        "Seats followed from something else.",
        cause=_CAUSE,
        waitingBefore=COUNT.meaning("people who waited before"),
        **_SETTLED,
    ),
    _event(
        "seats.requested",
        "A limit refused a change.",
        seats=COUNT.meaning("how many there would have been"),
        code=TEXT.meaning("the error's code"),
    ),
)
_MONEY = (
    _event(
        "bill.raised",
        "The month became dearer by what nobody chose for its price.",
        month=MONTH,
        currency=CURRENCY,
        totalBefore=AMOUNT,
        totalAfter=AMOUNT,
        peakBefore=COUNT,
        peakAfter=COUNT,
        cause=_CAUSE,
        changeId=maybe(_CHANGE),
    ),
    _event("period.closed", "A month is over.", statementId=id_of("Statement"), month=MONTH, outcome=one_of(Outcome)),
    _event(
        "invoice.issued",
        "An invoice was issued.",
        invoiceId=_INVOICE,
        statementId=id_of("Statement"),
        number=TEXT,
        total=AMOUNT,
        currency=CURRENCY,
        replacesId=maybe(_INVOICE),
    ),
    _event("invoice.paid", "Nothing of it is open.", invoiceId=_INVOICE, number=TEXT, total=AMOUNT, currency=CURRENCY),
    _event(
        "invoice.due_soon",
        "It is to be paid soon.",
        notice=one_of([InvoiceNotice.INVOICE_DUE_IN_7_DAYS, InvoiceNotice.INVOICE_DUE_IN_1_DAY]),
        **_UNPAID,
    ),
    _event("invoice.overdue", "It should have been paid.", notice=one_of([InvoiceNotice.INVOICE_OVERDUE]), **_UNPAID),
    _event(
        "credit_note.issued",
        "An invoice was credited.",
        creditNoteId=id_of("CreditNote"),
        invoiceId=_INVOICE,
        number=TEXT,
        amount=AMOUNT,
        currency=CURRENCY,
    ),
    _event(
        "payment.recorded",
        "Money came.",
        paymentId=id_of("Payment"),
        amount=AMOUNT,
        currency=CURRENCY,
        receivedAt=INSTANT,
    ),
    _event(
        "payment.reversed",
        "It went back.",
        paymentId=id_of("Payment"),
        amount=AMOUNT,
        currency=CURRENCY,
        dueAgainInvoiceIds=many(_INVOICE),
    ),
    _event(
        "billing_profile.set",
        "Who pays was set.",
        kind=one_of(["LEGAL_ENTITY", "SOLE_TRADER", "INDIVIDUAL"]),
        agreementVersion=TEXT,
    ),
    _event(
        "contract.set",
        "A contract was recorded.",
        seatLimit=or_null(COUNT),
        priceListId=or_null(id_of("PriceList")),
        fromMonth=MONTH,
        toMonth=or_null(MONTH).meaning("the first that it is not for"),
    ),
    _event("contract.requested", "More seats were asked for.", seats=COUNT, message=TEXT),
    _event("legacy_baseline.set", "Its prices are kept from before a price list.", priceListId=id_of("PriceList")),
    _event(
        "promo_code.redeemed",
        "A promo code counts from a month on.",
        redemptionId=UUID_TEXT,
        promoCodeId=id_of("PromoCode"),
        fromMonth=MONTH,
        periods=COUNT,
    ),
)
_TRACKER = (
    _event("queue.created", "A queue was made.", queueId=id_of("Queue")),
    _event("issue.created", "An issue was made.", issueId=_ISSUE, queueId=id_of("Queue"), watcherIds=_TOLD),
    _event(
        "issue.updated", "It says something else.", issueId=_ISSUE, fields=many(one_of(IssueField)), watcherIds=_TOLD
    ),
    _event(
        "issue.transitioned", "It has another status.", issueId=_ISSUE, status=one_of(IssueStatus), watcherIds=_TOLD
    ),
    _event("issue.commented", "Someone commented.", issueId=_ISSUE, commentId=id_of("Comment"), watcherIds=_TOLD),
    _event("issue.watched", "Whoever did it watches.", issueId=_ISSUE),
    _event("issue.unwatched", "Whoever did it watches no more.", issueId=_ISSUE),
    _event("attachment.announced", "A file will come.", issueId=_ISSUE, attachmentId=_ATTACHMENT),
    _event("attachment.created", "It came.", issueId=_ISSUE, attachmentId=_ATTACHMENT, watcherIds=_TOLD),
    _event("attachment.deleted", "It is gone.", issueId=_ISSUE, attachmentId=_ATTACHMENT, watcherIds=_TOLD),
    _event("board.created", "A board was made.", boardId=_BOARD),
    _event("board.updated", "It shows something else.", boardId=_BOARD),
    _event("board.deleted", "It is gone.", boardId=_BOARD),
    _event(
        "notification_settings.updated",
        "Someone changed what they are told of; what they changed is there.",
        memberId=_MEMBER,
        watchedIssues=maybe(FLAG),
        ownChanges=maybe(FLAG),
    ),
)

GROUPS: Mapping[str, tuple[EventType, ...]] = {
    "Life": _LIFE,
    "People": _PEOPLE,
    "Webhooks": _WEBHOOKS,
    "Seats": _SEATS,
    "Money": _MONEY,
    "The tracker": _TRACKER,
}
EVENT_TYPES: Mapping[str, EventType] = {one.name: one for group in GROUPS.values() for one in group}
"""By name."""

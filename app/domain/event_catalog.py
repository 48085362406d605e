"""Every event of an organization, and what its payload tells: promised to those who take events (R8.1).

Never names, e-mail addresses or secrets. Fields are added, and never taken away or given another meaning.
"""

from collections.abc import Mapping

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
    EventType,
    Shape,
    event,
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
    event(
        "organization.created",
        "It was founded.",
        ownerId=_MEMBER,
        timeZone=TEXT,
        currency=CURRENCY,
        testClockId=or_null(id_of("TestClock")),
    ),
    event(
        "organization.updated",
        "Its settings were changed; those that were are there.",
        isNameChanged=maybe(FLAG),
        timeZone=maybe(TEXT),
        seatCap=maybe(or_null(COUNT)),
        budget=maybe(or_null(AMOUNT)),
    ),
    event("organization.closed", "An owner closed it.", closedAt=INSTANT, purgeAt=INSTANT),
    event("organization.reopened", "Its closing was taken back."),
    event(
        "organization.suspended",
        "An invoice is overdue, and everyone is read-only until it is paid.",
        suspendedAt=INSTANT,
        overdueSince=INSTANT,
    ),
    event("organization.resumed", "Nothing is overdue any more."),
    event(
        "tracker.activated", "The tracker was activated, and the trial began.", activatedAt=INSTANT, trialEndsAt=_ENDS
    ),
    event(
        "trial.ending",
        "The trial ends soon.",
        notice=one_of([Notice.TRIAL_ENDS_IN_7_DAYS, Notice.TRIAL_ENDS_IN_1_DAY]),
        trialEndsAt=_ENDS,
    ),
    event("trial.ended", "The trial is over.", notice=one_of([Notice.TRIAL_ENDED]), trialEndsAt=_ENDS),
    event("trial.extended", "The trial lasts longer.", trialEndsAt=INSTANT),
    event(
        "purge.approaching",
        "All its data will be deleted.",
        notice=one_of(PURGE_WARNINGS),
        trialEndsAt=_ENDS,
        purgeAt=INSTANT,
        closedAt=or_null(INSTANT),
    ),
    event("purge.decided", "All its data are being deleted.", reason=TEXT),
    event(
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
    event("legal_hold.set", "Its data may not be deleted for now."),
    event("legal_hold.lifted", "Its data may be deleted again."),
    event("export.requested", "A file with everything it has was asked for.", exportId=id_of("OrganizationExport")),
    event(
        "export.finished",
        "The file can be fetched.",
        exportId=id_of("OrganizationExport"),
        bytes=COUNT,
    ),
)
_PEOPLE = (
    event(
        "members.invited",
        "People were added: those who are INVITED have not come yet.",
        memberIds=many(_MEMBER),
        members=many(record_of(_PERSON | {"isRobot": FLAG})),
    ),
    event(
        "members.changed",
        "The roster changed people, up to 1 000 in an event.",
        members=many(record_of(_PERSON | {"isRenamed": FLAG})),
    ),
    event(
        "member.updated",
        "Someone is different in what `changed` names.",
        memberId=_MEMBER,
        changed=many(one_of(["name", "login", "role", "departmentId"])),
        role=maybe(one_of(Role)),
        departmentId=maybe(or_null(_DEPARTMENT)),
    ),
    event("member.deactivated", "Someone left.", memberId=_MEMBER, status=one_of(["DEACTIVATED"])),
    event("member.reactivated", "Someone came back.", memberId=_MEMBER, status=one_of(["ACTIVE"])),
    event(
        "member.erased",
        "Someone's name, login and address are gone for good.",
        memberId=_MEMBER,
        status=one_of(["DEACTIVATED"]),
        departmentId=or_null(_DEPARTMENT),
    ),
    event(
        "member.linked",
        "Someone signed in for the first time.",
        memberId=_MEMBER,
        memberIdentityId=UUID_TEXT,
    ),
    event(
        "invitation.accepted",
        "Someone who was invited came.",
        memberId=_MEMBER,
        invitationId=UUID_TEXT,
        presentedBy=or_null(TEXT).meaning("who brought the token, if not they themselves"),
        status=one_of(["ACTIVE"]),
    ),
    event("invitation.resent", "The invitation before is dead.", memberId=_MEMBER, expiresAt=INSTANT),
    event("invitation.revoked", "An invitation was taken back.", memberId=_MEMBER, status=one_of(["DEACTIVATED"])),
    event("department.created", "A department was made.", departmentId=_DEPARTMENT, parentId=_PARENT),
    event(
        "department.updated",
        "It has another name, or is somewhere else with everything below it.",
        departmentId=_DEPARTMENT,
        changed=many(one_of(["name", "parentId"])),
        parentId=maybe(_PARENT),
    ),
    event("department.deleted", "An empty department is gone.", departmentId=_DEPARTMENT),
    event("team.created", "A team was made.", teamId=_TEAM, memberIds=many(_MEMBER)),
    event(
        "team.updated",
        "It has another name, or other people.",
        teamId=_TEAM,
        changed=many(one_of(["name", "members"])),
        joinedMemberIds=many(_MEMBER),
        leftMemberIds=many(_MEMBER),
    ),
    event("team.deleted", "A team is gone; its people are not.", teamId=_TEAM),
    event(
        "directory.applied",
        "The whole roster was applied; `members.changed` follow.",
        **dict.fromkeys(
            ("added", "admitted", "returned", "deactivated", "renamed", "roleChanged", "moved", "joined", "left"), COUNT
        ),
        departmentIds=many(_DEPARTMENT).meaning("new ones"),
        teamIds=many(_TEAM).meaning("new ones"),
    ),
    event(
        "api_key.created",
        "A key was made.",
        apiKeyId=id_of("ApiKey"),
        memberId=_MEMBER,
        permissions=many(one_of(Permission)),
        expiresAt=or_null(INSTANT),
    ),
    event("api_key.rotated", "It has a new secret.", apiKeyId=id_of("ApiKey"), overlapHours=COUNT),
    event("api_key.revoked", "It opens nothing any more.", apiKeyId=id_of("ApiKey")),
)
_TO_WEBHOOK = {
    "webhookId": id_of("Webhook"),
    "host": TEXT.meaning("where it sends to"),
    "events": many(TEXT).meaning("types and nouns; none are all"),
}
_WEBHOOKS = (
    event(
        "webhook.created",
        "A webhook was made.",
        **_TO_WEBHOOK,
        permissions=many(one_of(Permission)).meaning("with which it sees events"),
    ),
    event("webhook.updated", "It is different.", **_TO_WEBHOOK, enabled=maybe(FLAG)),
    event("webhook.deleted", "Nothing is sent to it any more.", webhookId=id_of("Webhook")),
    event("webhook.secret_rotated", "It has a new secret.", webhookId=id_of("Webhook"), overlapHours=COUNT),
    event("webhook.replayed", "Some is sent again.", webhookId=id_of("Webhook"), deliveries=COUNT),
    event(
        "webhook.disabled",
        "It took nothing for days, or said that it is gone: nothing is sent to it until it is enabled.",
        webhookId=id_of("Webhook"),
        reason=one_of(["FAILING", "GONE"]),
        failingSince=or_null(INSTANT),
    ),
)
_SEATS = (
    event(
        "seats.changed",
        "Seats were given or taken.",
        **_SETTLED,
        startedSubscriptionIds=many(id_of("SeatSubscription")),
        endedSubscriptionIds=many(id_of("SeatSubscription")),
    ),
    event("seats.change_undone", "A change was taken back.", undoneChangeId=_CHANGE, **_SETTLED),
    event("seats.waiting_seated", "People who waited were chosen.", memberIds=many(_MEMBER), **_SETTLED),
    event(
        "seats.settled",
        "Seats followed from something else.",
        cause=_CAUSE,
        waitingBefore=COUNT.meaning("people who waited before"),
        **_SETTLED,
    ),
    event(
        "seats.requested",
        "A limit refused a change.",
        seats=COUNT.meaning("how many there would have been"),
        code=TEXT.meaning("the error's code"),
    ),
)
_MONEY = (
    event(
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
    event("period.closed", "A month is over.", statementId=id_of("Statement"), month=MONTH, outcome=one_of(Outcome)),
    event(
        "invoice.issued",
        "An invoice was issued.",
        invoiceId=_INVOICE,
        statementId=id_of("Statement"),
        number=TEXT,
        total=AMOUNT,
        currency=CURRENCY,
        replacesId=maybe(_INVOICE),
    ),
    event("invoice.paid", "Nothing of it is open.", invoiceId=_INVOICE, number=TEXT, total=AMOUNT, currency=CURRENCY),
    event(
        "invoice.due_soon",
        "It is to be paid soon.",
        notice=one_of([InvoiceNotice.INVOICE_DUE_IN_7_DAYS, InvoiceNotice.INVOICE_DUE_IN_1_DAY]),
        **_UNPAID,
    ),
    event("invoice.overdue", "It should have been paid.", notice=one_of([InvoiceNotice.INVOICE_OVERDUE]), **_UNPAID),
    event(
        "credit_note.issued",
        "An invoice was credited.",
        creditNoteId=id_of("CreditNote"),
        invoiceId=_INVOICE,
        number=TEXT,
        amount=AMOUNT,
        currency=CURRENCY,
    ),
    event(
        "payment.recorded",
        "Money came.",
        paymentId=id_of("Payment"),
        amount=AMOUNT,
        currency=CURRENCY,
        receivedAt=INSTANT,
    ),
    event(
        "payment.reversed",
        "It went back.",
        paymentId=id_of("Payment"),
        amount=AMOUNT,
        currency=CURRENCY,
        dueAgainInvoiceIds=many(_INVOICE),
    ),
    event(
        "billing_profile.set",
        "Who pays was set.",
        kind=one_of(["LEGAL_ENTITY", "SOLE_TRADER", "INDIVIDUAL"]),
        agreementVersion=TEXT,
    ),
    event(
        "contract.set",
        "A contract was recorded.",
        seatLimit=or_null(COUNT),
        priceListId=or_null(id_of("PriceList")),
        fromMonth=MONTH,
        toMonth=or_null(MONTH).meaning("the first that it is not for"),
    ),
    event("contract.requested", "More seats were asked for.", seats=COUNT, message=TEXT),
    event("legacy_baseline.set", "Its prices are kept from before a price list.", priceListId=id_of("PriceList")),
    event(
        "promo_code.redeemed",
        "A promo code counts from a month on.",
        redemptionId=UUID_TEXT,
        promoCodeId=id_of("PromoCode"),
        fromMonth=MONTH,
        periods=COUNT,
    ),
)
_TRACKER = (
    event("queue.created", "A queue was made.", queueId=id_of("Queue")),
    event("issue.created", "An issue was made.", issueId=_ISSUE, queueId=id_of("Queue"), watcherIds=_TOLD),
    event(
        "issue.updated", "It says something else.", issueId=_ISSUE, fields=many(one_of(IssueField)), watcherIds=_TOLD
    ),
    event("issue.transitioned", "It has another status.", issueId=_ISSUE, status=one_of(IssueStatus), watcherIds=_TOLD),
    event("issue.commented", "Someone commented.", issueId=_ISSUE, commentId=id_of("Comment"), watcherIds=_TOLD),
    event("issue.watched", "Whoever did it watches.", issueId=_ISSUE),
    event("issue.unwatched", "Whoever did it watches no more.", issueId=_ISSUE),
    event("attachment.announced", "A file will come.", issueId=_ISSUE, attachmentId=_ATTACHMENT),
    event("attachment.created", "It came.", issueId=_ISSUE, attachmentId=_ATTACHMENT, watcherIds=_TOLD),
    event("attachment.deleted", "It is gone.", issueId=_ISSUE, attachmentId=_ATTACHMENT, watcherIds=_TOLD),
    event("board.created", "A board was made.", boardId=_BOARD),
    event("board.updated", "It shows something else.", boardId=_BOARD),
    event("board.deleted", "It is gone.", boardId=_BOARD),
    event(
        "notification_settings.updated",
        "Someone changed what they are told of; what they changed is there.",
        memberId=_MEMBER,
        watchedIssues=maybe(FLAG),
        ownChanges=maybe(FLAG),
        billingMails=maybe(FLAG),
        language=maybe(or_null(one_of(["en", "ru"]))),
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

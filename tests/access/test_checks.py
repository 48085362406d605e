"""May these people do this, and why? Many questions at once, now and in the past (R2.1–R2.6)."""

from asyncio import Event, TaskGroup, gather
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from app import db
from app.access.checks import AccessAnswer, AccessQuestion, check_access
from app.domain.access import AccessCode
from app.domain.actor import Actor, ActorKind, Permission, Role, Standing
from app.domain.errors import ErrorCode
from app.domain.policy import Access
from app.domain.roles import member
from app.memberships.members import MemberUpdate, deactivate_member, update_member
from app.retention.life import close_organization, reopen_organization
from tests.factories import (
    DAY,
    NOVEMBER,
    OPERATOR,
    POLICIES,
    TICK,
    Company,
    advance,
    appoint,
    as_superuser,
    change,
    change_groups,
    found,
    found_at,
    jump,
    refused,
    someone_in,
)

pytestmark = pytest.mark.usefixtures("clean_database")

ENDS = NOVEMBER + 30 * DAY + TICK
WRITE, READ, PEOPLE = Permission.ISSUE_UPDATE, Permission.ISSUE_VIEW, Permission.MEMBER_MANAGE


async def ask(
    company: Company, permission: Permission, *people: UUID, at: datetime | None = None, actor: Actor = OPERATOR
) -> list[tuple[bool, str, str]]:
    questions = [AccessQuestion(company.id, permission, one) for one in people]
    return [told(one) for one in await check_access(actor, questions, at)]


def told(answer: AccessAnswer) -> tuple[bool, str, str]:
    decision = answer.decision
    return decision.allowed, decision.access.value, decision.code.value


FULL_BY_TRIAL = (True, "FULL", "TRIAL")
FULL_BY_SEAT = (True, "FULL", "SEAT")
NO_SEAT = (False, "READ_ONLY", "NO_SEAT")
NOBODY = (False, "NONE", "NOT_A_MEMBER")
UNKNOWN = (False, "NONE", "UNKNOWN_ORGANIZATION")


async def test_an_answer_says_what_access_rests_on_and_until_when() -> None:
    company = await found_at(NOVEMBER, 2)
    first, second = company.members
    assert await ask(company, WRITE, first, second) == [FULL_BY_TRIAL] * 2
    (answer,) = await check_access(OPERATOR, [AccessQuestion(company.id, WRITE, first)], None)
    assert answer.decision.valid_until == ENDS
    await change(company, subscribe=[first])
    await jump(company.clock_id, ENDS + DAY)
    assert await ask(company, WRITE, first, second) == [FULL_BY_SEAT, NO_SEAT]
    assert await ask(company, READ, first, second) == [FULL_BY_SEAT, (True, "READ_ONLY", "NO_SEAT")]
    assert await ask(company, PEOPLE, first) == [(False, "FULL", "ROLE_TOO_LOW")]


async def test_a_person_is_named_by_id_e_mail_or_login_whatever_the_case() -> None:
    company = await found_at(NOVEMBER, 1)
    (someone,) = company.members
    await update_member(OPERATOR, someone, MemberUpdate(login="Ivan"), POLICIES)
    row = await db.fetch_one("SELECT email FROM members WHERE id = $1", someone)
    assert row is not None
    named: list[dict[str, Any]] = [
        {"member_id": someone}, {"email": row["email"].upper()}, {"login": "iVAN"}, {"login": " ivan "},
        {"login": row["email"]}, {"email": "nobody@people.example"}, {"login": "a\x00b"}, {"member_id": uuid4()},
    ]  # fmt: skip
    questions = [AccessQuestion(company.id, WRITE, **one) for one in named]
    answers = [told(one) for one in await check_access(OPERATOR, questions, None)]
    assert answers == [FULL_BY_TRIAL] * 4 + [NOBODY] * 4


async def test_every_source_of_a_seat_is_told_to_whoever_may_see_seats_and_to_oneself() -> None:
    company = await found_at(NOVEMBER, 2)
    first, second = company.members
    await change_groups(company, members=[first], everyone=True)
    plain = member(second, company.id, Role.MEMBER, "request")
    questions = [AccessQuestion(company.id, WRITE, one) for one in (first, second)]
    assert [len(one.sources) for one in await check_access(OPERATOR, questions, None)] == [2, 1]
    assert [len(one.sources) for one in await check_access(plain, questions, None)] == [0, 1]


async def test_another_organization_is_as_unknown_as_none_and_so_are_its_people() -> None:
    clock = (await found_at(NOVEMBER)).clock_id
    own, other = await found(clock, 1), await found(clock, 1)
    actor = member(own.members[0], own.id, Role.OWNER, "request")
    strangers = [AccessQuestion(other.id, WRITE, other.members[0]), AccessQuestion(uuid4(), WRITE, other.members[0])]
    answers = await check_access(actor, strangers, None)
    assert answers[0] == answers[1]
    assert [told(one) for one in answers] == [UNKNOWN, UNKNOWN]
    assert await ask(own, WRITE, other.members[0], uuid4(), actor=actor) == [NOBODY, NOBODY]


async def test_who_may_not_see_people_is_told_of_themselves_alone() -> None:
    company = await found_at(NOVEMBER, 2)
    key = Actor(
        ActorKind.API_KEY, "key", "request", None,
        {company.id: Standing(company.members[0], Role.MEMBER, frozenset({Permission.ISSUE_VIEW}))},
    )  # fmt: skip
    assert await ask(company, WRITE, *company.members, uuid4(), actor=key) == [FULL_BY_TRIAL, NOBODY, NOBODY]
    partner = someone_in([company.id], {Permission.BILLING_VIEW})
    assert await ask(company, WRITE, *company.members, actor=partner) == [NOBODY, NOBODY]


async def test_a_seat_given_and_taken_is_seen_by_the_next_check_while_others_ask() -> None:
    company = await found_at(NOVEMBER, 3)
    await jump(company.clock_id, ENDS + DAY)
    person, actor, is_over = company.members[0], someone_in([company.id]), Event()

    async def look() -> list[tuple[bool, str, str]]:
        with db.acting_for(actor.organizations):
            return await ask(company, WRITE, person, actor=actor)

    async def go_on_asking() -> None:
        while not is_over.is_set():
            await look()

    async with TaskGroup() as others:
        for _ in range(8):
            others.create_task(go_on_asking())
        for _ in range(5):
            await change(company, subscribe=[person])
            assert await gather(*(look() for _ in range(4))) == [[FULL_BY_SEAT]] * 4
            await change(company, unsubscribe=[person])
            assert await gather(*(look() for _ in range(4))) == [[NO_SEAT]] * 4
        is_over.set()


async def test_the_past_is_told_as_it_was() -> None:
    """Hired in the trial, seated in it, demoted and deactivated after it; closed for a day, and suspended for one."""
    company = await found_at(NOVEMBER, 2)
    first, second = company.members
    await change(company, subscribe=[first])
    await update_member(OPERATOR, first, MemberUpdate(role=Role.ADMIN), POLICIES)
    await advance(company.clock_id, ENDS + 10 * DAY)
    await change(company, unsubscribe=[first], subscribe=[second])
    await update_member(OPERATOR, first, MemberUpdate(role=Role.MEMBER), POLICIES)
    await advance(company.clock_id, ENDS + 11 * DAY)
    await close_organization(OPERATOR, company.id)
    await advance(company.clock_id, ENDS + 12 * DAY)
    await reopen_organization(OPERATOR, company.id, POLICIES)
    await deactivate_member(OPERATOR, second, POLICIES)
    await db.fetch(
        "INSERT INTO suspensions (id, organization_id, since, until) VALUES (gen_random_uuid(), $1, $2, $3)",
        company.id, ENDS + 13 * DAY, ENDS + 14 * DAY,
    )  # fmt: skip
    await jump(company.clock_id, ENDS + 20 * DAY)

    story = {
        NOVEMBER - DAY: [UNKNOWN, UNKNOWN],
        NOVEMBER + DAY: [FULL_BY_TRIAL, FULL_BY_TRIAL],
        ENDS - TICK: [FULL_BY_TRIAL, FULL_BY_TRIAL],
        ENDS + 9 * DAY: [FULL_BY_SEAT, NO_SEAT],
        ENDS + 10 * DAY + DAY / 2: [NO_SEAT, FULL_BY_SEAT],
        ENDS + 11 * DAY + DAY / 2: [(False, "READ_ONLY", "CLOSED")] * 2,
        ENDS + 12 * DAY + DAY / 2: [NO_SEAT, NOBODY],
        ENDS + 13 * DAY: [(False, "READ_ONLY", "SUSPENDED"), NOBODY],
        ENDS + 14 * DAY: [NO_SEAT, NOBODY],
    }
    assert {at: await ask(company, WRITE, first, second, at=at) for at in story} == story
    roles = [(await ask(company, PEOPLE, first, at=ENDS + days * DAY))[0][2] for days in (9, 11)]
    assert roles == ["ROLE", "ROLE_TOO_LOW"]
    assert await ask(company, WRITE, first, second) == [NO_SEAT, NOBODY]


async def test_what_is_subscribed_later_changes_no_answer_about_the_past() -> None:
    """In retention the data were due for deletion 30 days after the trial; that a seat came later was not known."""
    company = await found_at(NOVEMBER, 1)
    (someone,) = company.members
    await advance(company.clock_id, ENDS + 20 * DAY)
    question = [AccessQuestion(company.id, WRITE, someone)]
    (before,) = await check_access(OPERATOR, question, ENDS + 5 * DAY)
    assert (told(before), before.decision.valid_until) == (NO_SEAT, ENDS + 30 * DAY)
    await change(company, subscribe=[someone])
    assert await check_access(OPERATOR, question, ENDS + 5 * DAY) == [before]
    (now,) = await check_access(OPERATOR, question, None)
    assert (told(now), now.decision.valid_until) == (FULL_BY_SEAT, None)


async def test_what_spared_it_later_changes_no_answer_about_the_past() -> None:
    """A reopening late in retention puts the purge off; before it, that was not known."""
    company = await found_at(NOVEMBER, 1)
    question = [AccessQuestion(company.id, WRITE, company.members[0])]
    await advance(company.clock_id, ENDS + 29 * DAY + DAY / 2)
    (before,) = await check_access(OPERATOR, question, ENDS + 5 * DAY)
    await close_organization(OPERATOR, company.id)
    await reopen_organization(OPERATOR, company.id, POLICIES)
    assert await check_access(OPERATOR, question, ENDS + 5 * DAY) == [before]
    (now,) = await check_access(OPERATOR, question, None)
    assert now.decision.valid_until is not None
    assert now.decision.valid_until > ENDS + 30 * DAY


async def test_a_closed_organization_denies_every_change_until_it_is_deleted() -> None:
    """R1.10, R2.5: what every mutation would refuse is denied here too, and it is said until when."""
    company = await found_at(NOVEMBER, 1)
    owner = (await appoint(company, Role.OWNER)).member_in(company.id)
    assert owner is not None
    await advance(company.clock_id, NOVEMBER + 5 * DAY)
    asked = (Permission.SEAT_MANAGE, PEOPLE, Permission.BILLING_MANAGE, Permission.API_KEY_MANAGE)
    questions = [AccessQuestion(company.id, one, owner) for one in asked]
    role = [(True, "FULL", "ROLE")] * 4
    assert [told(one) for one in await check_access(OPERATOR, questions, None)] == role
    await close_organization(OPERATOR, company.id)
    closed = await check_access(OPERATOR, questions, None)
    assert [told(one) for one in closed] == [(False, "READ_ONLY", "CLOSED")] * 4
    closed_at = (await company.facts()).lifecycle.closed_at
    assert closed_at is not None
    assert {one.decision.valid_until for one in closed} == {closed_at + 30 * DAY}
    assert [told(one) for one in await check_access(OPERATOR, questions, NOVEMBER + 4 * DAY)] == role


async def test_whether_others_may_is_told_to_whoever_sees_people_and_seats() -> None:
    """It would tell who holds a seat, and a member sees their own (R2.3)."""
    company = await found_at(NOVEMBER, 2)
    plain = member(company.members[0], company.id, Role.MEMBER, "request")
    assert await ask(company, WRITE, *company.members, actor=plain) == [FULL_BY_TRIAL, NOBODY]
    for held, expected in (
        ({Permission.MEMBER_VIEW}, NOBODY),
        ({Permission.SEAT_VIEW}, NOBODY),
        ({Permission.MEMBER_VIEW, Permission.SEAT_VIEW}, FULL_BY_TRIAL),
    ):
        assert await ask(company, WRITE, company.members[1], actor=someone_in([company.id], held)) == [expected]


async def test_once_a_purge_is_decided_every_answer_is_purged_also_of_the_past() -> None:
    company = await found_at(NOVEMBER, 1)
    await jump(company.clock_id, ENDS + 90 * DAY)
    await db.fetch("UPDATE organizations SET purge_decided_at = $1", ENDS + 90 * DAY)
    purged = (False, "NONE", "PURGED")
    assert await ask(company, WRITE, *company.members, uuid4()) == [purged, purged]
    assert await ask(company, WRITE, *company.members, at=NOVEMBER + DAY) == [purged]


async def test_checks_at_one_time_share_statements_and_nobody_is_told_what_is_anothers() -> None:
    company, other = await found_at(NOVEMBER, 3), await found_at(NOVEMBER, 1)
    await change(company, subscribe=[company.members[0]])
    await jump(company.clock_id, ENDS + DAY)
    alike = frozenset({company.id, other.id})
    everyone = [*company.members, *other.members]
    plain = member(company.members[1], company.id, Role.MEMBER, "request")
    actors = [someone_in([company.id]), plain, someone_in([other.id])]
    asked = [(actor, [AccessQuestion(place, WRITE, one)]) for actor in actors for place in alike for one in everyone]

    async def check(actor: Actor, questions: Sequence[AccessQuestion]) -> list[AccessAnswer]:
        with db.acting_for(alike):
            return await check_access(actor, questions, None)

    apart = [await check(*one) for one in asked]
    with db.counted_statements() as statements:
        assert await gather(*(check(*one) for one in asked)) == apart
    assert len(statements) < len(asked) / 2
    assert {told(*one)[2] for one in apart} == {"SEAT", "NO_SEAT", "TRIAL", "NOT_A_MEMBER", "UNKNOWN_ORGANIZATION"}


async def test_what_is_still_to_come_is_not_told() -> None:
    company = await found_at(NOVEMBER, 1)
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await ask(company, WRITE, *company.members, at=NOVEMBER + DAY)
    assert [one.path for one in refusal.value.problems] == [("at",)]


@pytest.mark.parametrize(("at", "statements"), [(None, 1), (NOVEMBER, 5)])
async def test_a_hundred_questions_take_as_many_statements_as_one(at: datetime | None, statements: int) -> None:
    clock = (await found_at(NOVEMBER - DAY)).clock_id
    companies = [await found(clock, 5) for _ in range(4)]
    await jump(clock, NOVEMBER + DAY)
    questions = [
        AccessQuestion(company.id, permission, one)
        for permission in (WRITE, READ, PEOPLE, Permission.SEAT_VIEW, Permission.BILLING_VIEW)
        for company in companies
        for one in company.members
    ]
    assert len(questions) == 100
    counts = []
    for asked in (questions[:1], questions):
        with db.counted_statements() as counted:
            answers = await check_access(OPERATOR, asked, at)
        assert {one.decision.code for one in answers} <= {AccessCode.TRIAL, AccessCode.ROLE_TOO_LOW}
        counts.append(len(counted))
    assert counts == [statements, statements]


async def plant(sql: str, *values: object) -> None:
    async with as_superuser():
        await db.fetch(sql, *values)


async def test_what_cannot_be_decided_is_denied_and_nothing_else_is() -> None:
    clock = (await found_at(NOVEMBER)).clock_id
    broken, sound = await found(clock, 1), await found(clock, 1)
    questions = [AccessQuestion(company.id, WRITE, company.members[0]) for company in (broken, sound)]
    assert await codes(questions) == ["TRIAL", "TRIAL"]
    await plant("UPDATE organizations SET closed_at = '9999-12-31' WHERE id = $1", broken.id)  # kept until 10000
    assert await codes(questions) == ["UNDECIDED", "TRIAL"]
    answers = await check_access(OPERATOR, questions, None)
    assert [(one.decision.allowed, one.decision.access) for one in answers] == [
        (False, Access.NONE),
        (True, Access.FULL),
    ]


async def test_an_organization_that_cannot_be_read_denies_for_its_past_alone() -> None:
    clock = (await found_at(NOVEMBER)).clock_id
    broken, sound = await found(clock, 1), await found(clock, 1)
    await jump(clock, NOVEMBER + 2 * DAY)
    questions = [AccessQuestion(company.id, WRITE, company.members[0]) for company in (broken, sound)]
    assert await codes(questions, NOVEMBER + DAY) == ["TRIAL", "TRIAL"]
    await plant("""UPDATE organizations SET earlier_zones = '[{"until": "never"}]' WHERE id = $1""", broken.id)
    assert await codes(questions, NOVEMBER + DAY) == ["UNDECIDED", "TRIAL"]


async def test_a_history_that_cannot_be_read_denies_who_it_is_of() -> None:
    company = await found_at(NOVEMBER, 2)
    first, second = company.members
    await update_member(OPERATOR, first, MemberUpdate(role=Role.ADMIN), POLICIES)
    await update_member(OPERATOR, second, MemberUpdate(role=Role.ADMIN), POLICIES)
    await jump(company.clock_id, NOVEMBER + DAY)
    questions = [AccessQuestion(company.id, PEOPLE, one) for one in company.members]
    row = await db.fetch_one("SELECT max(created_at) AS at FROM members WHERE organization_id = $1", company.id)
    assert row is not None
    assert await codes(questions, row["at"]) == ["ROLE_TOO_LOW", "ROLE_TOO_LOW"]
    sql = """
        UPDATE audit_entries SET before = '{"role": "KING"}'
        WHERE action = 'member.updated' AND after->>'memberId' = $1
    """
    await plant(sql, str(first))
    assert await codes(questions, row["at"]) == ["UNDECIDED", "ROLE_TOO_LOW"]


async def codes(questions: Sequence[AccessQuestion], at: datetime | None = None) -> list[str]:
    return [one.decision.code.value for one in await check_access(OPERATOR, questions, at)]

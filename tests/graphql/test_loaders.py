"""What is asked of many is read at once: as many statements for 50 people as for 2."""

import pytest
from graphql import parse

from app import db
from app.domain.actor import Role
from app.graphql.context import Context
from app.graphql.execution import execute
from app.graphql.ids import global_id
from app.memberships.departments import create_department
from app.memberships.invitations import invite_members
from app.memberships.invitees import Invitee
from app.memberships.teams import create_team
from tests.billing.paying import owing, pay
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, found_at

pytestmark = pytest.mark.usefixtures("clean_database")


async def grow(people: int) -> Company:
    """A company with so many people, each in a department of their own and in two teams, half of them invited."""
    company = await found_at(NOVEMBER)
    top = await create_department(OPERATOR, company.id, "Top", None)
    departments = [await create_department(OPERATOR, company.id, f"D{number}", top) for number in range(people)]
    teams = [await create_team(OPERATOR, company.id, f"T{number}", [], POLICIES) for number in range(people)]
    invitees = [
        Invitee(
            f"p{number}@x.example", f"P{number}", None, Role.MEMBER, number % 2 == 0,
            department_id=departments[number], team_ids=[teams[number], teams[number - 1]],
        )
        for number in range(people)
    ]  # fmt: skip
    await invite_members(OPERATOR, company.id, invitees, POLICIES)
    return company


async def count_statements(company: Company, wanted: str) -> int:
    document = f"query($id: ID!) {{ organization(id: $id) {{ {wanted} }} }}"
    variables = {"id": global_id("Organization", company.id)}
    with db.counted_statements() as statements:
        result = await execute(parse(document), Context(OPERATOR, POLICIES), variables)
    assert result.errors is None
    return len(statements)


@pytest.mark.parametrize(
    ("wanted", "statements"),
    [
        ("members(first: 100) { totalCount nodes { name } }", 3),
        ("members(first: 100) { nodes { name access seat { grantedAt } teams { name } } }", 5),
        (
            """members(first: 100) { nodes { name status access seat { grantedAt } invitation { expiresAt }
                department { name memberCount parent { name childCount } } teams { name memberCount } } }""",
            12,
        ),
        (
            """departments(first: 100) { nodes { name memberCount childCount all: memberCount(includeBelow: true)
                parent { name } children(first: 5) { name memberCount } organization { id } } }""",
            6,
        ),
        ("teams(first: 100) { nodes { name memberCount organization { id } } }", 3),
    ],
)
async def test_50_are_read_by_as_many_statements_as_2(wanted: str, statements: int) -> None:
    counts = [await count_statements(await grow(people), wanted) for people in (2, 50)]
    assert counts == [statements, statements]


INVOICES = "invoices(first: 100) { nodes { number %s } }"


@pytest.mark.parametrize(
    ("wanted", "statements"),
    [
        (INVOICES % "state", 3),
        (INVOICES % "state paid { amount } credited { amount } due { amount } outstanding { amount }", 3),
        (INVOICES % "settledByCount settledBy { amount { amount } payment { externalReference } }", 4),
        ("billing { payments(first: 100) { nodes { settledCount settled { invoice { number state } } } } }", 5),
    ],
)
async def test_many_invoices_and_payments_are_read_by_as_many_statements_as_one(wanted: str, statements: int) -> None:
    counts = []
    for until, payments in (("2021-01-05 12:00", 1), ("2021-12-05 12:00", 9)):
        company = await owing(until)
        for number in range(payments):
            await pay(company, "2000", f"bank-{number}")
        counts.append(await count_statements(company, wanted))
    assert counts == [statements, statements]

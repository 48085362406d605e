"""A client of the API, and an organization on a test clock, for tests that speak GraphQL over HTTP to a real process.

Every refusal is checked to have changed nothing: the database before it and after it is the same, row for row.
"""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from app import db
from app.graphql.ids import global_id
from tests.factories import REQUEST_TABLES
from tests.servers import Api

KEY_TABLES = ("api_keys", "partner_keys")
LOOKED = ("job_looks", "job_runs")
PAYER = {
    "legalName": "OOO Romashka",
    "kind": "LEGAL_ENTITY",
    "taxNumber": "7701234567",
    "address": "Moscow, Tverskaya 1",
    "bankDetails": "BIK 044525225",
    "contactEmail": "billing@romashka.example",
    "acceptAgreement": True,
}


@dataclass(frozen=True, slots=True)
class Problem:
    code: str
    path: list[str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A UserError: nothing was changed."""

    code: str
    message: str
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class Failure:
    """A top-level error, with the data that came beside it: nothing was changed."""

    message: str
    code: str | None
    data: Any


class Client:
    """Speaks for an operator, or with a session's token for a member."""

    def __init__(self, http: httpx.AsyncClient, token: str | None = None) -> None:
        self.http = http
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def as_member(self, member: str) -> "Client":
        """A client that acts as the member."""
        session = await self.change("sessionCreate", "token", memberId=member)
        return Client(self.http, session["token"])

    async def post(self, document: str, **variables: Any) -> Any:
        """The whole answer to an operation."""
        content = json.dumps({"query": document, "variables": variables})  # in ASCII, so that half characters pass
        response = await self.http.post(
            "/graphql", content=content, headers=self.headers | {"Content-Type": "application/json"}
        )
        return response.json()

    async def ask(self, document: str, **variables: Any) -> Any:
        """The data of an operation that must have no error."""
        body = await self.post(document, **variables)
        assert "errors" not in body, body["errors"]
        return body["data"]

    async def change(self, field: str, wanted: str, /, **given: Any) -> Any:
        """The payload of the mutation `field`, which must do what it is asked."""
        result = await self._mutate(field, wanted, given)
        assert result["__typename"] != "UserError", result
        return result

    async def refuse(self, field: str, /, **given: Any) -> Refusal:
        """Why the mutation `field` changes nothing."""
        before = await contents()
        result = await self._mutate(field, "__typename", given)
        assert result["__typename"] == "UserError", result
        assert await contents() == before
        problems = [Problem(one["code"], one["path"]) for one in result["problems"]]
        return Refusal(result["code"], result["message"], problems)

    async def refuse_by_limit(self, field: str, /, **given: Any) -> Refusal:
        """Why a limit refuses the mutation `field`: that it was asked for is recorded, and nothing else is changed."""
        before = await contents()
        result = await self._mutate(field, "__typename", given)
        assert result["__typename"] == "UserError", result
        after = await contents()
        assert {table for table in after if after[table] != before[table]} == set(REQUEST_TABLES)
        problems = [Problem(one["code"], one["path"]) for one in result["problems"]]
        return Refusal(result["code"], result["message"], problems)

    async def fail(self, document: str, **variables: Any) -> Failure:
        """The one top-level error of an operation that cannot be answered."""
        before = await contents()
        body = await self.post(document, **variables)
        assert len(body["errors"]) == 1, body
        assert await contents() == before
        (error,) = body["errors"]
        return Failure(error["message"], error.get("extensions", {}).get("code"), body.get("data"))

    async def _mutate(self, field: str, wanted: str, given: dict[str, Any]) -> Any:
        data = await self.ask(mutation(field, wanted), input=given)
        return data[field]


def mutation(field: str, wanted: str) -> str:
    """The document that runs a mutation with the variable `input`."""
    noun = field[0].upper() + field[1:]
    return f"""
        mutation($input: {noun}Input!) {{ {field}(input: $input) {{
            __typename
            ... on {noun}Payload {{ {wanted} }}
            ... on UserError {{ code message problems {{ code message path }} }}
        }} }}
    """


@asynccontextmanager
async def connect(api: Api) -> AsyncIterator[Client]:
    """A client with the operator's key."""
    headers = {"Authorization": f"Bearer {api.operator_key}"}
    async with httpx.AsyncClient(base_url=api.url, headers=headers, trust_env=False, timeout=60.0) as http:
        yield Client(http)


async def contents() -> dict[str, tuple[int, str]]:
    """Every table of this process's database: how many rows, and a hash over them. That a key was used is no change,
    nor that a worker has looked for what is due."""
    tables = await db.fetch(
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL($1) ORDER BY 1",
        [*LOOKED],
    )
    counts = [
        f"""
        SELECT '{table["name"]}' AS name, count(*) AS rows,
               coalesce(sum(hashtextextended({text_of(table["name"])}, 0)), 0)::text AS hash
        FROM "{table["name"]}" AS content
        """
        for table in tables
    ]
    return {row["name"]: (row["rows"], row["hash"]) for row in await db.fetch(" UNION ALL ".join(counts))}


def text_of(table: str) -> str:
    """The row `content` of a table, in SQL."""
    return "(to_jsonb(content) - 'last_used_at')::text" if table in KEY_TABLES else "content::text"


@dataclass(slots=True)
class Company:
    """An organization that lives by a test clock."""

    client: Client
    clock_id: str
    id: str
    slug: str
    invited: int = 0

    async def advance(self, to: str) -> None:
        """Advance the clock, with everything due on the way."""
        wanted = "testClock { now advancingTo }"
        clock = (await self.client.change("testClockAdvance", wanted, testClockId=self.clock_id, to=to))["testClock"]
        assert clock["advancingTo"] is None

    async def activate(self) -> None:
        await self.client.change("trackerActivate", "organization { state }", organizationId=self.id)

    async def set_payer(self) -> None:
        """Give it a billing profile with the agreement accepted."""
        await self.client.change("billingProfileSet", "organization { id }", organizationId=self.id, **PAYER)

    async def invite(self, count: int, *, active: bool = True) -> list[str]:
        """Add so many people, named Person 0001 and so on; gives their ids."""
        people = [
            {"email": f"p{number:04}@{self.slug}.example", "name": f"Person {number:04}", "active": active}
            for number in range(self.invited + 1, self.invited + count + 1)
        ]
        self.invited += count
        payload = await self.client.change("memberInvite", "members { id }", organizationId=self.id, members=people)
        return [member["id"] for member in payload["members"]]

    async def subscribe(self, members: Sequence[str]) -> Any:
        return await self.change_seats(subscribe=by_id(members))

    async def unsubscribe(self, members: Sequence[str]) -> Any:
        return await self.change_seats(unsubscribe=by_id(members))

    async def replace(self, leaving: Sequence[str], coming: Sequence[str]) -> Any:
        """Unsubscribe some and subscribe others at one instant."""
        return await self.change_seats(unsubscribe=by_id(leaving), subscribe=by_id(coming))

    async def change_seats(self, **given: Any) -> Any:
        """What `seatsChange` answers to an input for this organization."""
        wanted = "change { id at } seatedCount unseatedCount organization { state seats { used } }"
        return await self.client.change("seatsChange", wanted, organizationId=self.id, **given)

    async def refuse_seats(self, **given: Any) -> Refusal:
        return await self.client.refuse("seatsChange", organizationId=self.id, **given)

    async def refuse_seats_by_limit(self, **given: Any) -> Refusal:
        return await self.client.refuse_by_limit("seatsChange", organizationId=self.id, **given)

    async def read(self, wanted: str) -> Any:
        """Fields of the organization."""
        data = await self.client.ask(f"query($id: ID!) {{ organization(id: $id) {{ {wanted} }} }}", id=self.id)
        return data["organization"]

    async def fail(self, wanted: str) -> Failure:
        """The error of a field of the organization that cannot be answered."""
        return await self.client.fail(f"query($id: ID!) {{ organization(id: $id) {{ {wanted} }} }}", id=self.id)

    async def preview(self, wanted: str) -> Any:
        """Fields of the current month's preview."""
        return (await self.read(f"invoicePreview {{ {wanted} }}"))["invoicePreview"]

    async def bills(self) -> list[tuple[str, str, int, str | None]]:
        """Every closed month: which, how it ended, its peak, and what its invoice says."""
        wanted = "statements(first: 100) { nodes { month outcome peak { seats } invoice { total { amount } } } }"
        statements = (await self.read(wanted))["statements"]["nodes"]
        return [(one["month"], one["outcome"], one["peak"]["seats"], _total(one["invoice"])) for one in statements]

    async def invoices(self, wanted: str) -> list[Any]:
        """Fields of every invoice, oldest first."""
        found = await self.read(f"invoices(first: 100) {{ nodes {{ {wanted} }} }}")
        invoices: list[Any] = found["invoices"]["nodes"]
        return invoices

    async def access(self, member: str) -> str:
        """What a member may do now."""
        data = await self.client.ask("query($id: ID!) { node(id: $id) { ... on Member { access } } }", id=member)
        answer: str = data["node"]["access"]
        return answer


def unknown(type_name: str) -> str:
    """An id of the type that nothing has."""
    return global_id(type_name, UUID("00000000-0000-4000-8000-000000000000"))


def by_id(members: Sequence[str]) -> list[dict[str, str]]:
    """Subjects of `seatsChange`."""
    return [{"memberId": member} for member in members]


async def create_clock(client: Client, now: str) -> str:
    """The id of a new clock that shows an instant."""
    clock_id: str = (await client.change("testClockCreate", "testClock { id }", now=now))["testClock"]["id"]
    return clock_id


async def found(client: Client, clock_id: str, *, time_zone: str = "Europe/Moscow") -> Company:
    """A company with its owner, not activated and without a payer, on a clock."""
    slug = f"romashka-{uuid4().hex}"
    payload = await client.change(
        "organizationCreate",
        "organization { id }",
        name="Romashka",
        slug=slug,
        owner={"email": f"owner@{slug}.example", "name": "Olga Owner"},
        timeZone=time_zone,
        testClockId=clock_id,
    )
    return Company(client, clock_id, payload["organization"]["id"], slug)


async def start(client: Client, now: str, *, time_zone: str = "Europe/Moscow") -> Company:
    """A company with a payer that activates its tracker at the instant, on a clock of its own.

    It is founded the second before, for two changes never share an instant.
    """
    before = datetime.fromisoformat(now) - timedelta(seconds=1)
    company = await found(client, await create_clock(client, before.isoformat()), time_zone=time_zone)
    await company.advance(now)
    await company.activate()
    await company.set_payer()
    return company


def _total(invoice: Any) -> str | None:
    return invoice["total"]["amount"] if invoice else None

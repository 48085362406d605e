"""The second wall: what the database lets a tenant see when our own clauses do not hold (R2.6)."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast
from uuid import UUID, uuid4

import asyncpg
import pytest

from app import db
from app.billing.queries import find_invoices
from app.connections import pools
from app.directory.queries import find_members
from app.directory.roster import load_directory
from app.domain.actor import operator
from app.domain.errors import ErrorCode
from app.domain.paging import PageRequest
from app.memberships.departments import create_department
from app.memberships.teams import create_team
from app.organizations.listing import EVERY_ORGANIZATION, OrganizationOrder, list_organizations
from app.organizations.queries import find_organization, find_organization_by_slug
from app.terms.queries import list_price_lists
from app.tracker.service import comment_issue, create_issue, create_queue
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
    Company,
    advance,
    as_owner,
    change,
    found_at,
    moscow,
    refused,
)
from tests.tracker.people import FIELDS, acting

UNPROTECTED = {
    "answers_forgotten": "when erasures and purges were; written and asked by functions, nothing is granted",
    "browser_sessions": "of people, in no organization; found by a function, nothing is granted",
    "idempotency_keys": "of an actor, in no organization; claimed by a function, nothing is granted",
    "invoice_counters": "numbers are counted by the system alone",
    "invoice_series": "numbers are counted by the system alone",
    "issuers": "who issues is printed on every invoice; tenants read it",
    "job_looks": "of the workers; nothing is granted",
    "job_runs": "of the workers; nothing is granted",
    "job_tries": "of the workers; nothing is granted",
    "operator_keys": "found by a function; nothing is granted",
    "partner_key_secrets": "found by a function; nothing is granted",
    "partner_keys": "found by functions; nothing is granted",
    "platform_chain": "operators' acts; nothing is granted",
    "promo_code_payers": "asked and written by functions; nothing is granted",
    "sign_in_links": "of nobody yet; the system alone writes and ends them",
    "sign_ins": "of nobody yet; the system alone begins and ends them",
    "tortoise_migrations": "which there are; the system alone looks",
    "trial_owners": "asked and written by functions; nothing is granted",
    "trial_salt": "nothing is granted",
    "vat_rates": "the law; tenants read it",
}
"""Tables of the platform without row security, and why."""
SHARED = ["price_list_tiers", "price_lists", "promo_codes", "test_clocks"]
"""Tables of the platform of which a tenant sees what serves it."""
PARTNERS = ["webhook_attempts", "webhook_deliveries", "webhook_positions", "webhook_secrets", "webhooks"]
"""Tables with rows of partners too: a tenant sees its own alone, also where others are about its organization."""
OWN_OF_PARTNER = "(partner_key_id = ( SELECT acting_partner() AS acting_partner))"
NOBODYS_OR_OWN = f"((partner_key_id IS NULL) OR {OWN_OF_PARTNER})"
PARTNERS_POLICIES = [
    f"partners | PERMISSIVE | {{seatmark_api}} | ALL | {OWN_OF_PARTNER} | {OWN_OF_PARTNER}",
    f"partners_alone | RESTRICTIVE | {{seatmark_api}} | ALL | {NOBODYS_OR_OWN} | {NOBODYS_OR_OWN}",
]
OWN = "(%s = ANY (( SELECT acting_organizations() AS acting_organizations)::uuid[]))"
DEFINERS = [
    "claim_idempotency_key",
    "create_partner_clock",
    "delete_accounting",
    "end_browser_sessions_of_key",
    "end_browser_sessions_of_nobody",
    "expire_exports_with_the_erased",
    "find_browser_session",
    "find_invitation",
    "find_key",
    "find_memberships",
    "find_operator_key",
    "find_partner_clocks",
    "find_promo_code",
    "find_session",
    "find_standing",
    "find_upload",
    "first_month_of_list",
    "forget_answers",
    "forget_answers_about",
    "has_payer_used",
    "join_partner_key",
    "list_partner_clocks",
    "lock_credited_invoice",
    "note_use_of_key",
    "permissions_of_acting_partner",
    "permissions_of_partner",
    "purge_rows",
    "record_partner_change",
    "remember_trial_owner",
    "remember_trial_owners",
    "served_price_lists",
    "store_idempotent_answer",
    "trial_of_member",
    "unlink_old_address",
    "use_browser_session",
    "use_promo_code",
]
"""Everything that runs as the owner, whom no policy holds."""
EVERYONE = operator("0a000000-0000-4000-8000-000000000002", "a mistake of ours")
"""An actor for whom every clause of ours is open."""


@dataclass(frozen=True, slots=True)
class Neighbors:
    """Two organizations that know nothing of each other, with a closed January, people, groups and issues each."""

    ours: Company
    theirs: Company

    @property
    def scope(self) -> frozenset[UUID]:
        return frozenset({self.ours.id})


@pytest.fixture
async def neighbors(clean_database: None) -> Neighbors:
    return Neighbors(await _settle(), await _settle())


async def _settle() -> Company:
    company = await found_at(NOVEMBER, 6)
    await create_team(OPERATOR, company.id, "Support", company.members[:2], POLICIES)
    await create_department(OPERATOR, company.id, "Sales", None)
    author = acting(company, company.members[0])
    issue_id = await create_issue(author, await create_queue(author, company.id, "OPS", "Operations"), FIELDS)
    await comment_issue(author, issue_id, "It still is")
    await change(company, subscribe=company.members)
    await advance(company.clock_id, moscow("2021-02-01 12:00"))
    return company


# What the catalog says


async def test_every_table_is_protected_or_is_known_to_belong_to_the_platform(database: str) -> None:
    assert await unprotected() == []


async def test_a_new_table_without_policies_is_found(database: str) -> None:
    async with taken_back():
        await db.fetch("CREATE TABLE novelties (id uuid, organization_id uuid)")
        assert await unprotected() == ["novelties"]
        await db.fetch("ALTER TABLE novelties ENABLE ROW LEVEL SECURITY")
        assert await unprotected() == ["novelties"]
        await db.fetch("CREATE POLICY tenants ON novelties TO seatmark_api USING (true)")
        assert await unprotected() == ["novelties"]
        await db.fetch("DROP POLICY tenants ON novelties")
        await db.fetch("SELECT protect_tenant_table('novelties')")
        assert await unprotected() == []


async def test_of_what_is_shared_a_tenant_sees_what_serves_it(database: str) -> None:
    rows = await db.fetch(
        """
        SELECT tablename::text AS name, cmd, qual, with_check FROM pg_policies
        WHERE tablename = ANY($1) AND roles = '{seatmark_api}' ORDER BY 1
        """,
        SHARED,
    )
    served = "(%s = ANY (( SELECT served_price_lists() AS served_price_lists)::uuid[]))"
    redeemed = "(EXISTS ( SELECT FROM promo_code_redemptions own WHERE (own.promo_code_id = promo_codes.id)))"
    clocks = "(EXISTS ( SELECT FROM organizations own WHERE (own.test_clock_id = test_clocks.id)))"
    assert [(row["name"], row["cmd"], " ".join(row["qual"].split()), row["with_check"]) for row in rows] == [
        ("price_list_tiers", "SELECT", served % "price_list_id", None),
        ("price_lists", "SELECT", served % "id", None),
        ("promo_codes", "SELECT", redeemed, None),
        ("test_clocks", "ALL", clocks, "false"),
    ]


async def test_every_view_asks_in_the_name_of_who_looks(database: str) -> None:
    rows = await db.fetch(
        """
        SELECT relname::text AS name, coalesce(reloptions, '{}') @> '{security_invoker=true}' AS holds
        FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace
        """
    )
    assert {row["name"] for row in rows} == {
        "organization_facts",
        "invoice_accounts",
        "payment_allocations",
        "webhook_streams",
    }
    assert [row["name"] for row in rows if not row["holds"]] == []


async def test_what_runs_as_the_owner_is_named_and_knows_where_its_tables_are(database: str) -> None:
    rows = await db.fetch(
        """
        SELECT proname::text AS name, proconfig::text AS settings, prorettype = 'trigger'::regtype AS is_trigger,
               has_function_privilege('public', oid, 'EXECUTE') AS is_everyones
        FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace ORDER BY 1
        """
    )
    assert [row["name"] for row in rows] == DEFINERS
    assert {row["settings"] for row in rows} == {'{"search_path=public, pg_temp"}'}
    assert [row["name"] for row in rows if row["is_everyones"] and not row["is_trigger"]] == []


@pytest.mark.parametrize("role", ["seatmark_api", "seatmark_app"])
async def test_neither_role_owns_anything_or_stands_above_row_security(database: str, role: str) -> None:
    rows = await db.fetch(
        """
        SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb, rolreplication,
               EXISTS (SELECT FROM pg_class WHERE relowner = role.oid) AS owns,
               EXISTS (SELECT FROM pg_auth_members WHERE member = role.oid) AS is_member
        FROM pg_roles AS role WHERE rolname = $1
        """,
        role,
    )
    flags = ("rolsuper", "rolbypassrls", "rolcanlogin", "rolcreaterole", "rolcreatedb", "rolreplication")
    assert rows == [dict.fromkeys((*flags, "owns", "is_member"), False)]


async def test_a_tenant_may_nothing_with_what_is_the_platforms(database: str) -> None:
    rows = await db.fetch(
        """
        SELECT relname::text AS name FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
          AND NOT has_any_column_privilege('seatmark_api', oid, 'SELECT, INSERT, UPDATE')
          AND NOT has_table_privilege('seatmark_api', oid, 'DELETE, TRUNCATE, TRIGGER, REFERENCES') ORDER BY 1
        """
    )
    assert [row["name"] for row in rows] == sorted({*UNPROTECTED} - {"issuers", "vat_rates"})


async def test_what_a_tenant_may_change_are_columns_and_never_what_only_grows(database: str) -> None:
    whole = await db.fetch(
        """
        SELECT relname::text AS name FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
          AND has_table_privilege('seatmark_api', oid, 'UPDATE')
        """
    )
    assert whole == []
    columns = await db.fetch(
        """
        SELECT column_name::text AS name FROM information_schema.columns WHERE table_name = 'organizations'
          AND has_column_privilege('seatmark_api', 'organizations', column_name, 'UPDATE') ORDER BY 1
        """
    )
    assert {row["name"] for row in columns} & {"id", "slug", "currency", "test_clock_id", "legal_hold"} == set()
    assert {row["name"] for row in columns} & {"purge_decided_at", "purged_at", "created_at"} == set()
    hashes = await db.fetch("SELECT has_column_privilege('seatmark_api', 'sessions', 'token_hash', 'SELECT') AS reads")
    assert hashes == [{"reads": False}]


# What the tenants' login sees and does


async def test_a_tenant_is_connected_by_a_login_that_can_be_nobody_else(neighbors: Neighbors) -> None:
    with db.acting_for(neighbors.scope):
        (row,) = await db.fetch("SELECT session_user::text AS login, current_user::text AS role")
        assert row["login"].startswith("seatmark_api_")
        assert row["role"] == "seatmark_api"
        for other in ("seatmark_app", "postgres"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied to set role"):
                await db.fetch(f"SET ROLE {other}")


async def test_every_table_shows_a_tenant_its_own_rows_and_no_others(neighbors: Neighbors) -> None:
    everything = await counts_by_organization(None)
    shown = await counts_by_organization(neighbors.scope)
    filled = {table for table, organization_id in everything if organization_id == neighbors.theirs.id}
    assert len(filled) >= 20  # a table without rows could show none
    assert shown == {
        (table, organization_id): rows
        for (table, organization_id), rows in everything.items()
        if organization_id == neighbors.ours.id and table != "sessions"
    }


async def test_a_tenant_of_two_organizations_sees_both(neighbors: Neighbors) -> None:
    both = frozenset({neighbors.ours.id, neighbors.theirs.id})
    assert {organization_id for _, organization_id in await counts_by_organization(both)} == both


@pytest.mark.parametrize("setting", [None, ""])
async def test_where_nothing_is_set_nothing_exists(neighbors: Neighbors, setting: str | None) -> None:
    async with tenants_connection() as connection:
        if setting is not None:
            await connection.execute(f"SET seatmark.organizations = '{setting}'")
        for table in ("organizations", "members", "organization_facts", "invoice_accounts", "test_clocks"):
            assert await connection.fetch(f"SELECT FROM {table}") == []
        assert await connection.execute("UPDATE members SET name = 'Nobody'") == "UPDATE 0"
        assert await connection.execute("DELETE FROM team_memberships") == "DELETE 0"
    with db.acting_for(frozenset()):
        assert await db.fetch("SELECT FROM members") == []


async def test_with_every_right_granted_the_policies_alone_keep_a_tenant_out(neighbors: Neighbors) -> None:
    tables = await tenant_tables()
    for table, key in tables.items():
        async with taken_back():
            await db.fetch(f"GRANT ALL ON {table} TO seatmark_api")
            await db.fetch("SET LOCAL session_replication_role = replica")  # no trigger comes before the policy
            (theirs,) = await db.fetch(f"SELECT count(*) AS rows FROM {table} WHERE {key} = $1", neighbors.theirs.id)
            await db.fetch("SELECT set_config('seatmark.organizations', $1, true)", str(neighbors.ours.id))
            await db.fetch("SET LOCAL ROLE seatmark_api")
            condition = f"WHERE {key} = '{neighbors.theirs.id}'"
            assert await db.fetch(f"SELECT FROM {table} {condition}") == [], table
            assert await db.fetch(f"UPDATE {table} SET id = id {condition} RETURNING 1") == [], table
            assert await db.fetch(f"DELETE FROM {table} {condition} RETURNING 1") == [], table
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="violates row-level security policy"):
                async with db.in_transaction():
                    await db.fetch(f"INSERT INTO {table} ({key}) VALUES ('{neighbors.theirs.id}')")
            await db.fetch("SET LOCAL ROLE NONE")
            (after,) = await db.fetch(f"SELECT count(*) AS rows FROM {table} WHERE {key} = $1", neighbors.theirs.id)
            assert after == theirs


async def test_own_rows_are_not_given_away(neighbors: Neighbors) -> None:
    async with taken_back():
        await db.fetch("GRANT ALL ON members TO seatmark_api")
        await db.fetch("SELECT set_config('seatmark.organizations', $1, true)", str(neighbors.ours.id))
        await db.fetch("SET LOCAL ROLE seatmark_api")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="violates row-level security policy"):
            await db.fetch("UPDATE members SET organization_id = $1", neighbors.theirs.id)


async def test_a_test_clock_of_ones_own_is_locked_and_never_changed(neighbors: Neighbors) -> None:
    with db.acting_for(neighbors.scope):
        rows = await db.fetch("SELECT id FROM test_clocks FOR SHARE")
        assert rows == [{"id": neighbors.ours.clock_id}]
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="violates row-level security policy"):
            await db.fetch("UPDATE test_clocks SET id = id")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await db.fetch("UPDATE test_clocks SET now = now")


async def test_functions_that_run_as_the_owner_ask_for_whom(neighbors: Neighbors) -> None:
    began = "SELECT trial_of_member($1, $2, $3, '12 months') AS at"
    owner = "SELECT id FROM members WHERE organization_id = $1 AND role = 'OWNER'"
    (theirs,) = await db.fetch(owner, neighbors.theirs.id)
    values = (theirs["id"], neighbors.theirs.clock_id, NOVEMBER)
    assert (await db.fetch(began, *values))[0]["at"] is not None
    with db.acting_for(neighbors.scope):
        assert (await db.fetch(began, *values))[0]["at"] is None


async def test_private_price_lists_are_seen_by_whom_they_serve(neighbors: Neighbors) -> None:
    (public,) = await list_price_lists()
    private = uuid4()
    async with as_owner():
        await db.fetch(
            """
            INSERT INTO price_lists SELECT (jsonb_populate_record(list, jsonb_build_object(
                'id', $1::uuid, 'is_public', false, 'name', 'Theirs', 'baseline_id', NULL))).*
            FROM price_lists AS list
            """,
            private,
        )
        await db.fetch(
            """
            INSERT INTO legacy_baselines (id, organization_id, price_list_id, recorded_at, recorded_by)
            VALUES (gen_random_uuid(), $1, $2, now(), 'a test')
            """,
            neighbors.theirs.id,
            private,
        )
    for company, seen in ((neighbors.ours, {public.id}), (neighbors.theirs, {public.id, private})):
        with db.acting_for(frozenset({company.id})):
            assert {prices.id for prices in await list_price_lists()} == seen
    async with as_owner():
        await db.fetch("DELETE FROM legacy_baselines WHERE price_list_id = $1", private)
        await db.fetch("DELETE FROM price_lists WHERE id = $1", private)


# Where a clause of ours is missing


async def test_an_actor_who_reaches_everything_by_mistake_finds_nothing_of_others(neighbors: Neighbors) -> None:
    theirs = neighbors.theirs
    invoice, *_ = await db.fetch("SELECT id FROM invoices WHERE organization_id = $1", theirs.id)
    slug = (await theirs.facts()).slug
    assert slug is not None
    assert await find_organization(EVERYONE, theirs.id) is not None
    assert len(await find_members(theirs.members)) == 6
    assert len(await find_invoices([invoice["id"]])) == 1
    with db.acting_for(neighbors.scope):
        assert await find_organization(EVERYONE, theirs.id) is None
        assert await find_organization_by_slug(EVERYONE, slug) is None
        found = await list_organizations(
            EVERYONE, EVERY_ORGANIZATION, OrganizationOrder.CREATED_AT_ASC, PageRequest(limit=100)
        )
        assert [one.id for one in found] == [neighbors.ours.id]
        assert await find_members(theirs.members) == []
        assert await find_invoices([invoice["id"]]) == []


async def test_an_actor_who_reaches_everything_by_mistake_changes_nothing_of_others(neighbors: Neighbors) -> None:
    async with refused(ErrorCode.NOT_FOUND):
        with db.acting_for(neighbors.scope):
            await create_team(EVERYONE, neighbors.theirs.id, "Spies", [], POLICIES)


async def test_a_query_without_its_scoping_clause_leaks_nothing(neighbors: Neighbors) -> None:
    with db.counted_statements() as statements:
        await load_directory(neighbors.ours.id)
    assert len(statements) == 3
    for sql in statements:
        stripped, clauses = re.subn(r"(\w+\.)?organization_id = \$1", "$1::uuid IS NOT NULL", sql)
        assert clauses >= 1
        scoped = await ids_from(sql, neighbors.ours.id)
        assert len(await ids_from(stripped, neighbors.ours.id)) == 2 * len(scoped)
        with db.acting_for(neighbors.scope):
            assert await ids_from(stripped, neighbors.ours.id) == scoped


# Helpers of these tests


async def unprotected() -> list[str]:
    """Tables that are neither protected as they should be nor known to need it not."""
    rows = await db.fetch(
        """
        SELECT relname::text AS name, relrowsecurity AS is_on,
               EXISTS (SELECT FROM pg_attribute WHERE attrelid = oid AND attname = 'organization_id') AS is_tenants,
               ARRAY(
                   SELECT concat_ws(' | ', policyname, permissive, roles, cmd, qual, with_check) FROM pg_policies
                   WHERE schemaname = 'public' AND tablename = relname ORDER BY policyname
               ) AS policies
        FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY 1
        """
    )
    system = "system | PERMISSIVE | {seatmark_app} | ALL | true | true"
    found = []
    for row in rows:
        if row["name"] in UNPROTECTED:
            assert not row["is_tenants"], row["name"]
            continue
        own = OWN % ("id" if row["name"] == "organizations" else "organization_id")
        tenants = f"tenants | PERMISSIVE | {{seatmark_api}} | ALL | {own} | {own}"
        partners = PARTNERS_POLICIES if row["name"] in PARTNERS else []
        is_right = row["policies"] == [*partners, system, tenants]
        if row["name"] in SHARED and not row["is_tenants"]:
            is_right = row["policies"][0] == system and len(row["policies"]) == 2
        if not row["is_on"] or not is_right:
            found.append(row["name"])
    return found


async def tenant_tables() -> dict[str, str]:
    """Each with its column of the organization."""
    rows = await db.fetch(
        """
        SELECT relname::text AS name FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attname = 'organization_id' ORDER BY 1
        """
    )
    return {"organizations": "id", **{row["name"]: "organization_id" for row in rows}}


async def counts_by_organization(scope: frozenset[UUID] | None) -> dict[tuple[str, UUID], int]:
    """How many rows of each organization each tenant table shows, where it shows any."""
    tables = await tenant_tables()
    counts: dict[tuple[str, UUID], int] = {}
    with db.acting_for(scope):
        for table, key in tables.items():
            for row in await db.fetch(f"SELECT {key} AS id, count(*)::int AS rows FROM {table} GROUP BY 1"):
                counts[table, row["id"]] = row["rows"]
    return counts


async def ids_from(sql: str, organization_id: UUID) -> set[UUID]:
    return {row["id"] for row in await db.fetch(sql, organization_id)}


@asynccontextmanager
async def taken_back() -> AsyncIterator[None]:
    """Everything is allowed inside, and nothing of it stays."""
    async with db.in_dry_run():
        await db.fetch("SET LOCAL ROLE NONE")
        yield


@asynccontextmanager
async def tenants_connection() -> AsyncIterator[asyncpg.Connection]:
    """One by the login of the tenants, to which nothing was said."""
    assert pools.tenants is not None
    async with pools.tenants.acquire() as connection:
        yield cast(asyncpg.Connection, connection)  # a proxy of one

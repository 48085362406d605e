"""People who sign in by an OpenID provider: which members they are, and their browsers (R2.7, R9.2)."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

LOOKUPS = [
    "CREATE INDEX members_by_email ON members (lower(email)) WHERE status = 'ACTIVE' AND NOT is_robot",
    """
    CREATE FUNCTION find_memberships(asked_issuer text, asked_subject text, verified_email text)
    RETURNS TABLE (organization_id uuid, member_id uuid, role text, is_linked boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT member.organization_id, member.id, member.role, true
        FROM member_identities AS identity JOIN members AS member ON member.id = identity.member_id
        WHERE identity.issuer = asked_issuer AND identity.subject = asked_subject
          AND member.status = 'ACTIVE' AND NOT member.is_robot
        UNION ALL
        SELECT member.organization_id, member.id, member.role, false
        FROM members AS member JOIN organizations AS organization ON organization.id = member.organization_id
        WHERE lower(member.email) = lower(verified_email) AND member.status = 'ACTIVE' AND NOT member.is_robot
          AND organization.purge_decided_at IS NULL
          AND NOT EXISTS (
              SELECT FROM member_identities AS other
              WHERE other.organization_id = member.organization_id AND other.issuer = asked_issuer
                AND (other.member_id = member.id OR other.subject = asked_subject)
          )
    $$
    """,
    """
    COMMENT ON FUNCTION find_memberships IS
        'Which active members someone is whom a provider vouches for, before it is known in which organizations they may'
        ' look: those linked to the subject, and those of the verified address that can be linked. A link outweighs the'
        ' address: of the member, who may have got it after someone else, and of the organization, where one is enough'
    """,
    """
    CREATE FUNCTION use_browser_session(
        asked_hash text, renewed_hash text, renews boolean, most_idle interval, renew_after interval, overlap interval
    ) RETURNS TABLE (issuer text, subject text, expires_at timestamptz, is_renewed boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        session browser_sessions;
        moment timestamptz := clock_timestamp();
        is_new boolean := false;
    BEGIN
        SELECT * INTO session FROM browser_sessions AS one
        WHERE one.token_hash = asked_hash OR one.previous_hash = asked_hash;
        IF NOT FOUND OR moment >= least(session.expires_at, session.seen_at + most_idle) THEN
            RETURN;
        END IF;
        IF session.token_hash <> asked_hash THEN
            IF moment >= session.previous_until THEN
                DELETE FROM browser_sessions AS one WHERE one.id = session.id;
                RETURN;
            ELSIF renews AND session.previous_until IS NULL AND moment >= session.renewed_at + overlap THEN
                UPDATE browser_sessions AS one
                SET token_hash = renewed_hash, renewed_at = moment, seen_at = moment
                WHERE one.id = session.id AND one.token_hash = session.token_hash AND one.previous_until IS NULL;
                is_new := FOUND;
            END IF;
        ELSIF session.previous_hash IS NOT NULL AND session.previous_until IS NULL THEN
            UPDATE browser_sessions AS one SET previous_until = moment + overlap, seen_at = moment
            WHERE one.id = session.id AND one.token_hash = asked_hash AND one.previous_until IS NULL;
        ELSIF renews AND moment >= session.renewed_at + renew_after THEN
            UPDATE browser_sessions AS one
            SET previous_hash = asked_hash, previous_until = NULL, token_hash = renewed_hash, renewed_at = moment,
                seen_at = moment
            WHERE one.id = session.id AND one.token_hash = asked_hash;
            is_new := FOUND;
        ELSIF moment >= session.seen_at + interval '5 minutes' THEN
            UPDATE browser_sessions AS one SET seen_at = moment WHERE one.id = session.id;
        END IF;
        RETURN QUERY SELECT session.issuer::text, session.subject::text, session.expires_at, is_new;
    END $$
    """,
    """
    COMMENT ON FUNCTION use_browser_session IS
        'Whose session a token is of; a token that is old enough is replaced, by one request of several at once. The one'
        ' before is good until the new one was used, and a little longer; while it never was, its answer may be lost, and'
        ' another one is made. Who comes with it later has it from somewhere, or someone has theirs: it is over for both'
    """,
    """
    CREATE FUNCTION end_browser_sessions_of_nobody() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        DELETE FROM browser_sessions AS session USING gone
        WHERE session.issuer = gone.issuer AND session.subject = gone.subject AND NOT EXISTS (
            SELECT FROM member_identities AS other
            WHERE other.issuer = session.issuer AND other.subject = session.subject
        );
        RETURN NULL;
    END $$
    """,
    """
    COMMENT ON FUNCTION end_browser_sessions_of_nobody IS
        'Who is erased, or purged, from the last organization that knew them leaves no session behind (R1.8, R1.10)'
    """,
    """
    CREATE TRIGGER member_identities_gone AFTER DELETE ON member_identities
        REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION end_browser_sessions_of_nobody()
    """,
    "SELECT protect_tenant_table('member_identities')",
    "REVOKE UPDATE ON member_identities FROM seatmark_app",
    # Whoever erases someone deletes their links, and reads no subject for it.
    "GRANT DELETE, SELECT (member_id, organization_id) ON member_identities TO seatmark_api",
    "REVOKE EXECUTE ON FUNCTION find_memberships, use_browser_session, end_browser_sessions_of_nobody FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION find_memberships, use_browser_session TO seatmark_api, seatmark_app",
]


class Migration(migrations.Migration):
    dependencies = [("seatmark", "0018_idempotency")]

    initial = False

    operations = [
        ops.CreateModel(
            name="BrowserSession",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("issuer", fields.CharField(max_length=500)),
                ("subject", fields.CharField(max_length=255)),
                ("token_hash", fields.CharField(unique=True, max_length=64)),
                ("previous_hash", fields.CharField(null=True, unique=True, max_length=64)),
                ("previous_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("renewed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("seen_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "browser_sessions",
                "app": "seatmark",
                "indexes": [Index(fields=["issuer", "subject"])],
                "pk_attr": "id",
                "table_description": "Someone signed in with a browser, a member of no organization in particular; only hashes of its token are kept:",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MemberIdentity",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "seatmark.Organization",
                        source_field="organization_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "seatmark.Member",
                        source_field="member_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("issuer", fields.CharField(max_length=500)),
                ("subject", fields.CharField(max_length=255)),
                ("linked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "member_identities",
                "app": "seatmark",
                "unique_together": (("member", "issuer"), ("issuer", "subject", "organization")),
                "pk_attr": "id",
                "table_description": "That a member signs in as this subject of an OpenID provider; from then on it decides, and not the e-mail.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SignIn",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("secret_hash", fields.CharField(unique=True, max_length=64)),
                ("return_to", fields.CharField(max_length=2000)),
                ("expires_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sign_ins",
                "app": "seatmark",
                "pk_attr": "id",
                "table_description": "A sign-in that was begun: who comes back from the provider ends it, once. Only a hash of the browser's secret is",
            },
            bases=["Model"],
        ),
        ops.RunSQL(LOOKUPS),
    ]

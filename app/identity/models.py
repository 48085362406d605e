"""Rows of operator keys, sessions, idempotency keys, sign-ins, API keys and partners' keys."""

from typing import Any
from uuid import uuid4

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model


class OperatorKey(Model):
    """An operator's key; only the hash of its secret is kept."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    secret_hash = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "operator_keys"


class Session(Model):
    """A short-lived token that acts as a member; only its hash is kept. It lives by real time (R9.2)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    member: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    token_hash = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()
    created_by = fields.CharField(max_length=200)
    expires_at = fields.DatetimeField()

    class Meta:
        table = "sessions"


class IdempotencyKey(Model):
    """A request that is made once, by real time for 7 days: whose, SHA-256 of its key and of what it asks.

    Without `answered_at` only its start is made. Answered without `answer`: that is not kept, or not any more. Its
    column `organization_ids` (uuid[]: what the answer can be about) is SQL's alone.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    actor = fields.CharField(max_length=200)
    key_hash = fields.BinaryField()
    request_hash = fields.BinaryField()
    answer = fields.BinaryField(null=True)
    created_at = fields.DatetimeField(db_index=True)
    answered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "idempotency_keys"


class AnswersForgotten(Model):
    """That no answer which can be about an organization is given again, if it was given until then: somebody in it was
    erased, or it was purged. `about` is the organization's id; it goes when there can be no such answer any more."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    about = fields.UUIDField()
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "answers_forgotten"
        indexes = (("about", "at"),)


class MemberIdentity(Model):
    """That a member signs in as this subject of an OpenID provider; from then on it decides, and not the e-mail."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    member: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    issuer = fields.CharField(max_length=500)
    subject = fields.CharField(max_length=255)
    linked_at = fields.DatetimeField()

    class Meta:
        table = "member_identities"
        unique_together = (("member", "issuer"), ("issuer", "subject", "organization"))


class BrowserSession(Model):
    """Someone signed in with a browser, a member of no organization in particular; only hashes of its token are kept:
    of the one in use, and of the one before until the browser has shown that it has the new one. Real time (R9.2)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    issuer = fields.CharField(max_length=500)
    subject = fields.CharField(max_length=255)
    token_hash = fields.CharField(max_length=64, unique=True)
    previous_hash = fields.CharField(max_length=64, null=True, unique=True)
    previous_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    renewed_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "browser_sessions"
        indexes = (("issuer", "subject"),)


class SignIn(Model):
    """A sign-in that was begun: who comes back from the provider ends it, once. Only a hash of the browser's secret is
    kept, from which everything else about it follows."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    secret_hash = fields.CharField(max_length=64, unique=True)
    return_to = fields.CharField(max_length=2000)
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "sign_ins"


class SignInLink(Model):
    """That someone wants to sign in by a link sent to the address. Whether anybody has it is found out when the mail is
    sent; only the mail knows hashes of what is in the link. It goes when it is used, or over. Real time (R9.2)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    email = fields.CharField(max_length=254)
    language = fields.CharField(max_length=2)
    return_to = fields.CharField(max_length=2000)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "sign_in_links"


class ApiKey(Model):
    """A key of an organization that acts as a member, with at most these `permissions` (a text[], made by SQL) of what
    their role gives (R2.4). All of its instants are of real time (R9.2)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    member: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Member", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    name = fields.CharField(max_length=100)
    created_at = fields.DatetimeField()
    created_by = fields.CharField(max_length=200)
    expires_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    revoked_by = fields.CharField(max_length=200, null=True)

    class Meta:
        table = "api_keys"


class ApiKeySecret(Model):
    """A secret of an API key, as its hash. Rotation adds one, and the one before ends."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    api_key: fields.ForeignKeyRelation[ApiKey] = fields.ForeignKeyField(
        "seatmark.ApiKey", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    secret_hash = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_key_secrets"


class PartnerKey(Model):
    """A key that operators give to a partner, with the same `permissions` (a text[], made by SQL) in each of the
    organizations that it manages."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    name = fields.CharField(max_length=100)
    created_at = fields.DatetimeField()
    created_by = fields.CharField(max_length=200)
    expires_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    revoked_by = fields.CharField(max_length=200, null=True)

    class Meta:
        table = "partner_keys"


class PartnerKeySecret(Model):
    """A secret of a partner's key, as its hash."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    partner_key: fields.ForeignKeyRelation[PartnerKey] = fields.ForeignKeyField(
        "seatmark.PartnerKey", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    secret_hash = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)

    class Meta:
        table = "partner_key_secrets"


class PartnerKeyOrganization(Model):
    """That a partner's key manages an organization. It outlives a purge, so that the purge can be told (R8.3)."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "seatmark.Organization", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )
    partner_key: fields.ForeignKeyRelation[PartnerKey] = fields.ForeignKeyField(
        "seatmark.PartnerKey", related_name=False, on_delete=OnDelete.RESTRICT, db_index=True
    )

    class Meta:
        table = "partner_key_organizations"
        unique_together = (("partner_key", "organization"),)

"""What may be asked before a tenant is entered. Each question is one function in the database, owned by crm_owner."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import connection


@dataclass(frozen=True)
class Place:
    """A company a person belongs to."""

    tenant_id: UUID
    slug: str
    name: str


def places_of(user_id: UUID) -> list[Place]:
    """The companies of a user, by name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, slug, name FROM tenancy_places_of(%s)", [user_id])
        return [Place(*row) for row in cursor.fetchall()]


def tenant_of_token(secret: str) -> tuple[UUID, UUID] | None:
    """(tenant id, token id) of a live API token."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, id FROM tenancy_tenant_of_token(%s)", [token_digest(secret)])
        return cursor.fetchone()


def token_digest(secret: str) -> bytes:
    """A token has 256 random bits, so a plain hash of it can be neither guessed nor turned back."""
    return sha256(secret.encode()).digest()


def tenant_of_slug(slug: str) -> UUID | None:
    """For commands and tasks; a page asks `places_of` instead, which tells no stranger that a company exists."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenancy_tenant_of_slug(%s)", [slug])
        return cursor.fetchone()[0]


def due_jobs(limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant id, job id) of open jobs whose lease has run out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, id FROM tenancy_due_jobs(%s)", [limit])
        return cursor.fetchall()


def tenants_with_answers_before(moment: datetime) -> list[UUID]:
    """The companies that keep answers to API writes from before that moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tenancy_tenants_with_answers_before(%s)", [moment])
        return [tenant_id for (tenant_id,) in cursor.fetchall()]


def tenants() -> list[UUID]:
    """All companies, for work that is done for each."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tenancy_tenants()")
        return [tenant_id for (tenant_id,) in cursor.fetchall()]


def tenants_with_unplaced_changes() -> list[UUID]:
    """The companies in whose change feed something waits for its position."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM webhooks_unplaced()")
        return [tenant_id for (tenant_id,) in cursor.fetchall()]


def due_endpoints(limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant id, endpoint id) of webhooks to which something is to be sent now, the longest neglected first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, id FROM webhooks_due(%s)", [limit])
        return cursor.fetchall()


def tenants_with_unsealed_audit() -> list[UUID]:
    """The companies whose audit has rows that are not in the chain yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tenancy_tenants_with_unsealed_audit()")
        return [tenant_id for (tenant_id,) in cursor.fetchall()]


def tenants_with_touched_customers() -> list[UUID]:
    """The companies in which a customer has changed whom the segments have not looked at again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM segmentation_touched()")
        return [tenant_id for (tenant_id,) in cursor.fetchall()]

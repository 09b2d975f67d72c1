"""How a customer stands with the programme at this moment, in one statement."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from loyalty.models import ProgrammeVersion
from sales.placing import TILL
from tenancy.database.bulk import fetch

RULES = [field.attname for field in ProgrammeVersion._meta.concrete_fields if field.name != "tenant"]

CURRENT = f"""
    SELECT s.id, (SELECT id FROM loyalty_receipt WHERE key = %(key)s),
           coalesce(a.balance, 0) - (SELECT coalesce(sum(remaining), 0)::bigint FROM loyalty_lot
                WHERE account_id = %(customer)s AND remaining > 0 AND expires_at <= %(at)s),
           coalesce(a.debt, 0),
           EXISTS (SELECT 1 FROM loyalty_lot
                   WHERE account_id = %(customer)s AND remaining > 0 AND expires_at <= %(at)s),
           (SELECT id FROM customers_sourcerecord WHERE customer_id = %(customer)s
            ORDER BY source_id = s.id DESC, id LIMIT 1),
           {", ".join(f"v.{name}" for name in RULES)}
    FROM (SELECT 1) AS one
    LEFT JOIN customers_source s ON s.key = '{TILL}'
    LEFT JOIN loyalty_account a ON a.customer_id = %(customer)s
    LEFT JOIN LATERAL (
        SELECT v.* FROM loyalty_programme p JOIN loyalty_programmeversion v ON v.programme_id = p.id
        WHERE p.is_active AND v.valid_from <= %(at)s ORDER BY v.number DESC LIMIT 1
    ) v ON true
"""


@dataclass(slots=True)
class Standing:
    """`customer_id` is None for somebody unknown, `version` where no programme runs; `receipt_id` is the receipt
    of the key that was asked for; `record_id` the source record that new rows hang on."""

    customer_id: UUID | None
    source_id: UUID | None
    receipt_id: UUID | None
    balance: int
    debt: int
    has_expired: bool
    record_id: UUID | None
    version: ProgrammeVersion | None


def hold(*customer_ids: UUID) -> int:
    """Hold the customers until the transaction ends, in one order for all; returns how many are there, neither erased
    nor merged into another.

    Whoever moves points or figures comes here first.
    """
    held = "SELECT erased_at, merged_into_id FROM customers_customer WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
    return sum(row == (None, None) for row in fetch(held, [list(customer_ids)]))


def read(customer_id: UUID | None, *, key: UUID | None = None, at: datetime | None = None) -> Standing:
    """The standing, without points whose time has come, whether or not they were taken out yet."""
    row = fetch(CURRENT, {"customer": customer_id, "key": key, "at": at or timezone.now()})[0]
    source_id, receipt_id, balance, debt, has_expired, record_id, *values = row
    version = ProgrammeVersion(**dict(zip(RULES, values, strict=True))) if values[0] else None
    return Standing(customer_id, source_id, receipt_id, balance, debt, has_expired, record_id, version)

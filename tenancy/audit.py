"""Who changed what, and who read what. Personal values are named and hashed, never kept."""

from django.db.models import Model

from tenancy import encryption
from tenancy.models import AuditEvent, Membership


def record(action: str, subject: Model | None = None, *, by: Membership | None, changes: dict | None = None) -> None:
    """One append-only row in the current transaction. `action` is `noun.past`, as `customer.revealed`."""
    AuditEvent.objects.create(
        actor_id=by and by.user_id,
        actor=str(by.id) if by else "system",
        action=action,
        subject_type=subject._meta.label_lower if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
        changes=changes or {},
    )


def fingerprint(value: str) -> str:
    """A personal value as it may stand in an audit row: equal values are equal, nothing else is told."""
    return encryption.blind_index(value, purpose="audit").hex()

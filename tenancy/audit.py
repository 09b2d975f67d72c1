"""Who changed what, and who read what. Personal values are named and hashed, never kept."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Model

from tenancy import encryption
from tenancy.models import AuditEvent, Membership

WORDS: dict[str, str] = {}
SUBJECTS: dict[str, "Subject"] = {}


@dataclass(frozen=True)
class Subject:
    """How rows of a model are spoken of: `find(ids, by=member)` gives the names of those that the member may see,
    `page` is the URL name of a row's page and `argument` what it calls the id."""

    label: str
    find: Callable[..., Mapping[UUID, str]] | None = None
    page: str = ""
    argument: str = ""


def record(action: str, subject: Model | None = None, *, by: Membership | None, changes: dict | None = None) -> None:
    """One append-only row in the current transaction. `action` is `noun.past`, as `customer.revealed`.

    What somebody does while they see the pages as a colleague is theirs, not the colleague's.
    """
    _event(action, subject, by, changes or {}).save(force_insert=True)


def record_many(action: str, told: Iterable[tuple[Model, dict]], *, by: Membership | None) -> None:
    """`record` for many subjects, each with its changes, in a few statements."""
    AuditEvent.objects.bulk_create([_event(action, subject, by, changes) for subject, changes in told], batch_size=1000)


def _event(action: str, subject: Model | None, by: Membership | None, changes: dict) -> AuditEvent:
    if by is not None and by.viewer is not None:
        by, changes = by.viewer, {**changes, "seeing_as": str(by.id)}
    return AuditEvent(
        actor_id=by and by.user_id,
        actor=str(by.id) if by else "system",
        action=action,
        subject_type=subject._meta.label_lower if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
        changes=changes,
    )


def changed(row: Model, told: Mapping[str, object]) -> dict[str, list[str]]:
    """Of the new values those that differ from the row's, as [before, after]; sets them on the row."""
    differences = {}
    for name, value in told.items():
        before = getattr(row, name)
        if before != value:
            differences[name] = [_named(before), _named(value)]
            setattr(row, name, value)
    return differences


def _named(value: object) -> str:
    return "" if value is None else str(value)


def fingerprint(value: str) -> str:
    """A personal value as it may stand in an audit row: equal values are equal, nothing else is told."""
    return encryption.blind_index(value, purpose="audit").hex()


def describe(words: Mapping[str, str]) -> None:
    """How actions are called on the audit's page. Apps tell theirs in ready()."""
    WORDS.update(words)


def describe_subject(model: type[Model], subject: Subject) -> None:
    SUBJECTS[model._meta.label_lower] = subject


def label_of(model: type[Model]) -> str:
    subject = SUBJECTS.get(model._meta.label_lower)
    return subject.label if subject else model._meta.verbose_name


def names(model: type[Model]) -> Callable[..., Mapping[UUID, str]]:
    """A `find` for rows that everybody who may read the audit may know of."""

    def find(ids: Iterable[UUID], *, by: Membership) -> dict[UUID, str]:
        return {id: str(row) for id, row in model.objects.in_bulk(list(ids)).items()}

    return find

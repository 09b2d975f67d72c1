"""The company's own fields: made, changed, put in order, archived. A new one is a row, so that nothing waits for it."""

import re
from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from crm.lib import text
from customers import projection
from customers.models import CustomField
from customers.values import Kind
from tenancy import audit
from tenancy.database.bulk import fetch
from tenancy.models import Membership

MOST = 100  # in use
MOST_ARCHIVED = 400
MOST_CHOICES = 100
LONGEST_CHOICE = 60
LONGEST_KEY = 40
LONGEST_LABEL = 60
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
ENDS = ("_has", "_from", "_to")  # what filters append to a key
RESERVED = frozenset(
    {
        *projection.FIELDS,
        "id", "external_id", "source", "records", "owner", "store", "tag", "tags", "custom", "stage", "r", "f", "m",
        "frequency", "monetary", "recency_days", "first_at", "last_at", "created_at", "updated_at", "erased_at",
        "updated_since", "revealed", "q", "sort", "cursor", "limit", "after", "before", "view", "columns", "none",
        "note", "quality", "tenant", "customer", "field", "birth_year", "birth_month", "birth_day",
    }
)  # fmt: skip


def define(*, label: str, kind: str, by: Membership, key: str = "", choices: Iterable[str] = ()) -> CustomField:
    """A new field, last in order; its key is made from the label where none is given.

    Raises ValidationError with the names of what is wrong.
    """
    _require_room()
    label, choices = _label(label), _choices(kind, choices)
    key = _checked(key) if key else _made_from(label)
    last = CustomField.objects.aggregate(last=Max("position"))["last"]
    field = CustomField(key=key, label=label, kind=kind, choices=choices, position=0 if last is None else last + 1)
    try:
        with transaction.atomic():
            field.save(force_insert=True)
    except IntegrityError as problem:
        raise ValidationError({"key": _("Another field has this key.")}) from problem
    audit.record("field.created", field, by=by, changes={"key": key, "label": label, "kind": str(kind)})
    return field


def change(
    field: CustomField, *, by: Membership, label: str | None = None, choices: Iterable[str] | None = None
) -> None:
    """Another label, other choices. Customers keep a choice that is no longer offered. Raises ValidationError."""
    told = {}
    if label is not None:
        told["label"] = _label(label, of=field)
    if choices is not None:
        told["choices"] = _choices(field.kind, choices)
    if changes := audit.changed(field, told):
        field.save(update_fields=[*changes])
        audit.record("field.changed", field, by=by, changes=changes)


def archive(field: CustomField, *, by: Membership) -> None:
    """It stands in no form, list or file any more; the values stay."""
    if field.is_active:
        field.is_active = False
        field.save(update_fields=["is_active"])
        audit.record("field.archived", field, by=by)


def restore(field: CustomField, *, by: Membership) -> None:
    """It is in use again, with its values. Raises ValidationError where there are too many, or one of its label."""
    if not field.is_active:
        _require_room(among_active=True)
        _label(field.label, of=field)
        field.is_active = True
        field.save(update_fields=["is_active"])
        audit.record("field.restored", field, by=by)


@transaction.atomic
def move(field: CustomField, *, up: bool, by: Membership) -> None:
    """One place further up or down among those in use."""
    fields = list(CustomField.objects.select_for_update().filter(is_active=True).order_by("position", "key"))
    place = next((place for place, one in enumerate(fields) if one.id == field.id), None)
    other = None if place is None else place - 1 if up else place + 1
    if other is None or not 0 <= other < len(fields):
        return
    fields[place], fields[other] = fields[other], fields[place]
    moved = []
    for position, one in enumerate(fields):
        if one.position != position:
            one.position = position
            moved.append(one)
    CustomField.objects.bulk_update(moved, ["position"])
    audit.record("field.moved", field, by=by, changes={"place": other + 1})


def usage(fields: Iterable[CustomField], *, most: int = 10_000) -> dict[UUID, int]:
    """Field → how many customers have a value of it; `most` + 1 stands for any number beyond."""
    rows = fetch(
        """SELECT f.id, (SELECT count(*) FROM (SELECT FROM customers_customvalue v
                         WHERE v.field_id = f.id AND v.key IS NOT NULL LIMIT %(most)s) AS texts)
                      + (SELECT count(*) FROM (SELECT FROM customers_customvalue v
                         WHERE v.field_id = f.id AND v.number IS NOT NULL LIMIT %(most)s) AS numbers)
                      + (SELECT count(*) FROM (SELECT FROM customers_customvalue v
                         WHERE v.field_id = f.id AND v.day IS NOT NULL LIMIT %(most)s) AS days)
           FROM unnest(%(fields)s::uuid[]) AS f (id)""",
        {"fields": [field.id for field in fields], "most": most + 1},
    )
    return dict(rows)


def _require_room(*, among_active: bool = False) -> None:
    states = list(CustomField.objects.values_list("is_active", flat=True))
    if states.count(True) >= MOST:
        raise ValidationError(_("A company has at most %d fields in use. Archive one first.") % MOST)
    if not among_active and len(states) >= MOST + MOST_ARCHIVED:
        raise ValidationError(_("There are too many archived fields. Restore one and rename it."))


def _label(raw: str, *, of: CustomField | None = None) -> str:
    label = text.clean(raw)
    if not label or len(label) > LONGEST_LABEL:
        raise ValidationError({"label": _("A label has 1 to %d characters.") % LONGEST_LABEL})
    others = CustomField.objects.filter(is_active=True).exclude(id=of and of.id)
    if any(text.name_key(other.label) == text.name_key(label) for other in others):
        raise ValidationError({"label": _("Another field is called so already.")})
    return label


def _choices(kind: str, raw: Iterable[str]) -> list[str]:
    by_key = {}
    for choice in filter(None, map(text.clean, raw)):
        if len(choice) > LONGEST_CHOICE:
            raise ValidationError({"choices": _("A choice has at most %d characters.") % LONGEST_CHOICE})
        if by_key.setdefault(text.name_key(choice), choice) != choice:
            raise ValidationError({"choices": _("Two choices are the same: %s") % choice})
    choices = list(by_key.values())
    if len(choices) > MOST_CHOICES:
        raise ValidationError({"choices": _("At most %d choices.") % MOST_CHOICES})
    if kind == Kind.CHOICE and not choices:
        raise ValidationError({"choices": _("At least one choice is needed.")})
    if kind != Kind.CHOICE and choices:
        raise ValidationError({"choices": _("Only a field of the kind “choice” has choices.")})
    return choices


def _checked(key: str) -> str:
    if not KEY.fullmatch(key):
        raise ValidationError(
            {"key": _("Lower-case letters, digits and underscores, a letter first, at most %d.") % LONGEST_KEY}
        )
    if key in RESERVED or key.endswith(ENDS):
        raise ValidationError({"key": _("This key has a meaning of its own; choose another one.")})
    if CustomField.objects.filter(key=key).exists():
        raise ValidationError({"key": _("Another field has this key.")})
    return key


def _made_from(label: str) -> str:
    """The label as it is typed on a Latin keyboard, made a key that is free: 鞋码 → xiema."""
    words = re.findall(r"[a-z0-9]+", text.pinyin(label).full.casefold() if not label.isascii() else label.casefold())
    plain = "_".join(words)[: LONGEST_KEY - 4].strip("_")
    start = plain if KEY.fullmatch(plain) else f"field_{plain}"[: LONGEST_KEY - 4].strip("_")
    taken = RESERVED | set(CustomField.objects.values_list("key", flat=True))
    tries = (start, *(f"{start}_{n}" for n in range(2, MOST + MOST_ARCHIVED + 3)))
    return next(key for key in tries if key not in taken and not key.endswith(ENDS))

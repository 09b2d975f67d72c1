"""Stores and teams: where staff work and whose customers those are."""

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from tenancy import audit
from tenancy.models import Membership, Store, Team

Place = Store | Team


class InUse(Exception):
    """Other rows refer to the place; the message says which kind."""


class Taken(Exception):
    """Another store has the code, or another team the name."""


def add(place: Place, *, by: Membership) -> Place:
    """A new store or team. Raises Taken."""
    _save(place, force_insert=True)
    audit.record(f"{place._meta.model_name}.created", place, by=by, changes=_values(place))
    return place


def change(place: Place, *, by: Membership, **told) -> None:
    """New values of a store or team. Raises Taken."""
    if changes := audit.changed(place, told):
        _save(place, update_fields=[*changes])
        audit.record(f"{place._meta.model_name}.changed", place, by=by, changes=changes)


def remove(place: Place, *, by: Membership) -> None:
    """Take it away. Raises InUse where a member, a customer, an order or anything else refers to it."""
    place = type(place).objects.select_for_update().get(id=place.id)
    if users := users_of(place):
        raise InUse(_("It stays, because these refer to it: %s.") % _(", ").join(users))
    audit.record(f"{place._meta.model_name}.deleted", place, by=by, changes=_values(place))
    place.delete()


def users_of(row: Model) -> list[str]:
    """The kinds of rows that refer to this one, whatever app they are of, in the reader's language."""
    references = [field for field in row._meta.get_fields(include_hidden=True) if field.one_to_many or field.one_to_one]
    found = {
        str(audit.label_of(field.related_model))
        for field in references
        if field.related_model.objects.filter(**{field.field.name: row.pk}).exists()
    }
    return sorted(found)


def _save(place: Place, **options) -> None:
    try:
        with transaction.atomic():
            place.save(**options)
    except IntegrityError as problem:
        raise Taken(_("Another one is called so already.")) from problem


def _values(place: Place) -> dict[str, str]:
    return {name: getattr(place, name) for name in ("code", "name", "city") if hasattr(place, name)}

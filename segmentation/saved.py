"""Saved views of the customer list, and what else stands around it: asked for together, in one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from segmentation import narrowing
from segmentation.models import OwnList, SavedView
from tenancy import audit
from tenancy.database.bulk import fetch
from tenancy.models import Membership

MOST = 100  # views of one member


class NameTaken(ValueError):
    """The member has a view of that name."""

    def __str__(self):
        return _("You have a view of this name already.")


class TooMany(ValueError):
    """The member has as many views as one may have."""

    def __str__(self):
        return _("You have %d views already; delete one first.") % MOST


@dataclass(frozen=True)
class Tab:
    """A view as the list names it."""

    id: UUID
    name: str
    is_mine: bool
    is_shared: bool
    columns: list[str]


@dataclass(frozen=True)
class Around:
    """What stands around the list of one member."""

    stores: list[tuple[str, str]]
    views: list[Tab]
    columns: list[str]
    default_view: UUID | None

    def view(self, id: str) -> Tab | None:
        return next((view for view in self.views if str(view.id) == id), None)


def around(member: Membership) -> Around:
    """The stores, the views the member sees, and how the member likes the list: in one query."""
    ((stores, views, own),) = fetch(
        """SELECT
            (SELECT coalesce(json_agg(json_build_array(id, name) ORDER BY code), '[]') FROM tenancy_store),
            (SELECT coalesce(json_agg(json_build_array(id, name, member_id = %(member)s, is_shared, columns)
                                      ORDER BY name, id), '[]')
             FROM (SELECT * FROM segmentation_savedview WHERE member_id = %(member)s OR is_shared
                   ORDER BY name, id LIMIT 200) AS seen),
            (SELECT json_build_array(columns, default_view_id) FROM segmentation_ownlist
             WHERE member_id = %(member)s)""",
        {"member": member.id},
    )
    columns, default = own or ([], None)
    return Around(
        stores=[(id, name) for id, name in stores],
        views=[Tab(UUID(id), *rest) for id, *rest in views],
        columns=columns,
        default_view=UUID(default) if default else None,
    )


def save(
    name: str, *, parameters: QueryDict, columns: Sequence[str] = (), is_shared: bool = False, by: Membership
) -> SavedView:
    """The present list under a name. Raises NameTaken, TooMany."""
    if SavedView.objects.editable_by(by).count() >= MOST:
        raise TooMany
    view = SavedView(member=by, name=name, columns=list(columns), is_shared=is_shared)
    view.query = narrowing.written(parameters)
    _write(view)
    audit.record("view.saved", view, by=by, changes={"shared": is_shared})
    return view


def change(view: SavedView, *, by: Membership, parameters: QueryDict | None = None, **told) -> None:
    """Another name, other columns, shared or not any more, or what the list shows now. Raises NameTaken."""
    differences = audit.changed(view, {name: value for name, value in told.items() if name != "columns"})
    if "columns" in told:
        view.columns = list(told["columns"])
    if parameters is not None:
        view.query = narrowing.written(parameters)
    _write(view)
    audit.record("view.changed", view, by=by, changes=differences)


def delete(view: SavedView, *, by: Membership) -> None:
    audit.record("view.deleted", view, by=by)
    OwnList.objects.filter(default_view=view).update(default_view=None)
    view.delete()


def begin_with(view: SavedView | None, *, by: Membership) -> None:
    """The member's list opens with this view; None: with all customers."""
    OwnList.objects.update_or_create(member=by, defaults={"default_view": view})


def show_columns(columns: Sequence[str], *, by: Membership) -> None:
    """The member's list has these columns; none: the usual ones."""
    OwnList.objects.update_or_create(member=by, defaults={"columns": list(columns)})


def _write(view: SavedView) -> None:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as problem:
        raise NameTaken from problem

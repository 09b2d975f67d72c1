"""The columns that the customer list can show, and those that a member wants to see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import CustomField
from sales import catalogue
from tenancy.models import Membership

OWN = "x_"  # before the key of a company's own field
MOST = 30


@dataclass(frozen=True)
class Column:
    """`sort` is what the list is ordered by at a press of the heading; `room` names how wide it must be for this column
    to show; `field` is the company's own field that it shows. Where it `is_secret` it is for those who see figures."""

    key: str
    label: str | Promise
    num: bool = False
    sort: str = ""
    room: str = ""
    fit: bool = False
    field: CustomField | None = None
    is_secret: bool = False

    @property
    def classes(self) -> str:
        return " ".join(filter(None, ("num" if self.num else "", "fit" if self.fit else "", self.room)))


NAME = Column("name", _("Customer"))
COLUMNS = {
    column.key: column
    for column in (
        NAME,
        Column("phone", _("Phone"), room="if-wide"),
        Column("stage", _("Stage"), fit=True),
        Column("scores", "R F M", room="if-room", fit=True),
        Column("orders", _("Orders"), num=True, sort="-frequency", room="if-room"),
        Column("spent", _("Spent"), num=True, sort="-monetary"),
        Column("margin", _("Margin"), num=True, room="if-room", is_secret=True),
        Column("last_order", _("Last order"), sort="-last_at", room="if-room"),
        Column("store", _("Store"), room="if-wide"),
        Column("owner", _("Owner"), room="if-room"),
        Column("tags", _("Tags"), room="if-room"),
        Column("city", _("City"), room="if-room"),
        Column("kind", _("Type"), room="if-room"),
        Column("created", _("Added"), room="if-room"),
    )
}
USUAL = ("name", "phone", "stage", "scores", "orders", "spent", "last_order", "store")


def offered(by: Membership) -> list[Column]:
    """Those of the program that the member may have."""
    sees_figures = catalogue.may_see_costs(by)
    return [column for column in COLUMNS.values() if sees_figures or not column.is_secret]


def chosen(keys: Sequence[str], own: Iterable[Column] = (), *, by: Membership) -> list[Column]:
    """The columns of these keys in their order, the name first; the usual ones where none is left. Unknown keys,
    fields that are gone and what the member may not have are passed over."""
    known = {column.key: column for column in (*offered(by), *own)}
    found = [known[key] for key in dict.fromkeys(keys) if key in known and key != NAME.key][:MOST]
    return [NAME, *(found or [COLUMNS[key] for key in USUAL[1:]])]

"""What a file of customers holds: one row each, under headings that an import of customers reads back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.utils import timezone

from crm.lib.tables import words
from crm.lib.tables.writing import Cell
from customers import custom, identities, projection, tagging
from customers.custom import Value
from customers.models import Customer, CustomField
from customers.words import Maker
from segmentation import people
from segmentation.columns import OWN
from segmentation.people import Figures
from tenancy.models import Tenant

CENT = Decimal("0.01")
CONTACT = (
    "phone", "phone_2", "phone_3", "email", "email_2", "email_3", "openid", "unionid", "card", "id_number", "address",
)  # fmt: skip
SHOWN = ("name", "gender", "birthday", "phone", "email", "address", "city", "industry", "kind")  # as pages show them
TOLD = tuple(name for name in projection.FIELDS if name not in SHOWN)  # that only the sources say
FIRST = (
    "external_id", "name", *(name for name in projection.FIELDS if name not in ("name", "kind")), "kind", "store",
    "owner", "tags", "created_at",
)  # fmt: skip
FIGURES = ("stage", "frequency", "monetary", "recency_days", "r", "f", "m")
# Column of the list → headings of the file.
OF_COLUMN = {
    "name": ("name",), "phone": ("phone",), "stage": ("stage",), "scores": ("r", "f", "m"), "orders": ("frequency",),
    "spent": ("monetary",), "margin": (), "last_order": ("recency_days",), "store": ("store",), "owner": ("owner",),
    "tags": ("tags",), "city": ("city",), "kind": ("kind",), "created": ("created_at",),
}  # fmt: skip


def headings(columns: Collection[str], *, own: Sequence[str], has_contact: bool) -> list[str]:
    """The headings of a file in their order: all, or of these `columns` and the customer's id. `own` are the keys of
    the company's fields. Contact data has its columns only where `has_contact`."""
    known = [*FIRST, *own, *FIGURES]
    wanted = {"external_id", *columns} if columns else set(known)
    return [name for name in known if name in wanted and (has_contact or name not in CONTACT)]


def of_columns(columns: Iterable[str]) -> list[str]:
    """The headings that columns of the list stand for."""
    return [name for key in columns for name in OF_COLUMN.get(key, (key.removeprefix(OWN),))]


def rows(ids: Sequence[UUID], names: Sequence[str], *, tenant: Tenant) -> list[list[Cell]]:
    """The rows of these customers, in a fixed number of queries."""
    customers = list(Customer.objects.filter(id__in=ids).select_related("store", "owner__user").order_by("id"))
    told = identities.surviving(ids, Maker(tenant.region)) if set(names) & set(TOLD) else {}
    figures = people.figures(customers, tenant=tenant) if set(names) & set(FIGURES) else {}
    tags = tagging.tags_of(ids) if "tags" in names else {}
    own = [field for field in custom.fields() if field.key in set(names) - {*FIRST, *FIGURES}]
    values = custom.values_of(ids, among=own) if own else {}
    made = []
    for customer in customers:
        row = _plain(customer) | {name: told.get(customer.id, {}).get(name) for name in TOLD}
        row |= _figures(figures.get(customer.id)) | {"tags": words.joined(map(str, tags.get(customer.id, ())))}
        row |= _own(own, values.get(customer.id, {}))
        made.append([row.get(name) for name in names])
    return made


def own_keys() -> list[str]:
    """The keys of the company's fields, in its order."""
    return [field.key for field in custom.fields()]


def _own(fields: Iterable[CustomField], values: Mapping[str, Value]) -> dict[str, Cell]:
    """In the standard form that an import reads."""
    return {field.key: custom.text_of(field, values[field.key]) for field in fields if field.key in values}


def _plain(customer: Customer) -> dict[str, Cell]:
    return {
        "external_id": str(customer.id),
        "name": customer.name,
        "gender": customer.gender,
        "birthday": birthday(customer),
        "phone": customer.phone,
        "email": customer.email,
        "address": customer.address,
        "city": customer.city,
        "industry": customer.industry,
        "kind": customer.kind,
        "store": customer.store.code if customer.store else "",
        "owner": customer.owner.user.email if customer.owner else "",
        "created_at": timezone.localtime(customer.created_at).isoformat(timespec="seconds"),
    }


def birthday(customer: Customer) -> str:
    """In the one written form, which says whether the day is lunar."""
    return str(projection.birthday_of(customer) or "")


def _figures(figures: Figures | None) -> dict[str, Cell]:
    if figures is None:
        return {}
    return {
        "stage": str(figures.stage),
        "frequency": figures.frequency,
        "monetary": figures.monetary.quantize(CENT, ROUND_HALF_UP),
        "recency_days": figures.recency_days,
        "r": figures.r,
        "f": figures.f,
        "m": figures.m,
    }

"""The cells of the customer list: a tag for a whole row, for a template's `if` per cell costs more than the cell."""

from collections.abc import Callable
from dataclasses import dataclass

from django.template import Library
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from crm.templatetags import figures as shown
from crm.templatetags import marks, people
from customers import custom
from customers.models import Customer
from customers.search import How
from segmentation.columns import Column
from segmentation.people import Figures

register = Library()
NOTHING = mark_safe('<span class="quiet">—</span>')
MOST_TAGS = 4


@dataclass(slots=True)
class Row:
    customer: Customer
    figures: Figures
    url: str
    currency: str
    tags: list
    values: dict
    query: str = ""
    how: How | None = None


@register.simple_tag(takes_context=True)
def cells(context, customer: Customer, figures: Figures, url: str) -> SafeString:
    """The cells of a customer under the list's `columns`: `{% cells customer figures url %}`."""
    extras, listing = context["extras"], context["listing"]
    row = Row(
        customer, figures, url, context["tenant"].currency,
        extras["tags"].get(customer.id, []), extras["values"].get(customer.id, {}),
        listing.query, listing.how.get(customer.id),
    )  # fmt: skip
    return mark_safe("".join(_cell(column, row) for column in context["columns"]))


def _cell(column: Column, row: Row) -> str:
    content = _own(column, row) if column.field else CELLS[column.key](row)
    return f'<td class="{column.classes}">{conditional_escape(content)}</td>'


def _name(row: Row) -> SafeString:
    return people.person(row.customer.name, href=row.url, row=True, dialog="side", query=row.query, how=row.how)


def _phone(row: Row) -> SafeString:
    return format_html('<span class="quiet">{}</span>', people.masked(row.customer.phone))


def _stage(row: Row) -> SafeString:
    return people.badge(row.figures.stage.label, tone=marks.tone(row.figures.stage))


def _last_order(row: Row) -> SafeString:
    return shown.ago(row.figures.last_at) or NOTHING


def _tags(row: Row) -> SafeString:
    chips = format_html_join("", '<span class="tag">{}</span>', ((tag,) for tag in row.tags[:MOST_TAGS]))
    more = format_html(' <span class="quiet">+{}</span>', len(row.tags) - MOST_TAGS)
    return format_html('<span class="tags">{}{}</span>', chips, more if len(row.tags) > MOST_TAGS else "")


def _own(column: Column, row: Row) -> str:
    value = row.values.get(column.field.key)
    return "" if value is None else custom.shown(column.field, value)


CELLS: dict[str, Callable[[Row], str]] = {
    "name": _name,
    "phone": _phone,
    "stage": _stage,
    "scores": lambda row: people.rfm(row.figures),
    "orders": lambda row: shown.number(row.figures.frequency),
    "spent": lambda row: people.amount(row.figures.monetary, row.currency),
    "margin": lambda row: NOTHING if row.figures.margin is None else people.amount(row.figures.margin, row.currency),
    "last_order": _last_order,
    "store": lambda row: str(row.customer.store or ""),
    "owner": lambda row: str(row.customer.owner or ""),
    "tags": _tags,
    "city": lambda row: row.customer.city,
    "kind": lambda row: row.customer.get_kind_display(),
    "created": lambda row: shown.day(row.customer.created_at),
}

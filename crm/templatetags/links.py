"""Where a link leads: pages of the tenant, the same list with another filter, the page one is on."""

from django.http import QueryDict
from django.template import Library
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from feedback import asking
from tenancy.permissions import SETTINGS

register = Library()

CURSORS = ("after", "before")


@register.simple_tag(takes_context=True)
def link(context, name: str, **kwargs) -> str:
    """The address of a page of the tenant: `{% link 'customers:detail' id=customer.id %}`."""
    if "tenant" not in kwargs:
        kwargs["tenant"] = context.request.tenant.slug
    return reverse(name, kwargs=kwargs)


@register.simple_tag(takes_context=True)
def survey_link(context, order) -> str:
    """Where whoever holds this order's receipt says how it was: `{% survey_link order as address %}`, else empty."""
    return asking.order_address(order, tenant=context.request.tenant)


@register.simple_tag(takes_context=True)
def query(context, **changes) -> str:
    """The query string with some parameters changed, None taking one out: `{% query stage='lost' q=None %}`.

    A changed filter starts again at the first page, so the cursors go unless they are given.
    """
    parameters = context.request.GET.copy()
    for name in (*CURSORS, *changes):
        parameters.pop(name, None)
    for name, value in changes.items():
        if isinstance(value, (list, tuple)):
            parameters.setlist(name, value)
        elif value is not None:
            parameters[name] = value
    return f"?{parameters.urlencode()}"


@register.simple_tag(takes_context=True)
def without(context, gone) -> str:
    """The query string without these (name, value): `{% without chip.params as rest %}`. The list starts again at its
    first page; without any filter it says so, lest a view that opens first takes its place."""
    parameters = context.request.GET.copy()
    for name in CURSORS:
        parameters.pop(name, None)
    for name, value in gone:
        parameters.setlist(name, [other for other in parameters.getlist(name) if other != value])
    return f"?{parameters.urlencode() or 'view=all'}"


@register.simple_tag(takes_context=True)
def kept(context, *dropped: str) -> list[tuple[str, str]]:
    """The GET parameters that a filter form carries on in hidden fields: all but what it sets and cursors."""
    parameters: QueryDict = context.request.GET
    return [
        (name, value) for name, values in parameters.lists() if name not in (*CURSORS, *dropped) for value in values
    ]


@register.simple_tag(takes_context=True)
def here(context, *views: str) -> SafeString:
    """aria-current for a link to the page one is on: `{% here 'customers:' 'home' %}`."""
    match = getattr(getattr(context, "request", None), "resolver_match", None)
    name = match.view_name if match else ""
    current = any(name.startswith(view) if view.endswith(":") else name == view for view in views)
    return mark_safe(' aria-current="page"' if current else "")


@register.filter
def editable_by(customer, member) -> bool:
    """Whether the member may change this customer: a share may be for reading only."""
    return type(customer).objects.editable_by(member).filter(pk=customer.pk).exists()


@register.filter
def can(member, permission: str) -> bool:
    """Whether the member, if there is one, holds the permission: `{% if member|can:"CUSTOMERS_EDIT" %}`."""
    return bool(member) and member.can(permission)


@register.filter
def may_set(member) -> bool:
    """Whether the member finds anything to do under Settings."""
    return bool(member) and any(map(member.can, SETTINGS))

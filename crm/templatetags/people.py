"""What stands in every row of a list: people, badges, money. Tags, for an include costs ten times as much."""

import re
from functools import lru_cache
from zlib import crc32

from django.template import Library
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy

from crm.lib import text
from crm.templatetags import figures, marks
from customers import marking, profiles, search, tagging
from customers.models import Customer, Tag
from segmentation.people import Figures
from segmentation.people import figures as figures_by_id

register = Library()

HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
HUES = 8
FITTED = {
    search.How.EMAIL: gettext_lazy("by e-mail"),
    search.How.CARD: gettext_lazy("by card number"),
    search.How.REFERENCE: gettext_lazy("by the number in a source"),
}


@register.filter
def initials(name: str) -> str:
    """What an avatar shows: the last two characters of a Chinese name, the initials of another."""
    name = str(name or "").strip()
    if HAN.match(name):
        return name[-2:] if len(name) <= 4 else name[:2]
    words = [word for word in re.split(r"[\s._\-]+", name.partition("@")[0]) if word]
    return "".join(word[0] for word in words[:: max(len(words) - 1, 1)]).upper() or "?"


@register.filter
def hue(name: str) -> int:
    """One of eight avatar colours, always the same for a name."""
    return crc32(str(name).encode()) % HUES


@register.simple_tag
def avatar(name: str, key: str = "", shape: str = "") -> SafeString:
    """The initials on a colour by `key` or the name; `shape` is "large" or "square"."""
    return format_html(
        '<span class="avatar {} hue-{}" aria-hidden="true">{}</span>', shape, hue(key or name), initials(name)
    )


@register.filter
def marked(name: str, query: str) -> SafeString:
    """The name, with what the query fitted in <mark>: `{{ customer.name|marked:q }}`."""
    pieces, place = [], 0
    for begin, end in marking.spans(name, query):
        pieces += [escape(name[place:begin]), format_html("<mark>{}</mark>", name[begin:end])]
        place = end
    return mark_safe("".join([*pieces, escape(name[place:])]))


@register.simple_tag
def fitted(how: str, query: str) -> str:
    """What of a customer fitted the query, in words, where it is not the name: never more than the query tells."""
    if how in (search.How.PHONE, search.How.TAIL):
        digits = "".join(character for character in text.clean(query) if character.isdigit())
        return gettext("phone ending %(digits)s") % {"digits": digits[-4:]}
    return str(FITTED.get(how, ""))


@register.simple_tag
def person(
    name: str,
    href: str = "",
    detail: str = "",
    row: bool = False,
    shape: str = "",
    dialog: str = "",
    query: str = "",
    how: str | None = None,
) -> SafeString:
    """Avatar and name: `{% person customer.name href=url row=True %}`.

    `row`: the link covers its row; `dialog`: a press shows the page's essentials in the dialog of that id; `query` is
    what the customer was found by and `how` what of them fitted.
    """
    shown = name or gettext("No name")
    if query and name:
        shown = marked(name, query) if how == search.How.NAME else name
    detail = detail or (fitted(how, query) if how else "")
    if href:
        kind = "person-name row-link" if row else "person-name"
        opens = format_html(' data-dialog="{0}" hx-get="{1}" hx-target="#{0}-body"', dialog, href) if dialog else ""
        words = format_html('<a class="{}" href="{}"{}>{}</a>', kind, href, opens, shown)
    else:
        words = format_html('<span class="person-name">{}</span>', shown)
    if detail:
        words = format_html('{}<span class="person-detail">{}</span>', words, detail)
    return format_html('<span class="person">{}<span>{}</span></span>', avatar(name, shape=shape), words)


@register.simple_tag
def badge(label: str, tone: str = "neutral", icon: str = "", title: str = "") -> SafeString:
    """A state in one word: `{% badge customer.stage_label tone=customer.stage|tone %}`."""
    return _badge(str(label), tone, icon, title)


@lru_cache(maxsize=512)
def _badge(label: str, tone: str, icon: str, title: str) -> SafeString:
    return format_html(
        '<span class="badge tone-{}"{}>{}{}</span>',
        tone,
        format_html(' title="{}"', title) if title else "",
        marks.icon(icon, size=12) if icon else "",
        label,
    )


@register.simple_tag
def rfm(figures) -> SafeString:
    """The three scores, each on the shade of its height: `{% rfm figures %}`."""
    return _rfm(figures.r, figures.f, figures.m)


@lru_cache
def _rfm(r: int | None, f: int | None, m: int | None) -> SafeString:
    if r is None:
        return mark_safe('<span class="quiet">—</span>')
    scores = (("R", r), ("F", f), ("M", m))
    marks = format_html_join(
        "", '<i class="level-{}"><span class="unseen">{}</span>{}</i>', ((n, axis, n) for axis, n in scores)
    )
    return format_html('<span class="rfm" title="{}">{}</span>', " ".join(f"{axis}{n}" for axis, n in scores), marks)


@register.filter
def masked(value: str | None, name: str = "phone") -> str:
    """Contact data with its middle hidden: `{{ customer.email|masked:"email" }}`."""
    return profiles.masked(name, value) if value else ""


@register.simple_tag
def amount(value, currency: str = "CNY") -> SafeString:
    """Money that shows when it is negative: `{% amount order.total tenant.currency %}`."""
    kind = "money negative" if value is not None and value != "" and value < 0 else "money"
    return format_html('<span class="{}">{}</span>', kind, figures.money(value, currency))


@register.simple_tag(takes_context=True)
def figures_of(context, *customers: Customer) -> list[Figures]:
    """What each of them has bought: `{% figures_of customer as figures %}`."""
    found = figures_by_id(customers, tenant=context["tenant"])
    return [found[customer.id] for customer in customers]


@register.filter
def tags_of(customer: Customer) -> list[Tag]:
    """The customer's tags by name: `{% for tag in customer|tags_of %}`."""
    return tagging.tags_of([customer.id]).get(customer.id, [])


@register.filter
def field_label(name: str) -> str:
    """What a field of customers is called."""
    return profiles.LABELS.get(name, name)

"""A rule in the reader's own words: "bought at least 3 times in the last 90 days"."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from segmentation.segments.comparing import (
    AT_LEAST,
    AT_MOST,
    BEGINS,
    BETWEEN,
    EMPTY,
    EQUAL,
    IN,
    KNOWN,
    LESS,
    MORE,
    NOT_IN,
    UNEQUAL,
)
from segmentation.segments.fields import Field, Kind, Vocabulary
from segmentation.segments.tree import Ago, All, Clause, Last, Node, Not, Span, Value, Window

COMPARED = {
    EQUAL: gettext_lazy("%(field)s: %(value)s"),
    UNEQUAL: gettext_lazy("%(field)s: not %(value)s"),
    LESS: gettext_lazy("%(field)s: less than %(value)s"),
    AT_MOST: gettext_lazy("%(field)s: at most %(value)s"),
    MORE: gettext_lazy("%(field)s: more than %(value)s"),
    AT_LEAST: gettext_lazy("%(field)s: at least %(value)s"),
    IN: gettext_lazy("%(field)s: %(value)s"),
    NOT_IN: gettext_lazy("%(field)s: not %(value)s"),
    BETWEEN: gettext_lazy("%(field)s: from %(value)s to %(other)s"),
    BEGINS: gettext_lazy("%(field)s: begins with %(value)s"),
    EMPTY: gettext_lazy("%(field)s: empty"),
    KNOWN: gettext_lazy("%(field)s: known"),
}
OF_DAYS = {
    LESS: gettext_lazy("%(field)s: before %(value)s"),
    AT_MOST: gettext_lazy("%(field)s: on %(value)s or before"),
    MORE: gettext_lazy("%(field)s: after %(value)s"),
    AT_LEAST: gettext_lazy("%(field)s: on %(value)s or later"),
}
OF_MANY = {
    EQUAL: gettext_lazy("has the %(field)s %(value)s"),
    UNEQUAL: gettext_lazy("has not the %(field)s %(value)s"),
    IN: gettext_lazy("has the %(field)s %(value)s"),
    NOT_IN: gettext_lazy("has not the %(field)s %(value)s"),
    EMPTY: gettext_lazy("has no %(field)s"),
    KNOWN: gettext_lazy("has some %(field)s"),
}
AMOUNTS = {
    EQUAL: gettext_lazy("exactly %(value)s"),
    UNEQUAL: gettext_lazy("not exactly %(value)s"),
    LESS: gettext_lazy("less than %(value)s"),
    AT_MOST: gettext_lazy("at most %(value)s"),
    MORE: gettext_lazy("more than %(value)s"),
    AT_LEAST: gettext_lazy("at least %(value)s"),
    IN: gettext_lazy("exactly %(value)s"),
    NOT_IN: gettext_lazy("not exactly %(value)s"),
    BETWEEN: gettext_lazy("%(value)s to %(other)s"),
}


def describe(node: Node, vocabulary: Vocabulary) -> str:
    """The whole rule as one sentence."""
    match node:
        case Clause():
            return clause(node, vocabulary)
        case Not(part):
            return _("not (%s)") % describe(part, vocabulary)
        case All(()):
            return _("everybody")
    joint = pgettext("between conditions", " and ") if isinstance(node, All) else pgettext("between conditions", " or ")
    return joint.join(_part(part, vocabulary) for part in node.parts)


def _part(node: Node, vocabulary: Vocabulary) -> str:
    told = describe(node, vocabulary)
    return told if isinstance(node, Clause | Not) or node == All() else _("(%s)") % told


def clause(one: Clause, vocabulary: Vocabulary) -> str:
    field = vocabulary.field(one.field)
    if tell := SENTENCES.get(field.words):
        return tell(one, field)
    several = one.op in (IN, NOT_IN)
    parts = {
        "field": field.label,
        "value": either(one.values, field) if several else value(one.values[0], field) if one.values else "",
        "other": value(one.values[1], field) if one.op == BETWEEN else "",
    }
    special = OF_MANY if field.is_many else OF_DAYS if field.kind == Kind.DAY else {}
    return str(special.get(one.op, COMPARED[one.op])) % parts


def value(one: Value, field: Field | None = None) -> str:
    """One value, as the page says it."""
    match one:
        case bool():
            return _("Yes") if one else _("No")
        case Decimal():
            return f"{one.normalize() + 0:,f}"
        case date():
            return date_format(one, "SHORT_DATE_FORMAT")
        case Ago(0):
            return _("today")
        case Ago(days):
            past = ngettext("%(days)d day ago", "%(days)d days ago", abs(days))
            ahead = ngettext("in %(days)d day", "in %(days)d days", abs(days))
            return (past if days > 0 else ahead) % {"days": abs(days)}
    offered = field.choices() if field and field.choices else {}
    label = offered.get(one, one)
    return str(label) if field and field.kind == Kind.CHOICE and label != one else pgettext("a text", "“%s”") % label


def either(values: tuple[Value, ...], field: Field | None = None) -> str:
    told = [value(one, field) for one in values]
    return _(" or ").join(filter(None, [_(", ").join(told[:-1]), told[-1]]))


def window(one: Window | None) -> str:
    """ "in the last 90 days"; nothing where all time is meant."""
    match one:
        case Last(days, 0):
            return ngettext("in the last %(days)d day", "in the last %(days)d days", days) % {"days": days}
        case Last(days, until):
            return _("from %(days)d to %(until)d days ago") % {"days": days - 1, "until": until}
        case Span(None, last):
            return _("until %s") % value(last)
        case Span(first, None):
            return _("since %s") % value(first)
        case Span(first, last):
            return _("from %(first)s to %(last)s") % {"first": value(first), "last": value(last)}
    return ""


def _what(one: Clause, field: Field) -> str:
    """What the counted things are narrowed to."""
    told = [f"{field.filters[name].label} {either(values)}" for name, values in one.filters]
    return f"({_(', ').join(told)})" if told else ""


def _amount(one: Clause) -> str:
    several = one.op in (IN, NOT_IN)
    told = {
        "value": either(one.values) if several else value(one.values[0]),
        "other": value(one.values[1]) if one.op == BETWEEN else "",
    }
    return str(AMOUNTS[one.op]) % told


def _is_nothing(one: Clause) -> bool:
    zero, first = Decimal(0), one.values[:1]
    return (one.op in (EQUAL, AT_MOST) and first == (zero,)) or (one.op == LESS and first == (Decimal(1),))


def _counted(none: str, some: Callable[[int], str]) -> Callable[[Clause, Field], str]:
    """A sentence of something that is counted: what is left out leaves no gap."""

    def tell(one: Clause, field: Field) -> str:
        is_whole = field.kind == Kind.WHOLE
        nothing = is_whole and _is_nothing(one)
        number = next((int(n) for n in reversed(one.values) if isinstance(n, Decimal)), 2)
        pattern = str(none) if nothing else some(number)
        parts = {"what": _what(one, field), "window": window(one.window), "amount": _amount(one)}
        return " ".join((pattern % parts).split())

    return tell


def _bought(count: int) -> str:
    return ngettext("bought %(what)s %(amount)s time %(window)s", "bought %(what)s %(amount)s times %(window)s", count)


def _bucket(one: Clause, field: Field) -> str:
    told = dict(one.filters)
    parts = {
        "amount": _amount(one),
        "buckets": value(told.get("of", (Decimal(100),))[0]),
        "seed": value(told["seed"][0]) if "seed" in told else "",
    }
    pattern = (
        _("random bucket %(amount)s of %(buckets)s, draw %(seed)s")
        if parts["seed"]
        else _("random bucket %(amount)s of %(buckets)s")
    )
    return pattern % parts


SENTENCES: dict[str, Callable[[Clause, Field], str]] = {
    "bought": _counted(gettext_lazy("bought nothing %(what)s %(window)s"), _bought),
    "spent": _counted("", lambda n: _("spent %(amount)s %(what)s %(window)s")),
    "pieces": _counted("", lambda n: _("bought %(amount)s pieces %(what)s %(window)s")),
    "events": _counted(
        gettext_lazy("no event %(what)s %(window)s"),
        lambda n: ngettext("%(amount)s event %(what)s %(window)s", "%(amount)s events %(what)s %(window)s", n),
    ),
    "bucket": _bucket,
}


def found(values: list, field: Field) -> str:
    """What stands there of a customer."""
    if not values and field.default is None:
        return pgettext("no value", "nothing")
    if not values:
        return value(field.default, field) if field.default != "" else pgettext("no value", "nothing")
    names = field.named(values) if field.named else {}
    return _(", ").join(value(names.get(one, plain(one)), field) for one in values)


def plain(one: object) -> Value:
    """A number of the database as rules have it."""
    return Decimal(one) if isinstance(one, int) and not isinstance(one, bool) else one

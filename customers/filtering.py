"""What a list of customers is narrowed to by tags and the company's own fields, in pages and in the API alike.

tag=VIP               has the tag, by name or id; several: all of them
x_<key>=value         text and choices: the same but for width, case and script; yes or no; a number, a day
x_<key>_has=begin     text that begins so
x_<key>_from=, _to=   numbers and days, both ends included
x_<key>=none          has no value
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import Unreadable
from customers import custom, tagging
from customers.models import CustomerTag, CustomField, CustomValue, Tag
from customers.values import Kind, Value, key_of, shown

TAG = "tag"
PREFIX = "x_"
NONE = "none"
ENDS = ("_has", "_from", "_to")
LONGEST = 500
MOST = 30  # conditions at once
COMPARED = {"_from": "gte", "_to": "lte"}
LAST = "\U0010ffff"


@dataclass(frozen=True)
class Condition:
    """`q` narrows customers; `label` says it on a chip; without `params`, (name, value) of the address, it is gone."""

    q: Q
    label: str
    params: tuple[tuple[str, str], ...]


class BadFilters(ValueError):
    """`errors`: parameter → what is wrong with it, an Unreadable with a code for programs."""

    def __init__(self, errors: Mapping[str, Unreadable]):
        super().__init__(", ".join(errors))
        self.errors = dict(errors)


class BadFilter(Unreadable):
    """A parameter that asks for nothing there is."""

    messages = {
        "too_many": gettext_lazy("at most %(most)d filters at once"),
        "no_such_tag": gettext_lazy("there is no such tag"),
        "no_such_field": gettext_lazy("there is no such field"),
        "only_texts": gettext_lazy("only texts and choices begin with something"),
        "only_ranges": gettext_lazy("only numbers and dates have a range"),
    }


def is_filter(name: str) -> bool:
    """Whether a parameter of an address is read here."""
    return name == TAG or name.startswith(PREFIX)


def conditions(params: QueryDict) -> list[Condition]:
    """What the parameters ask for; empty ones and those of others are passed over. Raises BadFilters."""
    asked = [(name, value[:LONGEST]) for name, values in params.lists() if is_filter(name) for value in values if value]
    if len(asked) > MOST:
        raise BadFilters({asked[MOST][0]: BadFilter("too_many", most=MOST)})
    errors: dict[str, Unreadable] = {}
    found = [*_of_tags([value for name, value in asked if name == TAG], errors), *_of_fields(asked, errors)]
    if errors:
        raise BadFilters(errors)
    return found


def _of_tags(names: list[str], errors: dict) -> Iterator[Condition]:
    tags = Tag.objects.filter(Q(name_key__in=map(tagging.key_of, names)) | Q(id__in=filter(None, map(_id, names))))
    known = {one: tag for tag in (tags if names else ()) for one in (tag.id, tag.name_key)}
    for name in dict.fromkeys(names):
        wearing = CustomerTag.objects.filter(customer=OuterRef("pk"), tag__isnull=False)
        if tag := known.get(tagging.key_of(name)) or known.get(_id(name)):
            ids = CustomerTag.objects.filter(tag=tag).values("customer_id")
            yield Condition(Q(pk__in=ids), str(tag), ((TAG, name),))
        elif name == NONE:
            yield Condition(~Q(Exists(wearing)), _("Without tags"), ((TAG, name),))
        else:
            errors[TAG] = BadFilter("no_such_tag")


def _of_fields(asked: Iterable[tuple[str, str]], errors: dict) -> Iterator[Condition]:
    told: dict[str, dict[str, list[str]]] = {}
    for name, value in asked:
        if name.startswith(PREFIX):
            key, end = _apart(name.removeprefix(PREFIX))
            told.setdefault(key, {}).setdefault(end, []).append(value)
    fields = {field.key: field for field in custom.fields()} if told else {}
    for key, by_end in told.items():
        if key not in fields:
            errors.update({f"{PREFIX}{key}{end}": BadFilter("no_such_field") for end in by_end})
            continue
        ranged = {end: values[0] for end, values in by_end.items() if end in COMPARED}
        readings = [(_range, ranged)] if ranged else []
        readings += [(_READERS[end], values) for end, values in by_end.items() if end not in COMPARED]
        for reader, values in readings:
            try:
                yield reader(fields[key], values)
            except Refused as refused:
                errors[f"{PREFIX}{key}{refused.end}"] = refused.problem


class Refused(Exception):
    def __init__(self, end: str, problem: Unreadable):
        super().__init__(end)
        self.end, self.problem = end, problem


def _apart(name: str) -> tuple[str, str]:
    """A parameter's key and what it ends in; keys of fields end in none of these."""
    end = next((end for end in ENDS if name.endswith(end)), "")
    return name.removesuffix(end), end


def _same(field: CustomField, raw: list[str]) -> Condition:
    """One of the values."""
    params = tuple((f"{PREFIX}{field.key}", value) for value in raw)
    if raw == [NONE]:
        some = CustomValue.objects.filter(customer=OuterRef("pk"), field=field)
        return Condition(~Q(Exists(some)), _("%s: empty") % field, params)
    values = [_read(field, value, "") for value in raw]
    if field.kind in (Kind.TEXT, Kind.CHOICE):
        wanted = {"key__in": [key_of(value) for value in values]}
    else:
        wanted = {f"{_column(field)}__in": values}
    return Condition(_q(field, wanted), _told(field, _(", ").join(shown(field, one) for one in values)), params)


def _begins(field: CustomField, raw: list[str]) -> Condition:
    if field.kind not in (Kind.TEXT, Kind.CHOICE):
        raise Refused("_has", BadFilter("only_texts"))
    begin = key_of(raw[0])
    wanted = {"key__gte": begin, "key__lt": begin + LAST}
    return Condition(_q(field, wanted), _told(field, f"{raw[0]}…"), ((f"{PREFIX}{field.key}_has", raw[0]),))


def _range(field: CustomField, raw: Mapping[str, str]) -> Condition:
    if field.kind not in (Kind.NUMBER, Kind.DATE):
        raise Refused(next(iter(raw)), BadFilter("only_ranges"))
    ends = {end: _read(field, value, end) for end, value in raw.items()}
    wanted = {f"{_column(field)}__{COMPARED[end]}": value for end, value in ends.items()}
    told = {end: shown(field, value) for end, value in ends.items()}
    between = " – ".join((told.get("_from", ""), told.get("_to", "")))
    words = between if len(told) == 2 else f"≥ {told['_from']}" if "_from" in told else f"≤ {told['_to']}"
    params = tuple((f"{PREFIX}{field.key}{end}", value) for end, value in raw.items())
    return Condition(_q(field, wanted), _told(field, words), params)


_READERS = {"": _same, "_has": _begins}


def _read(field: CustomField, raw: str, end: str) -> Value:
    """A choice that is no longer offered can still be asked for."""
    try:
        return raw if field.kind == Kind.CHOICE else custom.parse(field, raw)
    except Unreadable as problem:
        raise Refused(end, problem) from problem


def _column(field: CustomField) -> str:
    return "day" if field.kind == Kind.DATE else "number"


def _q(field: CustomField, wanted: Mapping[str, object]) -> Q:
    return Q(pk__in=CustomValue.objects.filter(field=field, **wanted).values("customer_id"))


def _told(field: CustomField, words: str) -> str:
    return _("%(field)s: %(value)s") % {"field": field, "value": words}


def _id(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None

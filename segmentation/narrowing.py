"""What a customer list is narrowed to, read from the parameters of its address: the same for the page and its search,
its count, a saved view, an export, a bulk change and REST."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib import text
from customers import filtering, search
from customers.filtering import Condition
from customers.models import Customer
from segmentation import lifecycle, people
from segmentation.cells import Cell
from segmentation.lifecycle import Stage
from segmentation.models import CustomerDay, CustomerStats, Segment
from segmentation.people import Filters
from segmentation.segments import counting, expanding, vocabulary
from segmentation.segments.refusing import RuleError
from tenancy.models import Membership, Store, Tenant

FIGURES = ("stage", "r", "f", "m")
NOBODY, ME, NONE = "nobody", "me", "none"
LONGEST_VALUE = 200
LONGEST = 4000  # characters of an address's parameters, as they are kept
MOST_FOUND = 100_000  # that a search gives where all of them are wanted
NOT_KEPT = ("after", "before", "view", "csrfmiddlewaretoken")  # where one stands in the list, not what it shows
EVERYBODY = "view=all"  # the list without any filter
SPECIAL = re.compile(r"[%&+=;#]")
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)


@dataclass(frozen=True)
class Narrowing:
    """What is left of all customers.

    `chips` are the filters that are on, each in words with its parameters; `lost` those that were asked for and mean
    nothing (any more), in words. `parameters` are those that count, as an address of the list has them.
    """

    filters: Filters = field(default_factory=Filters)
    query: str = ""
    sort: str = ""
    conditions: tuple[Q, ...] = ()
    chips: tuple[Condition, ...] = ()
    lost: tuple[str, ...] = ()
    parameters: QueryDict = field(default_factory=QueryDict, compare=False)

    @property
    def by_figures(self) -> bool:
        """Whether the list walks figures: those without an order are not in it."""
        is_walked = self.sort in people.SORTS and not self.query
        return self.filters.stage != Stage.PROSPECT and (self.filters != Filters() or is_walked)

    def customers(self, customers: QuerySet[Customer], *, tenant: Tenant) -> QuerySet[Customer]:
        """Those of `customers` that fit, in no order: for counting them, a file of them, a change to all of them."""
        for condition in self.conditions:
            customers = customers.filter(condition)
        if self.filters.stage == Stage.PROSPECT:
            only = self.filters == Filters(stage=Stage.PROSPECT)
            customers = people.prospects(customers) if only else customers.none()
        elif self.by_figures:
            rows = people.with_figures(self.filters, tenant=tenant)
            customers = customers.filter(id__in=rows.values("customer_id"))
        if self.query:
            found = search.candidates(self.query, region=tenant.region, most=MOST_FOUND)
            customers = customers.filter(id__in=found)
        return customers


def read(parameters: QueryDict, *, member: Membership) -> Narrowing:
    """The narrowing that an address asks for. What it does not understand is left out and told in `lost`."""
    reading = _Reading(kept(parameters), member)
    for name, take in READERS.items():
        if value := (reading.parameters.get(name) or "").strip()[:LONGEST_VALUE]:
            reading.take(name, value, take)
    reading.take_own()
    sort = reading.parameters.get("sort") or ""
    return Narrowing(
        filters=Filters(**reading.figures),
        query=reading.query,
        sort=sort if sort in people.SORTS else "",
        conditions=tuple(reading.conditions),
        chips=tuple(reading.chips),
        lost=tuple(reading.lost),
        parameters=reading.parameters,
    )


def kept(parameters: QueryDict) -> QueryDict:
    """The parameters that say whom a list shows, without empty ones and the place in it."""
    own = QueryDict(mutable=True)
    for name, values in parameters.lists():
        told = [value.replace("\0", "\ufffd") for value in values]  # the database takes none
        if name not in NOT_KEPT and any(told):
            own.setlist(name, [value for value in told if value])
    return own


def written(parameters: QueryDict) -> str:
    """The parameters as a text to be kept, never empty. Names stand in it as they are, so that an erasure finds them;
    it empties the text."""
    told = [(name, value) for name, values in kept(parameters).lists() for value in values]
    return "&".join(f"{_escaped(name)}={_escaped(value)}" for name, value in told) or EVERYBODY


def read_text(text: str, *, member: Membership) -> Narrowing:
    """As `read`, from what `written` gave."""
    if not text:
        return Narrowing(lost=(_("Its filters were erased with a customer whom they named."),))
    return read(QueryDict(text), member=member)


def _escaped(word: str) -> str:
    return SPECIAL.sub(lambda match: f"%{ord(match[0]):02X}", word)


class Unknown(ValueError):
    """A filter that means nothing."""


@dataclass
class _Reading:
    """What was understood so far; of `parameters` those stay that mean something."""

    parameters: QueryDict
    member: Membership
    figures: dict = field(default_factory=dict)
    query: str = ""
    conditions: list[Q] = field(default_factory=list)
    chips: list[Condition] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def take(self, name: str, value: str, take: Callable) -> None:
        try:
            label = take(self, name, value)
        except Unknown as problem:
            self.lose(name, str(problem))
        else:
            self.chips.append(Condition(Q(), label, ((name, self.parameters[name]),)))

    def take_own(self) -> None:
        """Tags and the company's own fields."""
        while True:
            try:
                found = filtering.conditions(self.parameters)
            except filtering.BadFilters as problem:
                for name, fault in problem.errors.items():
                    self.lose_own(name, str(fault))
            else:
                self.conditions += [condition.q for condition in found]
                self.chips += found
                return

    def lose(self, name: str, why: str) -> None:
        self.lost.append(why)
        del self.parameters[name]

    def lose_own(self, name: str, why: str) -> None:
        """Of several tags those stay that there are."""
        values = self.parameters.getlist(name)
        good = [value for value in values if name == filtering.TAG and _holds(name, value)]
        gone = ", ".join(value[:60] for value in values if value not in good)
        self.lose(name, f"{name.removeprefix(filtering.PREFIX)} = {gone}: {why}")
        if good and len(good) < len(values):
            self.parameters.setlist(name, good[: filtering.MOST // 2])


def _holds(name: str, value: str) -> bool:
    try:
        filtering.conditions(QueryDict(urlencode({name: value})))
    except filtering.BadFilters:
        return False
    return True


def _text(reading: _Reading, name: str, value: str) -> str:
    reading.query = text.clean(value)[: search.LONGEST]
    if not reading.query:
        raise Unknown(_("The search is empty."))
    return _("Search: %s") % reading.query


def _stage(reading: _Reading, name: str, value: str) -> str:
    if value not in Stage.values:
        raise Unknown(_("There is no stage “%s”.") % value)
    reading.figures["stage"] = Stage(value)
    return _("Stage: %s") % Stage(value).label


def _cell(reading: _Reading, name: str, value: str) -> str:
    if value not in Cell.values:
        raise Unknown(_("There is no value class “%s”.") % value)
    reading.figures["cell"] = Cell(value)
    return _("Value: %s") % Cell(value).label


def _segment(reading: _Reading, name: str, value: str) -> str:
    segment = Segment.objects.visible_to(reading.member).filter(key=value).first()
    if segment is None:
        raise Unknown(_("The segment of this filter is gone."))
    if segment.broken_at:
        raise Unknown(_("The segment “%s” is broken.") % segment)
    try:
        words = vocabulary.standing()
        rule = counting.asked(counting.node_of(segment, words), words=words)
    except (RuleError, expanding.Unaskable) as problem:
        raise Unknown(str(problem)) from problem
    reading.conditions.append(Q(id__in=counting.people(rule, reading.member).values("id")))
    return _("Segment: %s") % segment


def _score(reading: _Reading, name: str, value: str) -> str:
    if value not in ("1", "2", "3", "4", "5"):
        raise Unknown(_("A score is 1 to 5, not “%s”.") % value)
    reading.figures[name] = int(value)
    return f"{name.upper()} = {value}"


def _store(reading: _Reading, name: str, value: str) -> str:
    if value == NONE:
        reading.conditions.append(Q(store=None))
        return _("No store")
    store = _row(Store.objects.all(), value) or Store.objects.filter(code=value).first()
    if store is None:
        raise Unknown(_("The store of this filter is gone."))
    reading.conditions.append(Q(store=store))
    return _("Store: %s") % store


def _owner(reading: _Reading, name: str, value: str) -> str:
    if value == ME:
        reading.conditions.append(Q(owner_id=reading.member.id))
        return _("Mine")
    if value == NOBODY:
        reading.conditions.append(Q(owner=None))
        return _("Without an owner")
    owner = _row(Membership.objects.select_related("user"), value)
    if owner is None:
        raise Unknown(_("The owner of this filter is gone."))
    reading.conditions.append(Q(owner=owner))
    return _("Owner: %s") % owner


def _kind(reading: _Reading, name: str, value: str) -> str:
    if value not in Customer.Kind.values:
        raise Unknown(_("There is no type “%s”.") % value)
    reading.conditions.append(Q(kind=value))
    return _("Type: %s") % Customer.Kind(value).label


def _city(reading: _Reading, name: str, value: str) -> str:
    city = text.clean(value)[:100]
    reading.conditions.append(Q(city=city))
    return _("City: %s") % city


def _since(reading: _Reading, name: str, value: str) -> str:
    day = _day(value)
    reading.conditions.append(Q(created_at__gte=_begin(day)))
    return _("Added since %s") % day


def _first(reading: _Reading, name: str, value: str) -> str:
    """Whose first counted order was in a span of days, both ends with it."""
    start, end = _span(value)
    rows = CustomerStats.objects.filter(customer=OuterRef("pk"), first_at__gte=_begin(start))
    reading.conditions.append(Q(Exists(rows.filter(first_at__lt=_begin(end + timedelta(days=1))))))
    return _("First order: %s") % _shown(start, end)


def _bought(reading: _Reading, name: str, value: str) -> str:
    """Who had a counted order in a span of days, both ends with it."""
    start, end = _span(value)
    days = CustomerDay.objects.filter(customer=OuterRef("pk"), day__gte=start, day__lte=end, orders__gt=0)
    reading.conditions.append(Q(Exists(days)))
    return _("Bought: %s") % _shown(start, end)


def _moved(reading: _Reading, name: str, value: str) -> str:
    """Who went from one stage to another between the ends of two days; from no stage: who was not there yet."""
    before, _dots, rest = value.partition("..")
    after, _dots, days = rest.partition("..")
    if before not in (NONE, *Stage.values) or after not in Stage.values or before == after:
        raise Unknown(_("“%s” is no move from a stage to another.") % value)
    start, end = _span(days)
    ids = lifecycle.movers("" if before == NONE else before, after, start=start, end=end)
    reading.conditions.append(Q(id__in=ids))
    stages = {
        "before": _("Not there yet") if before == NONE else Stage(before).label, "after": Stage(after).label,
        "days": _shown(start, end),
    }  # fmt: skip
    return _("From %(before)s to %(after)s: %(days)s") % stages


def _span(value: str) -> tuple[date, date]:
    first, dots, last = value.partition("..")
    start, end = _day(first), _day(last if dots else first)
    if end < start:
        raise Unknown(_("“%s” ends before it begins.") % value)
    return start, end


def _shown(start: date, end: date) -> str:
    return f"{start}" if start == end else f"{start} – {end}"


def _day(value: str) -> date:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day <= LATEST:
        raise Unknown(_("“%s” is not a day as in 2025-03-04.") % value)
    return day


def _begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _row(rows: QuerySet, value: str):
    try:
        return rows.filter(id=UUID(value)).first()
    except (ValueError, ValidationError):
        return None


READERS: dict[str, Callable[[_Reading, str, str], str]] = {
    "q": _text,
    "stage": _stage,
    "cell": _cell,
    "segment": _segment,
    "r": _score,
    "f": _score,
    "m": _score,
    "store": _store,
    "owner": _owner,
    "kind": _kind,
    "city": _city,
    "since": _since,
    "first": _first,
    "moved": _moved,
    "bought": _bought,
}

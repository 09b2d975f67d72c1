"""Customers with their figures: the list's filters as conditions on the narrow row, and the scores beside each name."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Case,
    Count,
    DateTimeField,
    DecimalField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import Combinable

from customers.models import Customer
from segmentation import lifecycle, rfm, stats
from segmentation.cells import AXES, HIGH, Cell, cell_of
from segmentation.lifecycle import Stage
from segmentation.models import CustomerStats
from tenancy.database.bulk import by_pages
from tenancy.models import Membership, Tenant
from tenancy.permissions import Scope

AXIS_NAMES = ("r", "f", "m")
SORTS = ("-last_at", "-monetary", "-frequency")
STAGES_OF_BUYERS = [Stage.LOST, Stage.AT_RISK, Stage.NEW, Stage.LOYAL, Stage.ACTIVE]


@dataclass(frozen=True, slots=True)
class Figures:
    """A customer's figures today; scores are None before the first scoring and for prospects, `margin` and what it is
    of where no order's cost is known."""

    stage: Stage
    frequency: int = 0
    monetary: Decimal = Decimal(0)
    first_at: datetime | None = None
    last_at: datetime | None = None
    recency_days: int | None = None
    r: int | None = None
    f: int | None = None
    m: int | None = None
    days: int = 0
    margin: Decimal | None = None
    margin_of: Decimal | None = None

    @property
    def cell(self) -> Cell | None:
        """The named cell of the bands."""
        return cell_of(self.r, self.f, self.m) if self.r else None

    @property
    def average(self) -> Decimal | None:
        """What an order is worth."""
        return self.monetary / self.frequency if self.frequency else None

    @property
    def margin_share(self) -> float | None:
        """The margin as a part of what it is of."""
        return float(self.margin / self.margin_of) if self.margin_of and self.margin_of > 0 else None

    @property
    def margin_known(self) -> float | None:
        """The part of what was spent whose margin is known; None where refunds make it no part."""
        if self.margin_of is None or self.monetary <= 0 or not 0 <= self.margin_of <= self.monetary:
            return None
        return float(self.margin_of / self.monetary)

    @property
    def usual_gap(self) -> int | None:
        """Days from one day with orders to the next so far; None where there was no next one."""
        if self.days < 2:
            return None
        return max(1, round((self.last_at - self.first_at).days / (self.days - 1)))


def figures(
    customers: Iterable[Customer], *, tenant: Tenant, rows: Mapping[UUID, CustomerStats] | None = None
) -> dict[UUID, Figures]:
    """Customer id → Figures, in two queries however many they are; in one where the caller has the `rows`."""
    ids = [customer.id for customer in customers]
    rows = CustomerStats.objects.in_bulk(ids) if rows is None else rows
    scale = Scale.of(tenant)
    return {id: _figures(rows.get(id), scale) for id in ids}


@dataclass(frozen=True, slots=True)
class Scale:
    """What figures are read by on the tenant's today."""

    bins: rfm.Bins | None
    rules: lifecycle.Rules
    today: date
    zone: ZoneInfo

    @classmethod
    def of(cls, tenant: Tenant) -> "Scale":
        today = stats.today(tenant.zone)
        return cls(rfm.bins(), lifecycle.rules(today), today, tenant.zone)


def _figures(row: CustomerStats | None, scale: Scale) -> Figures:
    if row is None:
        return Figures(stage=Stage.PROSPECT)
    recency = (scale.today - rfm.local_day(row.last_at, scale.zone)).days if row.last_at else None
    r, f, m = (scale.bins and rfm.score_of(row, scale.bins, scale.zone)) or (None, None, None)
    stage = lifecycle.stage(recency_days=recency, frequency=row.frequency, rules=scale.rules)
    return Figures(stage, row.frequency, row.monetary, row.first_at, row.last_at, recency, r, f, m, row.days,
                   row.margin, row.margin_of)  # fmt: skip


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; None is everything. Bands are 1 to 5."""

    stage: Stage | None = None
    r: int | None = None
    f: int | None = None
    m: int | None = None
    cell: Cell | None = None

    @property
    def is_by_figures(self) -> bool:
        """Whether those without an order are left out."""
        return self != Filters() and self.stage != Stage.PROSPECT

    def hold_for(self, figures: Figures) -> bool:
        wanted = (
            (self.stage, figures.stage), (self.r, figures.r), (self.f, figures.f), (self.m, figures.m),
            (self.cell, figures.cell),
        )  # fmt: skip
        return all(value is None or value == found for value, found in wanted)


def scored(filters: Filters, *, member: Membership, tenant: Tenant) -> QuerySet[CustomerStats]:
    """The rows of customers with counted orders that the member sees and the filters leave."""
    rows = with_figures(filters, tenant=tenant).select_related("customer")
    if member.scope != Scope.ALL:
        rows = rows.filter(customer__in=Customer.objects.visible_to(member))
    return rows


def with_figures(filters: Filters, *, tenant: Tenant) -> QuerySet[CustomerStats]:
    """The rows with counted orders that the filters leave, whoever sees them."""
    rows = CustomerStats.objects.filter(frequency__gte=1)
    if filters.stage:
        rows = rows.filter(stage_condition(filters.stage, tenant))
    bands = {axis: (band, band) for axis in AXIS_NAMES if (band := getattr(filters, axis))}
    ranges = [*bands.items(), *(cell_ranges(filters.cell) if filters.cell else ())]
    bins = rfm.bins() if ranges else None
    for axis, (lowest, highest) in ranges:
        rows = rows.filter(bands_condition(axis, lowest, highest, bins, tenant.zone)) if bins else rows.none()
    return rows


def cell_ranges(cell: Cell) -> list[tuple[str, tuple[int, int]]]:
    """(axis, its lowest and highest band) of a cell."""
    high = zip(AXIS_NAMES, AXES[cell], strict=True)
    return [(axis, (HIGH, 5) if is_high else (1, HIGH - 1)) for axis, is_high in high]


def prospects(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Those without a counted order."""
    return customers.filter(~Exists(CustomerStats.objects.filter(customer=OuterRef("pk"), frequency__gte=1)))


def stage_condition(stage: Stage, tenant: Tenant, rules: lifecycle.Rules | None = None) -> Q:
    """lifecycle.stage as a condition on the row, at the tenant's today; not for prospects."""
    today = stats.today(tenant.zone)
    rules = rules or lifecycle.rules(today)

    def days_ago(days: int) -> datetime:
        return stats.start_of(today - timedelta(days=days), tenant.zone)

    recent = Q(last_at__gte=days_ago(rules.at_risk_after))
    is_new = Q(frequency=1, last_at__gte=days_ago(rules.new_within))
    return {
        Stage.LOST: Q(last_at__lt=days_ago(rules.lost_after)),
        Stage.AT_RISK: Q(last_at__lt=days_ago(rules.at_risk_after), last_at__gte=days_ago(rules.lost_after)),
        Stage.NEW: recent & is_new,
        Stage.LOYAL: recent & ~is_new & Q(frequency__gte=rules.loyal_from),
        Stage.ACTIVE: recent & ~is_new & Q(frequency__lt=rules.loyal_from),
    }[stage]


def stage_expression(tenant: Tenant, rules: lifecycle.Rules) -> Combinable:
    """The first stage that holds as a column, by its place in STAGES_OF_BUYERS; not for prospects."""
    today = stats.today(tenant.zone)

    def since(days: int) -> datetime:
        return stats.start_of(today - timedelta(days=days), tenant.zone)

    conditions = [
        Q(last_at__lt=since(rules.lost_after)), Q(last_at__lt=since(rules.at_risk_after)),
        Q(frequency=1, last_at__gte=since(rules.new_within)), Q(frequency__gte=rules.loyal_from),
    ]  # fmt: skip
    whens = [When(condition, then=Value(place)) for place, condition in enumerate(conditions)]
    return Case(*whens, default=Value(len(conditions)), output_field=IntegerField())


def bands_condition(axis: str, lowest: int, highest: int, bins: rfm.Bins, zone: ZoneInfo) -> Q:
    """Scores from `lowest` to `highest` on an axis as a condition: above bound lowest-1, not above bound highest."""
    field = {"r": "last_at", "f": "frequency", "m": "monetary"}[axis]
    bounds = {"r": bins.recency, "f": bins.frequency, "m": bins.monetary}[axis]
    above, upto = "gt", "lte"
    if axis == "r":
        bounds, above, upto = [stats.end_of(day, zone) for day in bounds], "gte", "lt"
    condition = Q(**{f"{field}__{above}": bounds[lowest - 2]}) if lowest > 1 else Q()
    return condition & Q(**{f"{field}__{upto}": bounds[highest - 1]}) if highest < 5 else condition


def band_expression(axis: str, bins: rfm.Bins, zone: ZoneInfo) -> Combinable:
    """The score on an axis as a column, 1 to 5."""
    column, kind = BANDED[axis]
    bounds = Value(rfm.lowest_above(bins, zone)[axis], output_field=ArrayField(kind))
    return Func(F(column), bounds, function="width_bucket", output_field=IntegerField()) + 1


BANDED = {
    "r": ("last_at", DateTimeField()),
    "f": ("frequency", IntegerField()),
    "m": ("monetary", DecimalField(max_digits=18, decimal_places=4)),
}


@dataclass(frozen=True)
class Tally:
    """How many customers with counted orders there are: by their (r, f), empty before the first scoring; by stage."""

    cells: Counter[tuple[int, int]]
    stages: dict[Stage, int]


def tally(*, member: Membership, tenant: Tenant) -> Tally:
    """Of the member's scope, in one scan."""
    bins, rules = rfm.bins(), lifecycle.rules(stats.today(tenant.zone))
    bands = {axis: band_expression(axis, bins, tenant.zone) for axis in "rf"} if bins else {}
    rows = scored(Filters(), member=member, tenant=tenant).order_by()
    rows = rows.annotate(**bands, at_present=stage_expression(tenant, rules))
    found = Tally(Counter(), {one: 0 for one in Stage if one in STAGES_OF_BUYERS})
    with by_pages():
        counted = list(rows.values(*bands, "at_present").annotate(people=Count("customer_id")))
    for row in counted:
        found.stages[STAGES_OF_BUYERS[row["at_present"]]] += row["people"]
        if bands:
            found.cells[row["r"], row["f"]] += row["people"]
    return found

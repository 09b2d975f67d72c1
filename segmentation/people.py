"""Customers with their figures: the list's filters as conditions on the narrow row, and the scores beside each name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from customers.models import Customer
from segmentation import lifecycle, rfm, stats
from segmentation.lifecycle import Stage
from segmentation.models import CustomerStats
from tenancy.models import Membership, Tenant
from tenancy.permissions import Scope

SORTS = ("-last_at", "-monetary", "-frequency")


@dataclass(frozen=True, slots=True)
class Figures:
    """A customer's figures today; scores are None before the first scoring and for prospects."""

    stage: Stage
    frequency: int = 0
    monetary: Decimal = Decimal(0)
    first_at: datetime | None = None
    last_at: datetime | None = None
    recency_days: int | None = None
    r: int | None = None
    f: int | None = None
    m: int | None = None

    @property
    def average(self) -> Decimal | None:
        """What an order is worth."""
        return self.monetary / self.frequency if self.frequency else None

    @property
    def usual_gap(self) -> int | None:
        """Days from one order to the next so far, at least 1; None where there was no next one."""
        if self.frequency < 2:
            return None
        return max(1, round((self.last_at - self.first_at).days / (self.frequency - 1)))


def figures(
    customers: Iterable[Customer], *, tenant: Tenant, rows: Mapping[UUID, CustomerStats] | None = None
) -> dict[UUID, Figures]:
    """Customer id → Figures, in two queries however many they are; in one where the caller has the `rows`."""
    ids = [customer.id for customer in customers]
    rows = CustomerStats.objects.in_bulk(ids) if rows is None else rows
    bins, today = rfm.bins(), stats.today(tenant.zone)
    return {id: _figures(rows.get(id), bins, today, tenant.zone) for id in ids}


def _figures(row: CustomerStats | None, bins: rfm.Bins | None, today: date, zone: ZoneInfo) -> Figures:
    if row is None:
        return Figures(stage=Stage.PROSPECT)
    recency = (today - rfm.local_day(row.last_at, zone)).days if row.last_at else None
    r, f, m = (bins and rfm.score_of(row, bins, zone)) or (None, None, None)
    stage = lifecycle.stage(recency_days=recency, frequency=row.frequency)
    return Figures(stage, row.frequency, row.monetary, row.first_at, row.last_at, recency, r, f, m)


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; None is everything. Bands are 1 to 5."""

    stage: Stage | None = None
    r: int | None = None
    f: int | None = None
    m: int | None = None

    @property
    def is_by_figures(self) -> bool:
        """Whether those without an order are left out."""
        return self != Filters() and self.stage != Stage.PROSPECT

    def hold_for(self, figures: Figures) -> bool:
        wanted = ((self.stage, figures.stage), (self.r, figures.r), (self.f, figures.f), (self.m, figures.m))
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
    bins = rfm.bins() if filters.r or filters.f or filters.m else None
    for axis in ("r", "f", "m"):
        if band := getattr(filters, axis):
            rows = rows.filter(band_condition(axis, band, bins, tenant.zone)) if bins else rows.none()
    return rows


def prospects(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Those without a counted order."""
    return customers.filter(~Exists(CustomerStats.objects.filter(customer=OuterRef("pk"), frequency__gte=1)))


def stage_condition(stage: Stage, tenant: Tenant, rules: lifecycle.Rules = lifecycle.DEFAULT) -> Q:
    """lifecycle.stage as a condition on the row, at the tenant's today; not for prospects."""
    today = stats.today(tenant.zone)

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


def band_condition(axis: str, band: int, bins: rfm.Bins, zone: ZoneInfo) -> Q:
    """Score `band` on an axis as a condition: above bound band-1, not above bound band."""
    field = {"r": "last_at", "f": "frequency", "m": "monetary"}[axis]
    bounds = {"r": bins.recency, "f": bins.frequency, "m": bins.monetary}[axis]
    condition = Q()
    if axis == "r":
        bounds = [stats.start_of(day + timedelta(days=1), zone) for day in bounds]
        if band > 1:
            condition &= Q(last_at__gte=bounds[band - 2])
        return condition & Q(last_at__lt=bounds[band - 1]) if band < 5 else condition
    if band > 1:
        condition &= Q(**{f"{field}__gt": bounds[band - 2]})
    return condition & Q(**{f"{field}__lte": bounds[band - 1]}) if band < 5 else condition


def band_expression(axis: str, bins: rfm.Bins, zone: ZoneInfo) -> Case:
    """The score on an axis as a column, 1 to 5."""
    bands = [When(band_condition(axis, band, bins, zone), then=Value(band)) for band in range(1, 6)]
    return Case(*bands, output_field=IntegerField())


def grid(*, member: Membership, tenant: Tenant) -> dict[tuple[int, int], int]:
    """(r, f) → how many customers of the member's scope; empty before the first scoring."""
    bins = rfm.bins()
    if bins is None:
        return {}
    rows = scored(Filters(), member=member, tenant=tenant).annotate(
        r=band_expression("r", bins, tenant.zone), f=band_expression("f", bins, tenant.zone)
    )
    counted = rows.order_by().values("r", "f").annotate(people=Count("customer_id"))
    return {(row["r"], row["f"]): row["people"] for row in counted}


def stage_counts(*, member: Membership, tenant: Tenant) -> dict[Stage, int]:
    """How many scored customers of the member's scope are in each stage, in one scan."""
    rows = scored(Filters(), member=member, tenant=tenant)
    stages = [stage for stage in Stage if stage != Stage.PROSPECT]
    counts = rows.aggregate(
        **{stage.value: Count("customer_id", filter=stage_condition(stage, tenant)) for stage in stages}
    )
    return {stage: counts[stage.value] for stage in stages}

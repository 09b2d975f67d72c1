"""What the insight pages show, read from the small tables in a few rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Upper

from sales.models import Product
from segmentation.insight.renewing import WINDOWS
from segmentation.insight.spans import month_of, months_before, months_between, week_of
from segmentation.models import CohortFigure, PeriodFigure, ProductMonth, ProductNeighbour, StoreMonth
from segmentation.recommending import building
from tenancy.models import Store

Grain = PeriodFigure.Grain
GRAINS = {30: Grain.DAY, 90: Grain.WEEK, 365: Grain.MONTH}
MONTHS = (1, 3, 12)
MOST = 50


@dataclass(frozen=True)
class Overview:
    """A window of `days` that ends with `as_of`, the one before it, and its course in `points`: a row for every span,
    also where nothing was sold; `before` are the days of the window before, place by place, where points are days."""

    days: int
    as_of: date
    now: PeriodFigure
    before: PeriodFigure
    points: list[PeriodFigure] = field(default_factory=list)
    earlier: list[PeriodFigure] = field(default_factory=list)

    @property
    def start(self) -> date:
        return self.as_of - timedelta(days=self.days - 1)


def overview(days: int, *, as_of: date) -> Overview:
    grain = WINDOWS[days]
    start, earlier = as_of - timedelta(days=days - 1), as_of - timedelta(days=2 * days - 1)
    windows = {row.start: row for row in PeriodFigure.objects.filter(grain=grain, start__in=[start, earlier])}
    rows = {row.start: row for row in PeriodFigure.objects.filter(grain=GRAINS[days], start__gte=earlier)}

    def filled(first: date, last: date) -> list[PeriodFigure]:
        return [rows.get(one) or PeriodFigure(grain=GRAINS[days], start=one) for one in _spans(days, first, last)]

    return Overview(
        days, as_of, windows.get(start) or PeriodFigure(grain=grain, start=start),
        windows.get(earlier) or PeriodFigure(grain=grain, start=earlier),
        filled(start, as_of), filled(earlier, start - timedelta(days=1)),
    )  # fmt: skip


def of_day(day: date) -> dict | None:
    """Orders, amount and customers of a day; None for one on which nothing was sold or that no night has seen."""
    return PeriodFigure.objects.filter(grain=Grain.DAY, start=day).values("orders", "amount", "customers").first()


def _spans(days: int, first: date, last: date) -> list[date]:
    """The days, weeks or months that begin in the window, and the one in which it begins."""
    begin = {30: lambda day: day, 90: week_of, 365: month_of}[days]
    return sorted({begin(first + timedelta(days=i)) for i in range((last - first).days + 1)})


@dataclass(frozen=True)
class Cohort:
    """Those whose first order was in the month: `size` of them; `kept` is how many bought how many months later, None
    for months that have not come."""

    month: date
    size: int
    kept: list[int | None]

    @property
    def shares(self) -> list[float | None]:
        return [None if count is None else count / self.size for count in self.kept]


def cohorts(*, as_of: date, most: int = 12) -> list[Cohort]:
    """The newest cohorts, the oldest first."""
    counts: dict[date, dict[int, int]] = {}
    for row in CohortFigure.objects.order_by("cohort"):
        counts.setdefault(row.cohort, {})[row.later] = row.customers
    shown = list(counts.items())[-most:]
    length = min(most, max((months_between(month, as_of) for month, _found in shown), default=0) + 1)
    return [
        Cohort(
            month,
            found.get(0, 0),
            [found.get(later, 0) if later <= months_between(month, as_of) else None for later in range(length)],
        )
        for month, found in shown
        if found.get(0)
    ]


@dataclass(frozen=True)
class Top:
    """What sold how much in the months, and in as many before them."""

    label: str
    amount: Decimal
    orders: int | None = None
    quantity: Decimal | None = None
    id: UUID | None = None


def tops(by: str, months: int, *, as_of: date) -> list[Top]:
    """The 50 products, categories or stores that brought most in the month of `as_of` and those before it."""
    since = months_before(month_of(as_of), months - 1)
    return {"products": _products, "categories": _categories, "stores": _stores}[by](since)


def _sold(since: date) -> QuerySet[ProductMonth]:
    goods = ProductMonth.objects.alias(word=Upper("product__code")).exclude(word__in=building.rules().left_out)
    return goods.filter(month__gte=since)


def _products(since: date) -> list[Top]:
    rows = (
        _sold(since).values("product_id").annotate(amount=Sum("amount"), quantity=Sum("quantity"), orders=Sum("orders"))
    )
    found = list(rows.order_by("-amount", "product_id")[:MOST])
    names = Product.objects.in_bulk([row["product_id"] for row in found])
    return [
        Top(str(names[row["product_id"]]), row["amount"], row["orders"], row["quantity"], row["product_id"])
        for row in found
    ]


def _categories(since: date) -> list[Top]:
    rows = _sold(since).values(label=F("product__category")).annotate(amount=Sum("amount"), quantity=Sum("quantity"))
    return [Top(row["label"], row["amount"], quantity=row["quantity"]) for row in rows.order_by("-amount")[:MOST]]


def _stores(since: date) -> list[Top]:
    rows = StoreMonth.objects.filter(month__gte=since).values("store_id")
    found = list(rows.annotate(amount=Sum("amount"), orders=Sum("orders")).order_by("-amount")[:MOST])
    names = Store.objects.in_bulk([row["store_id"] for row in found if row["store_id"]])
    return [Top(str(names.get(row["store_id"], "")), row["amount"], row["orders"], id=row["store_id"]) for row in found]


def pairs(most: int = MOST) -> Sequence[ProductNeighbour]:
    """The goods that most baskets held together, each pair once: with the one first of which more baskets held the
    other."""
    rows = ProductNeighbour.objects.filter(together__gte=2).select_related("product", "other")
    left_out = building.rules().left_out
    rows = rows.alias(word=Upper("product__code"), other_word=Upper("other__code"))
    rows = rows.exclude(word__in=left_out).exclude(other_word__in=left_out)
    found: dict[frozenset[UUID], ProductNeighbour] = {}
    for row in rows.order_by("-together", "-confidence", "id")[: 2 * most]:
        found.setdefault(frozenset((row.product_id, row.other_id)), row)
    return list(found.values())[:most]

"""The figures of the insight pages, worked out by night from what orders changed, and kept as small tables."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sales.models import Order
from segmentation import stats
from segmentation.insight.spans import last_of, month_of, months_before, week_of
from segmentation.models import CohortFigure, InsightState, PeriodFigure, ProductMonth, StoreMonth
from tenancy import jobs
from tenancy.database.bulk import analyze, fetch
from tenancy.models import Job, Membership, Tenant

KIND = "insights"
LONGEST_WRITE = timedelta(hours=1)
WINDOWS = {30: PeriodFigure.Grain.D30, 90: PeriodFigure.Grain.D90, 365: PeriodFigure.Grain.D365}
KEPT = 2 * 365 + 31  # days of weeks, months and cohorts
MOST_COHORTS = 24

CHANGED = """
    SELECT DISTINCT (at AT TIME ZONE %(zone)s)::date FROM sales_order WHERE updated_at >= %(since)s
"""
# An order that was given another day says nothing of the one that it left: there the customers' days differ.
LEFT = """
    SELECT coalesce(p.start, d.day) FROM (
        SELECT start, orders - anonymous AS orders FROM segmentation_periodfigure
        WHERE grain = 'day' AND start > %(after)s
    ) p FULL JOIN (
        SELECT day, sum(orders) AS orders FROM segmentation_customerday WHERE day > %(after)s GROUP BY day
    ) d ON d.day = p.start
    WHERE coalesce(p.orders, 0) <> coalesce(d.orders, 0)
"""
DAYS = """
    SELECT (at AT TIME ZONE %(zone)s)::date AS day, count(*) FILTER (WHERE total > refunded),
           count(*) FILTER (WHERE total > refunded AND customer_id IS NULL), sum(total - refunded),
           count(DISTINCT customer_id) FILTER (WHERE total > refunded), sum(total - refunded - cost),
           sum(total - refunded) FILTER (WHERE cost IS NOT NULL)
    FROM sales_order WHERE at >= %(begin)s AND at < %(end)s AND (at AT TIME ZONE %(zone)s)::date = ANY (%(days)s)
    GROUP BY 1
"""
NEWCOMERS = """
    SELECT (first_at AT TIME ZONE %(zone)s)::date, count(*) FROM segmentation_customerstats
    WHERE frequency > 0 GROUP BY 1
"""
# How many different customers: each counts on their first day of a span. Their days are sorted once for both kinds; to
# find the distinct ones by hashing took forty times as long with twenty million days.
SPANS = """
    SELECT week, month, count(*) FILTER (WHERE former IS NULL OR former < week),
           count(*) FILTER (WHERE former IS NULL OR former < month)
    FROM (
        SELECT day - (day - DATE '2000-01-03') %% 7 AS week, date_trunc('month', day::timestamp)::date AS month,
               lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS former
        FROM segmentation_customerday WHERE orders > 0 AND day > %(after)s AND day <= %(until)s
    ) days GROUP BY GROUPING SETS ((week), (month))
"""
WITHIN = """
    SELECT count(*) FILTER (WHERE within_0), count(*) FILTER (WHERE within_1), count(*) FILTER (WHERE within_2),
           count(*) FILTER (WHERE within_3), count(*) FILTER (WHERE within_4), count(*) FILTER (WHERE within_5)
    FROM (SELECT {columns} FROM segmentation_customerday
          WHERE orders > 0 AND day > %(after)s AND day <= %(until)s GROUP BY customer_id) buyers
"""
COHORTS = """
    SELECT cohort, ((extract(year FROM month) - extract(year FROM cohort)) * 12
                    + extract(month FROM month) - extract(month FROM cohort))::int, count(*)
    FROM (
        SELECT customer_id, month, lag(month) OVER (PARTITION BY customer_id ORDER BY month) AS former FROM (
            SELECT customer_id, date_trunc('month', day::timestamp)::date AS month FROM segmentation_customerday
            WHERE orders > 0 AND day >= %(first)s AND day <= %(until)s
        ) days
    ) months JOIN (
        SELECT customer_id, date_trunc('month', first_at AT TIME ZONE %(zone)s)::date AS cohort
        FROM segmentation_customerstats WHERE first_at >= %(begin)s
    ) buyers USING (customer_id)
    WHERE former IS DISTINCT FROM month AND month >= cohort GROUP BY 1, 2
"""
PRODUCTS = """
    SELECT l.product_id, date_trunc('month', o.at AT TIME ZONE %(zone)s)::date AS month, count(DISTINCT o.id),
           coalesce(sum(CASE WHEN l.is_refund THEN -abs(l.quantity) ELSE l.quantity END), 0), sum(l.amount)
    FROM sales_order o JOIN sales_orderline l ON l.order_id = o.id
    WHERE o.at >= %(begin)s AND o.at < %(end)s AND l.product_id IS NOT NULL AND NOT l.refunds_order
      AND date_trunc('month', o.at AT TIME ZONE %(zone)s)::date = ANY (%(months)s)
    GROUP BY 1, 2
"""
STORES = """
    SELECT store_id, date_trunc('month', at AT TIME ZONE %(zone)s)::date AS month,
           count(*) FILTER (WHERE total > refunded), sum(total - refunded)
    FROM sales_order WHERE at >= %(begin)s AND at < %(end)s
      AND date_trunc('month', at AT TIME ZONE %(zone)s)::date = ANY (%(months)s)
    GROUP BY 1, 2
"""


def begin(*, by: Membership | None = None, enqueue: bool = True) -> Job | None:
    """A job that renews the figures; None where nothing has changed or one is at work already."""
    at_work = Job.objects.filter(kind=KIND, state__in=[Job.State.WAITING, Job.State.RUNNING])
    if not is_due(state()) or at_work.exists():
        return None
    return jobs.create(KIND, title=str(_("Figures of the insight pages")), arguments={}, by=by, enqueue=enqueue)


def state() -> InsightState | None:
    return InsightState.objects.first()


def is_due(state: InsightState | None) -> bool:
    """Whether an order has come or changed; one that was being written while the others were looked at counts too."""
    newest = Order.objects.aggregate(newest=Max("updated_at"))["newest"]
    return newest is not None and (state is None or newest >= state.built_at - LONGEST_WRITE)


@jobs.runner(KIND)
def work(job: Job) -> Iterator[None]:
    job.total = 1
    job.result = renew()
    job.done = 1
    yield


def renew(*, full: bool = False) -> dict[str, int]:
    """Renew what the orders changed since the last time; with `full` everything. How many days were looked at."""
    tenant, before, begun = Tenant.objects.get(), state(), timezone.now()
    newest = Order.objects.filter(at__lt=stats.end_of(stats.today(tenant.zone), tenant.zone)).aggregate(at=Max("at"))
    as_of = newest["at"] and min(newest["at"].astimezone(tenant.zone).date(), stats.today(tenant.zone))
    since = before.built_at - LONGEST_WRITE if before and not full else datetime.min.replace(tzinfo=tenant.zone)
    if full or before is None:
        for model in (PeriodFigure, ProductMonth, StoreMonth):
            model.objects.all().delete()
    changed = fetch(CHANGED, {"zone": tenant.timezone, "since": since})
    left = fetch(LEFT, {"after": as_of - timedelta(days=KEPT)}) if as_of else []
    days = sorted({day for (day,) in [*changed, *left]})
    if days:
        _renew_days(days, tenant)
        _renew_months(sorted({month_of(day) for day in days}), tenant)
    if as_of is not None:
        _renew_newcomers(tenant)
        _renew_spans(as_of)
        _renew_windows(as_of)
        _renew_cohorts(as_of, tenant)
    InsightState.objects.update_or_create(defaults={"as_of": as_of, "built_at": begun})
    analyze(*(model._meta.db_table for model in (PeriodFigure, CohortFigure, ProductMonth, StoreMonth)))
    return {"days": len(days)}


def _renew_days(days: Sequence[date], tenant: Tenant) -> None:
    rows = fetch(DAYS, _bounds(days[0], days[-1], tenant) | {"days": list(days)})
    PeriodFigure.objects.filter(grain=PeriodFigure.Grain.DAY, start__in=days).delete()
    PeriodFigure.objects.bulk_create(
        [
            PeriodFigure(grain=PeriodFigure.Grain.DAY, start=day, orders=orders, anonymous=anonymous, amount=amount,
                         customers=customers, margin=margin, margin_of=margin_of)
            for day, orders, anonymous, amount, customers, margin, margin_of in rows
        ]
    )  # fmt: skip


def _renew_newcomers(tenant: Tenant) -> None:
    """A refund may move somebody's first order to a day that no order changed on: all days are put right."""
    told = dict(fetch(NEWCOMERS, {"zone": tenant.timezone}))
    rows = list(PeriodFigure.objects.filter(grain=PeriodFigure.Grain.DAY))
    moved = [row for row in rows if row.newcomers != told.get(row.start, 0)]
    for row in moved:
        row.newcomers = told.get(row.start, 0)
    PeriodFigure.objects.bulk_update(moved, ["newcomers"], batch_size=500)


def _renew_months(months: Sequence[date], tenant: Tenant) -> None:
    bounds = _bounds(months[0], last_of(months[-1]), tenant) | {"months": list(months)}
    for model, sql in ((ProductMonth, PRODUCTS), (StoreMonth, STORES)):
        rows = fetch(sql, bounds)
        model.objects.filter(month__in=months).delete()
        names = [field.attname for field in model._meta.concrete_fields if field.name not in ("id", "tenant")]
        model.objects.bulk_create([model(**dict(zip(names, row, strict=True))) for row in rows], batch_size=5000)


def _renew_spans(as_of: date) -> None:
    """Weeks and months of the last two years: sums of their days, and the different customers."""
    after = as_of - timedelta(days=KEPT)
    days = list(PeriodFigure.objects.filter(grain=PeriodFigure.Grain.DAY, start__gt=after, start__lte=as_of))
    rows, counted = [], fetch(SPANS, {"after": after, "until": as_of})
    people = {
        "week": {week: count for week, _month, count, _other in counted if week},
        "month": {month: count for _week, month, _other, count in counted if month},
    }
    for unit, begin in (("week", week_of), ("month", month_of)):
        of_span: dict[date, list[PeriodFigure]] = {}
        for day in days:
            of_span.setdefault(begin(day.start), []).append(day)
        rows += [_sum(PeriodFigure.Grain(unit), start, part, people[unit].get(start, 0))
                 for start, part in of_span.items()]  # fmt: skip
    _replace(rows, [PeriodFigure.Grain.WEEK, PeriodFigure.Grain.MONTH])


def _renew_windows(as_of: date) -> None:
    """The last 30, 90 and 365 days, and as many before each."""
    spans = [(grain, as_of - timedelta(days=turn * n - 1), as_of - timedelta(days=(turn - 1) * n))
             for n, grain in WINDOWS.items() for turn in (1, 2)]  # fmt: skip
    columns = ", ".join(f"bool_or(day BETWEEN %(from_{i})s AND %(to_{i})s) AS within_{i}" for i in range(len(spans)))
    named = {
        f"{side}_{i}": span[1 + place] for i, span in enumerate(spans) for place, side in enumerate(("from", "to"))
    }
    earliest = min(start for _grain, start, _end in spans)
    bounds = named | {"after": earliest - timedelta(days=1), "until": as_of}
    (people,) = fetch(WITHIN.format(columns=columns), bounds)
    days = list(PeriodFigure.objects.filter(grain=PeriodFigure.Grain.DAY, start__gte=earliest, start__lte=as_of))
    rows = [
        _sum(grain, start, [day for day in days if start <= day.start <= end], count)
        for (grain, start, end), count in zip(spans, people, strict=True)
    ]
    _replace(rows, list(WINDOWS.values()))


def _renew_cohorts(as_of: date, tenant: Tenant) -> None:
    first = months_before(month_of(as_of), MOST_COHORTS - 1)
    bounds = {"zone": tenant.timezone, "begin": stats.start_of(first, tenant.zone), "first": first, "until": as_of}
    CohortFigure.objects.all().delete()
    CohortFigure.objects.bulk_create(
        [
            CohortFigure(cohort=cohort, later=later, customers=customers)
            for cohort, later, customers in fetch(COHORTS, bounds)
        ]
    )


def _sum(grain: PeriodFigure.Grain, start: date, days: Collection[PeriodFigure], customers: int) -> PeriodFigure:
    added = {name: sum(getattr(day, name) for day in days) for name in ("orders", "anonymous", "amount", "newcomers")}
    for name in ("margin", "margin_of"):
        known = [value for day in days if (value := getattr(day, name)) is not None]
        added[name] = sum(known) if known else None
    return PeriodFigure(grain=grain, start=start, customers=customers, **added)


def _replace(rows: list[PeriodFigure], grains: list[PeriodFigure.Grain]) -> None:
    PeriodFigure.objects.filter(grain__in=grains).delete()
    PeriodFigure.objects.bulk_create(rows)


def _bounds(first: date, last: date, tenant: Tenant) -> dict:
    return {
        "zone": tenant.timezone, "begin": stats.start_of(first, tenant.zone), "end": stats.end_of(last, tenant.zone),
    }  # fmt: skip

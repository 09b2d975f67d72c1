"""Recency, frequency, monetary: each from 1 to 5 by the tenant's own quintiles (DEFINITIONS, Scores).

A score is 1 + the number of thresholds below the value; thresholds are percentile_disc(k/5), k = 1..4, over the
scored customers' last order date, frequency and monetary. They are stored; scores are computed when read.
"""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils import timezone

from segmentation import stats
from segmentation.models import CustomerStats, Thresholds
from tenancy import audit, context
from tenancy.database.bulk import fetch
from tenancy.models import Membership, Tenant

AXES = ("recency", "frequency", "monetary")


@dataclass(frozen=True, slots=True)
class Bins:
    """Four bounds per axis, ascending: local dates, orders, amounts."""

    recency: tuple[date, ...]
    frequency: tuple[int, ...]
    monetary: tuple[Decimal, ...]

    def score(self, *, last_day: date, frequency: int, monetary: Decimal) -> tuple[int, int, int]:
        """(r, f, m), each 1 to 5; 5 is best."""
        return (
            1 + bisect_left(self.recency, last_day),
            1 + bisect_left(self.frequency, frequency),
            1 + bisect_left(self.monetary, monetary),
        )


def bins() -> Bins | None:
    """The entered tenant's stored thresholds; None before the first scoring."""
    row = Thresholds.objects.first()
    return Bins(tuple(row.recency), tuple(row.frequency), tuple(row.monetary)) if row else None


# Figures at the end of a day: the stored row, unless the customer has orders after it.
LATER = stats.FIGURES.format(
    condition="""AND at < %(end)s AND customer_id IN
    (SELECT customer_id FROM segmentation_customerstats WHERE latest_at >= %(end)s)"""
)
AT_PRESENT = f"""
    SELECT customer_id, frequency, monetary, first_at, last_at, latest_at FROM segmentation_customerstats
    WHERE latest_at < %(end)s
    UNION ALL
    SELECT customer_id, frequency, monetary, first_at, last_at, latest_at FROM ({LATER}) raw
"""
# Days and order counts are few, so they are counted in groups; only amounts are sorted.
GROUPS = """
    SELECT (last_at AT TIME ZONE %(zone)s)::date, frequency, count(*) FROM ({figures}) f
    WHERE frequency > 0 GROUP BY 1, 2
"""
AMOUNTS = """
    SELECT percentile_disc(ARRAY[.2, .4, .6, .8]) WITHIN GROUP (ORDER BY monetary)
    FROM ({figures}) f WHERE frequency > 0
"""


def figures_sql(as_of: date, tenant: Tenant) -> tuple[str, dict]:
    """SQL of the figures at the end of the local day, columns of stats.FIGURES, and its parameters.

    Today's come from the stored rows; a past day's from the orders themselves.
    """
    parameters = {"end": stats.end_of(as_of, tenant.zone), "zone": tenant.timezone}
    before = "AND at < %(end)s"
    if as_of < stats.today(tenant.zone):
        return stats.FIGURES.format(condition=before), parameters
    return AT_PRESENT, parameters


class Computed(NamedTuple):
    """`is_present`: the stored figures are those of the day, nobody has an order after it."""

    bins: Bins
    customers: int
    is_present: bool


def compute_bins(as_of: date) -> Computed | None:
    """The quintiles at the end of that local day and how many customers are scored; None where nobody is."""
    tenant = Tenant.objects.get()
    if as_of >= stats.today(tenant.zone) and (near := _found_near(bins(), as_of, tenant)):
        return near
    return _found_by_all(as_of, tenant)


def _found_by_all(as_of: date, tenant: Tenant) -> Computed | None:
    figures, parameters = figures_sql(as_of, tenant)
    days, orders = Counter(), Counter()
    for day, frequency, people in fetch(GROUPS.format(figures=figures), parameters):
        days[day] += people
        orders[frequency] += people
    if not days:
        return None
    amounts = fetch(AMOUNTS.format(figures=figures), parameters)[0][0]
    later = "SELECT EXISTS (SELECT FROM segmentation_customerstats WHERE latest_at >= %(end)s)"
    is_present = as_of >= stats.today(tenant.zone) and not fetch(later, parameters)[0][0]
    return Computed(Bins(quintiles(days), quintiles(orders), tuple(amounts)), days.total(), is_present)


# How many customers stand between the bounds as they are: what a day moves of them is little.
STANDING = """
    SELECT width_bucket(last_at, %(r)s::timestamptz[]), frequency, width_bucket(monetary, %(m)s::numeric[]),
           latest_at >= %(end)s, count(*)
    FROM segmentation_customerstats WHERE frequency > 0 GROUP BY 1, 2, 3, 4
"""
# The value so many steps from a bound, below it and from it on.
MOMENTS = (
    """SELECT last_at FROM segmentation_customerstats WHERE frequency > 0 AND last_at < %s
       ORDER BY last_at DESC OFFSET %s LIMIT 1""",
    """SELECT last_at FROM segmentation_customerstats WHERE frequency > 0 AND last_at >= %s
       ORDER BY last_at OFFSET %s LIMIT 1""",
)
AMOUNTS_NEAR = ("SELECT segmentation_amount_near(%s, %s, false)", "SELECT segmentation_amount_near(%s, %s, true)")
SMALLEST = Decimal("0.0001")  # step of an amount


def _found_near(standing: Bins | None, as_of: date, tenant: Tenant) -> Computed | None:
    """The quintiles of the stored figures, found from where they stood along the index: sorting everybody would cost
    eight scans. None where they never stood, or somebody has an order after the day."""
    if standing is None:
        return None
    bounds = lowest_above(standing, tenant.zone)
    parameters = bounds | {"end": stats.end_of(as_of, tenant.zone)}
    recent, orders, amounts = Counter(), Counter(), Counter()
    for r, frequency, m, is_later, people in fetch(STANDING, parameters):
        if is_later:
            return None
        recent[r] += people
        orders[frequency] += people
        amounts[m] += people
    if not orders:
        return None
    moments = _walked(MOMENTS, bounds["r"], recent)
    found = _walked(AMOUNTS_NEAR, bounds["m"], amounts)
    if not (moments and found):
        return None
    days = tuple(local_day(moment, tenant.zone) for moment in moments)
    return Computed(Bins(days, quintiles(orders), found), orders.total(), True)


def _walked(steps: tuple[str, str], bounds: list, counted: Counter) -> tuple:
    """The values at the ranks k/5, k = 1..4, each sought from a bound; `counted` says how many stand between them.
    None where they are no more."""
    found, total, below = [], counted.total(), 0
    down, up = steps
    for k, bound in enumerate(bounds):
        below += counted[k]
        rank = -(-total * (k + 1) // 5)
        rows = fetch(down, [bound, below - rank]) if rank <= below else fetch(up, [bound, rank - below - 1])
        if not rows or rows[0][0] is None:  # somebody has left since they were counted
            return ()
        found.append(rows[0][0])
    return tuple(found)


def lowest_above(bins: Bins, zone: ZoneInfo) -> dict[str, list]:
    """The smallest value of each column that scores above each threshold, as width_bucket wants them."""
    return {
        "r": [stats.end_of(day, zone) for day in bins.recency],
        "f": [bound + 1 for bound in bins.frequency],
        "m": [bound + SMALLEST for bound in bins.monetary],
    }


def quintiles(counted: Counter) -> tuple:
    """percentile_disc(k/5), k = 1..4, of values that stand as often as they are counted."""
    bounds, reached, total = [], 0, counted.total()
    for value in sorted(counted):
        reached += counted[value]
        while len(bounds) < 4 and reached * 5 >= total * (len(bounds) + 1):
            bounds.append(value)
    return tuple(bounds)


def store_bins(new: Bins, *, as_of: date) -> bool:
    """Keep the thresholds; False where they stand already. Frozen ones are not moved."""
    row = Thresholds.objects.select_for_update().first()
    if row and (row.frozen or Bins(tuple(row.recency), tuple(row.frequency), tuple(row.monetary)) == new):
        return False
    Thresholds.objects.update_or_create(
        tenant_id=context.current_tenant_id(),
        defaults={
            "recency": list(new.recency),
            "frequency": list(new.frequency),
            "monetary": list(new.monetary),
            "as_of": as_of,
        },
    )
    return True


def set_bins(new: Bins | None, *, frozen: bool, as_of: date, by: Membership) -> None:
    """The company's own thresholds, or with None those that stand; frozen ones stay until they may follow again."""
    row = Thresholds.objects.select_for_update().first()
    if row is None:
        row = Thresholds(as_of=as_of)
    before = [row.frozen, *(str(bound) for axis in AXES for bound in getattr(row, axis))]
    if new:
        for axis in AXES:
            setattr(row, axis, list(getattr(new, axis)))
    row.frozen, row.as_of, row.computed_at = frozen, as_of, timezone.now()
    row.save()
    after = [row.frozen, *(str(bound) for axis in AXES for bound in getattr(row, axis))]
    audit.record("thresholds.changed", row, by=by, changes={"bounds": [before, after]})


def score_of(row: CustomerStats, bins: Bins, zone: ZoneInfo) -> tuple[int, int, int] | None:
    """(r, f, m) of a customer's row; None for one without counted orders."""
    if not row.frequency or row.last_at is None:
        return None
    return bins.score(last_day=local_day(row.last_at, zone), frequency=row.frequency, monetary=row.monetary)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()

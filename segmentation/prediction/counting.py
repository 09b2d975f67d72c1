"""How many customers are likely to buy, and what they will be worth, in bands: what the pages draw.

Those of the whole company are counted at the end of each scoring and kept with the model; a narrower scope is counted
when asked.
"""

from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, F, IntegerField, QuerySet, Sum, Value
from django.db.models.expressions import Window
from django.db.models.functions import Floor, Least, Ntile

from customers.models import Customer
from segmentation.models import Prediction, PredictionModel
from tenancy.models import Membership
from tenancy.permissions import Scope

BANDS = 10
NOW = "now"


class Counted(NamedTuple):
    """`bands[i]` are customers with p from i/10 to (i+1)/10; `buyers` are expected to buy. `tenths` go from the most
    valuable tenth: mappings of people, clv (their sum), low, high (their bounds)."""

    people: int
    buyers: float
    clv: Decimal
    bands: list[int]
    tenths: list[dict[str, Any]]


def visible(member: Membership) -> QuerySet[Prediction]:
    """What is said of the customers that the member sees."""
    rows = Prediction.objects.all()
    return rows if member.scope == Scope.ALL else rows.filter(customer__in=Customer.objects.visible_to(member))


def counted(row: PredictionModel, *, member: Membership) -> Counted:
    kept = row.metrics.get(NOW)
    if kept and member.scope == Scope.ALL:
        return Counted(**{**kept, "clv": Decimal(kept["clv"])})
    return count(visible(member))


def keep(row: PredictionModel) -> None:
    """Count the whole company and keep it with the model."""
    found = count(Prediction.objects.all())
    fresh = PredictionModel.objects.select_for_update().get(id=row.id)
    fresh.metrics = {**fresh.metrics, NOW: {**found._asdict(), "clv": str(found.clv)}}
    fresh.save(update_fields=["metrics"])


def count(rows: QuerySet[Prediction]) -> Counted:
    totals = rows.aggregate(people=Count("customer_id"), buyers=Sum("p_buy"), clv=Sum("clv"))
    band = Least(Floor(F("p_buy") * BANDS), Value(BANDS - 1.0), output_field=IntegerField())
    bands = dict(rows.annotate(band=band).order_by().values_list("band").annotate(n=Count("customer_id")))
    return Counted(
        totals["people"],
        round(totals["buyers"] or 0.0, 1),
        totals["clv"] or Decimal(0),
        [bands.get(place, 0) for place in range(BANDS)],
        _tenths(rows),
    )


def _tenths(rows: QuerySet[Prediction]) -> list[dict[str, Any]]:
    """In one sort: the most valuable tenth first; of fewer than ten customers each is a part of its own."""
    tenth = Window(Ntile(BANDS), order_by=[F("clv").desc(), F("customer_id").desc()])
    sql, parameters = rows.annotate(tenth=tenth).order_by().values("tenth", "clv").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT tenth, count(*), sum(clv), min(clv), max(clv) FROM ({sql}) t GROUP BY 1 ORDER BY 1", parameters
        )
        return [
            {"people": people, "clv": float(clv), "low": float(low), "high": float(high)}
            for _tenth, people, clv, low, high in cursor.fetchall()
        ]

"""The people behind the figures, and those worth winning back."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from segmentation.models import Prediction
from segmentation.prediction import counting, predicting, reasons
from segmentation.prediction.forms import PeopleForm
from segmentation.prediction.views import csv_of
from tenancy import audit
from tenancy.access import requires
from tenancy.paging import cursor_of, page
from tenancy.permissions import Permission

UNLIKELY = 0.5  # who is more likely to come than not needs no winning back
MOST = 1000  # rows of a file
CENT = Decimal("0.01")


def likely_lost(rows: QuerySet[Prediction]) -> QuerySet[Prediction]:
    """Who is unlikely to come, with something at stake; nobody who was erased."""
    return rows.filter(p_buy__lt=UNLIKELY, at_stake__gte=CENT, customer__erased_at=None)


@requires(Permission.CUSTOMERS_VIEW)
def win_back(request: HttpRequest) -> HttpResponse:
    """The customers whose leaving would cost most, with the reason, of those whom the member sees."""
    rows = likely_lost(counting.visible(request.member)).select_related("customer")
    found = page(rows, by=["-at_stake", "-customer_id"], size=30, cursor=cursor_of(request))
    return render(request, "predictions/win_back.html", _context(found, model=predicting.in_use()))


@requires(Permission.CUSTOMERS_VIEW)
def people(request: HttpRequest) -> HttpResponse:
    """The customers that a bar of a chart counts, the most valuable first."""
    form = PeopleForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    rows = counting.visible(request.member).select_related("customer")
    if (band := asked.get("band")) is not None:
        rows = rows.filter(p_buy__gte=band / counting.BANDS)
        if band < counting.BANDS - 1:
            rows = rows.filter(p_buy__lt=(band + 1) / counting.BANDS)
    if (least := asked.get("least")) is not None:
        rows = rows.filter(clv__gte=least)
    if (most := asked.get("most")) is not None:
        rows = rows.filter(clv__lte=most)
    found = page(rows, by=["-clv", "-customer_id"], size=30, cursor=cursor_of(request))
    context = _context(found, model=predicting.in_use(), asked=asked)
    if band is not None:
        context |= {"low": band / counting.BANDS, "high": (band + 1) / counting.BANDS}
    return render(request, "predictions/people.html", context)


def _context(found, **more) -> dict[str, Any]:
    told = reasons.of_many([row.customer_id for row in found.rows])
    return {"page": found, "rows": [(row, told.get(row.customer_id, [])) for row in found.rows], **more}


@require_POST
@requires(Permission.CUSTOMERS_EXPORT)
def files(request: HttpRequest) -> HttpResponse:
    """The first thousand of the win-back list; who took it is kept in the audit."""
    rows = likely_lost(counting.visible(request.member)).select_related("customer")
    chosen = list(rows.order_by("-at_stake", "-customer_id")[:MOST])
    told = reasons.of_many([row.customer_id for row in chosen])
    lines: list[list] = [["customer_id", "name", "p_buy", "horizon_days", "clv", "at_stake", "reasons"]]
    for row in chosen:
        words = " ".join(told.get(row.customer_id, []))
        chance = Decimal(str(row.p_buy))
        lines.append([str(row.customer_id), row.customer.name, chance, row.horizon_days, row.clv, row.at_stake, words])
    audit.record("predictions.exported", by=request.member, changes={"rows": len(chosen)})
    return csv_of(lines, "win-back.csv")

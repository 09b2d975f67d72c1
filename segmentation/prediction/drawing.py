"""What the pages of predictions show, made of what is kept with the model."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from segmentation.models import PredictionModel
from segmentation.prediction.counting import Counted
from tenancy.addresses import reverse_in
from tenancy.permissions import Permission

EPOCH = date(1970, 1, 1)
MODELS = {
    "in_use": gettext_lazy("In use"),
    "recency": gettext_lazy("Bought within that time before"),
    "mbg": gettext_lazy("MBG/NBD by the calendar"),
    "clock": gettext_lazy("MBG/NBD by the business clock"),
    "logistic": gettext_lazy("Logistic regression"),
    "trees": gettext_lazy("Boosted trees"),
}


def bands(counted: Counted, request: HttpRequest) -> list[dict[str, Any]]:
    """Customers by how likely they are to buy, as points of a bar chart that lead to the people."""
    points = []
    for place, people in enumerate(counted.bands):
        point = {"label": f"{place * 10}–{place * 10 + 10}%", "value": people}
        points.append(_linked(point, request, people, f"band={place}"))
    return points


def tenths(counted: Counted, request: HttpRequest) -> list[dict[str, Any]]:
    """What each tenth of the customers is expected to spend, from the most valuable."""
    points = []
    for place, one in enumerate(counted.tenths, 1):
        note = ngettext("%(n)d customer", "%(n)d customers", one["people"]) % {"n": one["people"]}
        point = {**one, "label": str(place), "value": one["clv"], "note": note}
        points.append(_linked(point, request, one["people"], f"least={one['low']:.2f}&most={one['high']:.2f}"))
    return points


def _linked(point: dict, request: HttpRequest, people: int, query: str) -> dict:
    if people and request.member.can(Permission.CUSTOMERS_VIEW):
        point["url"] = f"{reverse_in(request, 'predictions:people')}?{query}"
    return point


def cuts(metrics: dict) -> list[dict[str, Any]]:
    """The backtest: each day with a row for each model, the one in use first."""
    return [
        {
            "day": date.fromisoformat(cut["cut"]),
            "customers": cut["customers"],
            "buyers": cut["buyers"],
            "rows": [{"label": MODELS[name], "is_used": name == "in_use", **cut["models"][name]}
                     for name in MODELS if name in cut["models"]],
        }
        for cut in metrics.get("cuts", [])
    ]  # fmt: skip


def calibration(metrics: dict) -> dict[str, Any] | None:
    """The groups of the latest day: how many were said to come, and how many came."""
    judged = metrics.get("cuts", [])
    if not judged:
        return None
    return {"day": date.fromisoformat(judged[-1]["cut"]), "points": judged[-1]["calibration"]}


def why(row: PredictionModel) -> str:
    """Why there is no better model, in words; empty where there is none better."""
    told = row.parameters["why"]
    if not told:
        return ""
    words = {
        "customers": _("There are %(have)d customers with an order; a model needs %(need)d."),
        "repeats": _("Customers have come back %(have)d times in all; a model needs %(need)d."),
        "days": _("The orders do not reach back far enough to see who came back within the time asked for."),
        "buyers": _(
            "On earlier days at most %(have)d customers came, or stayed away; to learn from that %(need)d are needed."
        ),
    }
    return words[told["kind"]] % told


def clock(row: PredictionModel) -> dict[str, Any] | None:
    """How the business clock runs in the time to come, where it is not the calendar."""
    bases = row.parameters["bases"]
    if not bases or not bases["clock"]["weights"]:
        return None
    weights, begin = bases["clock"]["weights"], bases["clock"]["begin"]
    if len(weights) < 365:
        return {"ahead": None}
    place = row.parameters["cut"] - begin + 1 - 365
    ahead = weights[place : place + row.horizon_days]
    return {"ahead": sum(ahead) / len(ahead) if ahead else None}


def parts(row: PredictionModel) -> list[dict[str, Any]]:
    """What the blend is made of, with the weight of each."""
    told = row.parameters
    names = ["clock", *(name for name in ("logistic", "trees") if told[name])]
    if told["kind"] != "blend":
        return []
    return [{"label": MODELS[name], "weight": weight} for name, weight in zip(names, told["weights"], strict=True)]


def tested_value(metrics: dict) -> list[dict[str, Any]]:
    """How the forecasts of spending did on each day of the backtest."""
    horizon = timedelta(days=metrics.get("horizon", 0))
    return [
        {"day": date.fromisoformat(cut["cut"]), "until": date.fromisoformat(cut["cut"]) + horizon, **cut["value"]}
        for cut in metrics.get("cuts", [])
        if cut["value"]
    ]

"""How the model in use, and each that it is made of, would have done on past days, told nothing of what came after."""

from datetime import date, timedelta
from statistics import median
from typing import Any

import numpy as np

from segmentation.prediction import buying, measures, training, worth
from segmentation.prediction.chances import expit
from segmentation.prediction.histories import Array
from segmentation.prediction.looks import Look, Looks
from segmentation.prediction.training import Predictor

CUTS = 4
MOST_CUTS = 24
SHOWN = 4  # decimals
EPOCH = date(1970, 1, 1)
FEWEST = 2  # customers at a cut
IN_USE = "in_use"


def backtest(looks: Looks, *, cuts: int = CUTS) -> dict[str, Any]:
    """Over the last `cuts` days that lie whole horizons before the last purchase; as JSON."""
    return summed([judged(looks, day) for day in days(looks, cuts)], looks.horizon)


def days(looks: Looks, cuts: int = CUTS) -> list[int]:
    """The days that can be judged, the earliest first."""
    found = [looks.end - turn * looks.horizon for turn in range(cuts, 0, -1)]
    return [day for day in found if day >= looks.begin and len(looks.at(day)) >= FEWEST]


def judged(looks: Looks, cut: int) -> dict[str, Any]:
    """One cut: how many customers and buyers there were, how each model did, calibration, and worth."""
    look, predictor = looks.at(cut), training.train(looks, cut)
    told = predictions(look, predictor)
    p, came = told[IN_USE], look.came
    return {
        "cut": (EPOCH + timedelta(days=cut)).isoformat(),
        "customers": len(look),
        "buyers": int(came.sum()),
        "kind": predictor.kind,
        "why": predictor.why._asdict() if predictor.why else None,
        "models": {name: figures(of, came) for name, of in told.items()},
        "calibration": [
            {"customers": count, "p": _short(mean), "share": _short(share)}
            for count, mean, share in measures.reliability(p, came)
        ],
        "value": _valued(looks, look, predictor, p),
    }  # fmt: skip


def predictions(look: Look, predictor: Predictor) -> dict[str, Array]:
    """Name of a model → the probability of each customer: the model in use, its parts, and the recency rule."""
    told = {IN_USE: predictor.of(look), "recency": (look.history.recency < look.horizon).astype(float)}
    try:
        told |= {"mbg": look.p_by_calendar, "clock": look.p_by_clock}
    except buying.NotEnough:
        return told
    if predictor.logistic is not None:
        told["logistic"] = expit(predictor.logistic.logit(look.features))
    if predictor.trees is not None:
        told["trees"] = expit(predictor.trees.logit(look.features))
    return told


def figures(p: Array, came: Array) -> dict[str, float | None]:
    return {
        "auc": _short(measures.auc(p, came)),
        "brier": _short(measures.brier(p, came)),
        "ece": _short(measures.ece(p, came)),
        "lift10": _short(measures.lift(p, came)),
        "forecast_over_actual": _short(measures.over_actual(p, came)),
    }


def _valued(looks: Looks, look: Look, predictor: Predictor, p: Array) -> dict[str, Any] | None:
    """How well customers were told apart by what they would be worth within the horizon."""
    money = worth.fit_spending(look.history)
    if predictor.bases is None or money is None:
        return None
    told = worth.worth(
        look.history, predictor.bases, money.model, p, horizon=look.horizon, days=look.horizon,
        spread=worth.spread(looks, look.cut),
    )  # fmt: skip
    spent = np.maximum(look.spent, 0)
    inside = (spent >= told.low) & (spent <= told.high)
    order = np.argsort(-told.clv, kind="stable")
    deciles = [
        {"customers": len(part), "expected": _money(told.clv[part]), "spent": _money(spent[part])}
        for part in np.array_split(order, 10)
        if len(part)
    ]
    return {
        "gini": _short(measures.gini(told.clv, spent)),
        "covered": _short(float(inside.mean())),
        "expected_over_spent": _short(float(told.clv.sum() / spent.sum())) if spent.sum() > 0 else None,
        "deciles": deciles,
    }


def _money(amounts: Array) -> float:
    return round(float(amounts.mean()), 2)


def summed(cuts: list[dict], horizon: int) -> dict[str, Any]:
    """The cuts, and the middle of each figure over them."""

    def middle(model: str, figure: str) -> float | None:
        found = [one["models"][model][figure] for one in cuts if model in one["models"]]
        found = [value for value in found if value is not None]
        return _short(median(found)) if found else None

    ginis = [one["value"]["gini"] for one in cuts if one["value"] and one["value"]["gini"] is not None]
    return {
        "horizon": horizon,
        "cuts": cuts,
        "median_ece": middle(IN_USE, "ece"),
        "auc": middle(IN_USE, "auc"),
        "brier": middle(IN_USE, "brier"),
        "recency_auc": middle("recency", "auc"),
        "recency_brier": middle("recency", "brier"),
        "forecast_over_actual": middle(IN_USE, "forecast_over_actual"),
        "gini": _short(median(ginis)) if ginis else None,
    }


def _short(value: float) -> float | None:
    return round(float(value), SHOWN) if np.isfinite(value) else None

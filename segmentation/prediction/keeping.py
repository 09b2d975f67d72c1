"""A model as JSON, and from JSON: numbers and names alone, so that it is read by any later version of numpy."""

from typing import Any, NamedTuple

import numpy as np

from segmentation.prediction import spending
from segmentation.prediction.buying import Buying, Fitted
from segmentation.prediction.clock import Clock
from segmentation.prediction.learned import Logistic, Trees
from segmentation.prediction.looks import Bases
from segmentation.prediction.training import Predictor, Rule, Why

VERSION = 1


class Kept(NamedTuple):
    """All that is needed to say something of a customer."""

    predictor: Predictor
    money: spending.Spending | None
    spread: float


def packed(kept: Kept) -> dict[str, Any]:
    """As JSON can hold it."""
    one = kept.predictor
    return {
        "version": VERSION,
        "kind": one.kind,
        "cut": one.cut,
        "horizon": one.horizon,
        "rule": one.rule.__dict__,
        "why": one.why._asdict() if one.why else None,
        "bases": one.bases and _bases(one.bases),
        "logistic": one.logistic and _numbers(one.logistic),
        "trees": one.trees and _numbers(one.trees),
        "weights": list(map(float, one.weights)),
        "slope": one.slope,
        "level": one.level,
        "unit": one.unit,
        "learned_from": one.learned_from,
        "days": list(map(int, one.days)),
        "money": kept.money and kept.money._asdict(),
        "spread": kept.spread,
    }


def opened(told: dict[str, Any]) -> Kept:
    bases = told["bases"]
    predictor = Predictor(
        kind=told["kind"],
        cut=told["cut"],
        horizon=told["horizon"],
        rule=Rule(**told["rule"]),
        bases=bases and _bases_of(bases),
        logistic=told["logistic"] and Logistic(**_arrays(told["logistic"])),
        trees=told["trees"] and Trees(**_arrays(told["trees"])),
        weights=tuple(told["weights"]),
        slope=told["slope"],
        level=told["level"],
        unit=told["unit"],
        learned_from=told["learned_from"],
        why=told["why"] and Why(**told["why"]),
        days=tuple(told["days"]),
    )
    return Kept(predictor, told["money"] and spending.Spending(**told["money"]), told["spread"])


def _bases(bases: Bases) -> dict[str, Any]:
    return {
        "by_calendar": _fitted(bases.by_calendar),
        "by_clock": _fitted(bases.by_clock),
        "clock": {"begin": int(bases.clock.begin), "weights": bases.clock.weights.tolist()},
        "way": bases.way,
        "strength": bases.strength,
        "gain": bases.gain,
    }


def _bases_of(told: dict[str, Any]) -> Bases:
    clock = Clock(told["clock"]["begin"], np.array(told["clock"]["weights"], dtype=float))
    fitted = [
        Fitted(Buying(**one["model"]), one["log_likelihood"], one["n"])
        for one in (told["by_calendar"], told["by_clock"])
    ]
    return Bases(*fitted, clock, told["way"], told["strength"], told["gain"])


def _fitted(one: Fitted) -> dict[str, Any]:
    return {
        "model": one.model._asdict(),
        "log_likelihood": one.log_likelihood,
        "n": one.n,
    }


def _numbers(one: Logistic | Trees) -> dict[str, Any]:
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in one._asdict().items()}


def _arrays(told: dict[str, Any]) -> dict[str, Any]:
    return {name: np.array(value) if isinstance(value, list) else value for name, value in told.items()}

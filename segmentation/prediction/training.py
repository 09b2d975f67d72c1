"""Learning from the past who comes back: which models speak, with what weight, and how sure they may be.

A model for the day `cut` is learned from the purchases until then alone. It learns from earlier days whose horizon had
passed by then, so that it is known who came. What it learns there is how customers differ from one another: how likely
all of them are in the mean moves with the season, so that is taken from the business clock, put right by how far the
clock was wrong on earlier days.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from segmentation.prediction import learned
from segmentation.prediction.chances import expit, logit
from segmentation.prediction.clock import YEAR
from segmentation.prediction.histories import Array
from segmentation.prediction.learned import Logistic, Trees
from segmentation.prediction.looks import Bases, Look, Looks

EVERY, DAYS = 30, 5  # days between those learned from, and how many
FEWEST = 100  # customers for any model
FEWEST_AGAIN = 20  # purchases after the first
FEWEST_BUYERS = 50  # and as many who did not come, before anything is learned from who came
FEWEST_FOR_TREES = 1000
SETTLED = 180  # days of history at which a purchase model's level says something of the season
LEVELS = 4  # earlier days that say how far the clock was wrong
WRONG = 0.3  # standard deviation of how wrong it is from one day to the next, in logits
EQUAL = 50.0  # weight, in customers, of the guess that all models are alike good
SLOPE = 0.25  # standard deviation of the guess that their logits are neither too bold nor too timid


class Why(NamedTuple):
    """Why there is no better model: `kind` names the reason, `have` and `need` are numbers of it."""

    kind: str
    have: int
    need: int


@dataclass(frozen=True)
class Rule:
    """For those too few for a model: the share who came of like customers on an earlier day, drawn to all's."""

    within: float
    later: float

    def p(self, recency: Array, horizon: int) -> Array:
        return np.where(recency < horizon, self.within, self.later)


@dataclass(frozen=True)
class Predictor:
    """What says p for a company. `kind` is "rule", "clock" or "blend"."""

    kind: str
    cut: int
    horizon: int
    rule: Rule
    bases: Bases | None = None
    logistic: Logistic | None = None
    trees: Trees | None = None
    weights: tuple[float, ...] = (1.0,)  # of clock, logistic, trees
    slope: float = 1.0
    level: float = 0.0
    unit: float = 1.0
    learned_from: int = 0  # customers on earlier days
    why: Why | None = None
    days: tuple[int, ...] = field(default=())

    def p(self, history, features: Array | None, by_clock: Array | None) -> Array:
        """Probability of each to buy within the horizon."""
        if self.kind == "rule":
            return self.rule.p(history.recency, self.horizon)
        parts = [logit(by_clock)]
        if self.logistic is not None:
            parts.append(self.logistic.logit(features))
        if self.trees is not None:
            parts.append(self.trees.logit(features))
        return expit(self.level + self.slope * (np.array(self.weights) @ np.array(parts)))

    def of(self, look: Look) -> Array:
        if self.kind == "rule":
            return self.p(look.history, None, None)
        return self.p(look.history, look.features if self.logistic else None, look.p_by_clock)


def train(looks: Looks, cut: int) -> Predictor:
    """The model in use for the day `cut`."""
    now, horizon = looks.at(cut), looks.horizon
    rule = learn_rule(looks, cut)
    again = int(now.history.x.sum())
    for kind, have, need in (("customers", len(now), FEWEST), ("repeats", again, FEWEST_AGAIN)):
        if have < need:
            return Predictor("rule", cut, horizon, rule, why=Why(kind, have, need))
    past = [looks.at(day) for day in _days(looks, cut)]
    learner = _learn(past)
    if isinstance(learner, Why):
        level = _level(now.p_by_clock, _target(looks, cut), 1.0)
        return Predictor("clock", cut, horizon, rule, now.bases, level=level, unit=now.unit, why=learner)
    weights, slope = _weighed(looks, cut, count=1 + len(learner))
    models = dict(zip(("logistic", "trees"), learner, strict=False))
    blended = weights @ np.array([logit(now.p_by_clock), *(one.logit(now.features) for one in learner)])
    level = _shift(slope * blended, _target(looks, cut))
    return Predictor(
        "blend", cut, horizon, rule, now.bases, **models, weights=tuple(weights), slope=slope, level=level,
        unit=now.unit, learned_from=sum(map(len, past)), days=tuple(look.cut for look in past),
    )  # fmt: skip


def learn_rule(looks: Looks, cut: int) -> Rule:
    """Of those who had bought within the horizon before an earlier day, and of the others, the share who came."""
    before = looks.at(cut - looks.horizon)
    came, recent = before.came, before.history.recency < looks.horizon
    share = (came.sum() + 1) / (len(before) + 2)
    shares = [(came[who].sum() + 4 * share) / (who.sum() + 4) for who in (recent, ~recent)]
    return Rule(float(shares[0]), float(shares[1]))


def _days(looks: Looks, cut: int) -> list[int]:
    """Earlier days to learn from, whose horizon has passed by `cut`."""
    latest = cut - looks.horizon
    return [day for day in range(latest, latest - EVERY * DAYS, -EVERY) if _is_ripe(looks, day)]


def _is_ripe(looks: Looks, day: int) -> bool:
    """Whether enough had happened by that day for a purchase model."""
    if day - looks.begin < min(looks.horizon, 2 * EVERY):
        return False
    look = looks.at(day)
    return len(look) >= FEWEST and look.history.x.sum() >= FEWEST_AGAIN


def _learn(past: list[Look]) -> list[Logistic | Trees] | Why:
    if not past:
        return Why("days", 0, 1)
    bought = np.concatenate([look.came for look in past])
    rarer = int(min(past[0].came.sum(), (~past[0].came).sum()))
    if rarer < FEWEST_BUYERS:
        return Why("buyers", rarer, FEWEST_BUYERS)
    rows = np.concatenate([look.features for look in past])
    made: list[Logistic | Trees] = [learned.logistic(rows, bought)]
    if len(rows) >= FEWEST_FOR_TREES:
        made.append(learned.trees(rows, bought))
    return made


def _weighed(looks: Looks, cut: int, *, count: int) -> tuple[Array, float]:
    """Weights of the models and the slope of what they say together, from how they did on days not learned from.

    Models are learned for the latest day whose horizon has passed, as of that day, and judged on who came; only by
    how they rank and spread customers, since the level is set elsewhere.
    """
    equal = np.full(count, 1 / count)
    day = cut - looks.horizon
    if not _is_ripe(looks, day):
        return equal, 1.0
    learner = _learn([looks.at(one) for one in _days(looks, day)])
    if isinstance(learner, Why) or 1 + len(learner) != count:
        return equal, 1.0
    look = looks.at(day)
    parts = np.array([logit(look.p_by_clock), *(one.logit(look.features) for one in learner)])
    return _stacked(parts, look.came.astype(float))


def _stacked(parts: Array, came: Array) -> tuple[Array, float]:
    """Weights that add up to 1 and a slope, at which `came` is likely, the level free; drawn to equal and 1."""
    from scipy import optimize

    count = len(parts)
    centred = parts - parts.mean(axis=1, keepdims=True)

    def falling(point: Array) -> float:
        weights, slope, level = _softmax(point[:count]), np.exp(point[count]), point[-1]
        z = level + slope * (weights @ centred)
        guess = EQUAL / 2 * ((weights - 1 / count) ** 2).sum() + (point[count] / SLOPE) ** 2 / 2
        return np.logaddexp(0, z).sum() - came @ z + guess

    start = np.zeros(count + 2)
    start[-1] = logit(np.array([came.mean()]))[0]
    found = optimize.minimize(falling, start, method="L-BFGS-B", bounds=[(-5, 5)] * count + [(-1, 0.5), (-9, 9)])
    return _softmax(found.x[:count]), float(np.exp(found.x[count]))


def _softmax(point: Array) -> Array:
    raised = np.exp(point - point.max())
    return raised / raised.sum()


def _target(looks: Looks, cut: int) -> float:
    """The share of customers that is expected to come.

    The clock's, put right by how wrong it was before; where there is such a day, the mean of that and of what the
    calendar says, put right by how wrong it was on the same day a year ago. Two forecasts that err differently err
    less together.
    """
    now = looks.at(cut)
    forecasts = [expit(logit(now.p_by_clock) + _wrong(looks, cut)).mean()]
    year_ago = cut - YEAR
    if year_ago - looks.begin >= SETTLED and year_ago + looks.horizon <= cut and _is_ripe(looks, year_ago):
        then = looks.at(year_ago)
        offset, trust = _offset(then.p_by_calendar, then.came)
        forecasts.append(expit(logit(now.p_by_calendar) + offset * trust).mean())
    return float(expit(logit(np.array(forecasts)).mean()))


def _wrong(looks: Looks, cut: int) -> float:
    """How far the clock's logits were too low, over earlier days at which it knew as much of the seasons as now."""
    seasons = cut - looks.begin >= YEAR and looks.at(cut).bases.clock.has_seasons
    found = []
    for turn in range(1, LEVELS + 1):
        day = cut - turn * looks.horizon
        if not _is_ripe(looks, day) or (seasons and day - looks.begin < YEAR):
            break
        look = looks.at(day)
        found.append(_offset(look.p_by_clock, look.came))
    if not found:
        return 0.0
    offsets, trusts = np.array(found).T
    return float(trusts @ offsets / (trusts.sum() + 1))


def _offset(p: Array, came: Array) -> tuple[float, float]:
    """By how much the logits must be raised that as many come as did, and how far that is to be trusted, to 1."""
    share = np.clip(came.mean(), 0.5 / len(came), 1 - 0.5 / len(came))
    chance = 1 / (len(came) * share * (1 - share))
    return _shift(logit(p), float(share)), WRONG**2 / (WRONG**2 + chance)


def _level(p: Array, target: float, slope: float) -> float:
    return _shift(slope * logit(p), target)


def _shift(z: Array, target: float) -> float:
    """What must be added to the logits `z` for a mean probability of `target`."""
    from scipy import optimize

    target = float(np.clip(target, 1e-6, 1 - 1e-6))
    return float(optimize.brentq(lambda level: expit(z + level).mean() - target, -30, 30))

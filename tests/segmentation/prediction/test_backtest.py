"""Nothing of what comes after a day is in what is said on it; and what is said is better than a guess."""

import json

import numpy as np
import pytest

from segmentation.prediction import backtest, keeping, learned, making, measures, predicting, training
from segmentation.prediction.daily import Daily, bought, history
from segmentation.prediction.looks import Looks
from tests.segmentation.prediction.populations import shop

HORIZON = 60
CUT = 420


@pytest.fixture(scope="module")
def daily():
    return shop(1500, days=500, season=0.5)


def test_future_is_not_looked_at(daily):
    """Days after the cut are shuffled among customers and days, and made ten times as many."""
    dice = np.random.default_rng(1)
    after = np.flatnonzero(daily.day > CUT)
    rows = np.concatenate([np.flatnonzero(daily.day <= CUT), np.repeat(after, 10)])
    customer, day = daily.customer[rows], daily.day[rows]
    late = day > CUT
    customer[late] = dice.permutation(customer[late])
    day[late] = dice.integers(CUT + 1, 500, late.sum())
    order = np.lexsort((day, customer))
    other = Daily(customer[order], day[order], daily.orders[rows][order], daily.amount[rows][order])
    one, two = (Looks(told, HORIZON) for told in (daily, other))
    first, second = (made.of(looks.at(CUT)) for looks in (one, two) for made in [training.train(looks, CUT)])
    assert not np.array_equal(one.at(CUT).came, two.at(CUT).came)
    np.testing.assert_array_equal(first, second)


def test_past_is_looked_at(daily):
    kept = daily.of(np.arange(1500) % 7 != 0)
    one, two = (training.train(Looks(told, HORIZON), CUT).of(Looks(told, HORIZON).at(CUT)) for told in (daily, kept))
    assert len(one) > len(two)


def test_model_in_use_beats_the_recency_rule_and_is_calibrated(daily):
    found = backtest.backtest(Looks(daily, HORIZON))
    assert len(found["cuts"]) == 4
    for cut in found["cuts"]:
        used, rule = cut["models"]["in_use"], cut["models"]["recency"]
        assert used["auc"] > rule["auc"]
        assert used["brier"] < rule["brier"]
    assert found["median_ece"] < 0.06
    assert 0.7 < found["forecast_over_actual"] < 1.4
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_interval_holds_what_eight_of_ten_spend(daily):
    covered = [cut["value"]["covered"] for cut in backtest.backtest(Looks(daily, HORIZON))["cuts"]]
    assert min(covered) > 0.75


def test_model_is_read_as_it_was_written(daily):
    looks = Looks(daily, HORIZON)
    kept = making.made(looks, CUT)
    again = keeping.opened(json.loads(json.dumps(keeping.packed(kept), allow_nan=False)))
    assert kept.predictor.kind == "blend"
    now = looks.at(CUT)
    np.testing.assert_allclose(again.predictor.of(now), kept.predictor.of(now), rtol=1e-9)
    said = predicting.say(again, now.history)
    np.testing.assert_allclose(said.p_buy, kept.predictor.of(now), rtol=1e-9)
    assert (said.low <= said.clv).all()
    assert (said.clv <= said.high).all()


def test_one_customer_alone_is_told_the_same_as_among_all(daily):
    looks = Looks(daily, HORIZON)
    kept, now = making.made(looks, CUT), looks.at(CUT)
    among = predicting.say(kept, now.history)
    for place in range(0, len(now), 97):
        alone = daily.of(np.arange(1500) == now.history.customer[place])
        said = predicting.say(kept, history(alone, CUT))
        np.testing.assert_allclose([one[0] for one in said], [one[place] for one in among], rtol=1e-9)


def test_trees_say_what_they_said_where_they_grew():
    from sklearn.ensemble import HistGradientBoostingClassifier

    dice = np.random.default_rng(4)
    rows = dice.normal(size=(3000, 6))
    came = dice.random(3000) < 1 / (1 + np.exp(-rows[:, 0] * rows[:, 1] - rows[:, 2]))
    theirs = HistGradientBoostingClassifier(**learned.TREES).fit(rows, came).predict_proba(rows)[:, 1]
    np.testing.assert_allclose(1 / (1 + np.exp(-learned.trees(rows, came).logit(rows))), theirs, atol=1e-9)


def test_regression_says_what_others_say():
    from sklearn.linear_model import LogisticRegression

    dice = np.random.default_rng(4)
    rows = dice.normal(size=(800, 4)) * [1, 10, 0.1, 0] + 3
    came = dice.random(800) < 1 / (1 + np.exp(-(rows[:, 0] - 3) - (rows[:, 1] - 3) / 5))
    ours = learned.logistic(rows, came)
    scaled = (rows - ours.mean) / ours.scale
    theirs = LogisticRegression(C=1 / learned.TAMED, tol=1e-8).fit(scaled, came)
    np.testing.assert_allclose(ours.coefficients, theirs.coef_[0], atol=1e-4)
    assert ours.intercept == pytest.approx(theirs.intercept_[0], abs=1e-4)


@pytest.mark.parametrize("n", [0, 1, 2, 30])
def test_a_handful_is_told_by_a_rule_that_says_why(n):
    daily = shop(max(n, 1), days=400).of(np.arange(max(n, 1)) < n)
    looks = Looks(daily, HORIZON)
    kept = making.made(looks, looks.end)
    assert kept.predictor.kind == "rule"
    assert kept.predictor.why == ("customers", n, training.FEWEST)
    said = predicting.say(keeping.opened(keeping.packed(kept)), history(daily, looks.end))
    assert len(said.p_buy) == n
    assert all(np.isfinite(one).all() for one in said)
    assert ((said.p_buy > 0) & (said.p_buy < 1)).all()
    json.dumps(backtest.backtest(looks), allow_nan=False)


def test_company_that_nobody_comes_back_to_is_told_so():
    customers = np.arange(400)
    daily = Daily(customers, customers % 300, np.ones(400, int), np.full(400, 10.0))
    predictor = training.train(Looks(daily, HORIZON), 299)
    assert (predictor.kind, predictor.why.kind) == ("rule", "repeats")
    assert predictor.of(Looks(daily, HORIZON).at(299)).max() < 0.05


def test_measures_on_a_small_case():
    p, came = np.array([0.9, 0.8, 0.3, 0.3, 0.1]), np.array([True, False, True, False, False])
    assert measures.auc(p, came) == pytest.approx(4.5 / 6)
    assert measures.brier(p, came) == pytest.approx((0.01 + 0.64 + 0.49 + 0.09 + 0.01) / 5)
    assert measures.ece(p, came) == pytest.approx((0.1 + 0.8 + 0.4 + 0.1) / 5)
    assert measures.lift(p, came) == pytest.approx(1 / 0.4)
    assert measures.over_actual(p, came) == pytest.approx(1.2)
    assert np.isnan(measures.auc(p, np.zeros(5, bool)))
    spent = np.array([10.0, 0.0, 5.0, 1.0])
    assert measures.gini(spent, spent) == pytest.approx(1)
    assert measures.gini(-spent, spent) == pytest.approx(-1)
    assert measures.gini(np.ones(4), spent) == pytest.approx(0)


def test_history_is_that_of_the_rows(daily):
    known = history(daily, CUT)
    for place in range(0, len(known.x), 131):
        mine = (daily.customer == known.customer[place]) & (daily.day <= CUT)
        days, amounts = daily.day[mine], daily.amount[mine]
        assert (known.x[place], known.first[place], known.last[place]) == (len(days) - 1, days[0], days[-1])
        assert known.window_days[place].tolist() == [(days > CUT - width).sum() for width in (7, 30, 90, 365)]
        assert known.amount[place] == pytest.approx(amounts.sum())
        assert known.value[place] == pytest.approx(amounts.mean())
    came = bought(daily, known.customer, CUT, CUT + HORIZON)
    late = (daily.day > CUT) & (daily.day <= CUT + HORIZON)
    assert came.sum() == (late & np.isin(daily.customer, known.customer)).sum()

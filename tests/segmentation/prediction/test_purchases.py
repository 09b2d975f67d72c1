"""BG/NBD, MBG/NBD and Pareto/NBD: their gradients, what they say, and what they find again in invented customers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate
from scipy.special import hyp2f1

from segmentation.prediction import buying, lifetimes
from segmentation.prediction.buying import Buying
from segmentation.prediction.fitting import NotEnough
from segmentation.prediction.histories import checked, grouped
from segmentation.prediction.lifetimes import Lifetimes
from tests.segmentation.prediction.populations import buyers, cdnow

small = st.floats(0.05, 20)
SHAPES = st.tuples(small, small, small, small)


@st.composite
def histories(draw):
    rows = draw(
        st.lists(st.tuples(st.integers(0, 3000), st.floats(0, 1), st.floats(0.01, 1000)), min_size=1, max_size=8)
    )
    x = np.array([row[0] for row in rows], dtype=float)
    T = np.array([row[2] for row in rows])
    return x, np.where(x > 0, T * np.array([row[1] for row in rows]), 0.0), T


def differences(likelihood, point):
    steps = np.maximum(np.abs(point), 1e-3) * 1e-5
    made = []
    for i, step in enumerate(steps):
        move = np.zeros(len(point))
        move[i] = step
        made.append((likelihood(point + move)[0] - likelihood(point - move)[0]) / (2 * step))
    return np.array(made)


@given(SHAPES, histories(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_gradient_is_the_slope_of_the_likelihood(shape, rows, early):
    groups, point = grouped(*rows), np.array(shape)
    value, slope = buying.log_likelihood(point, groups, early=early)
    near = differences(lambda one: buying.log_likelihood(one, groups, early=early), point)
    assert np.isfinite(value)
    np.testing.assert_allclose(slope, near, rtol=1e-4, atol=1e-5 * (1 + abs(value)))


@given(SHAPES, histories())
@settings(max_examples=60, deadline=None)
def test_gradient_of_pareto_is_the_slope_of_the_likelihood(shape, rows):
    groups, point = grouped(*rows), np.array(shape)
    value, slope = lifetimes.log_likelihood(point, groups)
    near = differences(lambda one: lifetimes.log_likelihood(one, groups), point)
    assert np.isfinite(value)
    np.testing.assert_allclose(slope, near, rtol=1e-3, atol=1e-5 * (1 + abs(value)))


@given(SHAPES, histories(), st.booleans(), st.floats(0.01, 2000))
@settings(max_examples=80, deadline=None)
def test_chances_are_chances_and_grow_with_the_horizon(shape, rows, early, horizon):
    for model, of in ((Buying(*shape, early), buying), (Lifetimes(*shape), lifetimes)):
        p, longer = of.p_buys(model, *rows, horizon), of.p_buys(model, *rows, horizon * 2)
        awaited, alive = of.expected(model, *rows, horizon), of.p_alive(model, *rows)
        assert np.isfinite([p, longer, awaited, alive]).all()
        assert ((p >= 0) & (p <= alive + 1e-9) & (alive <= 1)).all()
        assert (longer >= p - 1e-6).all()
        assert (awaited >= p * (1 - 1e-6) - 1e-9).all()  # who comes makes at least one


@given(st.tuples(small, small, st.floats(1.2, 8), small), st.integers(0, 12), st.floats(0, 1), st.booleans())
@settings(max_examples=50, deadline=None)
def test_expected_is_the_published_form(shape, x, share, early):
    r, alpha, a, b = shape
    T, horizon = 30.0, 13.0
    t = share * T if x else 0.0
    survived = b + x + early
    z = horizon / (alpha + T + horizon)
    published = (
        (a + survived - 1)
        / (a - 1)
        * (1 - ((alpha + T) / (alpha + T + horizon)) ** (r + x) * hyp2f1(r + x, survived, a + survived - 1, z))
    )
    rows = (np.array([float(x)]), np.array([t]), np.array([T]))
    model = Buying(*shape, early)
    found = buying.expected(model, *rows, horizon)
    np.testing.assert_allclose(found, published * buying.p_alive(model, *rows), rtol=2e-4)


@pytest.mark.parametrize("alpha, beta", [(10.578, 11.67), (3.0, 20.0), (20.0, 0.7)])
def test_pareto_sums_its_integral(alpha, beta):
    r, s, x, t, T = 0.55, 0.61, 4.0, 13.0, 39.0
    ratio, _error = integrate.quad(
        lambda u: s * ((alpha + T) / (alpha + u)) ** (r + x) * ((beta + T) / (beta + u)) ** s / (beta + u), t, T
    )
    alive = lifetimes.p_alive(Lifetimes(r, alpha, s, beta), *(np.array([one]) for one in (x, t, T)))
    np.testing.assert_allclose(alive, 1 / (1 + ratio), rtol=1e-8)


@pytest.mark.parametrize("early", [False, True])
def test_what_is_said_comes_true_for_invented_customers(early):
    shape = {"r": 0.8, "alpha": 6.0, "a": 0.7, "b": 2.5}
    x, t, T, later = buyers(30_000, **shape, span=52, early=early, seed=5, until=26)
    model = Buying(**shape, early=early)
    p, awaited = buying.p_buys(model, x, t, T, 26.0), buying.expected(model, x, t, T, 26.0)
    for who in (x == 0, x == 1, x >= 4, t > T - 4, (x > 0) & (t < T / 2)):
        error = 4 * np.sqrt((p[who] * (1 - p[who])).sum()) / who.sum()
        assert abs(p[who].mean() - (later[who] > 0).mean()) < error
        assert abs(awaited[who].sum() / later[who].sum() - 1) < 0.08


@pytest.mark.parametrize("early", [False, True])
def test_parameters_of_invented_customers_are_found_again(early):
    shape = {"r": 0.8, "alpha": 6.0, "a": 0.7, "b": 2.5}
    x, t, T, _later = buyers(20_000, **shape, span=78, early=early, seed=9)
    found = buying.fit(x, t, T, early=early).model
    assert found.r == pytest.approx(0.8, rel=0.08)
    assert found.alpha == pytest.approx(6.0, rel=0.1)
    assert found.a / (found.a + found.b) == pytest.approx(0.7 / 3.2, rel=0.08)


def test_unit_of_time_changes_nothing_but_its_own_parameter():
    x, t, T, _later = buyers(800, r=0.8, alpha=6, a=0.7, b=2.5, span=52, early=True, seed=1)
    weeks, days = buying.fit(x, t, T, early=True), buying.fit(x, 7 * t, 7 * T, early=True)
    assert days.model.alpha == pytest.approx(7 * weeks.model.alpha, rel=1e-5)
    assert days.model[0] == pytest.approx(weeks.model[0], rel=1e-5)
    assert days.log_likelihood == pytest.approx(weeks.log_likelihood - x.sum() * np.log(7), abs=1e-4)


@pytest.mark.parametrize(
    "rows, told",
    [
        (([1.0], [5.0], [3.0]), "between 0 and T"),
        (([0.5], [1.0], [3.0]), "whole numbers"),
        (([-1.0], [1.0], [3.0]), "whole numbers"),
        (([1.0], [float("nan")], [3.0]), "finite"),
        (([0.0], [1.0], [3.0]), "must be 0 where x is 0"),
        (([1.0, 2.0], [1.0], [3.0]), "one length"),
    ],
)
def test_what_no_customer_can_have_is_refused(rows, told):
    with pytest.raises(ValueError, match=told):
        checked(*rows)


@pytest.mark.parametrize("rows", [([], [], []), ([1.0], [1.0], [2.0]), ([0.0] * 5, [0.0] * 5, [0.0] * 5)])
def test_too_few_are_said_to_be_too_few(rows):
    for fit in (lambda *one: buying.fit(*one, early=True), lifetimes.fit):
        with pytest.raises(NotEnough):
            fit(*rows)


def test_cdnow_gives_the_published_figures():
    x, t, T, _mean, later = cdnow()
    fitted = buying.fit(x, t, T, early=False)
    assert fitted.model[:4] == pytest.approx((0.2426, 4.414, 0.793, 2.426), rel=1e-3)
    assert fitted.log_likelihood == pytest.approx(-9582.43, abs=0.02)
    assert np.corrcoef(buying.expected(fitted.model, x, t, T, 39.0), later)[0, 1] >= 0.625
    other = lifetimes.fit(x, t, T)
    assert other.model == pytest.approx((0.5533, 10.578, 0.6063, 11.67), rel=1e-3)
    assert other.log_likelihood == pytest.approx(-9594.97, abs=0.02)
    assert np.corrcoef(lifetimes.expected(other.model, x, t, T, 39.0), later)[0, 1] >= 0.625

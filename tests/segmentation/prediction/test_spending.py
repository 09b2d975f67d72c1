import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.prediction import spending
from segmentation.prediction.fitting import NotEnough
from segmentation.prediction.spending import Spending
from tests.segmentation.prediction.populations import cdnow
from tests.segmentation.prediction.test_purchases import differences

some = st.floats(0.2, 30)
rows = st.lists(st.tuples(st.integers(1, 500), st.floats(0.01, 1e5)), min_size=1, max_size=8)


@given(st.tuples(some, some, some), rows)
@settings(max_examples=60, deadline=None)
def test_gradient_is_the_slope_of_the_likelihood(shape, told):
    x, value = np.array(told, dtype=float).T
    point = np.array(shape)
    top, slope = spending.log_likelihood(point, x, value)
    near = differences(lambda one: spending.log_likelihood(one, x, value), point)
    np.testing.assert_allclose(slope, near, rtol=1e-4, atol=1e-5 * (1 + abs(top)))


def test_parameters_of_invented_customers_are_found_again():
    dice = np.random.default_rng(2)
    x = dice.integers(1, 8, 6000)
    rate = dice.gamma(4.0, 1 / 20.0, 6000)
    value = dice.gamma(5.0 * x, 1 / (rate * x))
    fitted = spending.fit(x, value)
    truth, _slope = spending.log_likelihood(np.array([5.0, 4.0, 20.0]), x, value)
    p, q, gamma = fitted.model
    assert 0 <= fitted.log_likelihood - truth < 8  # what three free parameters gain by chance
    assert q == pytest.approx(4.0, rel=0.1)
    assert p * gamma / (q - 1) == pytest.approx(5.0 * 20.0 / 3.0, rel=0.03)


@given(st.tuples(some, st.floats(0.5, 30), some), rows)
@settings(max_examples=60, deadline=None)
def test_value_lies_between_ones_own_and_everybodys(shape, told):
    x, value = np.array(told, dtype=float).T
    model = Spending(*shape)
    everybody = spending.expected(model, np.zeros(1), np.zeros(1))
    found = spending.expected(model, x, value)
    assert np.isfinite(found).all()
    assert (
        (found >= np.minimum(value, everybody) * (1 - 1e-9)) & (found <= np.maximum(value, everybody) * (1 + 1e-9))
    ).all()


def test_too_few_and_impossible_values_are_refused():
    with pytest.raises(NotEnough):
        spending.fit([1, 2], [3.0, 4.0])
    for x, value in (([0], [3.0]), ([1], [0.0]), ([1], [float("inf")]), ([1.5], [2.0])):
        with pytest.raises(ValueError):
            spending.checked(x, value)


def test_cdnow_gives_the_published_figures():
    x, _t, _T, mean, _later = cdnow()
    fitted = spending.fit(x[x > 0], mean[x > 0])
    assert fitted.n == 946
    assert fitted.model == pytest.approx((6.250, 3.744, 15.44), rel=1e-3)

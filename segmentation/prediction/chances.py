"""Probabilities and their logits with numpy alone, for the processes that serve pages and hold no scipy."""

import numpy as np

from segmentation.prediction.histories import Array

CLOSE = 1e-4  # to 0 and 1
TAIL = 0.02425  # of the normal distribution
CENTRE = (
    (-3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.383577518672690e2, -3.066479806614716e1,
     2.506628277459239),
    (-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1, 1.0),
)  # fmt: skip
TAILS = (
    (-7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
     2.938163982698783),
    (7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1.0),
)  # fmt: skip


def expit(z: Array) -> Array:
    """1 / (1 + e^−z), whatever the size of z."""
    small = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1.0, small) / (1 + small)


def logit(p: Array) -> Array:
    """The inverse, for probabilities kept a little away from 0 and 1."""
    p = np.clip(p, CLOSE, 1 - CLOSE)
    return np.log(p) - np.log1p(-p)


def normal_quantile(p: Array) -> Array:
    """Inverse of the normal distribution for p in (0, 1), to nine digits. Acklam's rational approximation (2003)."""
    p = np.asarray(p, dtype=float)
    away = p - 0.5
    square = away * away
    middle = away * np.polyval(CENTRE[0], square) / np.polyval(CENTRE[1], square)
    far = np.sqrt(-2 * np.log(np.minimum(p, 1 - p)))
    tail = np.polyval(TAILS[0], far) / np.polyval(TAILS[1], far)
    return np.where(np.abs(away) <= 0.5 - TAIL, middle, np.where(away < 0, tail, -tail))

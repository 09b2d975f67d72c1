"""What the learned models are told of each customer: one row each, in fixed columns."""

import numpy as np

from segmentation.prediction.chances import logit
from segmentation.prediction.daily import History
from segmentation.prediction.histories import Array

NAMES = (
    "by_clock", "by_calendar", "recency", "age", "repeats", "gap", "recency_over_gap", "spread", "last_gap", "amount",
    "value", "days_7", "days_30", "days_90", "days_365", "amount_7", "amount_30", "amount_90", "amount_365",
)  # fmt: skip


def unit_of(history: History) -> float:
    """The median of what customers have spent: amounts are relative to it, so that a currency says nothing."""
    return max(float(np.median(np.maximum(history.amount, 0))), 1e-9) if len(history.amount) else 1.0


def features(history: History, by_clock: Array, by_calendar: Array, unit: float) -> Array:
    """(n, len(NAMES)), logarithms all."""
    gap = np.where(np.isnan(history.gap), history.age + 30, history.gap)
    value = np.nan_to_num(history.value)
    return np.column_stack([
        logit(by_clock),
        logit(by_calendar),
        np.log1p(history.recency),
        np.log1p(history.age),
        np.log1p(history.x),
        np.log1p(gap),
        np.log1p(history.recency) - np.log1p(gap),
        history.spread,
        np.log1p(np.nan_to_num(history.last_gap)),
        np.log1p(np.maximum(history.amount, 0) / unit),
        np.log1p(value / unit),
        np.log1p(history.window_days),
        np.log1p(np.maximum(history.window_amount, 0) / unit),
    ])  # fmt: skip

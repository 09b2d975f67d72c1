"""From how many bits on a pair is asked about, and from how many it is joined without asking."""

from dataclasses import replace

import numpy as np

from customers.matching.model import Model

PRECISION = 0.9995  # of what is joined without asking
LEAST_AUTO = 7.0  # and no single pair of it more doubtful than one in 129
LEAST = 0.0


def calibrated(model: Model, bits: np.ndarray, vetoed: np.ndarray) -> tuple[Model, dict]:
    """The model with its bars set by what it expects of the pairs that were scored, and the expectations."""
    ordered = np.sort(bits[~vetoed])[::-1]
    chances = 1 / (1 + np.exp2(-np.clip(ordered, -500, 500)))
    precision = np.cumsum(chances) / np.arange(1, len(chances) + 1)
    enough = ordered[precision >= PRECISION]
    auto = max(float(enough[-1]) if len(enough) else LEAST_AUTO, LEAST_AUTO)
    every = 1 / (1 + np.exp2(-np.clip(bits, -500, 500)))
    joined = (bits >= auto) & ~vetoed
    metrics = {
        "expected_precision": float(every[joined].mean()) if joined.any() else None,
        "expected_recall": float(every[joined].sum() / every.sum()) if len(every) else None,
    }
    return replace(model, auto=auto, review=LEAST), metrics

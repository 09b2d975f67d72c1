"""What the purchase models are told of customers: repeats, the time of the last, the time since the first."""

from typing import NamedTuple

import numpy as np

Array = np.ndarray
MOST_REPEATS = 10_000_000


class Grouped(NamedTuple):
    """Like histories once, with their `counts`. `kinds` are the different x, with the `people` of each; `place` says
    which of them a group has."""

    x: Array
    t: Array
    T: Array
    counts: Array
    kinds: Array
    place: Array
    people: Array


def checked(x: Array, t: Array, T: Array) -> tuple[Array, Array, Array]:
    """The three as numbers. Raises ValueError for what no customer can have."""
    x, t, T = (np.asarray(one, dtype=float) for one in (x, t, T))
    if not (x.shape == t.shape == T.shape and x.ndim == 1):
        raise ValueError("x, t_x and T must be three columns of one length")
    if not (np.isfinite(x).all() and np.isfinite(t).all() and np.isfinite(T).all()):
        raise ValueError("x, t_x and T must be finite numbers")
    if (x < 0).any() or (x != np.floor(x)).any() or (x > MOST_REPEATS).any():
        raise ValueError("x must be whole numbers from 0")
    if (t < 0).any() or (t > T).any():
        raise ValueError("t_x must lie between 0 and T")
    if ((x == 0) & (t > 0)).any():
        raise ValueError("t_x must be 0 where x is 0")
    return x, t, T


def grouped(x: Array, t: Array, T: Array) -> Grouped:
    order = np.lexsort((T, t, x))
    x, t, T = x[order], t[order], T[order]
    is_new = np.ones(len(x), dtype=bool)
    is_new[1:] = (x[1:] != x[:-1]) | (t[1:] != t[:-1]) | (T[1:] != T[:-1])
    starts = np.flatnonzero(is_new)
    counts = np.diff(np.append(starts, len(x))).astype(float)
    x, t, T = x[starts], t[starts], T[starts]
    kinds, place = np.unique(x, return_inverse=True)
    return Grouped(x, t, T, counts, kinds, place, np.bincount(place, counts, len(kinds)))

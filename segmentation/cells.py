"""The eight value cells of RFM: each axis is high from band 4 on. The names are those of the Chinese trade."""

from typing import NamedTuple

from django.db import models
from django.utils.translation import pgettext_lazy

HIGH = 4


class Cell(models.TextChoices):
    CHAMPIONS = "champions", pgettext_lazy("value", "Champions")
    RISING = "rising", pgettext_lazy("value", "Big spenders to develop")
    FADING = "fading", pgettext_lazy("value", "Big spenders to keep")
    LEAVING = "leaving", pgettext_lazy("value", "Big spenders to win back")
    REGULAR = "regular", pgettext_lazy("value", "Regulars")
    RECENT = "recent", pgettext_lazy("value", "Newcomers to develop")
    DRIFTING = "drifting", pgettext_lazy("value", "Regulars to keep")
    ASLEEP = "asleep", pgettext_lazy("value", "Asleep")


class Axes(NamedTuple):
    """Which of recency, frequency and money is high."""

    r: bool
    f: bool
    m: bool


AXES = {
    Cell.CHAMPIONS: Axes(True, True, True),
    Cell.RISING: Axes(True, False, True),
    Cell.FADING: Axes(False, True, True),
    Cell.LEAVING: Axes(False, False, True),
    Cell.REGULAR: Axes(True, True, False),
    Cell.RECENT: Axes(True, False, False),
    Cell.DRIFTING: Axes(False, True, False),
    Cell.ASLEEP: Axes(False, False, False),
}
_BY_AXES = {axes: cell for cell, axes in AXES.items()}


def cell_of(r: int, f: int, m: int) -> Cell:
    """The cell of bands from 1 to 5."""
    return _BY_AXES[Axes(r >= HIGH, f >= HIGH, m >= HIGH)]

"""The eight value cells of RFM: each axis is high from band 4 on. The names are those of the Chinese trade."""

from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

HIGH = 4


class Cell(models.TextChoices):
    CHAMPIONS = "champions", _("Champions")
    RISING = "rising", _("Big spenders to develop")
    FADING = "fading", _("Big spenders to keep")
    LEAVING = "leaving", _("Big spenders to win back")
    REGULAR = "regular", _("Regulars")
    RECENT = "recent", _("Newcomers to develop")
    DRIFTING = "drifting", _("Regulars to keep")
    ASLEEP = "asleep", _("Asleep")


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

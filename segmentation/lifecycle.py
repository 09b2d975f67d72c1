"""Lifecycle stages: the first rule that holds. Computed when read, since time alone moves them."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    NEW = "new", _("New")
    ACTIVE = "active", _("Active")
    LOYAL = "loyal", _("Loyal")
    AT_RISK = "at_risk", _("At risk")
    LOST = "lost", _("Lost")
    PROSPECT = "prospect", _("Prospect")


@dataclass(frozen=True)
class Rules:
    """Days since the last order, and orders, at which a stage begins."""

    lost_after: int = 270
    at_risk_after: int = 120
    new_within: int = 60
    loyal_from: int = 5


DEFAULT = Rules()


def stage(*, recency_days: int | None, frequency: int, rules: Rules = DEFAULT) -> Stage:
    """The stage of a customer; `recency_days` is None for one without counted orders."""
    if not frequency or recency_days is None:
        return Stage.PROSPECT
    if recency_days > rules.lost_after:
        return Stage.LOST
    if recency_days > rules.at_risk_after:
        return Stage.AT_RISK
    if frequency == 1 and recency_days <= rules.new_within:
        return Stage.NEW
    return Stage.LOYAL if frequency >= rules.loyal_from else Stage.ACTIVE

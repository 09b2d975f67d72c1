"""What is expected of a customer, as the last night has predicted it."""

from collections.abc import Callable
from decimal import Decimal

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from segmentation.segments.fields import Field, Kind
from segmentation.segments.sql import Asking, Rows
from segmentation.segments.tree import Clause

GROUP = "scores"


def fields() -> list[Field]:
    if "prediction" not in apps.all_models["segmentation"]:
        return []
    return [
        Field("p_buy", _("Probability to buy"), Kind.NUMBER, GROUP, low=Decimal(0), high=Decimal(1),
              values=_predicted("p_buy::numeric")),
        Field("clv", _("Expected value"), Kind.MONEY, GROUP, low=Decimal(0), values=_predicted("clv")),
    ]  # fmt: skip


def _predicted(column: str) -> Callable[[Asking, Clause], Rows]:
    return lambda asking, clause: Rows(
        f"""SELECT customer_id, {column} AS value FROM segmentation_prediction
            WHERE {column} IS NOT NULL {asking.among()}"""
    )

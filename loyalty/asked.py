"""What segments ask of points."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from segmentation.segments.fields import Field, Kind
from segmentation.segments.sql import Asking, Rows
from segmentation.segments.tree import Clause
from tenancy.permissions import Permission


def fields() -> list[Field]:
    zero = Decimal(0)
    return [
        Field("points", _("Points"), Kind.WHOLE, "scores", low=zero, default=zero, values=_balance,
              permission=Permission.POINTS_VIEW),
    ]  # fmt: skip


def _balance(asking: Asking, clause: Clause) -> Rows:
    return Rows(f"SELECT customer_id, balance AS value FROM loyalty_account WHERE true {asking.among()}")

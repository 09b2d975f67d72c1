from decimal import ROUND_HALF_UP, Decimal

from django.db import models

PLACES = 4


class FixedPoint(models.BigIntegerField):
    """A Decimal with four places, kept as ten-thousandths: up to 14 digits before the point.

    Comparisons of numeric are not leakproof, so that no index over numeric is used behind row-level security;
    those of bigint are.
    """

    def from_db_value(self, value, expression, connection) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-PLACES)

    def to_python(self, value) -> Decimal | None:
        return None if value is None else Decimal(value)

    def get_prep_value(self, value) -> int | None:
        return None if value is None else ten_thousandths(Decimal(value))


def ten_thousandths(value: Decimal) -> int:
    return int(value.scaleb(PLACES).to_integral_value(ROUND_HALF_UP))

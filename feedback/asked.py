"""What segments ask of answers to the survey."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from feedback.models.surveys import MOST_SCORE
from segmentation.segments.fields import Field, Kind
from segmentation.segments.sql import Asking, Rows
from segmentation.segments.tree import Clause
from tenancy.permissions import Permission


def fields() -> list[Field]:
    shape = {"low": Decimal(1), "high": Decimal(MOST_SCORE), "permission": Permission.TICKETS_VIEW}
    return [
        Field("last_answer", _("Last answer"), Kind.WHOLE, "facts", **shape, values=_newest),
        Field("worst_answer", _("Lowest answer"), Kind.WHOLE, "facts", **shape, values=_lowest),
    ]


def _newest(asking: Asking, clause: Clause) -> Rows:
    return Rows(
        f"""SELECT DISTINCT ON (customer_id) customer_id, score AS value FROM feedback_response
            WHERE customer_id IS NOT NULL {asking.among()} ORDER BY customer_id, at DESC, id DESC"""
    )


def _lowest(asking: Asking, clause: Clause) -> Rows:
    return Rows(
        f"""SELECT customer_id, min(score) AS value FROM feedback_response
            WHERE customer_id IS NOT NULL {asking.among()} GROUP BY customer_id"""
    )

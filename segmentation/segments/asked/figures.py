"""What a customer's orders come to today: figures, bands, stage."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from segmentation import stats
from segmentation.cells import AXES as CELLS
from segmentation.cells import HIGH, Axes, Cell
from segmentation.lifecycle import Stage
from segmentation.segments.fields import Field, Kind
from segmentation.segments.sql import Asking, Rows
from segmentation.segments.tree import Clause
from tenancy.permissions import Permission

GROUP = "figures"
FIVE = {"low": Decimal(1), "high": Decimal(5)}
ZERO = Decimal(0)

# The stored row, unless the customer has orders after today: then what the orders until today come to.
FIGURES = """
    SELECT customer_id, frequency, monetary, margin, first_at, last_at FROM segmentation_customerstats
    WHERE latest_at < {end} {among}
    UNION ALL
    SELECT customer_id, frequency, monetary, margin, first_at, last_at FROM ({later}) later
"""
LATER = stats.FIGURES.format(
    condition="""AND at < {end} {among} AND customer_id IN
    (SELECT customer_id FROM segmentation_customerstats WHERE latest_at >= {end} {among})"""
)
COUNTED = "frequency > 0"


def fields() -> list[Field]:
    return [
        Field("orders", _("Orders"), Kind.WHOLE, GROUP, low=ZERO, default=ZERO, values=figure("frequency")),
        Field("spent_in_all", _("Spent in all"), Kind.MONEY, GROUP, default=ZERO, values=figure("monetary")),
        Field("margin", _("Margin"), Kind.MONEY, GROUP, permission=Permission.INSIGHTS_VIEW,
              values=figure("margin", "margin IS NOT NULL")),
        # Twenty places, so that a quotient never meets a value of four places by being rounded.
        Field("average", _("Average order"), Kind.MONEY, GROUP,
              is_of_day=True, values=figure("monetary::numeric(40, 20) / frequency", COUNTED)),
        Field("recency", _("Days since the last order"), Kind.WHOLE, GROUP, unit="days", low=ZERO,
              is_of_day=True, values=_recency),
        Field("first_order", _("First order"), Kind.DAY, GROUP, values=figure("first_at", COUNTED, is_moment=True)),
        Field("last_order", _("Last order"), Kind.DAY, GROUP, values=figure("last_at", COUNTED, is_moment=True)),
        Field("r", "R", Kind.WHOLE, "scores", **FIVE, is_of_day=True, values=_band("r")),
        Field("f", "F", Kind.WHOLE, "scores", **FIVE, is_of_day=True, values=_band("f")),
        Field("m", "M", Kind.WHOLE, "scores", **FIVE, is_of_day=True, values=_band("m")),
        Field("cell", _("Value cell"), Kind.CHOICE, "scores", choices=lambda: dict(Cell.choices),
              is_of_day=True, values=_cell),
        Field("stage", _("Stage"), Kind.CHOICE, "scores", is_of_day=True, choices=lambda: dict(Stage.choices),
              default=Stage.PROSPECT.value, values=_stage),
    ]  # fmt: skip


def rows(asking: Asking, value: str, condition: str, *, is_moment: bool = False) -> Rows:
    """`value` over each customer's figures, where the condition holds."""
    end, among = asking.put(asking.moment.end), asking.among()
    figures = FIGURES.format(end=end, among=among, later=LATER.format(end=end, among=among))
    return Rows(f"SELECT customer_id, {value} AS value FROM ({figures}) figures WHERE {condition}", is_moment)


def figure(value: str, condition: str = "true", *, is_moment: bool = False) -> Callable[[Asking, Clause], Rows]:
    return lambda asking, clause: rows(asking, value, condition, is_moment=is_moment)


def _recency(asking: Asking, clause: Clause) -> Rows:
    today, zone = asking.put(asking.moment.today), asking.put(asking.moment.tenant.timezone)
    return rows(asking, f"{today}::date - (last_at AT TIME ZONE {zone})::date", COUNTED)


AXES = {"r": ("recency", "last_at"), "f": ("frequency", "frequency"), "m": ("monetary", "monetary")}


def _band(axis: str) -> Callable[[Asking, Clause], Rows]:
    def values(asking: Asking, clause: Clause) -> Rows:
        return rows(asking, band(axis, asking), COUNTED if asking.moment.bins else "false")

    return values


def band(axis: str, asking: Asking) -> str:
    """The score on an axis, 1 to 5, over the figures; 1 before the first scoring."""
    name, column = AXES[axis]
    bounds = getattr(asking.moment.bins, name, ())
    return " + ".join(["1", *(f"({_above(column, bound, asking)})::int" for bound in bounds)])


def _cell(asking: Asking, clause: Clause) -> Rows:
    high = {axis: f"({band(axis, asking)} >= {HIGH})" for axis in AXES}

    def holds(axes: Axes) -> str:
        return " AND ".join(high[axis] if is_high else f"NOT {high[axis]}" for axis, is_high in axes._asdict().items())

    cases = (f"WHEN {holds(axes)} THEN '{cell.value}'" for cell, axes in CELLS.items())
    return rows(asking, f"CASE {' '.join(cases)} END", COUNTED if asking.moment.bins else "false")


def _above(column: str, bound, asking: Asking) -> str:
    """Whether the score is above the bound: days begin at their first moment."""
    if column == "last_at":
        return f"last_at >= {asking.put(stats.end_of(bound, asking.moment.tenant.zone))}"
    return f"{column} > {asking.put(bound)}"


def _stage(asking: Asking, clause: Clause) -> Rows:
    moment, rules = asking.moment, asking.moment.stages

    def since(days: int) -> str:
        return asking.put(moment.start_of(moment.today - timedelta(days=days)))

    return rows(
        asking,
        f"""CASE WHEN last_at < {since(rules.lost_after)} THEN 'lost'
            WHEN last_at < {since(rules.at_risk_after)} THEN 'at_risk'
            WHEN frequency = 1 AND last_at >= {since(rules.new_within)} THEN 'new'
            WHEN frequency >= {asking.put(rules.loyal_from)} THEN 'loyal' ELSE 'active' END""",
        COUNTED,
    )

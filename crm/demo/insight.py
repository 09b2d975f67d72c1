"""What a company that has run for a while knows: segments of its own, and the jobs that nights would have done."""

from segmentation.insight import renewing
from segmentation.models import Segment
from segmentation.prediction import making
from segmentation.recommending import building
from segmentation.segments import editing
from tenancy.models import Job, Membership

SEGMENTS = {
    "zh-hans": [
        ("近三月常客", "regulars", "bought(90d) >= 3"),
        ("高价值流失预警", "valuable_at_risk", "stage = at_risk and m >= 4"),
        ("新客未复购", "one_order", "orders = 1 and first_order >= today-180d"),
        ("三成随机对照", "control", "bucket <= 30"),
    ],
    "en": [
        ("Regulars of the quarter", "regulars", "bought(90d) >= 3"),
        ("Valuable and at risk", "valuable_at_risk", "stage = at_risk and m >= 4"),
        ("One order so far", "one_order", "orders = 1 and first_order >= today-180d"),
        ("Control group, 30 %", "control", "bucket <= 30"),
    ],
}


def know(*, language: str, by: Membership) -> list[Job]:
    """Make the segments; the jobs that work out the rest are returned, to be run."""
    for name, key, rule in SEGMENTS[language]:
        kind = Segment.Kind.RANDOM if "bucket" in rule else Segment.Kind.DYNAMIC
        editing.create(name, key=key, rule=rule, kind=kind, by=by)
    asked = [renewing.begin(enqueue=False), building.begin(enqueue=False)]
    return [*filter(None, asked), making.ask(horizon=making.HORIZON, by=None, enqueue=False)]

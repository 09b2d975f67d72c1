"""Models and what they say, for tests that want them to be there."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from customers.models import Customer, Source
from sales import orders
from segmentation import scoring
from segmentation.models import Prediction, PredictionModel
from segmentation.prediction import making, predicting, reading
from tenancy import jobs
from tenancy.models import Job, Membership
from tests.pages.shop import line
from tests.segmentation.prediction.populations import shop


def everything(customer: Customer, member: Membership) -> None:
    """A model, and a word on the customer."""
    making.learn(reading.sampled(), horizon=making.HORIZON, by=member)
    Prediction.objects.get_or_create(
        customer=customer,
        defaults={
            "p_buy": 0.25, "horizon_days": 90, "expected": 0.4, "clv": Decimal(100), "clv_low": Decimal(0),
            "clv_high": Decimal(250), "at_stake": Decimal(75), "as_of": predicting.today(),
        },
    )  # fmt: skip


def stocked(n: int, *, days: int = 400, seed: int = 3) -> None:
    """`n` customers who bought until yesterday, scored."""
    daily, now = shop(n, days=days, seed=seed), timezone.now()
    source, _made = Source.objects.get_or_create(key="shop")
    lines = [
        line(f"{place}", f"C{customer}", now - timedelta(days=days - int(day)), f"{amount:.2f}")
        for place, (customer, day, amount) in enumerate(zip(daily.customer, daily.day, daily.amount, strict=True))
    ]
    orders.record(lines, source=source)
    scoring.score()


def learned(*, horizon: int = 60, by: Membership | None = None) -> PredictionModel:
    """The job done to its end, in the entered company."""
    job = making.ask(horizon=horizon, by=by)
    jobs.run(job.tenant_id, job.id, take_over=True)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    return predicting.in_use()

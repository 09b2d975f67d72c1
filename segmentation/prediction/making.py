"""A company's model: learned from its own orders, tested on its own past, kept beside former ones, put to use."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from segmentation.models import PredictionModel
from segmentation.prediction import backtest, keeping, predicting, reading, scoring, training, worth
from segmentation.prediction.daily import Daily
from segmentation.prediction.keeping import Kept
from segmentation.prediction.looks import Looks
from tenancy import audit, jobs
from tenancy.models import Job, Membership

KIND = "predictions.train"
HORIZON = 90
LEAST_HORIZON, MOST_HORIZON = 7, 365
WEEK = timedelta(days=7)
KEPT = 10  # models


def ask(*, horizon: int = HORIZON, by: Membership | None) -> Job:
    """A job that learns the model anew; one that is under way already is the answer to a second press."""
    under_way = Job.objects.filter(kind=KIND, state__in=(Job.State.WAITING, Job.State.RUNNING)).first()
    if under_way:
        return under_way
    audit.record("predictions.asked", by=by, changes={"horizon": horizon})
    return jobs.create(KIND, title=_("Learn who comes back"), arguments={"horizon": horizon}, by=by)


def is_due() -> bool:
    """Whether the model in use is older than a week, or there is none."""
    row = predicting.in_use()
    return row is None or row.created_at < timezone.now() - WEEK


@jobs.runner(KIND)
def make(job: Job) -> Iterator[None]:
    """Reading, learning and testing are one piece, since they last seconds; then what is said, portion by portion."""
    if "model" not in job.cursor:
        job.total = job.done = 0
        row = learn(horizon=job.arguments["horizon"], by=job.created_by, job=job)
        job.cursor = {"model": str(row.id)}
        job.total = row.customers
        job.result = {"model": row.number, "kind": row.kind, "moved": 0}
        yield
    row = PredictionModel.objects.get(id=job.cursor["model"])
    yield from scoring.portions(job, row)


def learn(*, horizon: int, by: Membership | None = None, job: Job | None = None) -> PredictionModel:
    """Learn from the orders until today, test on the past, and put the model to use."""
    daily, day = reading.sampled(), predicting.today()
    looks = Looks(daily, horizon)
    cut = (day - backtest.EPOCH).days
    kept = made(looks, cut)
    PredictionModel.objects.select_for_update().filter(is_in_use=True).update(is_in_use=False)
    number = (PredictionModel.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    row = PredictionModel.objects.create(
        number=number,
        kind=kept.predictor.kind,
        horizon_days=horizon,
        as_of=day,
        customers=reading.count(),
        parameters=keeping.packed(kept),
        metrics=tested(daily, horizon),
        is_in_use=True,
        job=job,
        created_by=by,
    )
    old = PredictionModel.objects.order_by("-number").values_list("id", flat=True)[KEPT:]
    PredictionModel.objects.filter(id__in=list(old)).delete()
    return row


def made(looks: Looks, cut: int) -> Kept:
    """The model for the end of the day `cut`, with what a purchase is worth."""
    predictor = training.train(looks, cut)
    money = worth.fit_spending(looks.at(cut).history)
    spread = worth.spread(looks, cut) if predictor.bases and money else 1.0
    return Kept(predictor, money and money.model, spread)


def tested(daily: Daily, horizon: int, cuts: int = backtest.CUTS) -> dict[str, Any]:
    return backtest.backtest(Looks(daily, horizon), cuts=cuts)

"""A company's model: learned from its own orders, tested on its own past, kept beside former ones, put to use."""

from collections.abc import Iterator
from datetime import timedelta

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


def ask(*, horizon: int = HORIZON, by: Membership | None, enqueue: bool = True) -> Job:
    """A job that learns the model anew; one that is under way already is the answer to a second press."""
    under_way = Job.objects.filter(kind=KIND, state__in=(Job.State.WAITING, Job.State.RUNNING)).first()
    if under_way:
        return under_way
    audit.record("predictions.asked", by=by, changes={"horizon": horizon})
    return jobs.create(KIND, title=_("Learn who comes back"), arguments={"horizon": horizon}, by=by, enqueue=enqueue)


def ask_by_night() -> Job | None:
    """A job that learns the model anew where it is a week old, else one that follows the calendar. None for a company
    that nobody has bought from. The caller runs it."""
    row = predicting.in_use()
    if row and not is_due():
        return scoring.ask(row, enqueue=False)
    if row or reading.count():
        return ask(horizon=row.horizon_days if row else HORIZON, by=None, enqueue=False)
    return None


def is_due() -> bool:
    """Whether the model in use is older than a week, or there is none."""
    row = predicting.in_use()
    return row is None or row.created_at < timezone.now() - WEEK


@jobs.runner(KIND)
def make(job: Job) -> Iterator[None]:
    """Learned, put to use, tested day by day, then all customers are gone through. The former model stays in use until
    the new one is there; killed on the way, what was learned is not learned again."""
    horizon = job.arguments["horizon"]
    if "model" not in job.cursor:
        row = learn(reading.sampled(), horizon=horizon, by=job.created_by, job=job)
        job.total = 1 + backtest.CUTS + -(-row.customers // predicting.PORTION)
        job.done = 1
        job.cursor = {"model": str(row.id)}
        job.result = {"model": row.number, "kind": row.kind, "moved": 0}
        yield
    row = PredictionModel.objects.get(id=job.cursor["model"])
    if not row.metrics:
        yield from _test(job, row)
    yield from scoring.portions(job, row)


def _test(job: Job, row: PredictionModel) -> Iterator[None]:
    looks, judged = Looks(reading.sampled(), row.horizon_days), []
    for day in backtest.days(looks):
        judged.append(backtest.judged(looks, day))
        job.done = min(job.total, job.done + 1)
        yield
    row.metrics = backtest.summed(judged, row.horizon_days)
    row.save(update_fields=["metrics"])
    job.done = min(job.total, 1 + backtest.CUTS)
    yield


def learn(daily: Daily, *, horizon: int, by: Membership | None = None, job: Job | None = None) -> PredictionModel:
    """Learn from the orders until today and put the model to use."""
    day = predicting.today()
    kept = made(Looks(daily, horizon), (day - backtest.EPOCH).days)
    former = PredictionModel.objects.select_for_update().order_by("-number")
    numbers = list(former.values_list("number", flat=True))
    PredictionModel.objects.filter(is_in_use=True).update(is_in_use=False)
    PredictionModel.objects.filter(number__in=numbers[KEPT - 1 :]).delete()
    return PredictionModel.objects.create(
        number=max(numbers, default=0) + 1,
        kind=kept.predictor.kind,
        horizon_days=horizon,
        as_of=day,
        customers=reading.count(),
        parameters=keeping.packed(kept),
        is_in_use=True,
        job=job,
        created_by=by,
    )


def made(looks: Looks, cut: int) -> Kept:
    """The model for the end of the day `cut`, with what a purchase is worth."""
    predictor = training.train(looks, cut)
    money = worth.fit_spending(looks.at(cut).history)
    spread = worth.spread(looks, cut) if predictor.bases and money else 1.0
    return Kept(predictor, money and money.model, spread)

from decimal import Decimal
from io import BytesIO

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from crm.lib.tables.writing import Cell, CsvWriter
from segmentation.models import PredictionModel
from segmentation.prediction import counting, drawing, making, predicting
from segmentation.prediction.forms import TrainingForm
from tenancy import news
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.models import Job
from tenancy.parts import render_part
from tenancy.permissions import Permission

FIGURES = ("auc", "brier", "ece", "lift10", "forecast_over_actual")


@requires(Permission.INSIGHTS_VIEW)
def churn(request: HttpRequest) -> HttpResponse:
    """How likely customers are to buy, what says so, and how right it would have been. The page, and its state."""
    return _churn(request, TrainingForm())


def _churn(request: HttpRequest, form: TrainingForm) -> HttpResponse:
    row, job = predicting.in_use(), _job()
    if job:
        news.seen(request, job)
    context = {"model": row, "job": job, "form": form, **(_told(row, request) if row else {})}
    if row and not form.is_bound:
        form.fields["horizon"].initial = row.horizon_days
    return render_part(request, context, part="predictions/_state.html", page="predictions/churn.html")


def _told(row: PredictionModel, request: HttpRequest) -> dict:
    counted = counting.counted(row, member=request.member)
    return {
        "counted": counted,
        "bands": drawing.bands(counted, request),
        "cuts": drawing.cuts(row.metrics),
        "calibration": drawing.calibration(row.metrics),
        "summary": row.metrics,
        "why": drawing.why(row),
        "clock": drawing.clock(row),
        "parts": drawing.parts(row),
    }


@require_POST
@requires(Permission.SEGMENTS_EDIT)
def trainings(request: HttpRequest) -> HttpResponse:
    """Learn the model anew, as a job."""
    form = TrainingForm(request.POST)
    if not form.is_valid():
        return _churn(request, form)
    news.watch(request, making.ask(horizon=form.cleaned_data["horizon"], by=request.member))
    return redirect_in(request, "predictions:churn")


def _job() -> Job | None:
    """The latest learning, where it is under way or came to nothing."""
    job = Job.objects.filter(kind=making.KIND).order_by("-created_at").first()
    return job if job and job.state != Job.State.DONE else None


@requires(Permission.INSIGHTS_VIEW)
def value(request: HttpRequest) -> HttpResponse:
    """What customers are expected to spend in a year, by tenths, and how well such forecasts did."""
    row = predicting.in_use()
    context = {"model": row}
    if row:
        counted = counting.counted(row, member=request.member)
        context |= {
            "counted": counted,
            "tenths": drawing.tenths(counted, request),
            "tested": drawing.tested_value(row.metrics),
            "summary": row.metrics,
        }
    return render(request, "predictions/value.html", context)


@requires(Permission.INSIGHTS_VIEW)
def churn_file(request: HttpRequest) -> HttpResponse:
    """The backtest: a row for each day and model."""
    row = predicting.in_use()
    rows: list[list[Cell]] = [["cut", "customers", "buyers", "model", *FIGURES]]
    for cut in row.metrics.get("cuts", []) if row else []:
        for name, figures in cut["models"].items():
            told = [_cell(figures[figure]) for figure in FIGURES]
            rows.append([cut["cut"], cut["customers"], cut["buyers"], name, *told])
    return csv_of(rows, "backtest.csv")


@requires(Permission.INSIGHTS_VIEW)
def value_file(request: HttpRequest) -> HttpResponse:
    """The tenths: how many customers, what they are expected to spend, and between which amounts each lies."""
    row = predicting.in_use()
    tenths = counting.counted(row, member=request.member).tenths if row else []
    rows: list[list[Cell]] = [["tenth", "customers", "clv_sum", "clv_from", "clv_to"]]
    for place, one in enumerate(tenths, 1):
        rows.append([place, one["people"], _cell(one["clv"]), _cell(one["low"]), _cell(one["high"])])
    return csv_of(rows, "value.csv")


def csv_of(rows: list[list[Cell]], name: str) -> HttpResponse:
    out = BytesIO()
    writer = CsvWriter(out)
    writer.write(rows)
    writer.close()
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _cell(figure: float | None) -> Decimal | None:
    return None if figure is None else Decimal(str(figure))

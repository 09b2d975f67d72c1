"""Settings of the scores: the rules of the stages, how each is treated, the bounds of the bands."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from segmentation import bounding, lifecycle, people, rfm, stats
from segmentation.cells import Cell
from segmentation.lifecycle import Stage
from segmentation.models import StagePolicy, StatsCheck, Thresholds
from segmentation.scale_forms import BinsForm, PolicyForm, StageRulesForm
from tenancy import news
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.parts import render_part
from tenancy.permissions import Permission

NIGHTS = 14


@requires(Permission.SEGMENTS_EDIT)
def stages(request: HttpRequest) -> HttpResponse:
    """The rules of the stages, what they were before, and the policies."""
    form = StageRulesForm(request.POST or None, today=stats.today(request.tenant.zone))
    if form.is_valid():
        try:
            lifecycle.change(form.rules, since=form.cleaned_data["since"], by=request.member)
        except lifecycle.BadRules as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect_in(request, "scales:stages")
    return _stages(request, form, PolicyForm())


@require_POST
@requires(Permission.SEGMENTS_EDIT)
def policies(request: HttpRequest) -> HttpResponse:
    """A policy for a stage; one of the same stage and value is replaced."""
    form = PolicyForm(request.POST)
    if form.is_valid():
        told = dict(form.cleaned_data)
        try:
            lifecycle.set_policy(Stage(told.pop("stage")), told.pop("cell"), by=request.member, **told)
        except lifecycle.BadPolicy as problem:
            form.add_error("cell", str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect_in(request, "scales:stages")
    return _stages(request, StageRulesForm(today=stats.today(request.tenant.zone)), form)


@require_POST
@requires(Permission.SEGMENTS_EDIT)
def policy_deletions(request: HttpRequest, policy_id: UUID) -> HttpResponse:
    lifecycle.drop_policy(get_object_or_404(StagePolicy, id=policy_id), by=request.member)
    messages.success(request, _("The policy is gone."))
    return redirect_in(request, "scales:stages")


def _stages(request: HttpRequest, form: StageRulesForm, policy_form: PolicyForm) -> HttpResponse:
    order = {stage: place for place, stage in enumerate(Stage.values)}
    rows = sorted(lifecycle.policies().values(), key=lambda row: (order.get(row.stage, 99), row.cell))
    context = {
        "form": form,
        "policy_form": policy_form,
        "history": lifecycle.history(),
        "default": lifecycle.DEFAULT,
        "counts": people.tally(member=request.member, tenant=request.tenant).stages,
        "policies": [(row, Stage(row.stage).label, Cell(row.cell).label if row.cell else "") for row in rows],
    }
    return render(request, "settings/stages.html", context)


@requires(Permission.SEGMENTS_EDIT)
def bands(request: HttpRequest) -> HttpResponse:
    """The bounds of the scores: whether they follow the customers, stay, or are the company's own."""
    row, bins = Thresholds.objects.first(), rfm.bins()
    form = BinsForm(request.POST or None, bins=bins, is_frozen=bool(row and row.frozen))
    if form.is_valid():
        mode = form.cleaned_data["mode"]
        own = form.bins if mode == BinsForm.OWN else None
        if mode == BinsForm.STAY and bins is None:
            form.add_error("mode", _("There are no bounds yet: they come with the first orders."))
        elif job := bounding.ask(own, frozen=mode != BinsForm.FOLLOW, by=request.member):
            news.watch(request, job)
            return redirect_in(request, "scales:bands")
        else:
            messages.info(request, _("Other bounds are being put to use. Wait until that has ended."))
    job = bounding.last()
    if job:
        news.seen(request, job)
    checks = StatsCheck.objects.order_by("-day")[:NIGHTS]
    context = {"form": form, "bins": bins, "row": row, "checks": checks, "job": job}
    return render_part(request, context, part="settings/_bands.html", page="settings/bands.html")

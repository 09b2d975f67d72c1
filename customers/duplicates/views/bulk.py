"""Many pairs merged at once: looked at, confirmed, followed, undone."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers.duplicates import bulk, merged, pairs, queue
from customers.duplicates.forms import BarForm, ConfirmForm
from tenancy import news
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.models import Job
from tenancy.paging import cursor_of, page
from tenancy.parts import render_part
from tenancy.permissions import Permission


@requires(Permission.CUSTOMERS_MERGE)
def bulk_create(request: HttpRequest) -> HttpResponse:
    """What a merge of all above a bar would do; posted to with the number of pairs, it is done."""
    form = BarForm(request.GET, bar=queue.bars()["auto"])
    confirm = ConfirmForm(request.POST or None)
    if confirm.is_valid():
        try:
            job = bulk.start(confirm.cleaned_data["bits"], pairs=confirm.cleaned_data["pairs"], by=request.member)
        except bulk.Changed as problem:
            confirm.add_error("pairs", str(problem))
        else:
            news.watch(request, job)
            return redirect_in(request, "duplicates:bulk_detail", bulk_id=job.id)
    bits = form.bits_asked if not confirm.is_bound else confirm.bits_asked(form.bits_asked)
    looked = bulk.preview(bits, member=request.member)
    sample = [pairs.pair(match, member=request.member, tenant=request.tenant) for match in looked.sample]
    confirm = confirm if confirm.is_bound else ConfirmForm(initial={"bits": bits})
    context = {"form": form, "confirm": confirm, "looked": looked, "sample": sample, "bars": queue.bars()}
    return render(request, "duplicates/bulk.html", context)


@requires(Permission.CUSTOMERS_MERGE)
def bulk_detail(request: HttpRequest, bulk_id: UUID) -> HttpResponse:
    """How far it is, and what it has merged."""
    job = _job(request, bulk_id)
    news.seen(request, job)
    undoing = Job.objects.filter(kind=bulk.UNDO, arguments__job=str(job.id)).order_by("-created_at").first()
    rows = merged.of_job(job.id, member=request.member)
    context = {
        "job": job,
        "undoing": undoing,
        "page": page(rows, by=merged.RECENT, cursor=cursor_of(request)),
        "standing": rows.filter(undone_at=None).exists(),
    }
    return render_part(request, context, part="duplicates/_bulk_state.html", page="duplicates/bulk_detail.html")


@require_POST
@requires(Permission.CUSTOMERS_MERGE)
def bulk_undos(request: HttpRequest, bulk_id: UUID) -> HttpResponse:
    """All its merges that still stand come apart again."""
    job = _job(request, bulk_id)
    if job.is_open:
        messages.error(request, _("It is still running. Cancel it first, or wait."))
    else:
        news.watch(request, bulk.undo(job, by=request.member))
    return redirect_in(request, "duplicates:bulk_detail", bulk_id=job.id)


def _job(request: HttpRequest, bulk_id: UUID) -> Job:
    """The member's own: it names customers by the member's rights."""
    return get_object_or_404(Job, id=bulk_id, kind=bulk.DO, created_by=request.member.id)

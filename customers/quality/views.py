"""What is to be mended, and how the records stand."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from customers.quality import DUE, reasons, reporting, standardising, stewards
from customers.quality.forms import DueForm, StewardsForm
from tenancy import news
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.paging import cursor_of, page
from tenancy.parts import render_part
from tenancy.permissions import Permission


@requires(Permission.CUSTOMERS_VIEW)
def due_list(request: HttpRequest) -> HttpResponse:
    """The records to mend, the longest due first: the member's own, or all that they see."""
    form = DueForm(request.GET)
    form.is_valid()
    is_steward = stewards.of(request.member) is not None
    mine = is_steward and not form.cleaned_data.get("all")
    rows = stewards.due(request.member, mask=form.mask, mine=mine).select_related("store")
    found = page(rows, by=["faulty_since", "id"], cursor=cursor_of(request))
    now = timezone.now()
    told = [
        {
            "customer": customer,
            "reasons": reasons(customer.faults & DUE),
            "until": customer.faulty_since + stewards.TIME_TO_MEND,
            "is_late": customer.faulty_since + stewards.TIME_TO_MEND < now,
        }
        for customer in found.rows
    ]
    context = {"form": form, "page": found, "told": told, "mine": mine, "is_steward": is_steward}
    return render(request, "quality/due.html", context)


@requires(Permission.INSIGHTS_VIEW)
def report(request: HttpRequest) -> HttpResponse:
    return render(request, "quality/report.html")


@requires(Permission.INSIGHTS_VIEW)
def figures(request: HttpRequest) -> HttpResponse:
    """The figures of the report: all records are looked at, so the page shows them when they come."""
    context = {
        "overall": reporting.overall(request.member),
        "by_store": reporting.by_store(request.member),
        "by_source": reporting.by_source(request.member),
    }
    return render_part(request, context, part="quality/_figures.html", page="quality/figures.html")


@requires(Permission.FIELDS_EDIT)
def stewards_page(request: HttpRequest) -> HttpResponse:
    """Who mends what."""
    form = StewardsForm(request.POST or None)
    if form.is_valid():
        changed = stewards.appoint(form.wanted, by=request.member)
        told = ngettext("%d steward was changed.", "%d stewards were changed.", changed) % changed
        messages.success(request, told)
        return redirect_in(request, "quality:stewards")
    return render(request, "quality/stewards.html", {"form": form})


@require_POST
@requires(Permission.FIELDS_EDIT)
def standardisings(request: HttpRequest) -> HttpResponse:
    """Standardise all customers again."""
    news.watch(request, standardising.start(title=_("Standardise all customers"), by=request.member))
    return redirect_in(request, "quality:report")

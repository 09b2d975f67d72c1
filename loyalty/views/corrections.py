"""Corrections of points that wait for a second person."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loyalty import adjusting, ledger
from loyalty.models import Adjustment
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.paging import cursor_of, page
from tenancy.permissions import Permission


@requires(Permission.POINTS_APPROVE)
def correction_list(request: HttpRequest) -> HttpResponse:
    return render_list(request)


@require_POST
@requires(Permission.POINTS_APPROVE)
def approvals(request: HttpRequest, adjustment_id: UUID) -> HttpResponse:
    """Apply a correction that somebody else asked for."""
    return _decide(request, adjustment_id, adjusting.approve, _("The points were corrected."))


@require_POST
@requires(Permission.POINTS_APPROVE)
def refusals(request: HttpRequest, adjustment_id: UUID) -> HttpResponse:
    """Turn a correction down, or take one's own back."""
    return _decide(request, adjustment_id, adjusting.refuse, _("The correction was refused; no points moved."))


def _decide(request: HttpRequest, adjustment_id: UUID, decide, done: str) -> HttpResponse:
    row = get_object_or_404(Adjustment.objects.visible_to(request.member), id=adjustment_id)
    try:
        decide(row, by=request.member)
    except (adjusting.SamePerson, adjusting.Decided, ledger.NotEnoughPoints) as problem:
        return render_list(request, about=row, problem=str(problem))
    messages.success(request, done)
    return redirect_in(request, "loyalty:corrections")


def render_list(request: HttpRequest, *, about: Adjustment | None = None, problem: str = "") -> HttpResponse:
    rows = Adjustment.objects.visible_to(request.member).filter(state=Adjustment.State.WAITING)
    found = page(
        rows.select_related("customer", "created_by__user"), by=["-created_at", "-id"], cursor=cursor_of(request)
    )
    return render(request, "loyalty/corrections.html", {"page": found, "about": about, "problem": problem})

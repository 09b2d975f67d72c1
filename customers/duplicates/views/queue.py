"""The queue: one pair at a time beside those that follow, and what was decided."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers import merging
from customers.duplicates import deciding, latest, pairs, queue
from customers.duplicates.forms import DecisionForm, QueueForm
from customers.matching import decisions, keeping
from customers.models import Match
from tenancy.access import requires
from tenancy.addresses import reverse_in
from tenancy.paging import cursor_of, page
from tenancy.parts import render_part
from tenancy.permissions import Permission

State = Match.State
REFUSALS = (
    deciding.NotYours, decisions.AlreadyDecided, decisions.NotDecided, merging.CannotMerge, merging.CannotUnmerge,
    merging.Busy,
)  # fmt: skip


@requires(Permission.CUSTOMERS_MERGE)
def pair_list(request: HttpRequest) -> HttpResponse:
    """The most valuable open pair, and those that follow."""
    form = QueueForm(request.GET)
    rows = _narrowed(request, form)
    return _render(request, queue.first(rows), rows, form)


@requires(Permission.CUSTOMERS_MERGE)
def pair_detail(request: HttpRequest, match_id: UUID) -> HttpResponse:
    """One pair: to be decided, or how it was."""
    form = QueueForm(request.GET)
    return _render(request, _match(request, match_id), _narrowed(request, form), form)


@require_POST
@requires(Permission.CUSTOMERS_MERGE)
def decision_list(request: HttpRequest, match_id: UUID) -> HttpResponse:
    """The same person, or not; on to the next pair."""
    match = _match(request, match_id)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say whether the two are the same person."))
        return _to(request, match)
    following = queue.following(_narrowed(request, QueueForm(request.GET)), match, most=1)
    verdict = State(form.cleaned_data["verdict"])
    try:
        deciding.decide(match, verdict, by=request.member)
    except REFUSALS as problem:
        messages.error(request, str(problem))
    else:
        latest.remember(request, match)
        messages.success(request, _said(request, match, verdict))
    return _to(request, following[0] if following else None)


@require_POST
@requires(Permission.CUSTOMERS_MERGE)
def withdrawals(request: HttpRequest, match_id: UUID) -> HttpResponse:
    """Take a decision back; the pair stands open again, and a merge is undone."""
    match = _match(request, match_id)
    try:
        deciding.withdraw(match, by=request.member)
    except REFUSALS as problem:
        messages.error(request, str(problem))
    else:
        messages.info(request, _("Taken back: this pair is to be decided again."))
    latest.forget(request, match)
    is_seen = queue.visible(request.member).filter(id=match.id).exists()
    return _to(request, match if is_seen else None)


@require_POST
@requires(Permission.CUSTOMERS_REVEAL)
def reveals(request: HttpRequest, match_id: UUID) -> HttpResponse:
    """The pair with contact data in plain, and an audit row for each of the two that says who saw it."""
    match = _match(request, match_id)
    pairs.reveal(match, by=request.member)
    form = QueueForm(request.GET)
    return _render(request, match, _narrowed(request, form), form, revealed=True)


@requires(Permission.CUSTOMERS_MERGE)
def decided_list(request: HttpRequest) -> HttpResponse:
    """Who has decided what, the newest first."""
    rows = queue.decided(request.member)
    found = page(rows, by=queue.RECENT, cursor=cursor_of(request))
    return render_part(request, {"page": found}, part="duplicates/_decided.html", page="duplicates/decided.html")


def _match(request: HttpRequest, match_id: UUID) -> Match:
    rows = queue.whole(queue.visible(request.member)).prefetch_related("merge", "decided_by__user")
    return get_object_or_404(rows, id=match_id)


def _narrowed(request: HttpRequest, form: QueueForm):
    rows = queue.to_decide(request.member)
    return queue.narrowed(rows, form.filters, member=request.member, tenant=request.tenant)


def _render(request: HttpRequest, match: Match | None, rows, form: QueueForm, *, revealed: bool = False):
    is_open = match is not None and match.state == State.OPEN
    context = {
        "form": form,
        "filters": form.filters,
        "match": match,
        "pair": pairs.pair(match, member=request.member, tenant=request.tenant, revealed=revealed) if match else None,
        "is_open": is_open,
        "is_begun": match is not None or keeping.active() is not None,
        "following": queue.following(rows, match) if is_open else [],
        "count": queue.count(rows),
        "last": latest.decision(request),
    }
    return render_part(request, context, part="duplicates/_queue.html", page="duplicates/queue.html")


def _said(request: HttpRequest, match: Match, verdict: State) -> str:
    """What was done, with the way back."""
    told = _("Merged.") if verdict == State.SAME else _("Kept apart.")
    undo = reverse_in(request, "duplicates:withdrawals", match_id=match.id)
    back = reverse_in(request, "duplicates:pair", match_id=match.id)
    swap = format_html('hx-post="{}" hx-target="#duplicates" hx-swap="outerHTML" hx-push-url="true"', undo)
    return format_html('{} <a href="{}" {} data-only>{}</a>', told, back, swap, _("Undo"))


def _to(request: HttpRequest, match: Match | None) -> HttpResponseRedirect:
    """The pair's page, or the queue's beginning; the filters stay."""
    name, keys = ("duplicates:pair", {"match_id": match.id}) if match else ("duplicates:queue", {})
    query = request.GET.urlencode()
    return HttpResponseRedirect(reverse_in(request, name, **keys) + (f"?{query}" if query else ""))

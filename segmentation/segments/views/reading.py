"""Segments as everybody reads them: the list, one of them, why somebody is in it or not."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.lib import text
from customers import roots, search
from customers.models import Customer
from segmentation.models import Segment, SegmentEvent, SegmentMember
from segmentation.segments import counting, editing, expanding, explaining, moments, vocabulary, wording
from segmentation.segments.refusing import RuleError
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.paging import cursor_of, page
from tenancy.parts import render_part
from tenancy.permissions import Permission, Scope

SIZE = 25
MOST_FOUND = 8
MOST_SHOWN = 60  # segments on a customer's page


@requires(Permission.CUSTOMERS_VIEW)
def segment_list(request: HttpRequest) -> HttpResponse:
    rows = Segment.objects.visible_to(request.member)
    if query := text.clean(request.GET.get("q", ""))[:100]:
        rows = rows.filter(name__icontains=query)
    found = page(rows, by=["name", "id"], size=SIZE, cursor=cursor_of(request))
    words = vocabulary.standing()
    told = [(segment, told_in_words(segment, words)) for segment in found.rows]
    return render(request, "segments/list.html", {"page": found, "told": told, "query": query})


def told_in_words(segment: Segment, words) -> str:
    """The rule as a sentence; empty for one by hand, and for a rule that was erased."""
    if segment.kind == Segment.Kind.STATIC or not segment.rule:
        return ""
    try:
        return wording.describe(counting.node_of(segment, words), words)
    except RuleError as problem:
        return problem.at_its_place()


@requires(Permission.CUSTOMERS_VIEW)
def segment_count(request: HttpRequest, segment_id: UUID) -> HttpResponse:
    """How many of whom the member sees are in it now."""
    segment = get_object_or_404(Segment.objects.visible_to(request.member), id=segment_id)
    try:
        if segment.broken_at:
            raise expanding.Unaskable
        words = vocabulary.standing()
        rule = counting.asked(counting.node_of(segment, words), words=words)
        counted = counting.count(rule, request.member)
    except (RuleError, expanding.Unaskable):
        counted = None
    context = {"segment": segment, "counted": counted}
    return render_part(request, context, part="segments/_count.html", page="segments/count.html")


@requires(Permission.CUSTOMERS_VIEW)
def segment_detail(request: HttpRequest, segment_id: UUID) -> HttpResponse:
    """What it asks, who came and went, and whom one can ask about."""
    segment = get_object_or_404(Segment.objects.visible_to(request.member), id=segment_id)
    visible = Customer.objects.visible_to(request.member)
    moves = SegmentEvent.objects.filter(segment=segment).select_related("customer")
    if request.member.scope != Scope.ALL:
        moves = moves.filter(customer__in=visible)
    found = page(moves, by=["-position"], size=SIZE, cursor=cursor_of(request))
    _of_survivors(found.rows)
    query = request.GET.get("who", "").strip()[: search.LONGEST]
    people = []
    if query:
        ids = [one.id for one in search.matches(query, member=request.member, region=request.tenant.region)]
        people = list(visible.filter(id__in=ids[:MOST_FOUND]))
    context = {
        "segment": segment, "sentence": told_in_words(segment, vocabulary.standing()), "page": found,
        "query": query, "people": people,
    }  # fmt: skip
    return render(request, "segments/detail.html", context)


def _of_survivors(moves: list[SegmentEvent]) -> None:
    """What merged customers did is told of those whom they are one with now."""
    merged = [move for move in moves if move.customer.merged_into_id]
    into = roots.roots({move.customer_id for move in merged})
    survivors = Customer.objects.in_bulk(set(into.values()))
    for move in merged:
        move.customer = survivors[into[move.customer_id]]


@requires(Permission.CUSTOMERS_VIEW)
def why(request: HttpRequest, segment_id: UUID, customer_id: UUID) -> HttpResponse:
    """Condition by condition, what is asked and what stands there."""
    segment = get_object_or_404(Segment.objects.visible_to(request.member), id=segment_id)
    customer = get_object_or_404(Customer.objects.visible_to(request.member), id=customer_id)
    words, answer, problem = vocabulary.standing(), None, ""
    try:
        if segment.broken_at:
            raise expanding.Unaskable(segment.broken_by)
        node, moment = counting.node_of(segment, words), moments.now(request.tenant)
        answer = explaining.why(node, customer, moment, words, to=request.member)
    except RuleError as trouble:
        problem = trouble.at_its_place()
    except expanding.Unaskable as trouble:
        problem = str(trouble)
    since = SegmentMember.objects.filter(segment=segment, customer=customer).first()
    context = {"segment": segment, "customer": customer, "why": answer, "problem": problem, "since": since,
               "sentence": told_in_words(segment, words)}  # fmt: skip
    return render(request, "segments/why.html", context)


@require_POST
@requires(Permission.SEGMENTS_EDIT)
def archivings(request: HttpRequest, segment_id: UUID) -> HttpResponse:
    segment = get_object_or_404(Segment.objects.editable_by(request.member), id=segment_id)
    try:
        editing.archive(segment, by=request.member)
    except editing.NotPossible as problem:
        messages.error(request, str(problem))
        return redirect_in(request, "segments:detail", segment_id=segment.id)
    messages.success(request, _("“%s” was archived: who was in it when stays known.") % segment)
    return redirect_in(request, "segments:list")


@requires(Permission.CUSTOMERS_VIEW)
def customer_panel(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """The segments that the customer is in, and those by hand into which they can be put."""
    customer = get_object_or_404(Customer.objects.visible_to(request.member), id=customer_id)
    since = dict(SegmentMember.objects.filter(customer=customer).values_list("segment_id", "since"))
    segments = list(Segment.objects.visible_to(request.member)[:MOST_SHOWN])
    inside = [(segment, since[segment.id]) for segment in segments if segment.id in since]
    outside = [segment for segment in segments if segment.id not in since]
    context = {"customer": customer, "inside": inside, "outside": outside}
    return render_part(request, context, part="segments/_customer_panel.html", page="segments/customer_panel.html")


@require_POST
@requires(Permission.SEGMENTS_EDIT)
def picks(request: HttpRequest, segment_id: UUID) -> HttpResponse:
    """Put a customer into a segment by hand, or with `out` take them out."""
    segment = get_object_or_404(Segment.objects.editable_by(request.member), id=segment_id)
    visible = Customer.objects.visible_to(request.member)
    customer = visible.filter(id=_id(request.POST.get("customer", ""))).first()
    if customer is None:
        messages.error(request, _("There is no such customer."))
        return redirect_in(request, "segments:detail", segment_id=segment.id)
    act = editing.unpick if request.POST.get("out") else editing.pick
    try:
        act(segment, [customer.id], by=request.member)
    except editing.NotPossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Saved."))
    return redirect_in(request, "segments:customer_panel", customer_id=customer.id)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

"""Writing a segment's rule: as text or by conditions, with what it means at each key."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from segmentation.models import Segment
from segmentation.segments import editing, shaping, writing
from segmentation.segments.building import Draft
from segmentation.segments.fields import Field
from segmentation.segments.forms import ClauseForm, SegmentForm, grouped
from segmentation.segments.refusing import RuleError
from segmentation.segments.tree import LONGEST, Node
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.permissions import Permission

SAVE, ADD, OR = "save", "add", "or"
ACTS = {"drop": shaping.drop, "negate": shaping.negate, "switch": shaping.switch}


@requires(Permission.SEGMENTS_EDIT)
def segment_create(request: HttpRequest) -> HttpResponse:
    """A new segment; with `rule` in the address it begins with that."""
    initial = {"rule": request.GET.get("rule", "")[:LONGEST], "name": request.GET.get("name", "")[:100]}
    return _build(request, None, SegmentForm(request.POST or None, initial=initial))


@requires(Permission.SEGMENTS_EDIT)
def segment_edit(request: HttpRequest, segment_id: UUID) -> HttpResponse:
    segment = get_object_or_404(Segment.objects.editable_by(request.member), id=segment_id)
    names = ("name", "description", "is_shared", "rule")
    form = SegmentForm(
        request.POST or None, keeps_kind=True, initial={name: getattr(segment, name) for name in names}
    )  # fmt: skip
    return _build(request, segment, form)


def _build(request: HttpRequest, segment: Segment | None, form: SegmentForm) -> HttpResponse:
    """The builder. What is done is told by the button: to save, to add a condition, to change the rule at a place."""
    do = request.POST.get("do", "")
    if request.method == "POST" and do == SAVE and form.is_valid() and (saved := _saved(request, segment, form)):
        messages.success(request, _("“%s” was saved.") % saved)
        return redirect_in(request, "segments:detail", segment_id=saved.id)
    rule = (form["rule"].value() or "")[:LONGEST]
    draft = Draft(rule, request.member)
    field = draft.own_words.fields.get(request.POST.get("field", "") or request.GET.get("field", ""))
    clause_form = field and ClauseForm(request.POST if do in (ADD, OR) else None, field=field)
    if request.method == "POST" and do != SAVE:
        changed = _changed(draft, do, clause_form)
        if changed is not None:
            draft, field, clause_form = Draft(changed, request.member, words=draft.words), None, None
        form = _with_rule(form, draft.rule)
    context = {
        "segment": segment, "form": form, "draft": draft, "groups": grouped(draft.own_words), "field": field,
        "clause_form": clause_form,
    }  # fmt: skip
    return render(request, "segments/build.html", context)


def _saved(request: HttpRequest, segment: Segment | None, form: SegmentForm) -> Segment | None:
    """The segment as it was saved; None where it could not be, as the form says then."""
    told = dict(form.cleaned_data)
    try:
        if segment is None:
            return editing.create(told.pop("name"), by=request.member, **told)
        return editing.change(segment, by=request.member, **told)
    except RuleError as problem:
        form.add_error("rule", problem.at_its_place())
    except editing.NotPossible as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
    return None


def _changed(draft: Draft, do: str, clause_form: ClauseForm | None) -> str | None:
    """The rule's text after what was pressed; None where nothing is to change."""
    if draft.node is None:
        return None
    if do in (ADD, OR):
        if clause_form is None or not clause_form.is_valid():
            return None
        return writing.text(shaping.add(draft.node, clause_form.cleaned_data["clause"], is_some=do == OR))
    act, _blank, place = do.partition(" ")
    if act not in ACTS:
        return None
    try:
        node: Node = ACTS[act](draft.node, shaping.place_of(place))
    except shaping.NoSuchPlace:
        return None
    return writing.text(node)


def _with_rule(form: SegmentForm, rule: str) -> SegmentForm:
    """The form as it was filled in, not judged yet, with this rule."""
    initial = {name: form[name].value() for name in form.fields} | {"rule": rule}
    return SegmentForm(initial=initial, keeps_kind="kind" not in form.fields)


@require_POST
@requires(Permission.SEGMENTS_EDIT)
def previews(request: HttpRequest) -> HttpResponse:
    """What a rule means of people, as one types: the count on a sample first, some of them. Keeps nothing."""
    draft = Draft(request.POST.get("rule", "")[: LONGEST + 1], request.member)
    return render(request, "segments/_live.html", {"draft": draft})


@require_POST
@requires(Permission.SEGMENTS_EDIT)
def counts(request: HttpRequest) -> HttpResponse:
    """The exact count, and how many are in the other segments too."""
    draft = Draft(request.POST.get("rule", "")[: LONGEST + 1], request.member)
    others = list(Segment.objects.visible_to(request.member)) if draft.asked else []
    overlaps = draft.overlaps(others) if request.POST.get("overlaps") and draft.asked else None
    return render(request, "segments/_exact.html", {"draft": draft, "overlaps": overlaps})


@require_POST
@requires(Permission.SEGMENTS_EDIT)
def condition_fields(request: HttpRequest) -> HttpResponse:
    """The fields of a condition of the chosen kind."""
    draft = Draft("", request.member)
    field: Field | None = draft.own_words.fields.get(request.POST.get("field", ""))
    context = {"groups": grouped(draft.own_words), "field": field, "clause_form": field and ClauseForm(field=field)}
    return render(request, "segments/_condition.html", context)

"""Settings → Tags, and the tags on a customer's page."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from customers import retiring, tagging, vocabulary
from customers.field_forms import MergeForm, TagForm
from customers.models import Customer, Tag
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.parts import render_part
from tenancy.permissions import Permission

MANY = 10_000  # beyond it a list says only that there are more


@requires(Permission.FIELDS_EDIT)
def tag_list(request: HttpRequest) -> HttpResponse:
    """All tags by name with how many have them, and a form for a new one."""
    form = TagForm(request.POST or None)
    if form.is_valid():
        try:
            tag = vocabulary.create(form.cleaned_data["name"], by=request.member)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(request, _("“%s” was added.") % tag)
            return redirect_in(request, "fields:tags")
    tags = list(Tag.objects.all())
    usage = vocabulary.usage(tags, most=MANY)
    rows = [(tag, min(usage[tag.id], MANY), usage[tag.id] > MANY) for tag in tags]
    return render(request, "fields/tags.html", {"rows": rows, "form": form})


@requires(Permission.FIELDS_EDIT)
def tag(request: HttpRequest, tag_id: UUID) -> HttpResponse:
    tag = get_object_or_404(Tag, id=tag_id)
    form = TagForm(request.POST or None, initial={"name": tag.name})
    if form.is_valid():
        try:
            vocabulary.rename(tag, form.cleaned_data["name"], by=request.member)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect_in(request, "fields:tags")
    return _page(request, tag, form, MergeForm(tag=tag))


@require_POST
@requires(Permission.FIELDS_EDIT)
def merges(request: HttpRequest, tag_id: UUID) -> HttpResponse:
    """Into another tag."""
    tag = get_object_or_404(Tag, id=tag_id)
    form = MergeForm(request.POST, tag=tag)
    if not form.is_valid():
        return _page(request, tag, TagForm(initial={"name": tag.name}), form)
    into = form.cleaned_data["into"]
    if retiring.is_large(tag):
        return _later(request, tag, into)
    moved = vocabulary.merge(tag, into=into, by=request.member)
    told = ngettext("%(n)d customer is “%(into)s” now.", "%(n)d customers are “%(into)s” now.", moved)
    messages.success(request, told % {"n": moved, "into": into})
    return redirect_in(request, "fields:tags")


@require_POST
@requires(Permission.FIELDS_EDIT)
def deletions(request: HttpRequest, tag_id: UUID) -> HttpResponse:
    tag = get_object_or_404(Tag, id=tag_id)
    if retiring.is_large(tag):
        return _later(request, tag, None)
    lost = vocabulary.delete(tag, by=request.member)
    told = ngettext("“%(tag)s” was taken off %(n)d customer.", "“%(tag)s” was taken off %(n)d customers.", lost)
    messages.success(request, told % {"n": lost, "tag": tag})
    return redirect_in(request, "fields:tags")


def _later(request: HttpRequest, tag: Tag, into: Tag | None) -> HttpResponse:
    job = retiring.start(tag, into=into, by=request.member)
    if request.member.can(Permission.JOBS_VIEW):
        return redirect_in(request, "jobs:detail", job_id=job.id)
    messages.success(request, _("So many customers have “%s” that it takes a while. It goes on by itself.") % tag)
    return redirect_in(request, "fields:tags")


def _page(request: HttpRequest, tag: Tag, form: TagForm, merge_form: MergeForm) -> HttpResponse:
    saved = Tag.objects.get(id=tag.id)
    context = {"form": form, "merge_form": merge_form, "tag": saved, "used": vocabulary.count(saved)}
    return render(request, "fields/tag.html", context)


@requires(Permission.CUSTOMERS_EDIT)
def tags(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """The customer's tags; a name that is posted is put on, as a new tag where there is none so called."""
    customer = get_object_or_404(Customer.objects.editable_by(request.member), id=customer_id)
    error = ""
    if request.method == "POST":
        try:
            tagging.add([customer.id], [request.POST.get("name", "")], by=request.member)
        except (tagging.BadTag, tagging.TooManyTags) as problem:
            error = str(problem)
        else:
            if not request.htmx:
                return redirect_in(request, "customers:detail", customer_id=customer.id)
    context = {"customer": customer, "tag_error": error}
    return render_part(request, context, part="customers/_tags.html", page="customers/detail.html")


@require_POST
@requires(Permission.CUSTOMERS_EDIT)
def tag_removals(request: HttpRequest, customer_id: UUID, tag_id: UUID) -> HttpResponse:
    """Take a tag off a customer."""
    customer = get_object_or_404(Customer.objects.editable_by(request.member), id=customer_id)
    tagging.remove([customer.id], [get_object_or_404(Tag, id=tag_id)], by=request.member)
    if not request.htmx:
        return redirect_in(request, "customers:detail", customer_id=customer.id)
    return render(request, "customers/_tags.html", {"customer": customer})


@requires(Permission.CUSTOMERS_VIEW)
def tag_names(request: HttpRequest) -> HttpResponse:
    """The names of all tags, as what a field offers while one types."""
    return render(request, "customers/_tag_names.html", {"names": Tag.objects.values_list("name", flat=True)})

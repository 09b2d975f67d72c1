"""The rules of the points programme: in words, by an example, and as they were before."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from loyalty import example, programmes
from loyalty.forms import ProgrammeForm
from loyalty.models import ProgrammeVersion
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.paging import Page, cursor_of, page
from tenancy.parts import render_part
from tenancy.permissions import Permission

SIZE = 20


@requires(Permission.PROGRAMME_EDIT)
def programme(request: HttpRequest) -> HttpResponse:
    """Edit the rules. With values in the address, or where `do` is `example`, they are worked out and not saved."""
    version = programmes.latest()
    told = request.POST if request.method == "POST" else request.GET
    form = ProgrammeForm(told if "number" in told else None, version=version)
    saves = request.method == "POST" and request.POST.get("do") != "example"
    if saves and form.is_valid():
        try:
            programmes.change(**form.terms, read_from=form.cleaned_data["number"], by=request.member)
        except programmes.Outdated as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect_in(request, "loyalty:programme")
    found = page(ProgrammeVersion.objects.select_related("created_by__user"), by=["-number"], size=SIZE,
                 cursor=cursor_of(request))  # fmt: skip
    rules = _rules(form, version)
    context = {
        "form": form,
        "rules": rules,
        "example": rules and example.work(rules),
        "version": version,
        "page": found,
        "history": _history(found),
    }
    return render_part(request, context, part="loyalty/_programme_example.html", page="loyalty/programme.html")


def _rules(form: ProgrammeForm, version: ProgrammeVersion | None) -> ProgrammeVersion | None:
    """The rules that the form tells, None where they cannot be read."""
    if form.is_bound:
        return form.instance if form.is_valid() else None
    return version or ProgrammeVersion()


def _history(found: Page) -> list[tuple[ProgrammeVersion, list[tuple[str, programmes.Change]]]]:
    """Each version with what it changed, by the name of the rule."""
    if not found.rows:
        return []
    older = [*found.rows[1:], ProgrammeVersion.objects.filter(number=found.rows[-1].number - 1).first()]
    labels = ProgrammeForm.Meta.labels
    return [
        (version, [(labels[one.rule], one) for one in programmes.changes(version, last)])
        for version, last in zip(found.rows, older, strict=True)
    ]

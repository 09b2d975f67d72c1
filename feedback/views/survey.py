from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from feedback import surveys
from feedback.forms import AnswerForm, SurveyForm
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.permissions import Permission


@requires(Permission.SURVEYS_EDIT)
def survey(request: HttpRequest) -> HttpResponse:
    """The survey beside what customers see of it; “Preview” shows there what is not saved yet."""
    shown = surveys.current()
    form = SurveyForm(request.POST if request.method == "POST" else None, instance=shown)
    if form.is_valid() and request.POST.get("do") != "preview":
        surveys.change(form.cleaned_data, by=request.member)
        messages.success(request, _("Saved."))
        return redirect_in(request, "feedback:survey")
    context = {"form": form, "survey": form.instance, "answer": AnswerForm(auto_id=False)}
    return render(request, "feedback/survey.html", context)

"""The question behind a link: no login, no name, light enough for a bad phone."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from feedback import answering, asking, limits
from feedback.forms import AnswerForm
from feedback.models import Invitation
from sales.models import Order
from tenancy import links


@links.sealed(asking.OF_ORDER)
def of_order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """The link on a receipt."""
    order = get_object_or_404(Order.objects.select_related("customer"), id=order_id)
    return _question(request, answering.of_order(order))


@links.sealed(asking.OF_INVITATION)
def of_invitation(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """The link that a customer was given or sent."""
    invitation = get_object_or_404(Invitation.objects.select_related("customer"), id=invitation_id)
    return _question(request, answering.of_invitation(invitation))


def _question(request: HttpRequest, asked: answering.Asked) -> HttpResponse:
    form = AnswerForm(request.POST if request.method == "POST" else None)
    try:
        if request.method == "POST":
            if limits.too_many(request):
                form.add_error(None, _("Too many answers came from your network. Please try again in ten minutes."))
                return _render(request, asked, form, status=429)
            if form.is_valid():
                answering.answer(asked, **form.cleaned_data)
                return HttpResponseRedirect(request.path)
        elif (response := asked.response) and not ("again" in request.GET and answering.is_changeable(response)):
            context = {"survey": asked.survey, "can_change": answering.is_changeable(response)}
            return render(request, "feedback/thanks.html", context)
        answering.check(asked)
    except answering.Closed as problem:
        return render(request, "feedback/closed.html", {"why": str(problem)}, status=410)
    return _render(request, asked, form)


def _render(request: HttpRequest, asked: answering.Asked, form: AnswerForm, *, status: int = 200) -> HttpResponse:
    return render(request, "feedback/question.html", {"survey": asked.survey, "form": form}, status=status)

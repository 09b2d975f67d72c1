from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.paging import cursor_of, page
from tenancy.permissions import Permission
from webhooks import endpoints, feed
from webhooks.forms import EndpointForm, ReplayForm
from webhooks.models import Endpoint


@requires(Permission.WEBHOOKS_EDIT)
def endpoint_list(request: HttpRequest) -> HttpResponse:
    rows = Endpoint.objects.visible_to(request.member).order_by("-created_at", "-id")
    return render(request, "webhooks/list.html", {"endpoints": rows})


@requires(Permission.WEBHOOKS_EDIT)
def endpoint_new(request: HttpRequest) -> HttpResponse:
    """The form; once it was sent the page of the new endpoint, with its secret."""
    form = EndpointForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            endpoint = endpoints.make(**form.cleaned_data, by=request.member)
        except endpoints.TooMany as problem:
            form.add_error(None, str(problem))
        else:
            return _render(request, endpoint, secret=endpoint.secret)
    return render(request, "webhooks/form.html", {"form": form})


@requires(Permission.WEBHOOKS_EDIT)
def endpoint_detail(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    return _render(request, _endpoint(request, endpoint_id))


@requires(Permission.WEBHOOKS_EDIT)
def endpoint_edit(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    endpoint = _endpoint(request, endpoint_id)
    form = EndpointForm(request.POST if request.method == "POST" else None, instance=endpoint)
    if form.is_valid():
        endpoints.change(_endpoint(request, endpoint_id), **form.cleaned_data, by=request.member)
        messages.success(request, _("Saved."))
        return redirect_in(request, "webhooks:detail", endpoint_id=endpoint_id)
    return render(request, "webhooks/form.html", {"form": form, "endpoint": _endpoint(request, endpoint_id)})


@require_POST
@requires(Permission.WEBHOOKS_EDIT)
def pauses(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    endpoints.pause(_endpoint(request, endpoint_id), by=request.member)
    return redirect_in(request, "webhooks:detail", endpoint_id=endpoint_id)


@require_POST
@requires(Permission.WEBHOOKS_EDIT)
def resumptions(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    endpoints.resume(_endpoint(request, endpoint_id), by=request.member)
    return redirect_in(request, "webhooks:detail", endpoint_id=endpoint_id)


@require_POST
@requires(Permission.WEBHOOKS_EDIT)
def deletions(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    endpoints.remove(_endpoint(request, endpoint_id), by=request.member)
    messages.success(request, _("The webhook was removed."))
    return redirect_in(request, "webhooks:list")


@require_POST
@requires(Permission.WEBHOOKS_EDIT)
def reveals(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """The page with the secret on it; that it was seen is audited."""
    endpoint = _endpoint(request, endpoint_id)
    return _render(request, endpoint, secret=endpoints.reveal(endpoint, by=request.member))


@require_POST
@requires(Permission.WEBHOOKS_EDIT)
def rotations(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    endpoint = _endpoint(request, endpoint_id)
    return _render(request, endpoint, secret=endpoints.rotate(endpoint, by=request.member))


@require_POST
@requires(Permission.WEBHOOKS_EDIT)
def tests(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    return _sent(request, endpoint_id, lambda endpoint: endpoints.test(endpoint, by=request.member))


@require_POST
@requires(Permission.WEBHOOKS_EDIT)
def repeats(request: HttpRequest, endpoint_id: UUID, delivery_id: UUID) -> HttpResponse:
    def repeat(endpoint: Endpoint) -> None:
        endpoints.repeat(get_object_or_404(endpoint.deliveries, id=delivery_id), by=request.member)

    return _sent(request, endpoint_id, repeat)


@require_POST
@requires(Permission.WEBHOOKS_EDIT)
def replays(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    endpoint, form = _endpoint(request, endpoint_id), ReplayForm(request.POST)
    if form.is_valid():
        try:
            endpoints.replay(endpoint, since=form.cleaned_data["day"], by=request.member)
        except feed.Gone as problem:
            form.add_error("day", str(problem))
        else:
            messages.success(request, _("What changed since then will be sent once more."))
            return redirect_in(request, "webhooks:detail", endpoint_id=endpoint_id)
    return _render(request, endpoint, form=form)


def _endpoint(request: HttpRequest, endpoint_id: UUID) -> Endpoint:
    return get_object_or_404(Endpoint.objects.visible_to(request.member), id=endpoint_id)


def _sent(request: HttpRequest, endpoint_id: UUID, act) -> HttpResponse:
    try:
        act(_endpoint(request, endpoint_id))
    except endpoints.IsOff as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("It is on its way. Load the page again to see what came of it."))
    return redirect_in(request, "webhooks:detail", endpoint_id=endpoint_id)


def _render(
    request: HttpRequest, endpoint: Endpoint, *, secret: str = "", form: ReplayForm | None = None
) -> HttpResponse:
    deliveries = page(endpoint.deliveries.all(), by=["-created_at", "-id"], cursor=cursor_of(request))
    context = {"endpoint": endpoint, "page": deliveries, "secret": secret, "form": form or ReplayForm()}
    return render(request, "webhooks/detail.html", context)

from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tenancy import places
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.models import Store, Team
from tenancy.paging import cursor_of, page
from tenancy.permissions import Permission
from tenancy.settings.forms import PlaceForm, StoreForm, TeamForm

MEMBERS = Count("memberships")


@requires(Permission.SETTINGS_EDIT)
def stores(request: HttpRequest) -> HttpResponse:
    found = page(Store.objects.annotate(members=MEMBERS), by=["code"], cursor=cursor_of(request))
    return render(request, "settings/stores.html", {"page": found})


@requires(Permission.SETTINGS_EDIT)
def teams(request: HttpRequest) -> HttpResponse:
    found = page(Team.objects.annotate(members=MEMBERS), by=["name"], cursor=cursor_of(request))
    return render(request, "settings/teams.html", {"page": found})


@requires(Permission.SETTINGS_EDIT)
def store_create(request: HttpRequest) -> HttpResponse:
    return _written(request, StoreForm(request.POST or None), "store")


@requires(Permission.SETTINGS_EDIT)
def team_create(request: HttpRequest) -> HttpResponse:
    return _written(request, TeamForm(request.POST or None), "team")


@requires(Permission.SETTINGS_EDIT)
def store(request: HttpRequest, store_id: UUID) -> HttpResponse:
    return _written(request, StoreForm(request.POST or None, place=get_object_or_404(Store, id=store_id)), "store")


@requires(Permission.SETTINGS_EDIT)
def team(request: HttpRequest, team_id: UUID) -> HttpResponse:
    return _written(request, TeamForm(request.POST or None, place=get_object_or_404(Team, id=team_id)), "team")


@require_POST
@requires(Permission.SETTINGS_EDIT)
def store_deletions(request: HttpRequest, store_id: UUID) -> HttpResponse:
    return _deleted(request, get_object_or_404(Store, id=store_id), "store")


@require_POST
@requires(Permission.SETTINGS_EDIT)
def team_deletions(request: HttpRequest, team_id: UUID) -> HttpResponse:
    return _deleted(request, get_object_or_404(Team, id=team_id), "team")


def _written(request: HttpRequest, form: PlaceForm, kind: str) -> HttpResponse:
    """The form; what it tells is a new place or a changed one."""
    if form.is_valid():
        try:
            if form.place:
                places.change(form.place, **form.cleaned_data, by=request.member)
            else:
                places.add(form.model(**form.cleaned_data), by=request.member)
        except places.Taken as problem:
            form.add_error(form.unique, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect_in(request, f"settings:{kind}s")
    return render(request, f"settings/{kind}.html", {"form": form, "place": form.place})


def _deleted(request: HttpRequest, place: Store | Team, kind: str) -> HttpResponse:
    try:
        places.remove(place, by=request.member)
    except places.InUse as problem:
        form = {"store": StoreForm, "team": TeamForm}[kind](place=place)
        return render(request, f"settings/{kind}.html", {"form": form, "place": place, "refused": str(problem)})
    messages.success(request, _("%(name)s was deleted.") % {"name": place})
    return redirect_in(request, f"settings:{kind}s")

from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tenancy import roles, staff
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.models import Role
from tenancy.permissions import Permission
from tenancy.settings.forms import NewRoleForm, RoleForm, ScopeForm


@requires(Permission.SETTINGS_EDIT)
def role_list(request: HttpRequest) -> HttpResponse:
    """The roles and what each may."""
    return _rendered(request, _roles())


@require_POST
@requires(Permission.SETTINGS_EDIT)
def permissions(request: HttpRequest) -> HttpResponse:
    """What was ticked and unticked on the page; what somebody else changed meanwhile stays."""
    found = _roles()
    moved = {one.id: _moved(request.POST, one) for one in found}
    try:
        changed = roles.permit(moved, by=request.member)
    except staff.NoAdminLeft as problem:
        for one in found:
            given, taken = moved[one.id]
            one.permissions = {*one.permissions, *given} - taken
        return _rendered(request, found, refused=str(problem), told=request.POST)
    if changed:
        messages.success(request, _("Saved. It holds from their next click on."))
    return redirect_in(request, "settings:roles")


@requires(Permission.SETTINGS_EDIT)
def role_create(request: HttpRequest) -> HttpResponse:
    form = NewRoleForm(request.POST or None)
    if form.is_valid():
        try:
            roles.copy(form.cleaned_data["original"], name=form.cleaned_data["name"], by=request.member)
        except roles.TooMany as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect_in(request, "settings:roles")
    return render(request, "settings/role_create.html", {"form": form})


@requires(Permission.SETTINGS_EDIT)
def role(request: HttpRequest, role_id: UUID) -> HttpResponse:
    """Its name, and the pages as somebody in it sees them."""
    found = _role(role_id)
    form = RoleForm(request.POST or None, role=found, initial={"name": found.name})
    if form.is_valid():
        roles.rename(found, **form.cleaned_data, by=request.member)
        messages.success(request, _("Saved."))
        return redirect_in(request, "settings:roles")
    return render(request, "settings/role.html", {"form": form, "role": found, "scope_form": ScopeForm()})


@require_POST
@requires(Permission.SETTINGS_EDIT)
def role_deletions(request: HttpRequest, role_id: UUID) -> HttpResponse:
    found = _role(role_id)
    try:
        roles.remove(found, by=request.member)
    except roles.HasMembers as problem:
        form = RoleForm(role=found, initial={"name": found.name})
        context = {"form": form, "role": found, "scope_form": ScopeForm(), "refused": str(problem)}
        return render(request, "settings/role.html", context)
    messages.success(request, _("%(name)s was deleted.") % {"name": found})
    return redirect_in(request, "settings:roles")


def _roles() -> list[Role]:
    return list(Role.objects.annotate(members=Count("memberships")))


def _role(role_id: UUID) -> Role:
    return get_object_or_404(Role.objects.annotate(members=Count("memberships")), id=role_id)


def _ticked(told: QueryDict, one: Role) -> list[str]:
    return [permission for permission in told.getlist(str(one.id)) if permission in Permission.values]


def _moved(told: QueryDict, one: Role) -> tuple[set[str], set[str]]:
    """(given, taken) in the hands of whoever filled the form. A role that was not on their page is left alone."""
    if f"was-{one.id}" not in told:
        return set(), set()
    ticked, was = set(_ticked(told, one)), set(told[f"was-{one.id}"].split(","))
    return ticked - was, was - ticked


def _rendered(
    request: HttpRequest, found: list[Role], *, refused: str = "", told: QueryDict | None = None
) -> HttpResponse:
    """The matrix, a block of rows for each subject."""
    for one in found:
        one.was = (told or {}).get(f"was-{one.id}", ",".join(one.permissions))
    blocks = [
        (subject, [(permission, [(one, permission in one.permissions) for one in found]) for permission in permissions])
        for subject, permissions in roles.SUBJECTS.items()
    ]
    return render(request, "settings/roles.html", {"roles": found, "blocks": blocks, "refused": refused})

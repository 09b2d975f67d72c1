from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.lib.uuids import parsed
from tenancy import seeing
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.models import Membership, Role
from tenancy.permissions import Permission
from tenancy.settings.forms import RoleForm, ScopeForm


@require_POST
@requires(Permission.SETTINGS_EDIT)
def seeing_begins(request: HttpRequest) -> HttpResponse:
    """See the pages as one member, or as anybody in a role with some scope."""
    if member_id := parsed(request.POST.get("member")):
        members = Membership.objects.select_related("role", "user").filter(is_active=True, user__is_active=True)
        seen = get_object_or_404(members.exclude(id=request.member.id), id=member_id)
    else:
        role, form = get_object_or_404(Role, id=parsed(request.POST.get("role"))), ScopeForm(request.POST)
        if not form.is_valid():
            context = {"form": RoleForm(role=role, initial={"name": role.name}), "role": role, "scope_form": form}
            return render(request, "settings/role.html", context)
        seen = seeing.stand_in(role, **form.cleaned_data)
    seeing.begin(request, seen)
    return redirect_in(request, "home")


@require_POST
@requires()
def seeing_ends(request: HttpRequest) -> HttpResponse:
    """Open to whoever sees as somebody, whatever that somebody may."""
    if request.member.viewer:
        seeing.end(request)
        messages.success(request, _("You see everything with your own eyes again."))
        return redirect_in(request, "settings:staff")
    return redirect_in(request, "home")

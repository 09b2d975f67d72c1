from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tenancy import invitations as mails
from tenancy import staff
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.models import Membership
from tenancy.paging import cursor_of, page
from tenancy.permissions import Permission
from tenancy.settings.forms import InvitationForm, MemberForm

MEMBERS = ("user", "role", "team", "store")


@requires(Permission.SETTINGS_EDIT)
def staff_list(request: HttpRequest) -> HttpResponse:
    """Everybody of the company, in the order in which they came; the deactivated apart."""
    gone, words = request.GET.get("gone") == "1", request.GET.get("q", "").replace("\0", "").strip()[:100]
    rows = Membership.objects.select_related(*MEMBERS).filter(is_active=not gone)
    if words:
        rows = rows.filter(Q(user__name__icontains=words) | Q(user__email__icontains=words))
    found = page(rows, by=["id"], cursor=cursor_of(request))
    return render(request, "settings/staff.html", {"page": found, "gone": gone, "q": words})


@requires(Permission.SETTINGS_EDIT)
def member_create(request: HttpRequest) -> HttpResponse:
    """Invite somebody by mail."""
    form = InvitationForm(request.POST or None)
    if form.is_valid():
        try:
            member = staff.invite(**form.cleaned_data, by=request.member)
        except staff.AlreadyMember as problem:
            form.add_error("email", str(problem))
        else:
            messages.success(request, _("%(name)s is invited.") % {"name": member})
            return redirect_in(request, "settings:member", member_id=member.id)
    return render(request, "settings/member_create.html", {"form": form})


@requires(Permission.SETTINGS_EDIT)
def member(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """One member: role and scope, the customers they own, their access."""
    found = _member(member_id)
    form = MemberForm(request.POST or None, initial=MemberForm.initial_of(found))
    if form.is_valid():
        try:
            staff.change(found, **form.cleaned_data, by=request.member)
        except staff.NoAdminLeft as problem:
            form.add_error("role", str(problem))
        else:
            messages.success(request, _("Saved. It holds from their next click on."))
            return redirect_in(request, "settings:member", member_id=member_id)
    return _rendered(request, _member(member_id), form)


@require_POST
@requires(Permission.SETTINGS_EDIT)
def deactivations(request: HttpRequest, member_id: UUID) -> HttpResponse:
    found = _member(member_id)
    try:
        staff.deactivate(found, by=request.member)
    except (staff.Themselves, staff.NoAdminLeft) as problem:
        return _rendered(request, found, MemberForm(initial=MemberForm.initial_of(found)), refused=str(problem))
    messages.success(request, _("%(name)s can no longer log in.") % {"name": found})
    return redirect_in(request, "settings:member", member_id=member_id)


@require_POST
@requires(Permission.SETTINGS_EDIT)
def reactivations(request: HttpRequest, member_id: UUID) -> HttpResponse:
    found = _member(member_id)
    staff.reactivate(found, by=request.member)
    messages.success(request, _("%(name)s can log in again.") % {"name": found})
    return redirect_in(request, "settings:member", member_id=member_id)


@require_POST
@requires(Permission.SETTINGS_EDIT)
def invitations(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """Send the mail again."""
    mails.send(_member(member_id), by=request.member)
    return redirect_in(request, "settings:member", member_id=member_id)


def _member(member_id: UUID) -> Membership:
    return get_object_or_404(Membership.objects.select_related(*MEMBERS), id=member_id)


def _rendered(request: HttpRequest, found: Membership, form: MemberForm, *, refused: str = "") -> HttpResponse:
    return render(request, "settings/member.html", {"colleague": found, "form": form, "refused": refused})

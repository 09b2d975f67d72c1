from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tenancy import tokens
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.models import ApiToken
from tenancy.paging import cursor_of, page
from tenancy.permissions import Permission
from tenancy.settings.forms import TokenForm


@requires(Permission.TOKENS_EDIT)
def token_list(request: HttpRequest) -> HttpResponse:
    """One's own tokens, or everybody's."""
    everybody = request.GET.get("whose") == "all"
    rows = ApiToken.objects.select_related("member__user", "member__role")
    if not everybody:
        rows = rows.filter(member_id=request.member.id)
    found = page(rows, by=["-id"], cursor=cursor_of(request))
    return render(request, "settings/tokens.html", {"page": found, "everybody": everybody})


@never_cache
@requires(Permission.TOKENS_EDIT)
def token_create(request: HttpRequest) -> HttpResponse:
    """A token of one's own; its secret is on the answer to the form and nowhere else."""
    form = TokenForm(request.POST or None, member=request.member)
    if form.is_valid():
        told = form.cleaned_data
        try:
            token, secret = tokens.make(
                request.member, name=told["name"], permissions=told["permissions"], by=request.member, id=told["key"]
            )
        except tokens.MadeAlready:
            messages.warning(request, _("This token was made already, and its secret is not shown again."))
            return redirect_in(request, "settings:tokens")
        return render(request, "settings/token_made.html", {"token": token, "secret": secret})
    return render(request, "settings/token_create.html", {"form": form})


@require_POST
@requires(Permission.TOKENS_EDIT)
def revocations(request: HttpRequest, token_id: UUID) -> HttpResponse:
    token = get_object_or_404(ApiToken, id=token_id)
    if token.revoked_at is None:
        tokens.revoke(token, by=request.member)
        messages.success(request, _("%(name)s opens nothing any more.") % {"name": token})
    return redirect_in(request, "settings:tokens")

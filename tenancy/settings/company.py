from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tenancy import companies
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.permissions import SETTINGS, Permission
from tenancy.settings.forms import CompanyForm


@requires()
def index(request: HttpRequest) -> HttpResponse:
    """To the company's own page, or to the choice of what the member may set."""
    if request.member.can(Permission.SETTINGS_EDIT):
        return redirect_in(request, "settings:company")
    if not any(map(request.member.can, SETTINGS)):
        raise PermissionDenied
    return render(request, "settings/index.html")


@requires(Permission.SETTINGS_EDIT)
def company(request: HttpRequest) -> HttpResponse:
    """Name, time zone, currency and country."""
    form = CompanyForm(request.POST or None, tenant=request.tenant, held=companies.currency_held())
    if form.is_valid():
        try:
            companies.change(request.tenant, **form.cleaned_data, by=request.member)
        except companies.CurrencyHeld as problem:
            form.add_error("currency", str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect_in(request, "settings:company")
    return render(request, "settings/company.html", {"form": form})

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers.models import Customer
from privacy import consent, erasure, policies
from privacy.export import as_json, export
from privacy.forms import ConsentForm, ErasureForm, PolicyForm
from privacy.models import Channel, Erasure, How, PolicyVersion, Purpose
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.parts import render_part
from tenancy.permissions import Permission


@requires(Permission.CUSTOMERS_VIEW)
def panel(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """What the customer agreed to, and what can be done at their request."""
    customer = get_object_or_404(Customer.objects.visible_to(request.member), id=customer_id)
    return render_panel(request, customer, ConsentForm(initial={"channel": Channel.SMS}))


@require_POST
@requires(Permission.CONSENTS_EDIT)
def consents(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """The customer agrees."""
    return _said(request, customer_id, consent.give)


@require_POST
@requires(Permission.CONSENTS_EDIT)
def withdrawals(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """The customer no longer agrees."""
    return _said(request, customer_id, consent.withdraw)


def _said(request: HttpRequest, customer_id: UUID, write) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.visible_to(request.member), id=customer_id, erased_at=None)
    form = ConsentForm(request.POST)
    if not form.is_valid():
        return render_panel(request, customer, form)
    write(customer, **form.cleaned_data, how=How.PAGE, by=request.member)
    if request.htmx:
        return render_panel(request, customer, ConsentForm(initial={"channel": form.cleaned_data["channel"]}))
    return redirect_in(request, "privacy:panel", customer_id=customer.id)


def render_panel(request: HttpRequest, customer: Customer, form: ConsentForm) -> HttpResponse:
    context = {
        "customer": customer,
        "form": form,
        "purposes": Purpose,
        "standing": consent.standing(customer),
        "policy": consent.current_policy(),
        "erasure": Erasure.objects.filter(subject_id=customer.id).first(),
    }
    return render_part(request, context, part="privacy/_panel.html", page="privacy/panel.html")


@require_POST
@requires(Permission.PRIVACY_EXPORT)
def exports(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """All that is held, as a file for the person."""
    customer = get_object_or_404(Customer.objects.visible_to(request.member), id=customer_id)
    held = as_json(export(customer, by=request.member))
    response = HttpResponse(held, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="customer-{customer.id}.json"'
    response["Cache-Control"] = "no-store"
    return response


@requires(Permission.PRIVACY_ERASE)
def erasures(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """What erasing does, the question whether it is meant, and the doing."""
    customer = get_object_or_404(Customer.objects.visible_to(request.member), id=customer_id, erased_at=None)
    form = ErasureForm(request.POST or None, customer=customer)
    if form.is_valid():
        try:
            done = erasure.erase(customer, by=request.member, reason=form.cleaned_data["reason"])
        except erasure.NotNow as problem:
            form.add_error(None, str(problem))
        else:
            return redirect_in(request, "privacy:erasure_detail", erasure_id=done.id)
    return render(request, "privacy/erasure_form.html", {"customer": customer, "form": form})


@requires(Permission.PRIVACY_ERASE)
def erasure_detail(request: HttpRequest, erasure_id: UUID) -> HttpResponse:
    """The receipt."""
    done = get_object_or_404(Erasure.objects.select_related("by__user"), id=erasure_id)
    customer = get_object_or_404(Customer.objects.visible_to(request.member), id=done.subject_id)
    return render(request, "privacy/erasure_detail.html", {"erasure": done, "customer": customer})


@requires(Permission.SETTINGS_EDIT)
def policy_list(request: HttpRequest) -> HttpResponse:
    """The wording in force, its former versions, and the form that publishes the next."""
    version = policies.current()
    form = PolicyForm(request.POST or None, version=version)
    if form.is_valid():
        published = policies.publish(form.wording, by=request.member)
        messages.success(request, _("Version %(number)s is published.") % {"number": published.number})
        return redirect_in(request, "privacy:policies")
    versions = PolicyVersion.objects.select_related("published_by__user").order_by("-number")[:20]
    return render(request, "privacy/policies.html", {"form": form, "versions": versions, "version": version})


def policy(request: HttpRequest) -> HttpResponse:
    """The published wording, for everybody."""
    return render(request, "privacy/policy.html", {"version": policies.current()})

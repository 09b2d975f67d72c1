from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers import custom, editing, profiles, quality, roots
from customers.forms import CustomerForm, ShareForm
from customers.models import Customer
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.parts import render_part
from tenancy.permissions import Permission


@requires(Permission.CUSTOMERS_VIEW)
def detail(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """The customer page; its panels are views of their own apps. A merged customer's is that of who has the rows."""
    if (root_id := roots.root(customer_id)) != customer_id:
        get_object_or_404(Customer.objects.visible_to(request.member), id=root_id)
        return redirect_in(request, "customers:detail", customer_id=root_id)
    customer = get_object_or_404(
        Customer.objects.visible_to(request.member).select_related("owner__user", "store"), id=customer_id
    )
    context = {"customer": customer}
    return render_part(request, context, part="customers/_side.html", page="customers/detail.html")


@requires(Permission.CUSTOMERS_EDIT)
def create(request: HttpRequest) -> HttpResponse:
    form = CustomerForm(
        request.POST or None,
        region=request.tenant.region,
        initial={"owner": request.member.id},
        own=custom.fields(),
    )
    if form.is_valid():
        places = {name: form.cleaned_data[name] for name in CustomerForm.PLACES}
        customer = editing.create(form.content, **places, by=request.member)
        messages.success(request, _("%(name)s was added.") % {"name": customer.display_name})
        return redirect_in(request, "customers:detail", customer_id=customer.id)
    return render(request, "customers/form.html", {"form": form})


@requires(Permission.CUSTOMERS_EDIT)
def edit(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.editable_by(request.member), id=customer_id)
    seen = request.member.can(Permission.CUSTOMERS_REVEAL) and request.member.viewer is None
    own = custom.fields()
    values = custom.values_of([customer.id], among=own).get(customer.id, {})
    form = CustomerForm(
        request.POST or None,
        region=request.tenant.region,
        initial=CustomerForm.initial_of(customer) | CustomerForm.own_initial(own, values),
        unseen=None if seen else customer,
        own=own,
    )
    form.tell_birthday(customer)
    if seen and not form.is_bound:
        editing.reveal(customer, by=request.member)
    if form.is_valid():
        places = {name: form.cleaned_data[name] for name in CustomerForm.PLACES}
        editing.change(customer, form.content, by=request.member, **places)
        messages.success(request, _("Saved."))
        return redirect_in(request, "customers:detail", customer_id=customer.id)
    return render(request, "customers/form.html", {"form": form, "customer": customer})


@require_POST
@requires(Permission.CUSTOMERS_REVEAL)
def reveals(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Phone, e-mail and address in plain, and an audit row that says who saw them."""
    customer = get_object_or_404(Customer.objects.visible_to(request.member), id=customer_id)
    shown = editing.reveal(customer, by=request.member)
    context = {"customer": customer, "revealed": shown}
    return render_part(request, context, part="customers/_revealed.html", page="customers/detail.html")


@requires(Permission.CUSTOMERS_VIEW)
def profile_panel(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Each field with the source its value comes from, the identifiers, the source records."""
    customer = get_object_or_404(Customer.objects.visible_to(request.member), id=customer_id)
    context = {
        "customer": customer,
        "faults": quality.reasons(customer.faults),
        "fields": profiles.fields(customer),
        "records": profiles.records(customer),
        "shares": profiles.shares(customer),
        "share_form": ShareForm(),
    }
    return render_part(request, context, part="customers/_profile.html", page="customers/profile.html")


@require_POST
@requires(Permission.CUSTOMERS_EDIT)
def shares(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.editable_by(request.member), id=customer_id)
    form = ShareForm(request.POST)
    if form.is_valid():
        editing.share(customer, **form.cleaned_data, by=request.member)
        messages.success(request, _("Shared with %(name)s.") % {"name": form.cleaned_data["member"]})
    else:
        messages.error(request, _("Choose whom to share with."))
    return redirect_in(request, "customers:detail", customer_id=customer.id)


@require_POST
@requires(Permission.CUSTOMERS_EDIT)
def share_removals(request: HttpRequest, customer_id: UUID, share_id: UUID) -> HttpResponse:
    """Take a share back."""
    customer = get_object_or_404(Customer.objects.editable_by(request.member), id=customer_id)
    share = get_object_or_404(customer.shares.select_related("user", "permission"), id=share_id)
    editing.unshare(share, by=request.member)
    messages.success(request, _("%(name)s no longer has this share.") % {"name": share.user})
    return redirect_in(request, "customers:profile_panel", customer_id=customer.id)

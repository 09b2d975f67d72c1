from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from customers.models import Customer
from interactions import timeline
from interactions.forms import InteractionForm
from interactions.models import Interaction
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.paging import cursor_of, page
from tenancy.parts import render_part
from tenancy.permissions import Permission

SIZE = 30


@requires(Permission.CUSTOMERS_VIEW)
def panel(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """What happened with the customer, newest first."""
    customer = get_object_or_404(Customer.objects.visible_to(request.member), id=customer_id)
    return render_panel(
        request, customer, InteractionForm(initial={"kind": request.GET.get("kind") or timeline.NOTE_ADDED})
    )


@require_POST
@requires(Permission.INTERACTIONS_ADD)
def entries(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Log a note or a call."""
    customer = get_object_or_404(Customer.objects.visible_to(request.member), id=customer_id)
    form = InteractionForm(request.POST)
    if not form.is_valid():
        return render_panel(request, customer, form)
    timeline.log(customer, form.cleaned_data["kind"], text=form.cleaned_data["text"], by=request.member)
    if request.htmx:
        return render_panel(request, customer, InteractionForm())
    return redirect_in(request, "customers:detail", customer_id=customer.id)


def render_panel(request: HttpRequest, customer: Customer, form: InteractionForm) -> HttpResponse:
    rows = Interaction.objects.filter(customer=customer).select_related("actor__user", "store")
    found = page(rows, by=["-at", "-id"], size=SIZE, cursor=cursor_of(request))
    subjects = timeline.subjects(found.rows)
    for row in found.rows:
        row.subject = subjects.get(row.subject_id)
    context = {"customer": customer, "form": form, "page": found}
    return render_part(request, context, part="interactions/_panel.html", page="interactions/panel.html")

"""The inbox, a ticket's page, and what is done there."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from crm.lib.uuids import parsed
from customers.models import Customer
from feedback import inbox, reaching, tickets
from feedback.forms import AssignForm, ClosingForm, NoteForm, PriorityForm, ReopeningForm, ReplyForm, TicketForm
from feedback.models import Ticket, TicketEntry
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.models import Membership
from tenancy.paging import cursor_of, page
from tenancy.permissions import Permission

MOST_ENTRIES = 500
REFUSALS = (tickets.IsClosed, tickets.NotClosed, tickets.CannotWork, tickets.NoWay)


@requires(Permission.TICKETS_VIEW)
def ticket_list(request: HttpRequest) -> HttpResponse:
    view, query = request.GET.get("view", ""), request.GET.get("q", "").strip()[: inbox.LONGEST]
    rows, order = inbox.rows(request.member, view=view, query=query, region=request.tenant.region)
    counts = inbox.counts(request.member)
    shown = view if view in inbox.VIEWS else "" if query else inbox.OPEN
    chips = [(key, label, counts.get(key), key == shown) for key, label in inbox.VIEWS.items()]
    found = page(rows, by=order, cursor=cursor_of(request))
    context = {"page": found, "chips": chips, "view": shown, "q": query}
    return render(request, "tickets/list.html", context)


@requires(Permission.TICKETS_EDIT)
def ticket_create(request: HttpRequest) -> HttpResponse:
    """By hand; ?customer= says whose it is."""
    customer = None
    if named := request.GET.get("customer"):
        visible = Customer.objects.visible_to(request.member)
        customer = get_object_or_404(visible, id=parsed(named))
    form = TicketForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        told = form.cleaned_data
        request_id = str(told.pop("key"))
        ticket, _is_new = tickets.open(**told, customer=customer, request_id=request_id, by=request.member)
        return redirect_in(request, "feedback:ticket", ticket_id=ticket.id)
    return render(request, "tickets/create.html", {"form": form, "customer": customer})


@requires(Permission.TICKETS_VIEW)
def ticket(request: HttpRequest, ticket_id: UUID) -> HttpResponse:
    one = get_object_or_404(Ticket.objects.visible_to(request.member), id=ticket_id)
    return render_ticket(request, one)


@require_POST
@requires(Permission.TICKETS_EDIT)
def replies(request: HttpRequest, ticket_id: UUID) -> HttpResponse:
    """Write to the customer; one that does not leave is kept and says so."""

    def act(one: Ticket, told: dict) -> None:
        tickets.reply(one, **told, tenant=request.tenant, by=request.member)

    return _done(request, ticket_id, "reply", act)


@require_POST
@requires(Permission.TICKETS_EDIT)
def notes(request: HttpRequest, ticket_id: UUID) -> HttpResponse:
    return _done(request, ticket_id, "note", lambda one, told: tickets.note(one, **told, by=request.member))


@require_POST
@requires(Permission.TICKETS_EDIT)
def assignments(request: HttpRequest, ticket_id: UUID) -> HttpResponse:
    return _done(request, ticket_id, "assign", lambda one, told: tickets.assign(one, **told, by=request.member))


@require_POST
@requires(Permission.TICKETS_EDIT)
def priorities(request: HttpRequest, ticket_id: UUID) -> HttpResponse:
    return _done(request, ticket_id, "priority", lambda one, told: tickets.prioritise(one, **told, by=request.member))


@require_POST
@requires(Permission.TICKETS_EDIT)
def closures(request: HttpRequest, ticket_id: UUID) -> HttpResponse:
    return _done(request, ticket_id, "closing", lambda one, told: tickets.close(one, **told, by=request.member))


@require_POST
@requires(Permission.TICKETS_EDIT)
def reopenings(request: HttpRequest, ticket_id: UUID) -> HttpResponse:
    return _done(request, ticket_id, "reopening", lambda one, told: tickets.reopen(one, **told, by=request.member))


def _done(request: HttpRequest, ticket_id: UUID, name: str, act: Callable[[Ticket, dict], object]) -> HttpResponse:
    """The form of that name becomes the act; what it refuses stands at the form."""
    one = get_object_or_404(Ticket.objects.editable_by(request.member), id=ticket_id)
    form = _form(name, one, request.POST)
    if form.is_valid():
        told = form.cleaned_data
        told["request_id"] = str(told.pop("key"))
        try:
            act(one, told)
        except REFUSALS as problem:
            form.add_error(None, str(problem))
        else:
            return redirect_in(request, "feedback:ticket", ticket_id=one.id)
    return render_ticket(request, one, **{name: form})


FORMS = {
    "reply": ReplyForm,
    "note": NoteForm,
    "assign": AssignForm,
    "priority": PriorityForm,
    "closing": ClosingForm,
    "reopening": ReopeningForm,
}


# Whose forms have a place of their own on the page of an open and of a closed ticket.
SHOWN = {False: {"reply", "note", "assign", "closing"}, True: {"note", "reopening"}}


def _form(name: str, one: Ticket, told=None) -> forms.Form:
    """Ids differ by form, since several stand on the page."""
    options = {"auto_id": f"{name}-%s"}
    if name == "reply":
        options["ways"] = list(reaching.ways(one.customer))
    if name == "assign":
        options["initial"] = {"assignee": one.assignee_id}
    return FORMS[name](told, **options)


def render_ticket(request: HttpRequest, one: Ticket, **bound: forms.Form) -> HttpResponse:
    chosen = Ticket.objects.select_related("customer", "assignee__user", "response", "order", "closed_by__user")
    one = chosen.get(id=one.id)
    can_edit = Ticket.objects.editable_by(request.member).filter(id=one.id).exists()
    visible = Customer.objects.visible_to(request.member)
    context = {
        "ticket": one,
        "story": _story(one),
        "can_edit": can_edit,
        "sees_customer": visible.filter(id=one.customer_id).exists(),
        "forms": {name: bound.get(name) or _form(name, one) for name in FORMS} if can_edit else {},
        "refusals": [
            problem
            for name, form in bound.items()
            if name not in SHOWN[one.is_closed]
            for problem in form.non_field_errors()
        ],
    }
    return render(request, "tickets/detail.html", context)


def _story(one: Ticket) -> list[TicketEntry]:
    """The entries in their order; those that gave the ticket to somebody name whom."""
    entries = list(one.entries.select_related("by__user").order_by("at", "id")[:MOST_ENTRIES])
    named = {parsed(entry.facts.get("to")) for entry in entries if entry.kind == TicketEntry.Kind.ASSIGNED}
    members = Membership.objects.select_related("user").in_bulk(named - {None})
    for entry in entries:
        entry.assignee = members.get(parsed(entry.facts.get("to")))
    return entries

"""Tickets: read, opened, and worked on. What is done to one is a resource that is created."""

from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.api.fields import Choice, Flag, Identity, Moment, Text
from crm.api.pages import PageQuery, page, page_of
from crm.api.problems import Unprocessable
from crm.api.refusals import refused
from crm.api.resources import Resource
from crm.api.shapes import Asked, Told
from crm.lib.uuids import uuid7
from customers.models import Customer
from feedback import tickets
from feedback.models import Ticket, TicketEntry
from interactions import channels
from tenancy.models import Membership
from tenancy.permissions import Permission

NEWEST_FIRST = ["-opened_at", "-id"]
LONGEST_KEY = 50
MOST_ENTRIES = 500
READ, WORK = {Permission.TICKETS_VIEW}, {Permission.TICKETS_VIEW, Permission.TICKETS_EDIT}


class TicketShape(Told):
    """Something a customer is owed an answer to."""

    id = Identity()
    number = serializers.CharField(help_text="For people.")
    subject = serializers.CharField(source="title")
    state = serializers.ChoiceField(Ticket.State.choices)
    priority = serializers.ChoiceField(Ticket.Priority.choices)
    customer_id = Identity(allow_null=True)
    order_id = Identity(allow_null=True)
    response_id = Identity(allow_null=True, help_text="The answer to the survey that opened it.")
    assignee_id = Identity(allow_null=True, help_text="The member whose it is to do.")
    opened_at = Moment()
    due_at = Moment()
    is_overdue = serializers.BooleanField()
    first_reply_at = Moment(allow_null=True)
    closed_at = Moment(allow_null=True)
    reopened = serializers.IntegerField(help_text="How often it was opened again.")


class TicketEntryShape(Told):
    """A step in a ticket's story."""

    id = Identity()
    kind = serializers.ChoiceField(TicketEntry.Kind.choices, help_text="`undelivered` is a reply that did not leave.")
    text = serializers.CharField()
    channel = serializers.CharField(help_text="By which way a reply went, else empty.")
    at = Moment()
    by = Identity(source="by_id", allow_null=True, help_text="The member; null where the customer or we did it.")


class TicketStoryShape(TicketShape):
    """A ticket with its story, the oldest first."""

    entries = serializers.SerializerMethodField()

    @extend_schema_field(TicketEntryShape(many=True))
    def get_entries(self, ticket: Ticket) -> list[dict]:
        return TicketEntryShape(ticket.entries.order_by("at", "id")[:MOST_ENTRIES], many=True).data


class TicketQuery(PageQuery):
    state = Choice(Ticket.State.choices, required=False)
    assignee_id = Identity(required=False)
    customer_id = Identity(required=False)
    overdue = Flag(required=False, help_text="true: due in the past and not closed. false: the others.")


class Key(Text):
    def __init__(self):
        super().__init__(LONGEST_KEY, help_text="Names the act; the same key again does nothing twice.")


class TicketBody(Asked):
    key = Key()
    subject = Text(tickets.MOST_SUBJECT)
    text = Text(tickets.MOST_TEXT, required=False, allow_blank=True, help_text="What was said.")
    customer_id = Identity(required=False, allow_null=True)
    assignee_id = Identity(required=False, allow_null=True)
    priority = Choice(Ticket.Priority.choices, required=False)


class TicketChangeBody(Asked):
    priority = Choice(Ticket.Priority.choices)


class ReplyBody(Asked):
    key = Key()
    text = Text(tickets.MOST_TEXT)
    channel = Choice([(channels.SMS, "sms"), (channels.EMAIL, "email")])


class NoteBody(Asked):
    key = Key()
    text = Text(tickets.MOST_TEXT)


class EndBody(Asked):
    key = Key()
    text = Text(tickets.MOST_TEXT, required=False, allow_blank=True, help_text="What was done, or why.")


class AssignmentBody(Asked):
    key = Key()
    assignee_id = Identity(allow_null=True, help_text="null: nobody's.")


class UnknownCustomer(Unprocessable):
    default_code = "unknown_customer"


class UnknownMember(Unprocessable):
    default_code = "unknown_member"


class TicketResource(Resource):
    def visible(self) -> QuerySet[Ticket]:
        return Ticket.objects.visible_to(self.member).select_related("response")

    def ticket(self, ticket_id: UUID) -> Ticket:
        return get_object_or_404(self.visible(), id=ticket_id)

    def act(self) -> dict:
        """What was told, by whom, with its key as the name of the act: one member's keys are not another's."""
        told = dict(self.told)
        request_id = f"api:{self.member.id}:{told.pop('key')}"
        return {**told, "request_id": request_id, "by": self.member}

    def customer(self, customer_id: UUID | None) -> Customer | None:
        found = Customer.objects.visible_to(self.member).filter(id=customer_id).first() if customer_id else None
        if customer_id and found is None:
            raise UnknownCustomer(_("There is no such customer."))
        return found

    def worker(self, member_id: UUID | None) -> Membership | None:
        found = Membership.objects.filter(id=member_id).select_related("role", "user").first() if member_id else None
        if member_id and found is None:
            raise UnknownMember(_("There is no such member."))
        return found


class TicketList(TicketResource):
    permissions = {"GET": READ, "POST": WORK}
    queries = {"GET": TicketQuery}
    bodies = {"POST": TicketBody}
    answers = {"GET": {200: page_of(TicketShape)}, "POST": {201: TicketStoryShape, 200: TicketStoryShape}}

    def get(self, request):
        """Tickets, the newest first."""
        rows = self.visible()
        for name in ("state", "assignee_id", "customer_id"):
            if name in self.query:
                rows = rows.filter(**{name: self.query[name]})
        if "overdue" in self.query:
            late = Ticket.objects.overdue().values("id")
            rows = rows.filter(id__in=late) if self.query["overdue"] else rows.exclude(id__in=late)
        found = page(rows, by=NEWEST_FIRST, query=self.query)
        return self.answer({"results": found.rows, "older": found.older, "newer": found.newer})

    def post(self, request):
        """Open a ticket. The same key again gives the first one (`200`)."""
        told = self.act()
        customer, assignee = self.customer(told.pop("customer_id", None)), self.worker(told.pop("assignee_id", None))
        with refused():
            made, is_new = tickets.open(**told, customer=customer, assignee=assignee)
        return self.answer(made, status=201 if is_new else 200)


class TicketDetail(TicketResource):
    permissions = {"GET": READ, "PATCH": WORK}
    bodies = {"PATCH": TicketChangeBody}
    answers = {"GET": {200: TicketStoryShape}, "PATCH": {200: TicketStoryShape}}

    def get(self, request, ticket_id: UUID):
        """One ticket with its story."""
        return self.answer(self.ticket(ticket_id))

    def patch(self, request, ticket_id: UUID):
        """Say how urgent it is. What else can be done with it is a resource of its own."""
        ticket = self.ticket(ticket_id)
        if priority := self.told.get("priority"):
            with refused():
                ticket = tickets.prioritise(ticket, priority, request_id=f"api:{uuid7()}", by=self.member)
        return self.answer(ticket)


class Replies(TicketResource):
    permissions = {"POST": WORK}
    bodies = {"POST": ReplyBody}
    answers = {"POST": {201: TicketEntryShape}}

    def post(self, request, ticket_id: UUID):
        """Write to the customer. One that could not be delivered is kept too, as `undelivered`."""
        with refused():
            return self.answer(tickets.reply(self.ticket(ticket_id), **self.act(), tenant=self.tenant), status=201)


class Notes(TicketResource):
    permissions = {"POST": WORK}
    bodies = {"POST": NoteBody}
    answers = {"POST": {201: TicketStoryShape}}

    def post(self, request, ticket_id: UUID):
        """Write something down for colleagues."""
        return self.answer(tickets.note(self.ticket(ticket_id), **self.act()), status=201)


class Assignments(TicketResource):
    permissions = {"POST": WORK}
    bodies = {"POST": AssignmentBody}
    answers = {"POST": {201: TicketStoryShape}}

    def post(self, request, ticket_id: UUID):
        """Give it to a colleague, or to nobody."""
        ticket, told = self.ticket(ticket_id), self.act()
        with refused():
            return self.answer(tickets.assign(ticket, self.worker(told.pop("assignee_id")), **told), status=201)


class Closures(TicketResource):
    permissions = {"POST": WORK}
    bodies = {"POST": EndBody}
    answers = {"POST": {201: TicketStoryShape}}

    def post(self, request, ticket_id: UUID):
        """Close it."""
        with refused():
            return self.answer(tickets.close(self.ticket(ticket_id), **self.act()), status=201)


class Reopenings(TicketResource):
    permissions = {"POST": WORK}
    bodies = {"POST": EndBody}
    answers = {"POST": {201: TicketStoryShape}}

    def post(self, request, ticket_id: UUID):
        """Open a closed one again; its clock starts anew."""
        with refused():
            return self.answer(tickets.reopen(self.ticket(ticket_id), **self.act()), status=201)

from django.urls import path

from feedback.views import customers, survey, tickets

app_name = "feedback"
urlpatterns = [
    path("tickets/", tickets.ticket_list, name="tickets"),
    path("tickets/new/", tickets.ticket_create, name="ticket_create"),
    path("tickets/<uuid:ticket_id>/", tickets.ticket, name="ticket"),
    path("tickets/<uuid:ticket_id>/replies/", tickets.replies, name="replies"),
    path("tickets/<uuid:ticket_id>/notes/", tickets.notes, name="notes"),
    path("tickets/<uuid:ticket_id>/assignments/", tickets.assignments, name="assignments"),
    path("tickets/<uuid:ticket_id>/priorities/", tickets.priorities, name="priorities"),
    path("tickets/<uuid:ticket_id>/closures/", tickets.closures, name="closures"),
    path("tickets/<uuid:ticket_id>/reopenings/", tickets.reopenings, name="reopenings"),
    path("customers/<uuid:customer_id>/feedback/", customers.panel, name="customer_panel"),
    path("customers/<uuid:customer_id>/feedback/invitations/", customers.invitations, name="invitations"),
    path(
        "customers/<uuid:customer_id>/feedback/invitations/<uuid:invitation_id>/",
        customers.invitation,
        name="invitation",
    ),
    path("settings/survey/", survey.survey, name="survey"),
]

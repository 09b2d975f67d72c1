from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FeedbackConfig(AppConfig):
    name = "feedback"

    def ready(self):
        from customers import registry
        from feedback import answering, asked, kinds, merging, tickets
        from feedback.models import Survey, Ticket
        from interactions import timeline
        from segmentation.segments import vocabulary
        from tenancy import audit

        kinds.declare()
        vocabulary.register(asked.fields)
        registry.on_unmerged(merging.follow_back)
        registry.on_reassigned(merging.follow_row)
        timeline.describe(kinds.ANSWERED, answering.scores_of)
        for kind in (kinds.OPENED, kinds.REPLIED, kinds.CLOSED, kinds.REOPENED):
            timeline.describe(kind, tickets.entries_of)
        audit.describe(
            {
                "survey.asked": _("Asked a customer for feedback"),
                "survey.changed": _("Changed the survey"),
                "ticket.assigned": _("Assigned a ticket"),
                "ticket.closed": _("Closed a ticket"),
                "ticket.not_replied": _("Wrote a reply that did not leave"),
                "ticket.noted": _("Wrote a note on a ticket"),
                "ticket.opened": _("Opened a ticket"),
                "ticket.prioritised": _("Changed how urgent a ticket is"),
                "ticket.reopened": _("Opened a ticket again"),
                "ticket.replied": _("Replied to a customer"),
            }
        )
        page = {"page": "feedback:ticket", "argument": "ticket_id"}
        audit.describe_subject(Ticket, audit.Subject(_("Ticket"), find=_numbers, **page))
        audit.describe_subject(Survey, audit.Subject(_("Survey")))


def _numbers(ids, *, by):
    from feedback.models import Ticket

    return dict(Ticket.objects.visible_to(by).filter(id__in=ids).values_list("id", "number"))

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InteractionsConfig(AppConfig):
    name = "interactions"

    def ready(self):
        from customers import registry
        from interactions import merging
        from interactions.models import Interaction
        from tenancy import audit

        registry.goes_silently(Interaction._meta.label, unless="t.subject_id IS NULL")
        registry.on_merged(merging.tell)
        registry.on_unmerged(merging.tell_undone)
        registry.on_reassigned(merging.follow_row)
        audit.describe({"interaction.logged": _("Logged a note or a call")})
        audit.describe_subject(Interaction, audit.Subject(_("Entry on a timeline")))

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InteractionsConfig(AppConfig):
    name = "interactions"

    def ready(self):
        from interactions.models import Interaction
        from tenancy import audit

        audit.describe({"interaction.logged": _("Logged a note or a call")})
        audit.describe_subject(Interaction, audit.Subject(_("Entry on a timeline")))

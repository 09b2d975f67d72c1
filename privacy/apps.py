from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"

    def ready(self):
        from django.utils.translation import gettext_lazy as _

        from customers import registry
        from customers.matching import keeping
        from privacy import leftovers, policies, returning
        from tenancy import audit, companies

        registry.on_records_made(returning.note)
        leftovers.also("customers.MatchModel", lambda known: keeping.forget(known.is_in))
        companies.on_created(policies.begin)
        audit.describe(
            {
                "consent.given": _("Recorded a consent"),
                "consent.withdrawn": _("Recorded a withdrawal of consent"),
                "customer.erased": _("Erased a customer"),
                "customer.exported": _("Handed out all that is held of a customer"),
                "customer.returned": _("An erased customer came back"),
                "policy.published": _("Published a privacy policy"),
            }
        )

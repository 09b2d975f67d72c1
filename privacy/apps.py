from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"

    def ready(self):
        from customers import registry
        from privacy import policies, returning
        from tenancy import companies

        registry.on_records_made(returning.note)
        companies.on_created(policies.begin)

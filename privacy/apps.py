from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"

    def ready(self):
        from privacy import policies
        from tenancy import companies

        companies.on_created(policies.begin)

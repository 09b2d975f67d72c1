from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "tenancy"

    def ready(self):
        from tenancy import rotation  # registers its job

        assert rotation

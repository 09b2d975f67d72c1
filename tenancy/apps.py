from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "tenancy"

    def ready(self):
        from tenancy import actions, receivers, rotation  # registers words, signals and a job

        assert actions and receivers and rotation

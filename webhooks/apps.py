from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self):
        from django.utils.translation import gettext_lazy as _

        from tenancy import audit

        audit.describe(
            {
                "webhook.changed": _("Changed a webhook"),
                "webhook.created": _("Made a webhook"),
                "webhook.deleted": _("Deleted a webhook"),
                "webhook.paused": _("Paused a webhook"),
                "webhook.repeated": _("Sent a webhook's message again"),
                "webhook.replayed": _("Replayed a webhook"),
                "webhook.resumed": _("Resumed a webhook"),
                "webhook.secret_revealed": _("Saw a webhook's secret"),
                "webhook.secret_rotated": _("Gave a webhook a new secret"),
                "webhook.switched_off": _("A webhook was switched off after failures"),
                "webhook.tested": _("Tested a webhook"),
            }
        )

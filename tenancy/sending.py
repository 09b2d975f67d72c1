"""Whether anything may leave the house: mails, messages, webhooks. A restored copy is silent until told otherwise."""

from django.conf import settings
from django.core.cache import cache
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection

from tenancy.models import Installation


class Paused(Exception):
    """Sending is off for the whole installation."""


def paused() -> bool:
    return Installation.objects.filter(sends_paused=True).exists()


def require() -> None:
    """Raises Paused. Whatever sends asks here first."""
    if paused():
        raise Paused("sending is off here: this is a restored copy (manage.py sending on)")


def seen_paused() -> bool:
    """For the banner on every page: a switch shows at once."""
    return cache.get_or_set(_seen_key(), paused, 600)


def switch(*, on: bool) -> None:
    Installation.objects.update_or_create(id=1, defaults={"sends_paused": not on})
    cache.delete(_seen_key())


def _seen_key() -> str:
    return f"sends-paused:{connection.settings_dict['NAME']}"


class MailBackend(BaseEmailBackend):
    """Django's mails, through the transport of EMAIL_URL."""

    def send_messages(self, messages):
        require()
        return get_connection(settings.MAIL_TRANSPORT, fail_silently=self.fail_silently).send_messages(messages)

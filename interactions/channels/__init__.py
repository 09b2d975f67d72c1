"""Ways to reach a person, one file each. A channel takes an address and words, and says when it could not."""

from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from tenancy import sending

SMS, EMAIL = "sms", "email"


class Undeliverable(Exception):
    """The message did not leave; the text says why, for the person who asked for it."""


class Channel(Protocol):
    def send(self, to: str, text: str, *, subject: str) -> None:
        """Hand the message over. Raises Undeliverable."""


def send(channel: str, to: str, text: str, *, subject: str = "") -> None:
    """`text` to the address `to` (E.164 or e-mail). Raises Undeliverable, and sending.Paused in a restored copy."""
    sending.require()
    adapter: Channel = import_string(settings.CHANNELS[channel])()
    adapter.send(to, text, subject=subject)

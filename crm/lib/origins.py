"""Where a request comes from."""

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The network address; X-Forwarded-For is believed only as far as our own proxies wrote it."""
    proxies = getattr(settings, "AXES_IPWARE_PROXY_COUNT", None) or 0
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    known = forwarded[-proxies].strip() if 0 < proxies <= len(forwarded) else ""
    return (known or request.META["REMOTE_ADDR"])[:64]

"""The addresses that are told of changes: made, changed, paused, tried, sent to once more."""

import base64
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib import egress
from crm.lib.uuids import uuid7
from tenancy import audit
from tenancy.models import Membership
from webhooks import feed
from webhooks.kinds import TEST
from webhooks.models import Delivery, Endpoint

MOST = 20  # of one company
SECRET_BYTES = 32
BOTH_VALID = timedelta(hours=24)


class TooMany(Exception):
    """The company has as many as it may."""


class IsOff(Exception):
    """Nothing is sent there at present."""


def make(url: str, *, kinds: Iterable[str], by: Membership | None) -> Endpoint:
    """An endpoint that is told of what changes from now on. Raises TooMany, egress.Refused."""
    check_url(url)
    if Endpoint.objects.count() >= MOST:
        raise TooMany(_("A company has at most %d webhooks.") % MOST)
    feed.seal()
    endpoint = Endpoint.objects.create(
        url=url, kinds=sorted(set(kinds)), secret=_new_secret(), position=feed.position(), created_by=by
    )
    audit.record("webhook.created", endpoint, by=by, changes={"url": url, "kinds": endpoint.kinds})
    return endpoint


def change(endpoint: Endpoint, *, by: Membership | None, url: str | None = None, kinds: Iterable[str] | None = None):
    """Another address or other kinds; what waits goes to the new address. Raises egress.Refused."""
    told = {}
    if url is not None and url != endpoint.url:
        check_url(url)
        told["url"] = endpoint.url = url
    if kinds is not None and sorted(set(kinds)) != endpoint.kinds:
        told["kinds"] = endpoint.kinds = sorted(set(kinds))
    if told:
        endpoint.save(update_fields=[*told])
        audit.record("webhook.changed", endpoint, by=by, changes=told)


def pause(endpoint: Endpoint, *, by: Membership | None) -> None:
    """Nothing is sent until it is resumed; what changes meanwhile waits for as long as the feed is kept."""
    if endpoint.is_active:
        endpoint.is_active, endpoint.off_because = False, Endpoint.Off.PAUSED
        endpoint.save(update_fields=["is_active", "off_because"])
        audit.record("webhook.paused", endpoint, by=by)


def resume(endpoint: Endpoint, *, by: Membership | None) -> None:
    """Sending goes on where it stopped, at once."""
    if not endpoint.is_active:
        endpoint.is_active, endpoint.off_because = True, ""
        endpoint.failing_since, endpoint.failures, endpoint.lease_until = None, 0, None
        endpoint.save(update_fields=["is_active", "off_because", "failing_since", "failures", "lease_until"])
        audit.record("webhook.resumed", endpoint, by=by)
        hurry(endpoint)


def remove(endpoint: Endpoint, *, by: Membership | None) -> None:
    """The endpoint goes, and with it what was to be sent there."""
    audit.record("webhook.deleted", endpoint, by=by, changes={"url": endpoint.url})
    endpoint.delete()


def reveal(endpoint: Endpoint, *, by: Membership | None) -> str:
    """The secret in plain; that it was seen is kept."""
    audit.record("webhook.secret_revealed", endpoint, by=by)
    return endpoint.secret


def rotate(endpoint: Endpoint, *, by: Membership | None) -> str:
    """A new secret; the one before signs too for a day, so that the receiver can change over."""
    endpoint.former_secret, endpoint.former_until = endpoint.secret, timezone.now() + BOTH_VALID
    endpoint.secret = _new_secret()
    endpoint.save(update_fields=["secret", "former_secret", "former_until"])
    audit.record("webhook.secret_rotated", endpoint, by=by)
    return endpoint.secret


def replay(
    endpoint: Endpoint, *, by: Membership | None, position: int | None = None, since: datetime | None = None
) -> int:
    """Send what stands after a position, or from a moment on, once more, with the ids it had. Returns the position.

    Raises feed.Gone where that is no longer kept.
    """
    feed.seal()
    start = feed.position_before(since) if since is not None else position
    feed.check(start)
    endpoint.position = min(Endpoint.objects.select_for_update(no_key=True).get(id=endpoint.id).position, start)
    endpoint.save(update_fields=["position"])
    audit.record("webhook.replayed", endpoint, by=by, changes={"position": endpoint.position})
    hurry(endpoint)
    return endpoint.position


def test(endpoint: Endpoint, *, by: Membership | None) -> Delivery:
    """Send a message of kind `webhook.test`. Raises IsOff."""
    _require_active(endpoint)
    delivery = Delivery.objects.create(endpoint=endpoint, message_id=uuid7(), kind=TEST, at=timezone.now())
    audit.record("webhook.tested", endpoint, by=by)
    hurry(endpoint)
    return delivery


def repeat(delivery: Delivery, *, by: Membership | None) -> None:
    """Send a message again, now, as if for the first time. Raises IsOff."""
    _require_active(delivery.endpoint)
    delivery.state, delivery.attempts, delivery.next_at = Delivery.State.WAITING, 0, timezone.now()
    delivery.save(update_fields=["state", "attempts", "next_at"])
    audit.record("webhook.repeated", delivery.endpoint, by=by, changes={"message": str(delivery.message_id)})
    hurry(delivery.endpoint)


def hurry(endpoint: Endpoint) -> None:
    """A person waits: tell the workers on commit. Where the broker is away, the sweep will."""
    told = [str(endpoint.tenant_id), str(endpoint.id)]
    transaction.on_commit(lambda: current_app.send_task("webhooks.tasks.deliver", told), robust=True)


def check_url(url: str) -> None:
    """Raises egress.Refused. Where a name leads is looked at when something is sent."""
    egress.parse(url, insecure=settings.WEBHOOK_INSECURE)


def _require_active(endpoint: Endpoint) -> None:
    if not endpoint.is_active:
        raise IsOff(_("Nothing is sent there at present. Resume it first."))


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()

"""One-time codes: the customer agrees by a message to their own phone before many points are spent."""

import secrets
from datetime import timedelta
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer
from interactions import channels
from loyalty.models import OneTimeCode
from tenancy import audit, encryption, sending
from tenancy.models import Membership, Tenant

LIFE = timedelta(minutes=5)
ATTEMPTS = 5
HOUR = 3600
WRONG_AN_HOUR, CODES_AN_HOUR = 10, 6
PAUSE = 20  # seconds until another code may be asked for


class NoWay(Exception):
    """The customer has neither a phone nor an e-mail to send a code to, or it could not be sent."""


class TooSoon(Exception):
    """A code was sent a moment ago."""


class WrongCode(Exception):
    """Not the code, or one that has expired, was used, or was for fewer points."""


@transaction.atomic
def send(customer: Customer, *, points: int, by: Membership) -> str:
    """Send a code for spending up to `points`, by SMS or else e-mail; returns the channel.

    Where it cannot leave, nothing is kept. Raises NoWay, TooSoon.
    """
    channel, to = _way(customer)
    if not cache.add(f"code-sent:{customer.tenant_id}:{customer.id}", 1, PAUSE):
        raise TooSoon(_("A code was sent a moment ago. Wait a little before the next."))
    hourly = f"codes-sent:{customer.tenant_id}:{customer.id}"
    cache.add(hourly, 0, HOUR)
    if cache.incr(hourly) > CODES_AN_HOUR:
        raise TooSoon(_("Too many codes were sent within the hour. Try again later."))
    code = f"{secrets.randbelow(1_000_000):06d}"
    row = OneTimeCode(customer=customer, points=points, actor=by, expires_at=timezone.now() + LIFE)
    row.digest = _digest(row.id, code)
    row.save(force_insert=True)
    audit.record("code.sent", customer, by=by, changes={"points": points, "channel": channel})
    name = Tenant.objects.get().name
    words = _("%(name)s: your code for spending %(points)s points is %(code)s. It is good for 5 minutes.")
    text = words % {"name": name, "points": f"{points:,}", "code": code}
    try:
        channels.send(channel, to, text, subject=name)
    except (channels.Undeliverable, sending.Paused) as problem:
        cache.delete(f"code-sent:{customer.tenant_id}:{customer.id}")
        raise NoWay(str(problem)) from problem
    return channel


def _way(customer: Customer) -> tuple[str, str]:
    if customer.phone and customer.phone.startswith("+"):
        return channels.SMS, customer.phone
    if customer.email:
        return channels.EMAIL, customer.email
    raise NoWay(_("This customer has neither a phone nor an e-mail address to send a code to."))


def use(customer_id: UUID, code: str, *, points: int) -> None:
    """Use the customer's newest code up. Raises WrongCode.

    Tries are counted in the cache: they count although the purchase they came with is rolled back.
    """
    wrong = WrongCode(_("This is not the code, or it has expired."))
    now = timezone.now()
    row = OneTimeCode.objects.filter(customer_id=customer_id, used_at=None, expires_at__gt=now).order_by("-id").first()
    if row is None:
        raise wrong
    tries = f"code-tries:{row.tenant_id}:{row.id}"
    cache.add(tries, 0, LIFE.total_seconds())
    hourly = f"code-wrong:{row.tenant_id}:{customer_id}"
    cache.add(hourly, 0, HOUR)
    if cache.incr(tries) > ATTEMPTS or cache.incr(hourly) > WRONG_AN_HOUR or row.points < points:
        raise wrong
    if not secrets.compare_digest(bytes(row.digest), _digest(row.id, code)):
        raise wrong
    if not OneTimeCode.objects.filter(id=row.id, used_at=None).update(used_at=now):
        raise wrong
    cache.delete(hourly)


def _digest(row_id: UUID, code: str) -> bytes:
    return encryption.blind_index(f"{row_id}:{code}", purpose="one-time-code")

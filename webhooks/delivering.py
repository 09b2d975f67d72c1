"""Sending what is due. That it is due stands in the database; no transaction is open while something is sent.

One worker at a time sends to an endpoint, by a lease. An attempt is counted before it is made, so a worker that
is killed in the middle costs at most one message sent twice, with the same id.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from crm.lib import egress
from tenancy import audit, context, lookups, sending
from webhooks import feed, messages, retrying
from webhooks.models import Delivery, Endpoint

LEASE = timedelta(seconds=30)  # many times what one attempt may take
TURN_SECONDS = 15.0
AT_ONCE = 8
BACKLOG = 200  # messages that wait for one endpoint; the rest of them waits in the feed
KEPT_OF_ANSWER = 1024
GIVES_UP = timedelta(days=3)

Post = Callable[..., egress.Answer]
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One message on its way. `attempts` and `turn` tell whether it is still ours when the answer comes."""

    delivery_id: UUID
    endpoint_id: UUID
    attempts: int
    turn: int
    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Result:
    status: int | None = None
    problem: str = ""
    answer: str = ""
    retry_after: timedelta = timedelta()

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def sweep() -> None:
    """Place what changed and send what is due, company by company, several endpoints side by side."""
    for tenant_id in lookups.tenants_with_unplaced_changes():
        feed.seal_all(tenant_id)
    due = lookups.due_endpoints(limit=AT_ONCE * 8)
    if due:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(_in_thread, due))


def _in_thread(due: tuple[UUID, UUID]) -> None:
    try:
        deliver(*due)
    except Exception:  # one endpoint must not hold up the others
        logger.exception("webhook %s of company %s", due[1], due[0])
    finally:
        connection.close()


def deliver(tenant_id: UUID, endpoint_id: UUID, *, post: Post = egress.post) -> int:
    """Send what is due to one endpoint, until a message fails or the turn is over. Returns how many were tried."""
    with context.entered(tenant_id):
        if sending.paused():
            return 0
        turn = _take(endpoint_id)
    tried, until = 0, time.monotonic() + TURN_SECONDS
    while turn is not None and time.monotonic() < until:
        with context.entered(tenant_id):
            attempt = _next(endpoint_id, turn)
        if attempt is None:
            break
        tried += 1
        result = _send(attempt, post)
        with context.entered(tenant_id):
            if not _settle(attempt, result):
                return tried
    if turn is not None:
        with context.entered(tenant_id):
            Endpoint.objects.filter(id=endpoint_id, turn=turn).update(lease_until=None)
    return tried


def _take(endpoint_id: UUID) -> int | None:
    """The turn, where nobody else has it and the endpoint does not rest."""
    now = timezone.now()
    rows = Endpoint.objects.select_for_update(skip_locked=True, no_key=True).filter(id=endpoint_id, is_active=True)
    endpoint = rows.exclude(lease_until__gt=now).first()
    if endpoint is None:
        return None
    endpoint.turn, endpoint.lease_until, endpoint.served_at = endpoint.turn + 1, now + LEASE, now
    endpoint.save(update_fields=["turn", "lease_until", "served_at"])
    return endpoint.turn


def _next(endpoint_id: UUID, turn: int) -> Attempt | None:
    """The message that is due first, counted as tried. None where there is none, or the turn was lost."""
    sending.require()
    now = timezone.now()
    endpoint = Endpoint.objects.select_for_update(no_key=True).filter(id=endpoint_id, turn=turn, is_active=True).first()
    if endpoint is None:
        return None
    _refill(endpoint)
    endpoint.lease_until = now + LEASE
    endpoint.save(update_fields=["position", "lease_until"])
    delivery = endpoint.deliveries.due().order_by("next_at", "id").first()
    if delivery is None:
        return None
    delivery.attempts, delivery.attempted_at, delivery.next_at = delivery.attempts + 1, now, now + LEASE
    delivery.save(update_fields=["attempts", "attempted_at", "next_at"])
    sent = messages.body(delivery)
    headers = messages.headers(delivery, sent, endpoint=endpoint, at=now)
    return Attempt(delivery.id, endpoint_id, delivery.attempts, turn, endpoint.url, headers, sent)


def _refill(endpoint: Endpoint) -> None:
    """Changes of the feed become messages, and the endpoint's position follows; twice the same is one message."""
    if endpoint.position >= feed.position():
        return
    room = BACKLOG - endpoint.deliveries.filter(state=Delivery.State.WAITING).count()
    if room <= 0:
        return
    start = max(endpoint.position, feed.oldest())  # what is no longer kept is passed over
    portion = feed.after(start, kinds=endpoint.kinds, limit=room)
    now = timezone.now()
    Delivery.objects.bulk_create(
        [
            Delivery(endpoint=endpoint, message_id=one.id, kind=one.kind, subject_id=one.subject_id, at=one.at,
                     next_at=now)
            for one in portion.changes
        ],
        update_conflicts=True,
        unique_fields=["tenant", "endpoint", "message_id"],
        update_fields=["state", "attempts", "next_at"],
    )  # fmt: skip
    endpoint.position = portion.next


def _send(attempt: Attempt, post: Post) -> Result:
    try:
        answer = post(attempt.url, attempt.body, headers=attempt.headers, insecure=settings.WEBHOOK_INSECURE)
    except egress.Refused:
        return Result(problem=Delivery.Problem.ADDRESS)
    except egress.Failed as failure:
        return Result(problem=failure.why)
    told = answer.body[:KEPT_OF_ANSWER].decode("utf-8", "replace").replace("\0", "�")
    problem = Delivery.Problem.REDIRECT if 300 <= answer.status < 400 else ""
    return Result(answer.status, problem, told, retrying.asked(answer.headers, now=timezone.now()))


def _settle(attempt: Attempt, result: Result) -> bool:
    """Write down what came of it. False where the endpoint is to be left alone for now."""
    endpoint = Endpoint.objects.select_for_update(no_key=True).filter(id=attempt.endpoint_id).first()
    if endpoint is None:
        return False
    delivery = endpoint.deliveries.filter(id=attempt.delivery_id, attempts=attempt.attempts).first()
    if delivery is not None:
        _write(delivery, result)
    if endpoint.turn != attempt.turn:
        return False
    if result.is_good:
        if endpoint.failures:
            Endpoint.objects.filter(id=endpoint.id).update(failures=0, failing_since=None)
        return True
    _rest(endpoint, result, now=timezone.now())
    return False


def _write(delivery: Delivery, result: Result) -> None:
    delivery.status_code, delivery.problem, delivery.answer = result.status, result.problem, result.answer or None
    if result.is_good:
        delivery.state = Delivery.State.DONE
    elif (wait := retrying.wait(delivery.attempts)) is None:
        delivery.state = Delivery.State.FAILED
    else:
        delivery.next_at = timezone.now() + max(wait, result.retry_after)
    delivery.save(update_fields=["status_code", "problem", "answer", "state", "next_at"])


def _rest(endpoint: Endpoint, result: Result, *, now: datetime) -> None:
    """After a failure nothing is sent there for a moment; after three days of them, or 410, nothing any more."""
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.lease_until = now + max(retrying.rest(endpoint.failures), min(result.retry_after, retrying.LONGEST_REST))
    if result.status == 410:
        endpoint.off_because = Endpoint.Off.GONE
    elif now - endpoint.failing_since > GIVES_UP:
        endpoint.off_because = Endpoint.Off.FAILING
    if endpoint.off_because:
        endpoint.is_active = False
        audit.record("webhook.switched_off", endpoint, by=None, changes={"because": endpoint.off_because})
    endpoint.save(update_fields=["failures", "failing_since", "lease_until", "is_active", "off_because"])


def forget_old() -> int:
    """What was delivered or given up goes as its changes do. Returns how many."""
    old = Delivery.objects.filter(created_at__lt=timezone.now() - feed.KEPT).exclude(state=Delivery.State.WAITING)
    return old.delete()[0]

"""What is sent: a Standard Webhooks message with ids alone, so that no personal data leaves by webhook.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import json
from datetime import UTC, datetime

from django.utils import timezone
from standardwebhooks import Webhook

from webhooks import kinds
from webhooks.models import Delivery, Endpoint


def body(delivery: Delivery) -> bytes:
    """The same bytes at every attempt."""
    told = {
        "type": delivery.kind,
        "timestamp": delivery.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": {
            "subject_id": delivery.subject_id and str(delivery.subject_id),
            "url": kinds.address_of(delivery.kind, delivery.subject_id),
            **kinds.ids_of([(delivery.kind, delivery.subject_id)]).get(delivery.subject_id, {}),
        },
    }
    return json.dumps(told, separators=(",", ":")).encode()


def headers(delivery: Delivery, sent: bytes, *, endpoint: Endpoint, at: datetime | None = None) -> dict[str, str]:
    """Signed for this attempt, with the former secret too while it is valid."""
    at, message_id = at or timezone.now(), str(delivery.message_id)
    valid = [endpoint.secret]
    if endpoint.former_until and endpoint.former_until > at:
        valid.append(endpoint.former_secret)
    signatures = [Webhook(secret).sign(message_id, at.astimezone(UTC), sent.decode()) for secret in valid]
    return {
        "Content-Type": "application/json",
        "User-Agent": "Tongke-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }

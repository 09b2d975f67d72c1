"""When to try again. Values in, values out; no database."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SECONDS, MINUTES, HOURS = 1, 60, 3600
WAITS = (
    5 * SECONDS, 30 * SECONDS, 2 * MINUTES, 10 * MINUTES, 1 * HOURS, 3 * HOURS, 6 * HOURS, 12 * HOURS, 24 * HOURS,
    24 * HOURS,
)  # fmt: skip
JITTER = 0.2
LONGEST_ASKED = timedelta(hours=24)
LONGEST_REST = timedelta(minutes=5)


def wait(attempts: int) -> timedelta | None:
    """How long after so many failed attempts, give or take a fifth; None where that was the last."""
    if attempts > len(WAITS):
        return None
    return timedelta(seconds=WAITS[attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER))


def rest(failures: int) -> timedelta:
    """How long an endpoint that failed so often in a row is left alone, whatever waits for it."""
    return min(LONGEST_REST, timedelta(seconds=2 ** min(failures, 10)))


def asked(headers: Mapping[str, str], *, now: datetime) -> timedelta:
    """What Retry-After asks for (RFC 9110 §10.2.3), from nothing to a day."""
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit() and len(told) < 10:
        seconds = timedelta(seconds=int(told))
    else:
        try:
            moment = parsedate_to_datetime(told)
        except (ValueError, TypeError, OverflowError):
            return timedelta()
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    return max(timedelta(), min(seconds, LONGEST_ASKED))

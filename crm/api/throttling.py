"""How often a program may ask: so many requests a minute for a token, fewer for an address without one."""

import logging
import time

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.throttling import BaseThrottle

from crm.lib.origins import address

WINDOW = 60
PER_ADDRESS = 120
logger = logging.getLogger(__name__)


class PerMinute(BaseThrottle):
    """A sliding minute: this one's requests and that part of the last one's which is within sixty seconds.

    Refused requests do not count. Where the cache is away everybody may pass.
    """

    def allow_request(self, request, view) -> bool:
        token = request._request.token
        if token:
            who, most = token.id, settings.API_RATE
        else:
            who, most = address(request), getattr(settings, "API_ANONYMOUS_RATE", PER_ADDRESS)
        minute, self.second = divmod(time.time(), WINDOW)
        try:
            return self._count(f"api-rate:{who}:{int(minute)}", f"api-rate:{who}:{int(minute) - 1}", most)
        except (RedisError, ValueError):
            logger.warning("requests are not counted: the cache does not answer", exc_info=True)
            return True

    def _count(self, now: str, before: str, most: int) -> bool:
        self.most, self.before = most, cache.get(before, 0)
        cache.add(now, 0, 2 * WINDOW)
        self.used = cache.incr(now)
        if self.used + self.before * (1 - self.second / WINDOW) <= most:
            return True
        self.used = cache.decr(now)
        return False

    def wait(self) -> float:
        """Seconds until one more request fits, if no other takes its place."""
        room = self.most - self.used - 1
        if room < 0 or not self.before:
            return WINDOW - self.second + WINDOW / self.most
        return max(0.0, WINDOW * (1 - room / self.before) - self.second)

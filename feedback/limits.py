"""How often one network address may answer: a shop's guests share one, a program that floods is stopped."""

import logging

from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

from crm.lib.origins import address

WINDOW = 600  # seconds
MOST = 60
logger = logging.getLogger(__name__)


def too_many(request: HttpRequest) -> bool:
    """Counts this answer. Where the cache is away everybody may pass."""
    key = f"survey-rate:{request.tenant.id}:{address(request)}"
    try:
        cache.add(key, 0, WINDOW)
        return cache.incr(key) > MOST
    except (RedisError, ValueError):
        logger.warning("answers are not counted: the cache does not answer", exc_info=True)
        return False

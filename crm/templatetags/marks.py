"""Small marks beside words: icons and the tone of a state."""

from functools import lru_cache

from django.template import Library
from django.utils.safestring import SafeString, mark_safe
from heroicons.templatetags import heroicons

register = Library()

STYLES = {
    "micro": (heroicons.heroicon_micro, 16),
    "mini": (heroicons.heroicon_mini, 20),
    "outline": (heroicons.heroicon_outline, 20),
}

TONES = {
    # Lifecycle stages of DEFINITIONS.
    "prospect": "neutral",
    "new": "info",
    "active": "good",
    "loyal": "special",
    "at_risk": "warn",
    "lost": "bad",
    # States of a job.
    "waiting": "neutral",
    "running": "info",
    "done": "good",
    "failed": "bad",
    "cancelled": "neutral",
    # Levels of Django's messages.
    "debug": "neutral",
    "info": "info",
    "success": "good",
    "warning": "warn",
    "error": "bad",
}


@lru_cache(maxsize=512)
def _icon(name: str, style: str, size: int | None) -> SafeString:
    draw, usual_size = STYLES[style]
    return mark_safe(draw(name, size=size or usual_size, **{"class": "icon"}).replace("\n", ""))


@register.simple_tag
def icon(name: str, style: str = "micro", size: int | None = None) -> SafeString:
    """A heroicon, drawn once per process: `{% icon "plus" %}`, `{% icon "users" "outline" %}`."""
    return _icon(str(name), str(style), size)


@register.filter
def tone(state: str) -> str:
    """How a state looks: neutral, info, good, warn, bad or special."""
    return TONES.get(str(state), "neutral")

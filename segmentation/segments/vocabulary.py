"""All that the entered company's rules can ask."""

from collections.abc import Callable, Iterable

from segmentation.segments.asked import buying, chance, facts, figures, groups, predicted, profile
from segmentation.segments.fields import Field, Vocabulary

_registered: list[Callable[[], Iterable[Field]]] = []


def register(fields: Callable[[], Iterable[Field]]) -> None:
    """An app above gives its fields: called inside a company for each vocabulary."""
    _registered.append(fields)


def standing() -> Vocabulary:
    """The fields as they stand now, the company's own among them."""
    given = [one.fields for one in (profile, figures, predicted, buying, facts, chance, groups)] + _registered
    return Vocabulary(field for fields in given for field in fields())

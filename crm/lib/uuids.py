from uuid import UUID

import uuid_utils


def uuid7() -> UUID:
    """A time-ordered identifier (RFC 9562, version 7), so that new rows land at the end of an index."""
    return UUID(int=uuid_utils.uuid7().int)


def parsed(text: str | None) -> UUID | None:
    """The id that a text spells, None where it spells none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None

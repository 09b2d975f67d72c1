from uuid import UUID

import uuid_utils


def uuid7() -> UUID:
    """A time-ordered identifier (RFC 9562, version 7), so that new rows land at the end of an index."""
    return UUID(int=uuid_utils.uuid7().int)

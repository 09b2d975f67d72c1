"""Timeline and feed hear of entries."""

from collections.abc import Sequence

from interactions import timeline
from loyalty.changes import KINDS
from loyalty.models import Entry
from tenancy.models import Membership
from webhooks import feed


def moved(entries: Sequence[Entry], *, by: Membership | None) -> None:
    """One row each; of a merge the timeline tells once, whatever of points moved with it."""
    rows = [(KINDS[Entry.Kind(entry.kind)], entry) for entry in entries]
    timeline.record_few(
        (
            (kind, timeline.Happening(entry.id, entry.account_id, entry.record_id, entry.at, store_id=entry.store_id))
            for kind, entry in rows
            if entry.kind != Entry.Kind.MERGE
        ),
        by=by,
    )
    feed.record(*((kind, [entry.id]) for kind, entry in rows))

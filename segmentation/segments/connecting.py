"""What the segments want to know of the rest, and what they tell it: called once, in the app's ready()."""

from django.utils.translation import gettext_lazy as _

from customers import registry
from privacy import leftovers
from segmentation.models import Segment, SegmentEvent, SegmentMember, SegmentPick
from segmentation.segments import following, tasks
from segmentation.segments.columns import renewing
from tenancy import audit


def connect() -> None:
    following.declare()
    following.listen()
    assert tasks.follow  # the workers know it from here on
    leftovers.also("segmentation.SegmentColumns", renewing.forget_person)
    registry.merges_by_itself(SegmentMember._meta.label)
    registry.merges_by_itself(SegmentEvent._meta.label)
    registry.goes_silently(SegmentPick._meta.label)
    audit.describe(
        {
            "segment.created": _("Made a segment"),
            "segment.changed": _("Changed a segment"),
            "segment.archived": _("Archived a segment"),
            "segment.picked": _("Put customers into a segment"),
            "segment.unpicked": _("Took customers out of a segment"),
        }
    )
    audit.describe_subject(Segment, audit.Subject(_("Segment"), find=audit.names(Segment)))

"""A row of everything that stands around the customer list."""

from datetime import date
from uuid import UUID

from customers.models import Customer
from segmentation import lifecycle
from segmentation.lifecycle import Rules, Stage
from segmentation.models import (
    BulkChange,
    BulkRow,
    Export,
    OwnList,
    SavedView,
    ScoreChange,
    Segment,
    SegmentColumns,
    SegmentEvent,
    SegmentHead,
    SegmentMember,
    SegmentPick,
    StatsCheck,
)
from tenancy.models import Membership


def everything(customer: Customer, member: Membership) -> dict[str, UUID]:
    """A shared view, a habit, a change to many and an export that waits, all of `member`, and stages of the company's
    own; the ids that URLs carry."""
    view = SavedView.objects.create(member=member, name="Lost", query="stage=lost", is_shared=True)
    OwnList.objects.create(member=member, columns=["city"])
    change = BulkChange.objects.create(member=member, act=BulkChange.Act.SET_OWNER, state=BulkChange.State.DONE)
    BulkRow.objects.create(change=change, customer=customer, state=BulkRow.State.CHANGED)
    export = Export.objects.create(member=member, query="stage=lost", needs_approval=True, rows=1)
    lifecycle.change(Rules(loyal_from=6), since=date(2026, 1, 1), by=member)
    policy = lifecycle.set_policy(Stage.LOYAL, "", service="priority", follow_up_days=30, offer="茶", by=member)
    SegmentColumns.objects.create(
        folder=customer.id, snapshot="1:1:", cluster="x", day=date(2026, 1, 1), zone="UTC", form=1, customers=1
    )
    StatsCheck.objects.create(day=date(2026, 1, 1), checked=10, wrong=0)
    ScoreChange.objects.create(customer=customer, day=date(2026, 1, 1), score=555, stage=Stage.LOYAL)
    segment = Segment.objects.create(name="Chosen", key="chosen", kind=Segment.Kind.STATIC, created_by=member)
    SegmentPick.objects.create(segment=segment, customer=customer, by=member)
    SegmentMember.objects.create(segment=segment, customer=customer)
    SegmentHead.objects.create(position=1)
    SegmentEvent.objects.create(
        segment=segment, customer=customer, entered=True, cause=SegmentEvent.Cause.HAND, position=1, batch=segment.id
    )
    return {
        "view_id": view.id,
        "change_id": change.id,
        "export_id": export.id,
        "policy_id": policy.id,
        "segment_id": segment.id,
    }

"""What the ledger tells the timeline and the change feed, by the kind of the entry."""

from loyalty.models import Entry

KINDS = {
    Entry.Kind.EARN: "points.earned",
    Entry.Kind.REDEEM: "points.redeemed",
    Entry.Kind.EXPIRE: "points.expired",
    Entry.Kind.ADJUST: "points.corrected",
    Entry.Kind.TAKE_BACK: "points.taken_back",
    Entry.Kind.GIVE_BACK: "points.given_back",
    Entry.Kind.SETTLE: "points.settled",
}

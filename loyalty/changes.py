"""What the ledger tells the timeline and the change feed, by the kind of the entry."""

from django.utils.translation import gettext_lazy as _

from loyalty.models import Entry
from webhooks import kinds

ADDRESS = "/api/v1/points/{id}/"
KINDS = {
    Entry.Kind.EARN: "points.earned",
    Entry.Kind.REDEEM: "points.redeemed",
    Entry.Kind.EXPIRE: "points.expired",
    Entry.Kind.ADJUST: "points.corrected",
    Entry.Kind.TAKE_BACK: "points.taken_back",
    Entry.Kind.GIVE_BACK: "points.given_back",
    Entry.Kind.SETTLE: "points.settled",
    Entry.Kind.MERGE: "points.merged",
}
DESCRIPTIONS = {
    Entry.Kind.EARN: _("Points were earned."),
    Entry.Kind.REDEEM: _("Points were used."),
    Entry.Kind.EXPIRE: _("Points have expired."),
    Entry.Kind.ADJUST: _("Points were corrected by hand."),
    Entry.Kind.TAKE_BACK: _("Earned points were taken back after a refund."),
    Entry.Kind.GIVE_BACK: _("Used points were given back after a refund."),
    Entry.Kind.SETTLE: _("Owed points were settled by money."),
    Entry.Kind.MERGE: _("Points went from one customer to another with a merge, or back."),
}


def declare() -> None:
    for kind, name in KINDS.items():
        kinds.declare(name, DESCRIPTIONS[kind], address=ADDRESS)

"""Deciding on a pair, by somebody who may: merging changes both customers, taking a merge back the one that stayed."""

from django.utils.translation import gettext as _

from customers import merging
from customers.matching import decisions
from customers.models import Customer, Match, Merge
from tenancy.models import Membership


class NotYours(Exception):
    """One of the customers may not be changed by the member."""


def decide(match: Match, verdict: Match.State, *, by: Membership) -> Merge | None:
    """`decisions.decide`. Raises NotYours too."""
    ids = {match.left.customer_id, match.right.customer_id}
    if verdict == Match.State.SAME and not may_change(ids, by):
        raise NotYours(_("One of the two is not yours to change, so you cannot merge them."))
    return decisions.decide(match, verdict, by=by)


def withdraw(match: Match, *, by: Membership) -> None:
    """`decisions.withdraw`. Raises NotYours too."""
    merge = match.merge
    if merge is not None and merge.undone_at is None and not may_change({merging.root(merge.survivor_id)}, by):
        raise NotYours(_("This customer is not yours to change, so you cannot take the merge apart."))
    decisions.withdraw(match, by=by)


def may_change(ids: set, member: Membership) -> bool:
    return Customer.objects.editable_by(member).filter(id__in=ids).count() == len(ids)

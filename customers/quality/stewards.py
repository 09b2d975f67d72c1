"""Who mends what: each store and each source may have a steward, who has a list of what is due."""

from collections.abc import Mapping
from datetime import timedelta

from django.db.models import F, Q

from customers.models import Customer, Source, SourceRecord, Steward
from customers.models.customers import CustomerQuerySet
from tenancy import audit
from tenancy.models import Membership, Store

TIME_TO_MEND = timedelta(days=14)


def appoint(wanted: Mapping[Store | Source, Membership | None], *, by: Membership) -> int:
    """Each store or source has this steward from now on, or none. Returns how many changed."""
    changed = 0
    for place, member in wanted.items():
        named = {"store" if isinstance(place, Store) else "source": place}
        former = Steward.objects.select_for_update().filter(**named).first()
        if (former and former.member_id) == (member and member.id):
            continue
        if former:
            former.delete()
        if member:
            Steward.objects.create(member=member, **named)
        audit.record("steward.appointed", place, by=by, changes={"member": str(member.id) if member else None})
        changed += 1
    return changed


def of(member: Membership) -> Q | None:
    """The customers that the member is to mend, as a condition; None where there is nothing to look after."""
    mine = Steward.objects.filter(member=member)
    stores = [one.store_id for one in mine if one.store_id]
    sources = [one.source_id for one in mine if one.source_id]
    if not stores and not sources:
        return None
    condition = Q(store__in=stores)
    if sources:
        condition |= Q(id__in=SourceRecord.objects.filter(source__in=sources).values("customer_id"))
    return condition


def due(member: Membership, *, mask: int = 0, mine: bool = False) -> CustomerQuerySet:
    """The visible customers with a fault that somebody is to mend; of one fault by its mask, or only those that the
    member looks after."""
    rows = Customer.objects.visible_to(member).filter(faulty_since__isnull=False, erased_at=None)
    if mask:
        rows = rows.annotate(hit=F("faults").bitand(mask)).filter(hit__gt=0)
    condition = of(member) if mine else None
    return rows.filter(condition) if condition is not None else rows.none() if mine else rows

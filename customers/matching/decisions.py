"""Stands in until the engine is here."""

from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import merging
from customers.matching import words
from customers.models import Customer, Match, Merge, SourceRecord
from tenancy import audit
from tenancy.models import Membership

State = Match.State


class FieldEvidence(NamedTuple):
    key: str
    label: str
    level: str
    bits: float
    left: str
    right: str


@dataclass(frozen=True)
class Evidence:
    prior_bits: float
    fields: list[FieldEvidence]
    total: float
    vetoes: list[str]


class AlreadyDecided(Exception):
    """Somebody else has decided on the pair meanwhile."""


class NotDecided(Exception):
    """There is nothing to take back."""


def open_matches(member: Membership) -> QuerySet[Match]:
    visible = Customer.objects.visible_to(member).filter(erased_at=None, merged_into=None).values("id")
    return (
        Match.objects.filter(state=State.OPEN, left__customer__in=visible, right__customer__in=visible)
        .exclude(left__customer=F("right__customer"))
        .order_by("-stake", "-bits", "id")
    )


def evidence(match: Match) -> Evidence:
    weights = match.model.weights if match.model else {"fields": [], "prior_bits": 0.0}
    fields = []
    for field, level, bits in zip(weights["fields"], match.levels, match.weights, strict=False):
        key, name = field["key"], field["levels"][level]["key"]
        fields.append(FieldEvidence(key, words.field(key), words.level(key, name), bits, "", ""))
    return Evidence(weights["prior_bits"], fields, match.bits or 0.0, [words.veto(one) for one in match.vetoes])


def decide(match: Match, verdict: Match.State, *, by: Membership) -> Merge | None:
    match = Match.objects.select_for_update(of=["self"]).select_related("left", "right").get(id=match.id)
    if match.state != State.OPEN:
        raise AlreadyDecided(_("Somebody has decided on this pair meanwhile."))
    if verdict == State.SAME:
        customers = list(Customer.objects.filter(id__in=[match.left.customer_id, match.right.customer_id]))
        survivor = merging.choose_survivor(customers)
        match.merge = merging.merge(
            survivor, [one for one in customers if one != survivor], origin=Merge.Origin.REVIEW, by=by
        )
    match.state, match.decided_by, match.decided_at = verdict, by, timezone.now()
    match.save()
    audit.record("match.decided", match, by=by, changes={"verdict": str(verdict)})
    return match.merge


def withdraw(match: Match, *, by: Membership) -> None:
    match = Match.objects.select_for_update(of=["self"]).select_related("merge").get(id=match.id)
    if match.state == State.OPEN:
        raise NotDecided(_("This pair is not decided."))
    if match.merge and match.merge.undone_at is None:
        merging.unmerge(match.merge, by=by)
    match.state, match.decided_by, match.decided_at, match.merge = State.OPEN, None, None, None
    match.save()
    audit.record("match.withdrawn", match, by=by)


def keep_apart(left_record_ids, right_record_ids, *, by) -> None:
    for left in left_record_ids:
        for right in right_record_ids:
            a, b = sorted([left, right])
            Match.objects.update_or_create(
                left=SourceRecord.objects.get(id=a),
                right=SourceRecord.objects.get(id=b),
                defaults={"state": State.DIFFERENT, "decided_by": by, "decided_at": timezone.now()},
            )

"""What people say of pairs: the same person, or not. Every answer is kept and holds in every later run."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import merging, registry
from customers.matching import fields, keeping, records, words
from customers.matching.features import Features
from customers.matching.model import Model
from customers.merging import holding
from customers.models import Customer, Match, Merge
from tenancy import audit
from tenancy.models import Membership

State = Match.State


class AlreadyDecided(Exception):
    """Somebody has decided on the pair meanwhile."""


class NotDecided(Exception):
    """There is nothing to take back."""


class CannotCompare(Exception):
    """Two records cannot be compared; the message says why."""


@dataclass(frozen=True, slots=True)
class FieldEvidence:
    """What one field says: `bits` for (positive) or against (negative) their being one person."""

    key: str
    label: str
    level: str
    bits: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """The waterfall of a pair: prior and fields sum to the total. `vetoes` are reasons in words."""

    prior_bits: float
    fields: Sequence[FieldEvidence]
    total: float
    vetoes: Sequence[str]


def open_matches(member: Membership) -> QuerySet[Match]:
    """The pairs to be decided on of which the member sees both customers, the most at stake first."""
    two = Match.objects.filter(state=State.OPEN).exclude(left__customer=F("right__customer"))
    return visible(two, member).order_by("-stake", "-bits", "id")


def visible(matches: QuerySet[Match], member: Membership) -> QuerySet[Match]:
    seen = Customer.objects.visible_to(member).values("id")
    return matches.filter(left__customer__in=seen, right__customer__in=seen)


def decide(match: Match, verdict: Match.State, *, by: Membership) -> Merge | None:
    """Keep the verdict; SAME merges the two customers, of whom merging.choose_survivor says which survives.

    Raises AlreadyDecided, CannotMerge, Busy.
    """
    match = _held(match)
    is_one = match.left.customer_id == match.right.customer_id
    if match.state != State.OPEN or (is_one and verdict == State.DIFFERENT):
        raise AlreadyDecided(_("Somebody has decided on this pair meanwhile."))
    merge = _merge(match, by) if verdict == State.SAME else None
    match.state, match.decided_by, match.decided_at, match.merge = verdict, by, timezone.now(), merge
    match.save(update_fields=["state", "decided_by", "decided_at", "merge"])
    audit.record("match.decided", match, by=by, changes={"verdict": str(verdict)})
    return merge


def _held(match: Match) -> Match:
    """Held until the end of the transaction, so that two who decide at once do so one after another; after its
    customers, as a run does that merges them and then keeps by which pairs. Raises merging.Busy."""
    both = Match.objects.values_list("left__customer_id", "right__customer_id").get(id=match.id)
    holding.patiently(lambda: holding.hold(both))
    held = Match.objects.select_for_update(of=["self"]).select_related("left__customer", "right__customer", "merge")
    return held.get(id=match.id)


def _merge(match: Match, by: Membership) -> Merge | None:
    """None where they are one customer already."""
    both = [match.left.customer, match.right.customer]
    if both[0] == both[1]:
        return None
    survivor = merging.choose_survivor(both)
    return merging.merge(survivor, [one for one in both if one != survivor], origin=Merge.Origin.REVIEW, by=by)


def withdraw(match: Match, *, by: Membership) -> None:
    """The pair is to be decided on again; a merge that came of it is undone. Raises NotDecided, CannotUnmerge."""
    match = _held(match)
    if match.state == State.OPEN:
        raise NotDecided(_("This pair is not decided."))
    if match.merge and match.merge.undone_at is None:
        withdraw_merge(match.merge, by=by)
        match.refresh_from_db()
    if match.state != State.OPEN:
        _reopen([match], by)


def withdraw_merge(merge: Merge, *, by: Membership) -> None:
    """The merge is undone, and whoever was one by it is to be decided on again: pairs that came to it, and those that
    said the same of them since. Those that were open are so still, for nobody has said anything of them. Raises
    CannotUnmerge."""
    merging.unmerge(merge, by=by, leaving_open=True)
    _reopen(list(Match.objects.filter(merge=merge).exclude(state=State.OPEN)), by)


def _reopen(matches: Sequence[Match], by: Membership | None) -> None:
    Match.objects.filter(id__in=[one.id for one in matches]).update(
        state=State.OPEN, decided_by=None, decided_at=None, merge=None
    )
    audit.record_many("match.withdrawn", [(one, {}) for one in matches], by=by)


def contradict(customer_ids: Collection[UUID]) -> bool:
    """Whether records of any two of these customers speak against their being one person, whatever one pair says."""
    of: dict[UUID, list[Features]] = {}
    for one in records.of_customers(customer_ids).values():
        of.setdefault(one.customer_id, []).append(one.features)
    return any(
        fields.contradict([Model.levels(a, b) for a in one for b in other])
        for one, other in combinations(of.values(), 2)
    )


def keep_apart(left_ids: Collection[UUID], right_ids: Collection[UUID], *, by: Membership | None) -> None:
    """Records of the one side are not the person's of the other: said by an unmerge. The pairs by which they were
    joined are turned round; where there is none, one pair stands for all."""
    between = matches_between(left_ids, right_ids)
    now = timezone.now()
    rows = Match.objects.filter(id__in=[one.id for one in between])
    rows.update(state=State.DIFFERENT, decided_by=by, decided_at=now, merge=None)
    if not between and left_ids and right_ids:
        left, right = sorted((min(left_ids), min(right_ids)))
        Match.objects.create(left_id=left, right_id=right, state=State.DIFFERENT, decided_by=by, decided_at=now)


def matches_between(left_ids: Collection[UUID], right_ids: Collection[UUID]) -> list[Match]:
    """The matches between records of the two sides."""
    one = Match.objects.filter(left__in=left_ids, right__in=right_ids)
    return [*one, *Match.objects.filter(left__in=right_ids, right__in=left_ids)]


def follow_unmerge(parting: registry.Parting, *, by: Membership | None) -> None:
    """What was taken apart is not to be joined again by itself, unless it is to be decided again."""
    for left_ids, right_ids in parting.apart:
        if parting.is_open:
            joined = [one for one in matches_between(left_ids, right_ids) if one.state in (State.SAME, State.AUTO)]
            _reopen(joined, by)
        else:
            keep_apart(left_ids, right_ids, by=by)


def evidence(match: Match) -> Evidence:
    """Why the two may be one person, in words and bits; empty for a pair that was never compared."""
    if not match.weights:
        return Evidence(0.0, [], 0.0, [])
    prior, *weights, household = match.weights
    found = [
        FieldEvidence(field.key, words.field(field.key), words.level(field.key, field.levels[level].key), bits)
        for field, level, bits in zip(fields.FIELDS, match.levels, weights, strict=True)
        if level >= 0
    ]
    found.append(FieldEvidence("household", words.field("household"), words.level("household", "explains"), household))
    return Evidence(prior, found, match.bits, [words.veto(veto) for veto in match.vetoes])


def compare(left_id: UUID, right_id: UUID) -> tuple[list[int], list[float], list[str]]:
    """(levels, weights, vetoes) of two records by the model in use. Raises CannotCompare where one says nothing
    or matching was never begun."""
    row = keeping.active()
    if row is None:
        raise CannotCompare(_("Matching was never begun here."))
    said = records.read_now([left_id, right_id])
    if len(said) < 2:
        raise CannotCompare(_("One of these records says nothing."))
    model = keeping.opened(row)
    a, b = said[left_id], said[right_id]
    levels = model.levels(a, b)
    return levels, model.evidence(a, b, levels), fields.vetoes(levels)

"""Whom a rule means, of those a member sees: how many, which, some of them.

A company with columns is counted on them, and whoever was touched since they were made is asked for in the database:
so the exact count is exact at every moment. Without columns the database answers.
"""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from customers.models import Customer, CustomerShare
from segmentation.models import Segment
from segmentation.segments import comparing, expanding, moments, reading, sql, vocabulary
from segmentation.segments.columns import evaluating, keeping
from segmentation.segments.columns.evaluating import Evaluating, NotInColumns
from segmentation.segments.fields import Vocabulary
from segmentation.segments.moments import Moment
from segmentation.segments.refusing import RuleError
from segmentation.segments.tree import All, Node
from tenancy.database.bulk import fetch
from tenancy.models import Membership
from tenancy.permissions import Permission, Scope

FEW = 10  # people of a sample
TRIES = 64  # places looked at for each of them


@dataclass(frozen=True)
class Asked:
    """A rule about to be asked: the tree, the day, the fields. Made once for a request."""

    node: Node
    moment: Moment
    vocabulary: Vocabulary


@dataclass(frozen=True, slots=True)
class Counted:
    """How many fit. Where it `is_sample`, it was counted on a part and scaled: show ≈ before it."""

    count: int
    is_sample: bool
    milliseconds: float


def asked(node: Node, *, words: Vocabulary | None = None, moment: Moment | None = None) -> Asked:
    """Raises expanding.Unaskable where segments in it depend on themselves."""
    words = words or vocabulary.standing()
    return Asked(expanding.expanded(node, words), moment or moments.now(), words)


def people(rule: Asked, member: Membership) -> QuerySet[Customer]:
    """The customers who fit and whom the member sees, in no order: for pages by key, files and bulk changes."""
    return Customer.objects.visible_to(member).filter(id__in=_selected(rule))


def count(rule: Asked, member: Membership | None, *, exact: bool = True) -> Counted:
    """How many of whom the member sees fit; of all without a member. Not exact: on the sample, where there is one."""
    begun = time.perf_counter()
    found, is_sample = _counted(rule, member, exact)
    return Counted(found, is_sample, (time.perf_counter() - begun) * 1000)


def ids(rule: Asked, *, only: list[UUID] | None = None) -> set[UUID]:
    """All who fit, or those of them who are among `only`, whoever sees them; by SQL."""
    return {id for (id,) in fetch(*sql.select(rule.node, rule.moment, rule.vocabulary, only=only))}


def some(rule: Asked, member: Membership, number: int = FEW) -> list[Customer]:
    """Customers at random of those who fit and whom the member sees."""
    standing = _Standing.of(rule)
    if standing:
        places = np.flatnonzero(standing.mask(rule, member))
        chosen = random.sample(range(len(places)), min(number * 2, len(places)))
        found = Customer.objects.visible_to(member).filter(
            id__in=evaluating.ids_at(standing.columns, places[chosen]), erased_at=None
        )
        return list(found[:number])
    fitting = list(people(rule, member).values_list("id", flat=True)[: number * TRIES])
    return list(Customer.objects.filter(id__in=random.sample(fitting, min(number, len(fitting)))))


def overlap(rule: Asked, segments: Sequence[Segment], member: Membership) -> Mapping[UUID, int]:
    """Segment → how many of those who fit are in it too. Segments whose rule cannot be asked are left out."""
    found = {}
    for segment in (one for one in segments if not one.broken_at):
        try:
            other = asked(node_of(segment, rule.vocabulary), words=rule.vocabulary, moment=rule.moment)
        except (RuleError, expanding.Unaskable):
            continue
        both = Asked(All((rule.node, other.node)), rule.moment, rule.vocabulary)
        found[segment.id] = count(both, member).count
    return found


def node_of(segment: Segment, words: Vocabulary) -> Node:
    """The rule of a segment; of one that was put together by hand, that one is in it. Raises RuleError."""
    if segment.kind == Segment.Kind.STATIC:
        return reading.parse(f'segment = "{segment.key}"', words, is_strict=False)
    return reading.parse(segment.rule, words, is_strict=False)


def _is_of_team(member: Membership) -> bool:
    return member.scope == Scope.TEAM and member.team_id is not None


def _selected(rule: Asked, only: list[UUID] | None = None) -> RawSQL:
    return RawSQL(*sql.select(rule.node, rule.moment, rule.vocabulary, only=only))


def _counted(rule: Asked, member: Membership | None, exact: bool) -> tuple[int, bool]:
    standing = _Standing.of(rule)
    if standing and not exact:
        try:
            return standing.sampled(rule, member), True
        except NotInColumns:
            pass
    if standing and (touched := standing.touched()) is not None:
        return standing.exact(rule, member, touched), False
    return _by_sql(rule, member), False


def _by_sql(rule: Asked, member: Membership | None, only: list[UUID] | None = None) -> int:
    if member is None or (member.scope == Scope.ALL and member.can(Permission.CUSTOMERS_VIEW)):
        statement, parameters = sql.select(rule.node, rule.moment, rule.vocabulary, only=only)
        return fetch(f"SELECT count(*) FROM ({statement}) fitting", parameters)[0][0]
    return Customer.objects.visible_to(member).filter(id__in=_selected(rule, only)).count()


class _Standing:
    """The company's columns as they stand."""

    def __init__(self, row, columns: keeping.Columns):
        self.row, self.columns = row, columns

    @classmethod
    def of(cls, rule: Asked) -> "_Standing | None":
        row = keeping.current(zone=rule.moment.tenant.timezone)
        if row is None or rule.moment.today < row.day:
            return None
        columns = keeping.opened(row)
        return cls(row, columns) if columns else None

    def touched(self) -> list[UUID] | None:
        """Whom the columns do not tell of; None: too many to be asked for one by one."""
        changed = keeping.touched(self.row)
        return None if changed is None else [*changed, *evaluating.ids_at(self.columns, self.columns["later"])]

    def sampled(self, rule: Asked, member: Membership | None) -> int:
        mask = self.mask(rule, member, sample=True)
        return round(int(mask.sum()) * self.row.customers / max(1, len(mask)))

    def exact(self, rule: Asked, member: Membership | None, touched: list[UUID]) -> int:
        mask = self.mask(rule, member)
        mask[evaluating.places(self.columns, touched)] = False
        return int(mask.sum()) + (_by_sql(rule, member, touched) if touched else 0)

    def mask(self, rule: Asked, member: Membership | None, *, sample: bool = False) -> np.ndarray:
        """Who fits and is seen by the member."""
        on = Evaluating(self.columns, rule.moment, rule.vocabulary, sample=sample)
        mask = on.mask(rule.node)
        if member is None or (member.scope == Scope.ALL and member.can(Permission.CUSTOMERS_VIEW)):
            return mask.copy()
        return mask & self.seen(on, member)

    def seen(self, on: Evaluating, member: Membership) -> np.ndarray:
        """As Customer.visible_to says it: by scope, and what was shared with them."""
        if not member.can(Permission.CUSTOMERS_VIEW):
            return np.zeros(on.count, dtype=bool)
        owned = self.codes_of(Membership.objects.filter(team_id=member.team_id)) if _is_of_team(member) else []
        found = evaluating.compare(on.column("f.owner"), comparing.IN, [keeping.short(member.id), *owned])
        if member.scope == Scope.STORE and member.store_id:
            found |= on.column("f.store") == keeping.short(member.store_id)
        shared = CustomerShare.objects.filter(user_id=member.user_id).values_list("content_object_id", flat=True)
        places = evaluating.places(self.columns, list(shared))
        found[places[places < on.count]] = True
        return found

    def codes_of(self, members: QuerySet[Membership]) -> list[int]:
        return [keeping.short(id) for id in members.values_list("id", flat=True)]

"""Whom a rule means, of those a member sees: how many, which, some of them."""

import time
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from customers.models import Customer
from segmentation.segments import expanding, moments, sql, vocabulary
from segmentation.segments.fields import Vocabulary
from segmentation.segments.moments import Moment
from segmentation.segments.tree import Node
from tenancy.database.bulk import fetch
from tenancy.models import Membership


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
    statement, parameters = sql.select(rule.node, rule.moment, rule.vocabulary)
    return Customer.objects.visible_to(member).filter(id__in=RawSQL(statement, parameters))


def count(rule: Asked, member: Membership, *, exact: bool = True) -> Counted:
    begun = time.perf_counter()
    found = people(rule, member).count()
    return Counted(found, False, (time.perf_counter() - begun) * 1000)


def ids(rule: Asked, *, only: list[UUID] | None = None) -> set[UUID]:
    """All who fit, or those of them who are among `only`, whoever sees them."""
    return {id for (id,) in fetch(*sql.select(rule.node, rule.moment, rule.vocabulary, only=only))}


def count_all(rule: Asked, *, exact: bool = True) -> Counted:
    """How many fit in the whole company."""
    begun = time.perf_counter()
    statement, parameters = sql.select(rule.node, rule.moment, rule.vocabulary)
    ((found,),) = fetch(f"SELECT count(*) FROM ({statement}) fitting", parameters)
    return Counted(found, False, (time.perf_counter() - begun) * 1000)

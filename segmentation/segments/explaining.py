"""Why a customer is in a rule or not: clause by clause, what is asked, what stands there, whether it fits.

The customer's own values are looked up and compared here in Python, apart from the SQL that counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from customers.models import Customer
from segmentation.segments import comparing, expanding, sql, wording, writing
from segmentation.segments.asked.groups import SEGMENT
from segmentation.segments.fields import Field, Vocabulary
from segmentation.segments.moments import Moment
from segmentation.segments.tree import All, Clause, Node, Not, clauses
from tenancy.database.bulk import fetch
from tenancy.models import ApiToken, Membership


@dataclass(frozen=True, slots=True)
class Verdict:
    """One clause: as it is written, in words, what was found in words, and whether it holds. Nothing was found and
    `holds` is None where whoever asks may not see it."""

    clause: str
    words: str
    found: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Why:
    """Whether the customer is in the rule, and how each of its clauses holds, in their order."""

    is_member: bool
    verdicts: Sequence[Verdict]


def why(
    node: Node, customer: Customer, moment: Moment, vocabulary: Vocabulary, *, to: Membership | ApiToken | None = None
) -> Why:
    """What may be told `to` somebody; without one all of it. Raises expanding.Unaskable."""
    answers = _Answers([customer.id], moment, vocabulary)
    withheld = vocabulary.of(to).withheld if to else ()

    def verdict(clause: Clause) -> Verdict:
        told = writing.text(clause), wording.clause(clause, vocabulary)
        if clause.field in withheld:
            return Verdict(*told, "", None)
        return Verdict(*told, answers.told(clause, customer.id), answers.holds(clause, customer.id))

    verdicts = [verdict(clause) for clause in clauses(node)]
    return Why(customer.id in living([customer.id]) and answers.holds(node, customer.id), verdicts)


def fitting(node: Node, customer_ids: Iterable[UUID], moment: Moment, vocabulary: Vocabulary) -> set[UUID]:
    """Those of the customers whom `why` calls members. For many at once; the truth is sql.select."""
    ids = list(customer_ids)
    answers = _Answers(ids, moment, vocabulary)
    return {id for id in living(ids) if answers.holds(node, id)}


def living(ids: Sequence[UUID]) -> set[UUID]:
    """Without those who were merged into others or erased."""
    rows = fetch(
        "SELECT id FROM customers_customer WHERE id = ANY(%s) AND merged_into_id IS NULL AND erased_at IS NULL",
        [list(ids)],
    )
    return {id for (id,) in rows}


class _Answers:
    """What stands there for each clause, asked once."""

    def __init__(self, ids: Sequence[UUID], moment: Moment, vocabulary: Vocabulary):
        self.ids, self.moment, self.vocabulary = ids, moment, vocabulary
        self.values: dict[Clause, dict[UUID, list]] = {}
        self.compared: dict[Clause, tuple] = {}
        self.segments: dict[Clause, Node] = {}

    def holds(self, node: Node, id: UUID) -> bool:
        match node:
            case Clause(field=field) if field == SEGMENT:
                inside = self.inside(node)
                return self.clause(node, id) if inside == node else self.holds(inside, id)
            case Clause():
                return self.clause(node, id)
            case Not(part):
                return not self.holds(part, id)
        results = (self.holds(part, id) for part in node.parts)
        return all(results) if isinstance(node, All) else any(results)

    def clause(self, clause: Clause, id: UUID) -> bool:
        field = self.vocabulary.field(clause.field)
        if clause not in self.compared:
            self.compared[clause] = sql.compared(clause, field, self.moment)
        return comparing.holds(clause.op, self.compared[clause], self.found(clause, field, id))

    def found(self, clause: Clause, field: Field, id: UUID) -> list:
        """The customer's values, or the default in a list, or nothing."""
        if clause not in self.values:
            self.values[clause] = sql.values(clause, self.moment, self.vocabulary, only=self.ids)
        return self.values[clause].get(id) or ([] if field.default is None else [field.default])

    def inside(self, clause: Clause) -> Node:
        """The rules of the segments that the clause asks."""
        if clause not in self.segments:
            self.segments[clause] = expanding.expanded(clause, self.vocabulary)
        return self.segments[clause]

    def told(self, clause: Clause, id: UUID) -> str:
        if clause.field == SEGMENT:
            keys = [key for key in clause.values if self.holds(Clause(SEGMENT, comparing.EQUAL, (key,)), id)]
            return wording.found(keys, self.vocabulary.field("city"))
        field = self.vocabulary.field(clause.field)
        return wording.found(self.found(clause, field, id), field)

"""The builder's page as it stands: the rule as text and as a tree with places, and what it means of people."""

from dataclasses import dataclass, field
from functools import cached_property

from customers.models import Customer
from segmentation.models import Segment
from segmentation.segments import counting, expanding, reading, vocabulary, wording
from segmentation.segments.counting import Asked, Counted
from segmentation.segments.fields import Vocabulary
from segmentation.segments.refusing import RuleError
from segmentation.segments.tree import EVERYBODY, All, Clause, Node, Not, Some
from tenancy.models import Membership

AROUND = 60  # characters of a rule shown on each side of what is wrong
COMPARED = 12  # other segments


@dataclass
class Branch:
    """A part of the rule at its `place`: in words where it is a condition, else how its parts are joined."""

    place: str
    kind: str
    words: str
    is_negated: bool = False
    parts: list["Branch"] = field(default_factory=list)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a rule, with the text before it, itself and after it."""

    message: str
    before: str = ""
    at: str = ""
    after: str = ""


class Draft:
    """A rule that `member` is writing, in fields that they may ask, for the customers whom they see. Nothing is asked
    of the database before it is shown."""

    def __init__(self, rule: str, member: Membership, *, words: Vocabulary | None = None):
        self.rule, self.member = rule, member
        self.words = words or vocabulary.standing()
        self.own_words = self.words.of(member)
        self.node: Node | None = None
        self.asked: Asked | None = None
        self.fault: Fault | None = None
        try:
            self.node = reading.parse(rule, self.own_words) if rule.strip() else EVERYBODY
            self.asked = counting.asked(self.node, words=self.words)
        except RuleError as problem:
            self.fault = _fault(rule, problem)
        except expanding.Unaskable as problem:
            self.fault = Fault(str(problem))

    @property
    def sentence(self) -> str:
        return wording.describe(self.node, self.words) if self.node else ""

    @cached_property
    def branch(self) -> Branch | None:
        return _branch(self.node, (), self.words) if self.node not in (None, EVERYBODY) else None

    @cached_property
    def first_count(self) -> Counted:
        """At once, on a sample where there is one."""
        return counting.count(self.asked, self.member, exact=False)

    @cached_property
    def count(self) -> Counted:
        return counting.count(self.asked, self.member)

    @cached_property
    def people(self) -> list[Customer]:
        """Some of them at random."""
        return counting.some(self.asked, self.member)

    def overlaps(self, segments: list[Segment]) -> list[tuple[Segment, int]]:
        """Other segments with how many of these people are in them too, the largest first."""
        found = counting.overlap(self.asked, segments[:COMPARED], self.member)
        pairs = [(segment, found[segment.id]) for segment in segments if segment.id in found]
        return sorted(pairs, key=lambda pair: -pair[1])


def _fault(rule: str, problem: RuleError) -> Fault:
    if problem.position is None:
        return Fault(str(problem))
    begin, end = problem.position, problem.position + max(1, problem.length)
    return Fault(
        problem.at_its_place(), rule[max(0, begin - AROUND) : begin], rule[begin : min(end, begin + 2 * AROUND)] or " ",
        rule[end : end + AROUND],
    )  # fmt: skip


def _branch(node: Node, place: tuple[int, ...], words: Vocabulary) -> Branch:
    name = ".".join(map(str, place))
    match node:
        case Clause():
            return Branch(name, "clause", wording.clause(node, words))
        case Not(Clause() as inner):
            return Branch(name, "clause", wording.clause(inner, words), is_negated=True)
        case Not(inner):
            found = _branch(inner, (*place, 0), words)
            return Branch(name, "not", "", is_negated=True, parts=[found])
    kind = "all" if isinstance(node, All) else "some"
    assert isinstance(node, All | Some)
    return Branch(name, kind, "", parts=[_branch(part, (*place, at), words) for at, part in enumerate(node.parts)])

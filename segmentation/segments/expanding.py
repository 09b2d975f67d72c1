"""Segments within rules: the rule of a segment stands in its place, so that every executor asks one tree."""

from collections.abc import Mapping

from segmentation.models import Segment
from segmentation.segments import comparing, reading
from segmentation.segments.asked.groups import SEGMENT
from segmentation.segments.fields import Vocabulary
from segmentation.segments.refusing import Misfit, RuleError
from segmentation.segments.tree import Clause, Node, Not, Some, uses

MOST = 2000  # clauses with those of all segments that a rule asks


class Unaskable(ValueError):
    """A segment that the rule asks depends on itself, has lost its rule, or all together are too much."""


def expanded(node: Node, vocabulary: Vocabulary) -> Node:
    """The rule with the rules of other segments in their place; those put together by hand stay. Raises Unaskable."""
    if not uses(node, SEGMENT):
        return node
    return _Expanding(vocabulary, _rules()).node(node, ())


def check_cycle(node: Node, key: str) -> None:
    """Raises Misfit where the rule of the segment `key` would depend on itself."""
    rules, waiting, seen = _rules(), sorted(uses(node, SEGMENT)), set()
    while waiting:
        asked = waiting.pop()
        if asked == key:
            raise Misfit("cycle", found=key)
        if asked not in seen and asked in rules:
            seen.add(asked)
            waiting += mentioned(rules[asked])


def mentioned(rule: str) -> list[str]:
    """Keys of segments that a rule asks, read from the text that is kept of it without knowing its other fields."""
    words = [str(token.value) for token in reading.tokens(rule)] if rule else []
    return [key for place, word in enumerate(words) if word == SEGMENT for key in _compared(words[place + 1 :])]


def _compared(words: list[str]) -> list[str]:
    """What a field is compared with, told by the words after its name; nothing where that was a value."""
    match words:
        case ["=" | "!=", key, *_rest]:
            return [key]
        case ["in", "(", *rest] | ["not", "in", "(", *rest]:
            return [word for word in rest[: rest.index(")")] if word != ","]
    return []


def _rules() -> dict[str, str]:
    """Key → rule of the segments that have one."""
    rows = Segment.objects.filter(archived_at=None).exclude(kind=Segment.Kind.STATIC)
    return {row.key: row.rule for row in rows.only("key", "rule")}


class _Expanding:
    def __init__(self, vocabulary: Vocabulary, rules: Mapping[str, str]):
        self.vocabulary, self.rules, self.left = vocabulary, rules, MOST

    def node(self, node: Node, within: tuple[str, ...]) -> Node:
        match node:
            case Clause():
                return self.clause(node, within)
            case Not(part):
                return Not(self.node(part, within))
        return type(node)(tuple(self.node(part, within) for part in node.parts))

    def clause(self, clause: Clause, within: tuple[str, ...]) -> Node:
        self.left -= 1
        if self.left < 0:
            raise Unaskable
        ruled = [key for key in clause.values if key in self.rules]
        if clause.field != SEGMENT or not ruled:
            return clause
        _positive, is_negated = comparing.apart(clause.op)
        parts = [self.segment(key, within) for key in ruled]
        if others := tuple(key for key in clause.values if key not in self.rules):
            parts.append(Clause(SEGMENT, comparing.IN, others))
        either = Some(tuple(parts)) if len(parts) > 1 else parts[0]
        return Not(either) if is_negated else either

    def segment(self, key: str, within: tuple[str, ...]) -> Node:
        if key in within:
            raise Unaskable
        try:
            node = reading.parse(self.rules[key], self.vocabulary, is_strict=False)
        except RuleError as problem:
            raise Unaskable(f"{key}: {problem.at_its_place()}") from problem
        return self.node(node, (*within, key))

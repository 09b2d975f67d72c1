"""What the commands that ask a rule share."""

from django.core.management.base import CommandError

from segmentation.segments import counting, expanding, reading, vocabulary
from segmentation.segments.refusing import RuleError
from segmentation.segments.tree import Node
from tenancy.commands import TenantCommand


class Wrong(CommandError):
    """An argument that cannot be worked with: the exit code is 2."""

    def __init__(self, message: str):
        super().__init__(message, returncode=2)


class RuleCommand(TenantCommand):
    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--rule", required=True, help="as in 'bought(90d) >= 3 and stage in (at_risk, lost)'")
        parser.add_argument("--json", action="store_true", help="the output is JSON in any case")

    def node(self, rule: str) -> Node:
        """The tree of the argument. A mistake is told under its place in the rule."""
        try:
            return reading.parse(rule, vocabulary.standing())
        except RuleError as problem:
            raise Wrong(f"{problem.at_its_place()}\n{_pointed(rule, problem.position)}") from problem

    def asked(self, rule: str) -> counting.Asked:
        try:
            return counting.asked(self.node(rule))
        except expanding.Unaskable as problem:
            raise Wrong(f"a segment in it cannot be asked: {problem}") from problem


def _pointed(rule: str, position: int, around: int = 60) -> str:
    """The rule about the place, and a caret below it."""
    begin = max(0, position - around)
    line = "".join(
        " " if c in "\t\r\n" else c if c.isprintable() else "\ufffd" for c in rule[begin : position + around]
    )
    return f"  {line}\n  {' ' * (position - begin)}^"

"""Merging customers who are one person, and taking that back."""

from customers.merging.holding import Busy
from customers.merging.joining import CannotMerge, Group, merge, merge_many
from customers.merging.later import CannotAssign, assign, later_rows
from customers.merging.lineages import Lineage, lineage
from customers.merging.parting import CannotUnmerge, Unmerged, unmerge, why_not
from customers.merging.previews import Preview, choose_survivor, preview
from customers.roots import root, roots

__all__ = [
    "Busy", "CannotAssign", "CannotMerge", "CannotUnmerge", "Group", "Lineage", "Preview", "Unmerged", "assign",
    "choose_survivor", "later_rows", "lineage", "merge", "merge_many", "preview", "root", "roots", "unmerge", "why_not",
]  # fmt: skip

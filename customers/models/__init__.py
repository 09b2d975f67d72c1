from customers.models.customers import Customer, CustomerShare, SharePermission
from customers.models.fields import CustomField, CustomValue
from customers.models.imports import ImportConflict, ImportProblem, ImportRun
from customers.models.matches import Match, MatchModel, MatchRecord
from customers.models.merges import LaterRow, Merge, MergeMember, MergeMove
from customers.models.sources import Identifier, Source, SourceRecord, SourceVersion
from customers.models.stewards import Steward
from customers.models.tags import CustomerTag, Tag

__all__ = [
    "CustomField",
    "CustomValue",
    "Customer",
    "CustomerShare",
    "CustomerTag",
    "Identifier",
    "ImportConflict",
    "ImportProblem",
    "ImportRun",
    "LaterRow",
    "Match",
    "MatchModel",
    "MatchRecord",
    "Merge",
    "MergeMember",
    "MergeMove",
    "SharePermission",
    "Source",
    "SourceRecord",
    "SourceVersion",
    "Steward",
    "Tag",
]

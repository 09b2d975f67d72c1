from customers.models.customers import Customer, CustomerShare, SharePermission
from customers.models.imports import ImportProblem, ImportRun
from customers.models.sources import Identifier, Source, SourceRecord, SourceVersion

__all__ = [
    "Customer",
    "CustomerShare",
    "Identifier",
    "ImportProblem",
    "ImportRun",
    "SharePermission",
    "Source",
    "SourceRecord",
    "SourceVersion",
]

from tenancy.models.access import ApiToken, DataKey, IdempotentRequest
from tenancy.models.companies import Installation, Store, Team, Tenant
from tenancy.models.people import Membership, Role, User
from tenancy.models.records import AuditEvent, AuditHead, Job

__all__ = [
    "ApiToken",
    "AuditEvent",
    "AuditHead",
    "DataKey",
    "IdempotentRequest",
    "Installation",
    "Job",
    "Membership",
    "Role",
    "Store",
    "Team",
    "Tenant",
    "User",
]

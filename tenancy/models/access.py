from django.contrib.postgres.fields import ArrayField
from django.db import models

from crm.lib.declaring import keep
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantModel
from tenancy.models.people import Membership
from tenancy.permissions import Permission


class ApiToken(TenantModel):
    """A key for programs. Only a hash is kept; what it may do never exceeds what its member may do."""

    member = TenantForeignKey(Membership, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    digest = models.BinaryField(max_length=32, unique=True)
    permissions = ArrayField(models.CharField(max_length=40, choices=Permission.choices), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True, help_text="The last use, to the hour.")

    class Privacy:
        fields = keep(
            "a credential of a program",
            "member", "name", "digest", "permissions", "created_at", "revoked_at", "used_at",
        )  # fmt: skip

    def __str__(self):
        return self.name

    def can(self, permission: Permission | str) -> bool:
        return str(permission) in self.permissions and self.member.can(permission)


class DataKey(TenantModel):
    """A tenant's key, wrapped by the installation's master key. The newest version encrypts, all decrypt."""

    class Purpose(models.TextChoices):
        ENCRYPT = "encrypt"
        INDEX = "index"

    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    version = models.PositiveIntegerField()
    wrapped = models.BinaryField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "purpose", "version"], name="data_key_version")]

    class Privacy:
        fields = keep("a key", "purpose", "version", "wrapped", "created_at")


class IdempotentRequest(TenantModel):
    """The first answer to a keyed API write, given again to every repetition."""

    token = TenantForeignKey(ApiToken, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "token", "key"], name="idempotent_request_key")]
        indexes = [models.Index(fields=["tenant", "created_at"], name="idempotent_request_age")]

    class Privacy:
        fields = keep(
            "gone after two days; the body is sealed",
            "token",
            "key",
            "fingerprint",
            "status",
            "body",
            "created_at",
        )

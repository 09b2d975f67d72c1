from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.validators import validate_slug
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import anonymise, keep
from crm.lib.uuids import uuid7
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantModel
from tenancy.models.companies import Store, Team
from tenancy.permissions import Permission, Scope


class UserManager(BaseUserManager):
    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        user = self.model(email=self.normalise(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username):
        return self.get(email=self.normalise(username))

    @staticmethod
    def normalise(email: str) -> str:
        return email.strip().casefold()


class User(AbstractBaseUser):
    """A person who logs in; a member of one or several tenants."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Privacy:
        fields = {
            **anonymise("a member of staff who left keeps authorship, not a name", "email", "name"),
            **keep("needed to log in", "password", "last_login", "language", "is_active", "created_at"),
        }

    def __str__(self):
        return self.name or self.email

    @property
    def is_anonymous_user(self) -> bool:
        return False


class Role(TenantModel):
    key = models.CharField(max_length=40, validators=[validate_slug])
    name = models.CharField(max_length=100)
    permissions = ArrayField(models.CharField(max_length=40, choices=Permission.choices), default=list)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="role_key")]
        ordering = ["key"]

    class Privacy:
        fields = keep("rights, not a person", "key", "name", "permissions")

    def __str__(self):
        return self.name


class Membership(TenantModel):
    """A user's place in a tenant: what they may do, and for whose customers.

    `viewer` is the admin who looks at the pages as this member (tenancy.seeing), None in the member's own hands.
    """

    class Invitation(models.TextChoices):
        NONE = "", _("None")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Not sent")

    viewer: "Membership | None" = None

    user = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    role = TenantForeignKey(Role, models.PROTECT, related_name="memberships")
    scope = models.CharField(max_length=10, choices=Scope.choices, default=Scope.OWN)
    team = TenantForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="memberships")
    store = TenantForeignKey(Store, models.SET_NULL, null=True, blank=True, related_name="memberships")
    is_active = models.BooleanField(default=True)
    invitation = models.CharField(max_length=10, choices=Invitation.choices, blank=True, default="")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="membership_user")]
        # Not led by the tenant: which companies a person belongs to is asked before one is entered.
        indexes = [models.Index(fields=["user"], name="membership_by_user")]

    class Privacy:
        fields = keep(
            "who works where and may do what", "user", "role", "scope", "team", "store", "is_active", "invitation"
        )

    def __str__(self):
        return str(self.user)

    def can(self, permission: Permission | str) -> bool:
        return str(permission) in self.role.permissions

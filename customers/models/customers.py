from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.managers import UserObjectPermissionManager
from guardian.models import UserObjectPermissionBase

from crm.lib.declaring import anonymise, erase, keep
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantManager, TenantModel, TenantQuerySet
from tenancy.encryption import EncryptedText
from tenancy.models import Membership, Store
from tenancy.permissions import Permission, Scope


class SharePermission(models.TextChoices):
    """What a share of one customer allows; codenames of django's own permissions on Customer."""

    VIEW = "view_customer", _("See")
    EDIT = "change_customer", _("See and change")


class CustomerQuerySet(TenantQuerySet):
    def unmerged(self) -> "CustomerQuerySet":
        """Those that stand by themselves: whoever was merged into another is told of by that one."""
        return self.filter(merged_into=None)

    def visible_to(self, member: Membership) -> "CustomerQuerySet":
        """The customers of the member's data scope, and those shared with them. Lists, counts, search,
        exports and REST all begin here."""
        if not member.can(Permission.CUSTOMERS_VIEW):
            return self.none()
        rows = self.unmerged()
        if member.scope == Scope.ALL:
            return rows
        shared = CustomerShare.objects.filter(user_id=member.user_id).values("content_object_id")
        mine = Q(owner_id=member.id) | Q(id__in=shared)
        if member.scope == Scope.TEAM and member.team_id:
            mine |= Q(owner__in=Membership.objects.filter(team_id=member.team_id))
        if member.scope == Scope.STORE and member.store_id:
            mine |= Q(store_id=member.store_id)
        return rows.filter(mine)

    def editable_by(self, member: Membership) -> "CustomerQuerySet":
        """Of the visible ones those the member may change: not the erased, nor what is shared for reading only."""
        if not member.can(Permission.CUSTOMERS_EDIT):
            return self.none()
        visible = self.visible_to(member).filter(erased_at=None)
        if member.scope == Scope.ALL:
            return visible
        read_only = CustomerShare.objects.filter(
            user_id=member.user_id, permission__codename=SharePermission.VIEW
        ).exclude(content_object__owner_id=member.id)
        return visible.exclude(id__in=read_only.values("content_object_id"))


class Customer(TenantModel):
    """One person or company: the golden record, a projection over its source records.

    `name_key`, `given_key`, `pinyin` and `initials` are what search looks at. Phone, e-mail and address are
    the surviving values, encrypted; the identifiers hold all of them with their blind indexes. `quality` and
    `faults` are as in customers.quality, `faulty_since` is when the first fault came that somebody is to mend.
    One that was merged stands empty, `merged_into` the one that has its records now, until it is unmerged.
    """

    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        COMPANY = "company", _("Company")

    class Gender(models.TextChoices):
        FEMALE = "f", _("Female")
        MALE = "m", _("Male")

    kind = models.CharField(_("type"), max_length=10, choices=Kind.choices, default=Kind.PERSON)
    name = models.CharField(_("name"), max_length=200, blank=True)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    given_key = models.CharField(max_length=200, blank=True, editable=False)
    pinyin = models.CharField(max_length=400, blank=True, editable=False)
    initials = models.CharField(max_length=100, blank=True, editable=False)
    gender = models.CharField(_("gender"), max_length=1, choices=Gender.choices, blank=True)
    birth_month = models.PositiveSmallIntegerField(null=True, blank=True)
    birth_day = models.PositiveSmallIntegerField(null=True, blank=True)
    birth_is_lunar = models.BooleanField(db_default=False)
    birth_year = EncryptedText(null=True, blank=True)
    phone = EncryptedText(_("phone"), null=True, blank=True)
    email = EncryptedText(_("e-mail"), null=True, blank=True)
    address = EncryptedText(_("address"), null=True, blank=True)
    province = models.CharField(_("province"), max_length=100, blank=True, db_default="")
    city = models.CharField(_("city"), max_length=100, blank=True)
    district = models.CharField(_("district"), max_length=100, blank=True, db_default="")
    industry = models.CharField(_("industry"), max_length=100, blank=True)
    owner = TenantForeignKey(
        Membership, models.SET_NULL, null=True, blank=True, related_name="customers", verbose_name=_("owner")
    )
    store = TenantForeignKey(
        Store, models.SET_NULL, null=True, blank=True, related_name="customers", verbose_name=_("store")
    )
    quality = models.PositiveSmallIntegerField(_("quality"), db_default=100, editable=False)
    faults = models.PositiveIntegerField(db_default=0, editable=False)
    faulty_since = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    erased_at = models.DateTimeField(null=True, editable=False)
    merged_into = TenantForeignKey(
        "self", models.SET_NULL, null=True, related_name="merged_here", db_index=False, editable=False
    )

    objects = TenantManager.from_queryset(CustomerQuerySet)()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="customer_by_age"),
            models.Index(fields=["tenant", "updated_at", "id"], name="customer_by_update"),
            models.Index(
                fields=["tenant", "faulty_since", "id"], name="customer_due", condition=Q(faulty_since__isnull=False)
            ),
            models.Index(
                fields=["tenant", "merged_into"], name="customer_merged", condition=Q(merged_into__isnull=False)
            ),
            models.Index(fields=["tenant", "name_key", "id"], name="customer_by_name"),
            models.Index(fields=["tenant", "given_key"], name="customer_by_given_name"),
            models.Index(fields=["tenant", "pinyin"], name="customer_by_pinyin"),
            models.Index(fields=["tenant", "initials"], name="customer_by_initials"),
            GinIndex(
                OpClass(Func(F("tenant"), template="ARRAY[%(expressions)s]"), "array_ops"),
                OpClass(F("name_key"), "gin_trgm_ops"),
                OpClass(F("pinyin"), "gin_trgm_ops"),
                name="customer_parts",
                gin_pending_list_limit=128,
            ),
        ]

    class Privacy:
        fields = {
            **erase(
                "names the person",
                "name", "name_key", "given_key", "pinyin", "initials", "phone", "email", "address",
                "birth_month", "birth_day", "birth_year", "birth_is_lunar",
            ),
            **anonymise("with the rest it could point at the person", "gender", "province", "city",
                "district", "industry",
            ),
            **keep(
                "whose customer it was, for the figures",
                "kind", "owner", "store", "created_at", "updated_at", "erased_at", "merged_into",
            ),
            **keep("how complete the record is, which says nothing of the person", "quality", "faults", "faulty_since"),
        }  # fmt: skip

    def __str__(self):
        return str(self.display_name)

    @property
    def display_name(self) -> str:
        return self.name or (_("Erased customer") if self.erased_at else _("Unnamed customer"))


class ShareManager(TenantManager, UserObjectPermissionManager):
    """django-guardian's manager, inside the tenant's wall."""


class CustomerShare(TenantModel, UserObjectPermissionBase):
    """One customer shared with one user: django-guardian's direct-foreign-key permission, inside the wall."""

    content_object = TenantForeignKey(Customer, models.CASCADE, related_name="shares")

    objects = ShareManager()

    class Meta(TenantModel.Meta):
        unique_together = [["tenant", "user", "permission", "content_object"]]

    class Privacy:
        fields = keep("who among the staff may see the customer", "user", "permission", "content_object")

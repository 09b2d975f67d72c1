from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import erase, keep
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantManager, TenantModel, TenantQuerySet
from tenancy.encryption import EncryptedText
from tenancy.models import Membership

COLUMN_NAME = 48  # characters; a column of an own field is "x_" and the field's key


class SavedViewQuerySet(TenantQuerySet):
    def visible_to(self, member: Membership) -> "SavedViewQuerySet":
        """The member's own and those shared with the company. Whom a view shows is narrowed by each reader's rights."""
        return self.filter(Q(member_id=member.id) | Q(is_shared=True))

    def editable_by(self, member: Membership) -> "SavedViewQuerySet":
        return self.filter(member_id=member.id)


class SavedView(TenantModel):
    """The customer list as somebody wants to find it again: the parameters of its address, and its columns."""

    member = TenantForeignKey(Membership, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(_("name"), max_length=60)
    query = EncryptedText(blank=True)
    columns = ArrayField(models.CharField(max_length=COLUMN_NAME), default=list, blank=True)
    is_shared = models.BooleanField(_("shared with the company"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(SavedViewQuerySet)()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "member", "name"], name="saved_view_name")]
        indexes = [models.Index(fields=["tenant", "name", "id"], name="saved_view_by_name")]

    class Privacy:
        fields = {
            **erase("a search may name a person", "query"),
            **keep("a list of the staff's, not a person", "member", "name", "columns", "is_shared", "created_at"),
        }

    def __str__(self):
        return self.name


class OwnList(TenantModel):
    """How one member likes the customer list: the columns, and the view it opens with. Empty is as it comes."""

    member = TenantForeignKey(Membership, models.CASCADE, related_name="+", db_index=False)
    columns = ArrayField(models.CharField(max_length=COLUMN_NAME), default=list, blank=True)
    default_view = TenantForeignKey(SavedView, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "member"], name="own_list_member")]

    class Privacy:
        fields = keep("a habit of the staff's", "member", "columns", "default_view")

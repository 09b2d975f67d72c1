"""Merges: customers made one, read again, taken apart; and the rows that then wait for an owner."""

from collections.abc import Iterable
from contextlib import contextmanager
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.api.fields import Flag, Identity, Moment
from crm.api.pages import PageQuery, page, page_of
from crm.api.problems import Busy, Unprocessable
from crm.api.resources import Resource
from crm.api.shapes import Asked, Told
from customers import merging
from customers.duplicates import merged
from customers.models import Customer, LaterRow, Merge
from tenancy.permissions import Permission

READ = {Permission.CUSTOMERS_VIEW}
WRITE = {Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_MERGE}
MOST = 50


class MergeRefused(Unprocessable):
    default_code = "cannot_merge"


class UnknownCustomers(Unprocessable):
    default_code = "unknown_customer"


class UnknownRows(Unprocessable):
    default_code = "unknown_row"


class MergeShape(Told):
    """Customers that became one. Follow `survivor_id` wherever you keep one of `merged_ids`."""

    id = Identity()
    survivor_id = Identity()
    merged_ids = serializers.SerializerMethodField(help_text="Who went into the survivor.")
    origin = serializers.ChoiceField(Merge.Origin.choices)
    job_id = Identity(allow_null=True)
    by = Identity(source="by_id", allow_null=True, help_text="The member; null where matching did it.")
    at = Moment()
    undone_at = Moment(allow_null=True)
    undone_by = Identity(source="undone_by_id", allow_null=True)

    @extend_schema_field({"type": "array", "items": {"type": "string", "format": "uuid"}})
    def get_merged_ids(self, merge: Merge) -> list[str]:
        return [str(member.customer_id) for member in merge.members.all()]


class LaterRowShape(Told):
    """A row that was written to the merged customer since, and stays with the survivor until somebody says whose it
    is."""

    id = Identity()
    kind = serializers.CharField(source="model", help_text="Which table it is of.")
    row_id = Identity()
    assigned_to = Identity(source="assigned_to_id", allow_null=True)
    assigned_by = Identity(source="assigned_by_id", allow_null=True)
    assigned_at = Moment(allow_null=True)


class LaterRowsShape(Told):
    """Rows and whose they are now."""

    results = LaterRowShape(many=True)


class Identities(serializers.ListField):
    """Ids, each once."""

    default_error_messages = {"twice": gettext_lazy("The same id stands here twice.")}

    def __init__(self, **options):
        super().__init__(child=Identity(), min_length=1, max_length=MOST, **options)

    def to_internal_value(self, data):
        ids = super().to_internal_value(data)
        if len(set(ids)) < len(ids):
            self.fail("twice")
        return ids


class MergeBody(Asked):
    customers = Identities(help_text="Who goes into the customer of the address.")


class AssignmentsBody(Asked):
    customer_id = Identity(help_text="Whose the rows are: the survivor’s or one of those who went.")
    rows = Identities(help_text="Ids of later rows, up to 50.")


class MergeQuery(PageQuery):
    customer_id = Identity(required=False, help_text="Merges that this customer survived or went into.")
    undone = Flag(required=False, help_text="true: those that were taken apart. false: those that stand.")


class MergeResource(Resource):
    def visible(self) -> QuerySet[Merge]:
        return merged.visible(self.member).prefetch_related("members")

    def merge(self, merge_id: UUID) -> Merge:
        return get_object_or_404(self.visible(), id=merge_id)

    def editable(self, ids: Iterable[UUID]) -> dict[UUID, Customer]:
        """Those customers. Raises UnknownCustomers where the member does not see one or may not change it."""
        ids = set(ids)
        rows = Customer.objects.editable_by(self.member).in_bulk(ids)
        if rows.keys() != ids:
            raise UnknownCustomers(_("One of these customers is not there, or not yours to change."))
        return rows


@contextmanager
def refused():
    """What merging refuses, as a problem."""
    try:
        yield
    except merging.Busy as problem:
        raise Busy(str(problem)) from problem
    except merging.CannotMerge as problem:
        raise MergeRefused(str(problem)) from problem
    except merging.CannotUnmerge as problem:
        raise MergeRefused(str(problem), "cannot_unmerge") from problem
    except merging.CannotAssign as problem:
        raise MergeRefused(str(problem), "cannot_assign") from problem


class MergeList(MergeResource):
    permissions = {"GET": READ}
    queries = {"GET": MergeQuery}
    answers = {"GET": {200: page_of(MergeShape)}}

    def get(self, request):
        """Merges, the newest first."""
        rows = self.visible()
        if "customer_id" in self.query:
            customer = self.query["customer_id"]
            rows = rows.filter(Q(survivor=customer) | Q(id__in=_joined(customer)))
        if "undone" in self.query:
            rows = rows.filter(undone_at__isnull=not self.query["undone"])
        found = page(rows, by=merged.RECENT, query=self.query)
        return self.answer({"results": found.rows, "older": found.older, "newer": found.newer})


def _joined(customer_id: UUID):
    return Merge.objects.filter(members__customer=customer_id).values("id")


class MergeDetail(MergeResource):
    permissions = {"GET": READ}
    answers = {"GET": {200: MergeShape}}

    def get(self, request, merge_id: UUID):
        """One merge."""
        return self.answer(self.merge(merge_id))


class CustomerMerges(MergeResource):
    permissions = {"POST": WRITE}
    bodies = {"POST": MergeBody}
    answers = {"POST": {201: MergeShape}}

    def post(self, request, customer_id: UUID):
        """Merge customers into this one. All their rows are this one’s from now on; it can be taken apart again.

        The feed tells `customer.merged` with both ids.
        """
        survivor = get_object_or_404(Customer.objects.editable_by(self.member), id=customer_id)
        absorbed = self.editable(self.told["customers"])
        with refused():
            done = merging.merge(survivor, list(absorbed.values()), origin=Merge.Origin.API, by=self.member)
        return self.answer(self.merge(done.id), status=201)


class Unmerges(MergeResource):
    permissions = {"POST": WRITE}
    answers = {"POST": {201: MergeShape}}

    def post(self, request, merge_id: UUID):
        """Take a merge apart. What was written since and is not clearly anybody’s waits under `later-rows/`."""
        merge = self.merge(merge_id)
        self.editable([merging.root(merge.survivor_id)])
        with refused():
            merging.unmerge(merge, by=self.member)
        # Told though those who went may be nobody the member sees.
        return self.answer(Merge.objects.prefetch_related("members").get(id=merge_id), status=201)


class LaterRows(MergeResource):
    permissions = {"GET": READ}
    queries = {"GET": PageQuery}
    answers = {"GET": {200: page_of(LaterRowShape)}}

    def get(self, request, merge_id: UUID):
        """What was written since the merge: whose it is, or that nobody has said so yet."""
        found = page(LaterRow.objects.filter(merge=self.merge(merge_id)), by=["id"], query=self.query)
        return self.answer({"results": found.rows, "older": found.older, "newer": found.newer})


class LaterRowAssignments(MergeResource):
    permissions = {"POST": WRITE}
    bodies = {"POST": AssignmentsBody}
    answers = {"POST": {201: LaterRowsShape}}

    def post(self, request, merge_id: UUID):
        """Say whose later rows are, once and for all. Either all of them are given or none."""
        merge = self.merge(merge_id)
        customer = self._party(merge)
        rows = LaterRow.objects.filter(merge=merge).in_bulk(self.told["rows"])
        if len(rows) < len(self.told["rows"]):
            raise UnknownRows(_("One of these rows is not a later row of this merge."))
        with refused():
            for id in self.told["rows"]:
                merging.assign(rows[id], customer, by=self.member)
        given = LaterRow.objects.filter(id__in=list(rows)).order_by("id")
        return self.answer({"results": list(given)}, status=201)

    def _party(self, merge: Merge) -> Customer:
        wanted = self.told["customer_id"]
        parties = [merge.survivor_id, *(member.customer_id for member in merge.members.all())]
        if wanted not in {*parties, *merging.roots(parties).values()}:
            raise UnknownCustomers(_("Neither the survivor nor one of those who went."))
        return self.editable([wanted])[wanted]
